//! A directory as it is at one moment, so that whatever a run changes in it shows: kinds, modes,
//! owners, links, attributes and bytes.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub kind: &'static str,
    pub mode: u32,
    pub owner: (u32, u32),
    /// Zero for directories, whose links are their subdirectories, and for new files.
    pub links: u64,
    /// Zero for new files.
    pub inode: u64,
    pub attributes: Vec<(String, Vec<u8>)>,
    /// A file's bytes; the target of a symlink.
    pub content: Vec<u8>,
}

/// By the path relative to the directory; the directory itself is the empty path.
pub type Snapshot = BTreeMap<PathBuf, Node>;

/// Nothing if the directory is missing. Folders of other file systems are read as well.
pub fn of(folder: &Path) -> Snapshot {
    let mut snapshot = Snapshot::new();
    add(folder, Path::new(""), &mut snapshot);
    snapshot
}

fn add(root: &Path, path: &Path, snapshot: &mut Snapshot) {
    let here = if path == Path::new("") { root.to_owned() } else { root.join(path) };
    let Ok(metadata) = fs::symlink_metadata(&here) else { return };
    let kind = metadata.file_type();
    let (kind, content) = if kind.is_dir() {
        ("folder", Vec::new())
    } else if kind.is_symlink() {
        ("symlink", fs::read_link(&here).unwrap().into_os_string().into_encoded_bytes())
    } else if kind.is_file() {
        ("file", fs::read(&here).unwrap())
    } else if kind.is_fifo() {
        ("FIFO", Vec::new())
    } else if kind.is_socket() {
        ("socket", Vec::new())
    } else {
        ("device", Vec::new())
    };
    if kind == "folder" {
        for entry in fs::read_dir(&here).unwrap() {
            add(root, &path.join(entry.unwrap().file_name()), snapshot);
        }
    }
    let node = Node {
        kind,
        mode: metadata.mode() & 0o7777,
        owner: (metadata.uid(), metadata.gid()),
        links: if kind == "folder" { 0 } else { metadata.nlink() },
        inode: metadata.ino(),
        attributes: attributes(&here),
        content,
    };
    snapshot.insert(path.to_owned(), node);
}

fn attributes(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut names = [0; 4096];
    let length = rustix::fs::llistxattr(path, &mut names[..]).unwrap_or_default();
    let names = names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let value = |name: &str| {
        let mut value = [0; 4096];
        let length = rustix::fs::lgetxattr(path, name, &mut value[..]).unwrap_or_default();
        value[..length].to_vec()
    };
    names
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .map(|name| (name.clone(), value(&name)))
        .collect()
}

/// What differs, one line each; empty if everything is as expected.
pub fn differences(expected: &Snapshot, found: &Snapshot) -> Vec<String> {
    let mut differences = Vec::new();
    for (path, wanted) in expected {
        let Some(node) = found.get(path) else {
            differences.push(format!("{path:?} is gone; it was to be {}", shown(wanted)));
            continue;
        };
        let mut node = node.clone();
        if wanted.inode == 0 {
            (node.inode, node.links) = (0, wanted.links);
        }
        if node != *wanted {
            differences.push(format!("{path:?} is {}, not {}", shown(&node), shown(wanted)));
        }
    }
    let is_new = |path: &&PathBuf| !expected.contains_key(*path);
    differences.extend(
        found
            .keys()
            .filter(is_new)
            .map(|path| format!("{path:?} was not there: {}", shown(&found[path]))),
    );
    differences
}

fn shown(node: &Node) -> String {
    let Node { kind, mode, owner, links, inode, attributes, content } = node;
    let bytes = String::from_utf8_lossy(&content[..content.len().min(2000)]);
    let rest = if content.len() > 2000 {
        format!(" and more, {} bytes", content.len())
    } else {
        String::new()
    };
    format!(
        "a {kind} {mode:o} of {owner:?}, {links} links, inode {inode}, attributes {attributes:?}, \
        {bytes:?}{rest}"
    )
}
