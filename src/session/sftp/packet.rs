//! Packets of SFTP version 3 (draft-ietf-secsh-filexfer-02), as far as installing a key needs them:
//! bytes in and out, no I/O.

use crate::ssh_string;

/// Packet types, section 3 of the draft.
pub(super) mod packet_type {
    pub const INIT: u8 = 1;
    pub const VERSION: u8 = 2;
    pub const OPEN: u8 = 3;
    pub const CLOSE: u8 = 4;
    pub const READ: u8 = 5;
    pub const WRITE: u8 = 6;
    pub const LSTAT: u8 = 7;
    pub const FSTAT: u8 = 8;
    pub const SETSTAT: u8 = 9;
    pub const FSETSTAT: u8 = 10;
    pub const MKDIR: u8 = 14;
    pub const REALPATH: u8 = 16;
    pub const STAT: u8 = 17;
    pub const STATUS: u8 = 101;
    pub const HANDLE: u8 = 102;
    pub const DATA: u8 = 103;
    pub const NAME: u8 = 104;
    pub const ATTRS: u8 = 105;
    pub const EXTENDED: u8 = 200;
    pub const EXTENDED_REPLY: u8 = 201;
}

const HAS_SIZE: u32 = 0x1;
const HAS_OWNER: u32 = 0x2;
const HAS_MODE: u32 = 0x4;

/// The longest handle, in bytes (section 4 of the draft).
const MAX_HANDLE: usize = 256;

/// Why a server did not do what it was asked (section 7 of the draft).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The end of the file.
    Eof,
    /// The file, or a directory on the way to it, does not exist.
    NoSuchFile,
    /// The account may not do it.
    PermissionDenied,
    /// Any other reason.
    Failure,
    /// The server does not support the request.
    Unsupported,
    /// Any other code; some servers send codes of later versions to everyone.
    Other(u32),
}

/// A file's attributes; a server may leave out any of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Its size in bytes.
    pub size: Option<u64>,
    /// The numbers of its user and group.
    pub owner: Option<(u32, u32)>,
    /// Its file type and permissions, as in stat(2).
    pub mode: Option<u32>,
}

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Folder,
    /// A symlink.
    Link,
    /// A named pipe.
    Fifo,
    /// A device or a socket.
    Other,
}

impl Attributes {
    /// `None` if the server did not say.
    pub fn kind(&self) -> Option<FileKind> {
        // stat(2): S_IFMT and its values.
        Some(match self.mode? & 0o170_000 {
            0 => return None,
            0o100_000 => FileKind::File,
            0o040_000 => FileKind::Folder,
            0o120_000 => FileKind::Link,
            0o010_000 => FileKind::Fifo,
            _ => FileKind::Other,
        })
    }
}

/// The space on a file system, from `statvfs@openssh.com` (OpenSSH's PROTOCOL, section 4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// It is mounted read-only.
    pub is_read_only: bool,
    /// No block, or no inode, is left for this account.
    pub is_full: bool,
}

/// A request being written.
pub(super) struct Outgoing {
    bytes: Vec<u8>,
}

impl Outgoing {
    /// `number` is the request's id; for INIT, which has none, the version.
    pub(super) fn new(packet_type: u8, number: u32) -> Self {
        let mut packet = Self { bytes: vec![0, 0, 0, 0, packet_type] };
        packet.u32(number);
        packet
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes.extend(value.to_be_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.bytes.extend(value.to_be_bytes());
    }

    /// `text` is at most a path, a handle or 32 KiB of data.
    pub(super) fn string(&mut self, text: &[u8]) {
        ssh_string::put(&mut self.bytes, text);
    }

    pub(super) fn mode(&mut self, mode: Option<u32>) {
        self.u32(mode.map_or(0, |_| HAS_MODE));
        if let Some(mode) = mode {
            self.u32(mode);
        }
    }

    pub(super) fn size(&mut self, size: u64) {
        self.u32(HAS_SIZE);
        self.u64(size);
    }

    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        let length = (self.bytes.len() - 4) as u32;
        self.bytes[..4].copy_from_slice(&length.to_be_bytes());
        self.bytes
    }
}

/// What the readers of packets make of these bytes.
#[cfg(fuzzing)]
pub(in crate::session) fn read_packet(packet: &[u8]) {
    if let Some((_, Reply::Name(bytes) | Reply::Data(bytes))) = Reply::read(packet) {
        assert!(bytes.len() <= packet.len());
    }
    let _ = (read_version(packet), read_room(packet));
}

/// A server's reply to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Done,
    Refused {
        status: Status,
        said: Vec<u8>,
    },
    Handle(Vec<u8>),
    Data(Vec<u8>),
    /// The first of the names.
    Name(Vec<u8>),
    Attributes(Attributes),
    Extended(Vec<u8>),
}

impl Reply {
    /// The id and the answer in a packet without its length; `None` if it is malformed.
    pub(super) fn read(packet: &[u8]) -> Option<(u32, Self)> {
        let mut rest = Incoming(packet);
        let (packet_type, id) = (rest.u8()?, rest.u32()?);
        let reply = match packet_type {
            packet_type::STATUS => match rest.u32()? {
                0 => Self::Done,
                // Before version 3 there was no text, and some servers still send none.
                code => Self::Refused {
                    status: status(code),
                    said: rest.string().unwrap_or_default().to_vec(),
                },
            },
            packet_type::HANDLE => Self::Handle(
                Some(rest.string()?).filter(|handle| handle.len() <= MAX_HANDLE)?.to_vec(),
            ),
            packet_type::DATA => Self::Data(rest.string()?.to_vec()),
            packet_type::NAME => {
                Self::Name(if rest.u32()? == 0 { return None } else { rest.string()?.to_vec() })
            }
            packet_type::ATTRS => Self::Attributes(rest.attributes()?),
            packet_type::EXTENDED_REPLY => Self::Extended(rest.0.to_vec()),
            _ => return None,
        };
        Some((id, reply))
    }
}

fn status(code: u32) -> Status {
    match code {
        1 => Status::Eof,
        2 => Status::NoSuchFile,
        3 => Status::PermissionDenied,
        4 => Status::Failure,
        8 => Status::Unsupported,
        other => Status::Other(other),
    }
}

/// The version, and the extensions by name and version of their own.
pub(super) fn read_version(packet: &[u8]) -> Option<(u32, Vec<(String, String)>)> {
    let mut rest = Incoming(packet);
    if rest.u8()? != packet_type::VERSION {
        return None;
    }
    let version = rest.u32()?;
    let mut extensions = Vec::new();
    while !rest.0.is_empty() {
        let mut text = || Some(String::from_utf8_lossy(rest.string()?).into_owned());
        extensions.push((text()?, text()?));
    }
    Some((version, extensions))
}

pub(super) fn read_room(reply: &[u8]) -> Option<Room> {
    let mut rest = Incoming(reply);
    let mut number = || rest.u64();
    let [
        _block,
        _fragment,
        _blocks,
        _free,
        blocks,
        inodes_in_all,
        _inodes_free,
        inodes,
        _id,
        flags,
        _longest_name,
    ] = std::array::from_fn(|_| number());
    // File systems without a fixed number of inodes have 0 of 0.
    let is_full = blocks? == 0 || (inodes? == 0 && inodes_in_all? > 0);
    Some(Room { is_read_only: flags? & 1 != 0, is_full })
}

struct Incoming<'a>(&'a [u8]);

impl<'a> Incoming<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take::<1>().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        ssh_string::take(&mut self.0)
    }

    /// The rest of the packet, after the mode, is not read.
    fn attributes(&mut self) -> Option<Attributes> {
        let flags = self.u32()?;
        let size = if flags & HAS_SIZE != 0 { Some(self.u64()?) } else { None };
        let owner = if flags & HAS_OWNER != 0 { Some((self.u32()?, self.u32()?)) } else { None };
        let mode = if flags & HAS_MODE != 0 { Some(self.u32()?) } else { None };
        Some(Attributes { size, owner, mode })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_request_is_length_type_id_and_fields() {
        let mut packet = Outgoing::new(packet_type::OPEN, 7);
        packet.string(b"k");
        packet.u32(0x0a);
        packet.mode(Some(0o600));
        let bytes = packet.into_bytes();
        assert_eq!(
            bytes,
            [
                0, 0, 0, 22, 3, 0, 0, 0, 7, 0, 0, 0, 1, b'k', 0, 0, 0, 0x0a, 0, 0, 0, 4, 0, 0, 1,
                0o200
            ]
        );
    }

    #[test]
    fn reads_what_servers_answer() {
        let status = |code: u8, rest: &[u8]| {
            Reply::read(&[&[packet_type::STATUS, 0, 0, 0, 9, 0, 0, 0, code], rest].concat())
        };
        assert_eq!(status(0, b""), Some((9, Reply::Done)));
        let refused =
            |status, said: &[u8]| Some((9, Reply::Refused { status, said: said.to_vec() }));
        assert_eq!(status(3, b"\0\0\0\x02no\0\0\0\0"), refused(Status::PermissionDenied, b"no"));
        assert_eq!(status(2, b""), refused(Status::NoSuchFile, b""));
        assert_eq!(status(15, b""), refused(Status::Other(15), b""));
        let attributes = [
            &[packet_type::ATTRS, 0, 0, 0, 1, 0, 0, 0, 7][..],
            &[0; 7],
            &[5],
            &[0; 8],
            &[0, 0, 0o200, 0],
        ]
        .concat();
        let got = Attributes { size: Some(5), owner: Some((0, 0)), mode: Some(0o100_000) };
        assert_eq!(Reply::read(&attributes), Some((1, Reply::Attributes(got))));
        assert_eq!(got.kind(), Some(FileKind::File));
        let attributes =
            [&[packet_type::ATTRS, 0, 0, 0, 1, 0, 0, 0, 2][..], &[0, 0, 3, 232, 0, 0, 0, 100]]
                .concat();
        let got = Attributes { owner: Some((1000, 100)), ..Attributes::default() };
        assert_eq!(Reply::read(&attributes), Some((1, Reply::Attributes(got))));
        assert_eq!(Attributes { mode: Some(0o600), ..Attributes::default() }.kind(), None);
        assert_eq!(
            Reply::read(&[packet_type::HANDLE, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0]),
            Some((1, Reply::Handle(vec![0xff, 0])))
        );
        assert_eq!(Reply::read(&[packet_type::HANDLE, 0, 0, 0, 1, 0, 0, 0, 3, 0xff, 0]), None);
        assert_eq!(
            read_version(b"\x02\0\0\0\x03\0\0\0\x01a\0\0\0\x011"),
            Some((3, vec![("a".to_owned(), "1".to_owned())]))
        );
        assert_eq!(read_version(b"\x02\0\0\0\x03\0\0\0\x01a"), None);
    }

    #[test]
    fn a_file_system_without_a_number_of_inodes_is_not_full() {
        let reply = |numbers: [u64; 11]| read_room(&numbers.map(u64::to_be_bytes).concat());
        assert_eq!(
            reply([1, 1, 9, 9, 9, 0, 0, 0, 0, 0, 255]),
            Some(Room { is_read_only: false, is_full: false })
        );
        assert_eq!(
            reply([1, 1, 9, 9, 0, 9, 9, 9, 0, 1, 255]),
            Some(Room { is_read_only: true, is_full: true })
        );
        assert_eq!(
            reply([1, 1, 9, 9, 9, 9, 0, 0, 0, 0, 255]),
            Some(Room { is_read_only: false, is_full: true })
        );
        assert_eq!(read_room(&[0; 79]), None);
    }

    proptest! {
        #[test]
        fn never_panics(packet in prop::collection::vec(any::<u8>(), 0..120), kind in 100_u8..106) {
            let typed = [&[kind][..], &packet].concat();
            let _ = (Reply::read(&packet), Reply::read(&typed));
            let _ = (read_version(&packet), read_room(&packet));
        }
    }
}
