//! The rooms of the house (CONTRIBUTING.md): what a file may import. Arrows point down, keys and
//! hosts do not know each other, and no file imports, even indirectly, a file that imports it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The floors of the library, from the bottom up. Rooms on one floor do not know each other.
const FLOORS: [&[&str]; 5] = [
    &[
        "child",
        "credentials",
        "error",
        "prompter",
        "quoting",
        "secret",
        "ssh_string",
        "text",
        "wildcard",
    ],
    &["keys", "hosts"],
    &["session"],
    &["accounts"],
    &["fleet"],
];

/// The floors of the program, from the bottom up.
const PROGRAM: [&[&str]; 5] =
    [&["usage"], &["environment"], &["cli", "ui"], &["choice", "connection"], &["commands"]];

/// What only one place may name.
const KEPT_APART: [(&str, &str); 5] = [
    ("russh", "src/session"),
    ("clap", "src/bin/sshk"),
    ("indicatif", "src/bin/sshk"),
    ("anyhow", "src/bin/sshk"),
    ("dirs", "src/bin/sshk"),
];

/// The sources of one crate: its modules by path, with what each file declares and names.
struct Crate {
    files: BTreeMap<Vec<String>, Source>,
}

struct Source {
    file: PathBuf,
    text: String,
    children: BTreeSet<String>,
}

impl Crate {
    /// Follows `mod name;` from the root file on.
    fn read(root: &Path) -> Self {
        let mut found = Self { files: BTreeMap::new() };
        found.add(Vec::new(), root, root.parent().unwrap());
        found
    }

    fn add(&mut self, module: Vec<String>, file: &Path, folder: &Path) {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        let text = without_tests(&bare(&text));
        let children = declared(&text);
        for child in &children {
            let below = folder.join(child);
            let mut path = module.clone();
            path.push(child.clone());
            self.add(path, &below.with_extension("rs"), &below);
        }
        self.files.insert(module, Source { file: file.to_owned(), text, children });
    }

    /// The files that each file names, by module.
    fn arrows(&self) -> BTreeMap<&Vec<String>, BTreeSet<&Vec<String>>> {
        let named = |module, source: &Source| {
            paths(&source.text)
                .iter()
                .filter_map(|path| self.resolve(module, source, path))
                .filter(|target| *target != module)
                .collect()
        };
        self.files.iter().map(|(module, source)| (module, named(module, source))).collect()
    }

    /// The module in whose file the path ends; `None` if it is not in this crate.
    fn resolve<'a>(
        &'a self,
        module: &[String],
        source: &Source,
        path: &[String],
    ) -> Option<&'a Vec<String>> {
        let mut place = module.to_vec();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => (place, rest) = (Vec::new(), &path[1..]),
            "self" => rest = &path[1..],
            "super" => {}
            first if source.children.contains(first) => {}
            _ => return None,
        }
        while let [first, others @ ..] = rest
            && first == "super"
        {
            place.pop();
            rest = others;
        }
        for name in rest {
            place.push(name.clone());
            if !self.files.contains_key(&place) {
                place.pop();
                break;
            }
        }
        self.files.get_key_value(&place).map(|(module, _)| module)
    }

    fn name(&self, module: &[String]) -> String {
        self.files[module].file.display().to_string()
    }

    /// Each arrow between rooms of `floors` that does not point down.
    fn arrows_up(&self, floors: &[&[&str]]) -> Vec<String> {
        let floor = |module: &[String]| {
            let room = module.first()?;
            floors.iter().position(|rooms| rooms.contains(&room.as_str()))
        };
        let mut found = Vec::new();
        for (from, targets) in self.arrows() {
            for to in targets {
                let is_down = match (from.first(), to.first()) {
                    // The root may name every room, and no room names the root.
                    (from, to) if from.is_none() || to.is_none() => from.is_none(),
                    (one, other) if one == other => true,
                    // The ground floor is one room.
                    _ => match (floor(from), floor(to)) {
                        (Some(0), Some(0)) => true,
                        (Some(from), Some(to)) => to < from,
                        _ => false,
                    },
                };
                if !is_down {
                    found.push(format!("{} -> {}", self.name(from), self.name(to)));
                }
            }
        }
        found
    }

    /// The files of each circle.
    fn circles(&self) -> Vec<String> {
        let arrows = self.arrows();
        let reach = |start| {
            let mut seen = BTreeSet::new();
            let mut next: Vec<_> = arrows[start].iter().copied().collect();
            while let Some(module) = next.pop() {
                if seen.insert(module) {
                    next.extend(&arrows[module]);
                }
            }
            seen
        };
        let reached: BTreeMap<_, _> =
            arrows.keys().map(|module| (*module, reach(*module))).collect();
        let mut circles = BTreeSet::new();
        for (module, seen) in reached.iter().filter(|(module, seen)| seen.contains(*module)) {
            let mut files: Vec<_> =
                seen.iter().filter(|other| reached[*other].contains(module)).collect();
            files.sort();
            circles.insert(files.iter().map(|it| self.name(it)).collect::<Vec<_>>().join(", "));
        }
        circles.into_iter().collect()
    }
}

/// The source without comments, and with empty strings.
fn bare(source: &str) -> String {
    let mut kept = String::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let raw = rest.strip_prefix("br").or(rest.strip_prefix('r')).and_then(|after| {
            let hashes = after.len() - after.trim_start_matches('#').len();
            after[hashes..].starts_with('"').then_some((after, hashes))
        });
        let is_word = kept.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        if rest.starts_with("//") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if let Some((after, hashes)) = raw.filter(|_| !is_word) {
            let end = format!("\"{}", "#".repeat(hashes));
            let inside = &after[hashes + 1..];
            rest = &inside[inside.find(&end).unwrap() + end.len()..];
            kept.push_str("\"\"");
        } else if c == '"' {
            let mut end = 1;
            while rest.as_bytes()[end] != b'"' {
                end += if rest.as_bytes()[end] == b'\\' { 2 } else { 1 };
            }
            rest = &rest[end + 1..];
            kept.push_str("\"\"");
        } else if let Some(after) = rest.strip_prefix("'\\").or(rest.strip_prefix("b'\\")) {
            let end = after[1..].find('\'').unwrap();
            rest = &after[end + 2..];
        } else if c == '\'' && rest.chars().nth(2) == Some('\'') {
            rest = &rest[2 + rest.chars().nth(1).unwrap().len_utf8()..];
        } else {
            kept.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    kept
}

/// Tests may import anything: the block or the file under `#[cfg(test)]` is left out.
fn without_tests(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..at]);
        let after = &rest[at..];
        let line = |end: usize| after[end..].find('\n').map_or(after.len(), |more| end + more);
        let end = match (after.find(';'), after.find('{')) {
            (Some(declaration), block) if block.is_none_or(|block| declaration < block) => {
                line(declaration)
            }
            (_, Some(block)) => block + end_of_block(&after[block..]),
            _ => after.len(),
        };
        rest = &after[end..];
    }
    kept + rest
}

fn end_of_block(text: &str) -> usize {
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return at + 1,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// The names of `mod name;`.
fn declared(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| {
            let line = line.trim().strip_suffix(';')?;
            let name = line.rsplit_once("mod ").map(|(_, name)| name)?;
            name.chars().all(|c| c.is_alphanumeric() || c == '_').then(|| name.to_owned())
        })
        .collect()
}

/// Every path in the text, those of a `use` with braces one by one.
fn paths(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_alphabetic() || c == '_') {
        let is_inside = rest[..at].ends_with("::") || rest[..at].ends_with('.');
        rest = &rest[at..];
        let (path, after) = tree(rest);
        if !is_inside {
            found.extend(path.into_iter().filter(|path| path.len() > 1));
        }
        rest = after;
    }
    found
}

/// `a::b::{c, d::e}` at the start of a text, as `a::b::c` and `a::b::d::e`, and what follows it.
fn tree(text: &str) -> (Vec<Vec<String>>, &str) {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    let mut ends = Vec::new();
    if let Some(after) = rest.strip_prefix("::") {
        if let Some(inside) = after.strip_prefix('{') {
            rest = inside;
            loop {
                rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
                if rest.is_empty() || rest.starts_with('}') {
                    rest = rest.strip_prefix('}').unwrap_or(rest);
                    break;
                }
                let before = rest;
                let (paths, after) = tree(rest);
                ends.extend(paths);
                rest = after.trim_start();
                if let Some(renamed) = rest.strip_prefix("as ") {
                    rest = tree(renamed.trim_start()).1;
                }
                if rest.len() == before.len() {
                    rest = &rest[rest.chars().next().map_or(0, char::len_utf8)..];
                }
            }
        } else {
            let (paths, after) = tree(after);
            (ends, rest) = (paths, after);
        }
    }
    if ends.is_empty() {
        ends.push(Vec::new());
    }
    let named = ends.into_iter().map(|mut path| {
        path.insert(0, name.to_owned());
        path
    });
    (named.collect(), rest)
}

fn sources() -> PathBuf {
    // cargo sets it for a test that it runs.
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or(".".into())).join("src")
}

fn library() -> Crate {
    Crate::read(&sources().join("lib.rs"))
}

fn program() -> Crate {
    Crate::read(&sources().join("bin/sshk/main.rs"))
}

#[test]
fn imports_point_down() {
    let mut up = library().arrows_up(&FLOORS);
    up.extend(program().arrows_up(&PROGRAM));
    assert!(up.is_empty(), "these imports point up or across:\n{}", up.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut circles = library().circles();
    circles.extend(program().circles());
    assert!(circles.is_empty(), "these files import each other:\n{}", circles.join("\n"));
}

#[test]
fn every_file_of_the_library_is_on_a_floor() {
    let library = library();
    for room in &library.files[&Vec::new()].children {
        assert!(FLOORS.iter().any(|rooms| rooms.contains(&room.as_str())), "{room} has no floor");
    }
}

#[test]
fn the_network_and_the_terminal_are_named_in_one_place_each() {
    let mut wrong = Vec::new();
    for source in library().files.values().chain(program().files.values()) {
        for path in paths(&source.text) {
            let is_kept_apart = |(name, place): &(&str, &str)| {
                path[0] == *name && !source.file.to_string_lossy().contains(place)
            };
            if KEPT_APART.iter().any(is_kept_apart) {
                wrong.push(format!("{}: {}", source.file.display(), path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "these belong elsewhere:\n{}", wrong.join("\n"));
}

/// A program that is started in another way would inherit the run's secrets.
#[test]
fn programs_are_started_in_one_place() {
    let elsewhere: Vec<_> = library()
        .files
        .values()
        .chain(program().files.values())
        .filter(|source| !source.file.ends_with("src/child.rs"))
        .filter(|source| {
            paths(&source.text).iter().any(|path| path.join("::").ends_with("Command::new"))
        })
        .map(|source| source.file.display().to_string())
        .collect();
    assert!(elsewhere.is_empty(), "these start programs themselves: {elsewhere:?}");
}

#[test]
fn imports_are_found_in_every_form() {
    let text = bare(
        "use crate::a::{self, b::C, d as e};\n\
         // use crate::not::one;\n\
         fn f() -> super::G { let _ = r#\"crate::h\"#; 'x'; '\\''; \"crate::\\\"i\"; j::k() }\n",
    );
    let found: Vec<_> = paths(&text).iter().map(|path| path.join("::")).collect();
    assert_eq!(found, ["crate::a::self", "crate::a::b::C", "crate::a::d", "super::G", "j::k"]);
    let tests = "mod a;\n#[cfg(test)]\nmod tests { fn f() { {} } }\n#[cfg(test)]\nmod b;\nmod c;\n";
    assert_eq!(declared(&without_tests(tests)).into_iter().collect::<Vec<_>>(), ["a", "c"]);
}

#[test]
fn a_circle_and_an_arrow_up_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    file("lib.rs", "mod low;\nmod high;\nmod side;\n");
    file("low.rs", "use crate::high::Thing;\n");
    file("high.rs", "use crate::low;\nfn f() { crate::side::g() }\n");
    file("side.rs", "");
    let found = Crate::read(&folder.path().join("lib.rs"));
    let name = |file: &str| folder.path().join(file).display().to_string();
    assert_eq!(found.circles(), [format!("{}, {}", name("high.rs"), name("low.rs"))]);
    let floors: [&[&str]; 2] = [&["low"], &["high", "side"]];
    assert_eq!(
        found.arrows_up(&floors),
        [
            format!("{} -> {}", name("high.rs"), name("side.rs")),
            format!("{} -> {}", name("low.rs"), name("high.rs"))
        ]
    );
}
