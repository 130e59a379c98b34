//! README.md and docs/: their links, and the lists that must be complete.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sshk::error::Kind;

/// Every document of the project by its path from the root.
fn all() -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = [root.to_owned(), root.join("docs")].into_iter().flat_map(|folder| {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    });
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path.strip_prefix(root).unwrap().to_owned(), text)
        })
        .collect()
}

/// The fragment that GitHub gives a heading.
fn fragment(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    heading.trim().to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let documents = all();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut checked = 0;
    for (document, text) in &documents {
        for target in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            if target.starts_with("https://") {
                continue;
            }
            let (file, wanted) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() {
                document.clone()
            } else {
                document.parent().unwrap().join(file)
            };
            assert!(root.join(&path).exists(), "{document:?} links to {path:?}, which is missing");
            if !wanted.is_empty() {
                let linked = &documents[&path];
                let mut headings =
                    linked.lines().filter_map(|line| Some(line.split_once("# ")?.1)).map(fragment);
                assert!(
                    headings.any(|heading| heading == wanted),
                    "{document:?} links to {target}, and {path:?} has no such heading"
                );
            }
            checked += 1;
        }
    }
    assert!(checked > 20, "only {checked} links were found");
}

#[test]
fn docs_list_every_kind_of_failure() {
    let mut text = String::from(
        "# Kinds of failure\n\n\
        <!-- made from src/error.rs; renew it with the command in CONTRIBUTING.md -->\n\n\
        With `--json`, the `error.kind` of a failure is one of these words. New ones may be added.\n\n\
        | kind | meaning |\n|---|---|\n",
    );
    for kind in Kind::ALL {
        text.push_str(&format!("| `{kind}` | {} |\n", kind.meaning()));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/kinds.md");
    if std::env::var_os("SSHK_RENEW").is_some() {
        fs::write(path, text).unwrap();
    } else {
        let committed = fs::read_to_string(path).unwrap_or_default();
        assert_eq!(
            committed, text,
            "docs/kinds.md: renew it by running this test with SSHK_RENEW=1"
        );
    }
}
