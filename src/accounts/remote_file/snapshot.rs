//! An authorized_keys file as it was found: its bytes, and the permissions and owners that decide
//! whether a server reads them.

use std::fmt;

use super::name::shown;
use crate::accounts::authorized_keys::AuthorizedKeys;
use crate::session::sftp;

/// The most that is read of an account's files, in bytes: of one, or of all together.
pub const MAX_SIZE: usize = 16 * 1024 * 1024;

/// A file on the server as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSnapshot {
    /// Absolute, or relative to the home directory.
    pub path: String,
    /// What has this name.
    pub state: FileState,
    /// The name is a symlink.
    pub is_link: bool,
    /// The file itself, through its links, and the directories above it up to the home directory,
    /// or to the root if it is not below that.
    pub nodes: Vec<Node>,
    /// What `ls -Z` prints for it; empty if it prints nothing.
    pub context: String,
}

/// What is on the server under a file's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileState {
    /// A file, and its bytes.
    Read(AuthorizedKeys),
    /// Nothing.
    Missing,
    /// A file that the account may not read.
    Unreadable,
    /// A file larger than what is left of [`MAX_SIZE`] after those before it.
    TooLarge,
    /// Something else.
    NotAFile(NotAFile),
}

/// What can be there instead of a regular file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotAFile {
    /// A directory.
    Folder,
    /// A named pipe, on which a reader waits.
    Fifo,
    /// A device or a socket.
    Device,
    /// A symlink whose target does not exist.
    DanglingLink,
}

impl NotAFile {
    /// From the word of a script.
    pub(crate) fn from_script(word: &str) -> Self {
        match word {
            "folder" => Self::Folder,
            "FIFO" => Self::Fifo,
            "dangling" => Self::DanglingLink,
            _ => Self::Device,
        }
    }

    /// From the kind that SFTP gives, through links; nothing for a file, or if it gives none.
    pub(crate) fn from_sftp(kind: Option<sftp::FileKind>) -> Option<Self> {
        match kind {
            None | Some(sftp::FileKind::File) => None,
            Some(sftp::FileKind::Folder) => Some(Self::Folder),
            Some(sftp::FileKind::Fifo) => Some(Self::Fifo),
            Some(_) => Some(Self::Device),
        }
    }
}

impl fmt::Display for NotAFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Folder => "a directory",
            Self::Fifo => "a FIFO",
            Self::Device => "a device or socket",
            Self::DanglingLink => "a dangling symlink",
        })
    }
}

/// What stat(2) says of a file or folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// With symlinks resolved, if the server can do that; `~` is the home directory.
    pub path: String,
    /// Permission bits.
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// The number of hard links; 0 if it is not known.
    pub links: u64,
    /// It has an access control list (acl(5)).
    pub has_acl: bool,
}

/// A file or folder for which sshd ignores an authorized_keys file (StrictModes in
/// sshd_config(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hazard {
    /// As [`Node::path`].
    pub path: String,
    /// Permission bits.
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// What is wrong.
    pub why: Unsafe,
}

/// What StrictModes objects to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsafe {
    /// It belongs neither to the account nor to root.
    Owner,
    /// Everyone can write to it.
    World,
    /// Its group can write to it. Debian's sshd allows this if the group is the account's own and
    /// has no other member.
    Group,
}

impl FileSnapshot {
    /// A name under which nothing was found yet.
    pub(crate) fn missing(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            state: FileState::Missing,
            is_link: false,
            nodes: Vec::new(),
            context: String::new(),
        }
    }

    /// As messages name it: with `~/` if it is below the home directory.
    pub fn name(&self) -> String {
        shown(&self.path)
    }

    /// The lines of the file, if it could be read.
    pub fn content(&self) -> Option<&AuthorizedKeys> {
        match &self.state {
            FileState::Read(content) => Some(content),
            _ => None,
        }
    }

    /// The bytes of the file; none if it could not be read.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.content().map(AuthorizedKeys::as_bytes).unwrap_or_default()
    }

    /// Writes `~` for the home directory. The script goes up as far as that: if it stopped short of
    /// the root, it stopped there.
    pub(crate) fn name_the_home(&mut self) {
        let Some(home) = self.nodes.last().map(|node| node.path.clone()).filter(|home| home != "/")
        else {
            return;
        };
        for node in &mut self.nodes {
            if let Some(below) = node.path.strip_prefix(&home) {
                node.path = format!("~{below}");
            }
        }
    }

    /// Why sshd and dropbear ignore the file for the account with this uid (`safe_path` in
    /// OpenSSH's misc.c). If the uid is not known, owners are not checked.
    pub fn hazards(&self, uid: Option<u32>) -> Vec<Hazard> {
        let hazard = |node: &Node| {
            let (path, mode, why) = (node.path.clone(), node.mode, node.objection(uid)?);
            Some(Hazard { path, mode, uid: node.uid, why })
        };
        self.nodes.iter().filter_map(hazard).collect()
    }
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, mode) = (&self.path, self.mode);
        match self.why {
            Unsafe::Owner => write!(f, "{path:?} belongs to uid {}", self.uid),
            Unsafe::World => write!(f, "{path:?} is writable by everyone (mode {mode:04o})"),
            Unsafe::Group => write!(f, "{path:?} is writable by its group (mode {mode:04o})"),
        }
    }
}

impl Node {
    fn objection(&self, uid: Option<u32>) -> Option<Unsafe> {
        if self.uid != 0 && uid.is_some_and(|uid| self.uid != uid) {
            Some(Unsafe::Owner)
        } else if self.mode & 0o002 != 0 {
            Some(Unsafe::World)
        } else if self.mode & 0o020 != 0 {
            Some(Unsafe::Group)
        } else {
            None
        }
    }

    /// From the output of `ls -ldn`; `None` if it is something else.
    pub(crate) fn from_ls(path: String, words: &str) -> Option<Self> {
        let mut fields = words.split_whitespace();
        let (permissions, links) = (fields.next()?, fields.next()?);
        let (uid, gid) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        let bits = permissions.get(1..10)?.as_bytes();
        let mut mode = 0;
        for (at, bit) in bits.iter().enumerate() {
            if !matches!(bit, b'-' | b'S' | b'T') {
                mode |= 0o400 >> at;
            }
        }
        for (at, special) in [(2, 0o4000), (5, 0o2000), (8, 0o1000)] {
            if matches!(bits[at], b's' | b'S' | b't' | b'T') {
                mode |= special;
            }
        }
        Some(Self {
            path,
            mode,
            uid,
            gid,
            links: links.parse().ok()?,
            has_acl: permissions[10..].starts_with('+'),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_read_from_ls() {
        let node = |words| {
            Node::from_ls("/x".into(), words)
                .map(|node| (node.mode, node.uid, node.gid, node.links, node.has_acl))
        };
        assert_eq!(
            node("drwx------ 2 1000 100 4096 Nov 21 08:00 /x"),
            Some((0o700, 1000, 100, 2, false))
        );
        assert_eq!(node("-rw-rw-r--+ 1 0 0 4096 Nov 21 08:00 /x"), Some((0o664, 0, 0, 1, true)));
        assert_eq!(node("drwxrwsrwt. 9 0 0 4096 Nov 21 08:00 /x"), Some((0o3777, 0, 0, 9, false)));
        assert_eq!(node("-rwSr-xr-T 1 0 0 0 Nov 21 08:00 /x"), Some((0o5654, 0, 0, 1, false)));
        assert_eq!(node(""), None);
        assert_eq!(node("ls: /x: Permission denied"), None);
        assert_eq!(node("é 1 2 3"), None);
    }

    #[test]
    fn hazards_are_those_of_sshd() {
        let node = |mode, uid| Node { path: "/x".into(), mode, uid, ..Node::default() };
        let file = |nodes| FileSnapshot { nodes, ..FileSnapshot::missing("k") };
        let why = |node| file(vec![node]).hazards(Some(1000)).first().map(|hazard| hazard.why);
        assert_eq!(why(node(0o755, 1000)), None);
        assert_eq!(why(node(0o755, 0)), None);
        assert_eq!(why(node(0o600, 1001)), Some(Unsafe::Owner));
        assert_eq!(file(vec![node(0o600, 1001)]).hazards(None), []);
        assert_eq!(why(node(0o777, 0)), Some(Unsafe::World));
        assert_eq!(why(node(0o664, 1000)), Some(Unsafe::Group));
    }
}
