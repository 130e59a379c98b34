//! Which kinds of failure the sources use.

use std::fs;
use std::path::Path;

use sshk::error::Kind;

/// The kinds that no file below `folder` but their own names.
pub fn unused_below(folder: &Path) -> Vec<Kind> {
    let mut sources = String::new();
    gather(folder, &mut sources);
    unused_in(&sources)
}

fn gather(folder: &Path, sources: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

fn unused_in(sources: &str) -> Vec<Kind> {
    let is_named = |kind: &Kind| {
        let name = format!("Kind::{kind:?}");
        sources.match_indices(&name).any(|(at, _)| {
            !sources[at + name.len()..].starts_with(|next: char| next.is_alphanumeric())
        })
    };
    Kind::ALL.iter().copied().filter(|kind| !is_named(kind)).collect()
}

#[test]
fn a_kind_is_used_only_under_its_whole_name() {
    let used = "Kind::NoAnswer, Kind::NotAKeyAtAll, NotAPair";
    let unused = unused_in(used);
    assert!(!unused.contains(&Kind::NoAnswer));
    assert!(unused.contains(&Kind::NotAKey) && unused.contains(&Kind::NotAPair));
}
