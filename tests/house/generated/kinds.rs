//! The kinds of failure as the sources give them: every literal in a function that is called `kind`
//! or `classify`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const FUNCTIONS: [&str; 2] = ["fn kind(", "fn classify("];

/// All kinds that a file below `folder` names.
pub fn named_in(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.append(&mut named_in(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.append(&mut in_source(&fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

fn in_source(source: &str) -> BTreeSet<String> {
    let starts = FUNCTIONS.iter().flat_map(|function| source.match_indices(function));
    let bodies = starts.map(|(start, _)| &source[start..]).map(|rest| &rest[..end_of_body(rest)]);
    // Only words in these bodies: what stands between every second pair of quotes.
    bodies
        .filter(|body| body.contains("&'static str"))
        .flat_map(|body| body.split('"').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

/// Where the braces that the function opens are all closed; rustfmt leaves none in a literal of
/// such a function.
fn end_of_body(rest: &str) -> usize {
    let mut depth = 0;
    for (place, byte) in rest.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return place,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    rest.len()
}

#[test]
fn literals_of_kind_functions_are_found_and_no_others() {
    let source = r#"
        const A: &str = "other";
        fn kind(&self) -> &'static str {
            match self { Self::A { .. } => "one", Self::B(inner) => inner.kind(), _ => { "two" } }
        }
        fn kind(&self) -> KeyType { panic!("not a word") }
        fn hint() { "three" }
    "#;
    assert_eq!(in_source(source).into_iter().collect::<Vec<_>>(), ["one", "two"]);
}
