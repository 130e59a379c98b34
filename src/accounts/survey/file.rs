//! One authorized_keys file on a server: its bytes, and the modes and owners that decide whether
//! they count.

use crate::accounts::authorized_keys::AuthorizedKeys;
use crate::accounts::remote_script::Nonce;

/// A file that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Absolute, or from the home folder on.
    pub path: String,
    pub state: State,
    /// The name is a symlink.
    pub is_link: bool,
    /// The file itself, through its links, and the folders above it up to the home folder, or to
    /// the root where it is elsewhere.
    pub nodes: Vec<Node>,
    /// What `ls -Z` says of it; nothing where it says nothing.
    pub context: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    Read(AuthorizedKeys),
    Missing,
    Unreadable,
    /// A file over [`super::MAX_FILE`].
    TooLarge,
    /// `a folder`, `a FIFO` and the like.
    NoFile(&'static str),
}

/// What stat(2) says of a file or folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Without links, as far as the server tells; `~` is the home folder.
    pub path: String,
    /// Permission bits.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// Hard links; 0 where it is not said.
    pub links: u64,
    /// It has more than a mode says (acl(5)).
    pub has_acl: bool,
}

/// What StrictModes of sshd_config(5) objects to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hazard {
    pub path: String,
    pub mode: u32,
    pub uid: u32,
    pub why: Unsafe,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsafe {
    /// It belongs neither to the account nor to root.
    Owner,
    /// Everybody can write to it.
    World,
    /// Its group can. Debian's sshd lets this pass where the group is the account's own and has
    /// nobody else in it.
    Group,
}

impl File {
    /// As messages name it: below the home folder with `~/`.
    pub fn name(&self) -> String {
        shown(&self.path)
    }

    pub fn content(&self) -> Option<&AuthorizedKeys> {
        match &self.state {
            State::Read(content) => Some(content),
            _ => None,
        }
    }

    /// The script goes up as far as the home folder: where it ended above the root, that is where
    /// it is.
    pub(super) fn name_the_home(&mut self) {
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

    /// What keeps sshd, and dropbear, from reading the file for the account with this uid
    /// (`safe_path` in OpenSSH's misc.c). Where the uid is not known, owners are not judged.
    pub fn hazards(&self, uid: Option<u32>) -> Vec<Hazard> {
        let unsafe_ = |node: &Node| match () {
            () if node.uid != 0 && uid.is_some_and(|uid| node.uid != uid) => Some(Unsafe::Owner),
            () if node.mode & 0o002 != 0 => Some(Unsafe::World),
            () if node.mode & 0o020 != 0 => Some(Unsafe::Group),
            () => None,
        };
        let hazard = |node: &Node| {
            Some(Hazard {
                path: node.path.clone(),
                mode: node.mode,
                uid: node.uid,
                why: unsafe_(node)?,
            })
        };
        self.nodes.iter().filter_map(hazard).collect()
    }
}

impl std::fmt::Display for Hazard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.why {
            Unsafe::Owner => write!(f, "{:?} belongs to uid {}", self.path, self.uid),
            Unsafe::World => {
                write!(f, "{:?} can be written by everybody (mode {:04o})", self.path, self.mode)
            }
            Unsafe::Group => {
                write!(f, "{:?} can be written by its group (mode {:04o})", self.path, self.mode)
            }
        }
    }
}

/// A path on the server as messages name it.
pub(crate) fn shown(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("~/{path}") }
}

impl Node {
    /// From the words of `ls -ldn`; nothing where they are no such.
    pub(super) fn from_ls(path: &str, words: &str) -> Option<Self> {
        let mut fields = words.split_whitespace();
        let (modes, links) = (fields.next()?, fields.next()?);
        let (uid, gid) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        let bits = modes.get(1..10)?.as_bytes();
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
            path: path.to_owned(),
            mode,
            uid,
            gid,
            links: links.parse().ok()?,
            has_acl: modes[10..].starts_with('+'),
        })
    }
}

/// The bytes that stand behind the n-th `bytes N` of a script; `None` where they are not all there
/// and followed by `end`.
pub(super) fn contents(stream: &[u8], nonce: &Nonce) -> Vec<Option<Vec<u8>>> {
    let marker = format!("\n{} ", nonce.as_str()).into_bytes();
    let (mut found, mut rest) = (Vec::new(), stream);
    while let Some(at) = rest.windows(marker.len()).position(|window| window == marker) {
        rest = &rest[at + marker.len()..];
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { break };
        let length = std::str::from_utf8(&rest[..end])
            .ok()
            .and_then(|line| line.strip_prefix("bytes ")?.parse::<usize>().ok());
        let Some(length) = length else { continue };
        let body = &rest[end + 1..];
        let is_whole = body.get(length..).is_some_and(|after| {
            after.strip_prefix(&*marker).is_some_and(|word| word.starts_with(b"end\n"))
        });
        found.push(is_whole.then(|| body[..length].to_vec()));
        rest = if is_whole { &body[length..] } else { body };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_read_from_ls() {
        let node = |words| {
            Node::from_ls("/x", words)
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
    fn bytes_are_believed_only_whole_and_framed() {
        let nonce = Nonce::known("feed");
        let read = |text: &str| {
            contents(text.as_bytes(), &nonce)
                .into_iter()
                .map(|it| it.map(|it| String::from_utf8(it).unwrap()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            read("motd\nfeed start\n\nfeed bytes 4\na\n\0b\nfeed end\n"),
            [Some("a\n\0b".into())]
        );
        assert_eq!(
            read("\nfeed bytes 0\n\nfeed end\n\nfeed bytes 1\nx\nfeed end\n"),
            [Some(String::new()), Some("x".into())]
        );
        assert_eq!(read("\nfeed bytes 5\na\n\nfeed end\n"), [None]);
        assert_eq!(read("\nfeed bytes 1\nab\nfeed end\n"), [None]);
        assert_eq!(read("\nfeed bytes 99999999999999999999\n"), []);
    }

    #[test]
    fn strict_modes_are_those_of_sshd() {
        let node = |mode, uid| Node { path: "/x".into(), mode, uid, ..Node::default() };
        let file = |nodes| File {
            path: "k".into(),
            state: State::Missing,
            is_link: false,
            nodes,
            context: String::new(),
        };
        let why = |node| file(vec![node]).hazards(Some(1000)).first().map(|hazard| hazard.why);
        assert_eq!(why(node(0o755, 1000)), None);
        assert_eq!(why(node(0o755, 0)), None);
        assert_eq!(why(node(0o600, 1001)), Some(Unsafe::Owner));
        assert_eq!(file(vec![node(0o600, 1001)]).hazards(None), []);
        assert_eq!(why(node(0o777, 0)), Some(Unsafe::World));
        assert_eq!(why(node(0o664, 1000)), Some(Unsafe::Group));
    }
}
