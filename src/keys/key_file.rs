//! A key on disk: found as ssh finds it, read with bounds, refused where its modes are unsafe, and
//! made in one atomic step. The formats are one a file below; only this file and `create` touch the
//! disk.

mod armour;
mod content;
mod create;
mod der;
mod ecdsa;
mod fault;
mod find;
mod openssh;
mod pem;
mod pkcs8;
mod ppk;
mod private;
mod public;
mod public_pem;
mod repair;
mod replace;
mod rfc4716;
mod sound;
mod ssh2;
mod wire;

use crate::error::{Failure, Kind};
pub use content::{Content, Found};
pub use fault::Fault;
pub use private::{Encryption, Format, Private, check_passphrase, encode};
pub use public::{PublicFormat, clean_comment};
pub use repair::{Damage, Diagnosis, diagnose};

use crate::quoting::shell_path;
use rustix::fs::OFlags;
use ssh_key::PublicKey;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Largest file read, in bytes. The largest key there is (RSA 16384) has some 13 KiB.
const MAX_BYTES: u64 = 1 << 20;

/// Why a key file could not be read or made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("{path:?}: {doing}: {source}")]
    Io { path: PathBuf, doing: &'static str, source: io::Error },
    #[error("{path:?}: no such file")]
    Missing { path: PathBuf },
    #[error("{path:?}: this is {what}, not a regular file")]
    NotRegular { path: PathBuf, what: &'static str },
    #[error("{path:?}: there is more than 1 MiB in it, and no key is that large")]
    TooLarge { path: PathBuf },
    #[error("{path:?}: this is not text: {why}")]
    NotText { path: PathBuf, why: &'static str },
    #[error(
        "{path:?}: permissions 0{mode:o} are too open: others can reach this private key, and ssh \
        will not use it"
    )]
    UnsafeMode { path: PathBuf, mode: u32 },
    #[error("{name:?}: {fault}")]
    Key { name: String, fault: Fault },
    #[error(
        "{path:?}: a private key is in this file, which should hold a public one; it was not \
        used, and nothing was sent"
    )]
    PrivateInPublic { path: PathBuf },
    #[error("{public:?}: this is not the public half of {private:?}")]
    NotAPair { public: PathBuf, private: PathBuf },
    #[error("{path:?} already exists; nothing was written")]
    Exists { path: PathBuf },
    #[error("{path:?}: this names a folder, not a file; nothing was written")]
    Folder { path: PathBuf },
    #[error("{folder:?}: no such folder; nothing was written")]
    NoFolder { folder: PathBuf },
    #[error("{path:?}: a private key file cannot end in .pub; nothing was written")]
    PubName { path: PathBuf },
    #[error("{path:?}: {doing}: {source}; {state}")]
    Write { path: PathBuf, doing: &'static str, source: io::Error, state: &'static str },
    #[error("there is no {format} form of a key of type {algorithm}")]
    NoSuchForm { algorithm: String, format: Format },
    #[error("the {format} format is read, not written")]
    ReadOnlyFormat { format: Format },
    #[error("the passphrase is too short: the {format} format wants at least five characters")]
    PassphraseTooShort { format: Format },
    #[error("the number of rounds must be from 1 to {most}")]
    Rounds { most: u32 },
    #[error("{typed:?} is not a key format")]
    Format { typed: String },
}

impl Failure for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Io { .. } | Self::Write { .. } => Kind::Io,
            Self::Missing { .. } | Self::NoFolder { .. } => Kind::NotFound,
            Self::NotRegular { .. } | Self::TooLarge { .. } | Self::NotText { .. } => Kind::NotAKey,
            Self::UnsafeMode { .. } => Kind::BadPermissions,
            Self::Key { fault, .. } => fault.kind(),
            Self::PrivateInPublic { .. } => Kind::PrivateInPublic,
            Self::NotAPair { .. } => Kind::NotAPair,
            Self::Exists { .. } | Self::Folder { .. } => Kind::Exists,
            Self::PubName { .. }
            | Self::NoSuchForm { .. }
            | Self::ReadOnlyFormat { .. }
            | Self::PassphraseTooShort { .. }
            | Self::Rounds { .. }
            | Self::Format { .. } => Kind::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { .. } => Some("make a key with: sshk keygen".into()),
            Self::UnsafeMode { path, .. } => Some(format!("chmod 600 {}", shell_path(path))),
            Self::Key { name, fault } => fault.hint(name),
            Self::PrivateInPublic { path } => Some(format!(
                "write the public half again: ssh-keygen -y -f PRIVATE_KEY > {}",
                shell_path(path)
            )),
            Self::NotAPair { public, private } => Some(format!(
                "write the public half again: ssh-keygen -y -f {} > {}",
                shell_path(private),
                shell_path(public)
            )),
            Self::Exists { .. } => {
                Some("choose another file with -f, or replace it with --force".into())
            }
            Self::Folder { path } => {
                Some(format!("name a file in it: -f {}", shell_path(&path.join("id_rsa"))))
            }
            Self::NoFolder { folder } => Some(format!("mkdir -m 700 -p {}", shell_path(folder))),
            Self::PubName { path } => {
                Some(format!("name the private half: -f {}", shell_path(&path.with_extension(""))))
            }
            Self::NoSuchForm { format: Format::Pem, .. } => {
                Some("take -m openssh or -m pkcs8".into())
            }
            Self::NoSuchForm { .. } => Some("take -m openssh".into()),
            Self::PassphraseTooShort { .. } => {
                Some("take a longer passphrase, or -m openssh".into())
            }
            Self::Format { .. } | Self::ReadOnlyFormat { .. } => {
                Some("the formats are openssh, pem and pkcs8".into())
            }
            Self::NotRegular { what: "a pipe", .. } => {
                Some("put it into a file first: (umask 077; cat PIPE > FILE)".into())
            }
            Self::Io { .. }
            | Self::Write { .. }
            | Self::NotRegular { .. }
            | Self::TooLarge { .. }
            | Self::NotText { .. }
            | Self::Rounds { .. } => None,
        }
    }
}

/// A key as the user named it, by either half: `id_rsa` or `id_rsa.pub`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The path as it was named.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the public half lies: the path with `.pub` after it, or itself where it ends so.
    pub fn public_path(&self) -> PathBuf {
        if self.names_public() {
            return self.path.clone();
        }
        let mut path = self.path.clone().into_os_string();
        path.push(".pub");
        path.into()
    }

    /// Where the private half lies: the path without `.pub`.
    pub fn private_path(&self) -> PathBuf {
        if self.names_public() { self.path.with_extension("") } else { self.path.clone() }
    }

    fn names_public(&self) -> bool {
        // A file that is called `.pub` and nothing else has no extension, and no private half to
        // name.
        self.path.extension().is_some_and(|extension| extension == "pub")
    }

    /// The text of the file that was named: a regular file of at most 1 MiB, in UTF-8. A pipe or a
    /// device never makes this wait.
    pub fn read_text(&self) -> Result<Zeroizing<String>, Error> {
        read_text(&self.path).map(|(text, _)| text)
    }

    /// What the file that was named holds, whatever its encoding; otherwise as
    /// [`KeyFile::read_text`].
    pub fn read_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        read_bytes(&self.path).map(|(bytes, _)| bytes)
    }

    /// The private half. Where others can reach it, it is refused, as ssh does: that is asked of
    /// the user's own files only.
    pub fn read_private(&self) -> Result<Private, Error> {
        let path = self.private_path();
        let (text, metadata) = read_text(&path)?;
        let private = Private::parse(text, &path.to_string_lossy())?;
        check_mode(&path, &metadata)?;
        Ok(private)
    }

    /// Whether others can reach the file that was named, for a reader who only warns of it:
    /// [`Error::UnsafeMode`].
    pub fn check_mode(&self) -> Result<(), Error> {
        let metadata = self.path.metadata().map_err(|source| Error::Io {
            path: self.path.clone(),
            doing: "cannot be read",
            source,
        })?;
        check_mode(&self.path, &metadata)
    }

    /// The public half, looked for where ssh does (authfile.c): in the file that was named, in the
    /// one with `.pub` after it, in the private key. Unlike ssh, a `.pub` that is not the private
    /// key's other half is refused where both can be read.
    pub fn read_public(&self) -> Result<PublicKey, Error> {
        if self.names_public() {
            return read_public(&self.path);
        }
        let beside = self.public_path();
        let named = match read_text(&self.path) {
            Ok((text, _)) if public::is_announced(&text) => return parse_public(&self.path, &text),
            Ok((text, _)) => Private::parse(text, &self.path.to_string_lossy()),
            Err(error) => Err(error),
        };
        if !is_there(&beside) {
            let private = named?;
            let locked = || Error::Key {
                name: self.path.to_string_lossy().into_owned(),
                fault: Fault::PassphraseNeeded,
            };
            return private.public().ok_or_else(locked);
        }
        let public = read_public(&beside)?;
        match named.ok().and_then(|private| private.public()) {
            Some(inside) if inside.key_data() != public.key_data() => {
                Err(Error::NotAPair { public: beside, private: self.path.clone() })
            }
            _ => Ok(public),
        }
    }
}

/// The text of a stream, such as standard input, under the rules of [`KeyFile::read_text`]. `name`
/// stands in messages.
pub fn read_stream(stream: impl Read, name: &str) -> Result<Zeroizing<String>, Error> {
    text(Path::new(name), read_stream_bytes(stream, name)?)
}

/// What a stream holds, whatever its encoding; otherwise as [`read_stream`].
pub fn read_stream_bytes(stream: impl Read, name: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    let path = Path::new(name);
    // Untouched memory costs nothing, and growing would leave copies of the key behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES as usize + 1));
    let failed = |source| Error::Io { path: path.to_owned(), doing: "cannot be read", source };
    stream.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::TooLarge { path: path.to_owned() });
    }
    Ok(bytes)
}

/// As ssh does: only the owner's own file is asked for its mode.
fn check_mode(path: &Path, metadata: &std::fs::Metadata) -> Result<(), Error> {
    let mode = metadata.mode() & 0o7777;
    if metadata.uid() == rustix::process::getuid().as_raw() && mode & 0o077 != 0 {
        return Err(Error::UnsafeMode { path: path.to_owned(), mode });
    }
    Ok(())
}

fn read_public(path: &Path) -> Result<PublicKey, Error> {
    let (text, _) = read_text(path)?;
    parse_public(path, &text)
}

fn parse_public(path: &Path, text: &str) -> Result<PublicKey, Error> {
    // Before anything else: whatever surrounds it, a private key's text is never taken for a public
    // key.
    if text.contains("PRIVATE KEY") || text.contains("PuTTY-User-Key-File-") {
        return Err(Error::PrivateInPublic { path: path.to_owned() });
    }
    public::read(text)
        .map(|(_, key)| key)
        .map_err(|fault| Error::Key { name: path.to_string_lossy().into_owned(), fault })
}

/// Whether anything has this name, a dangling link included.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn read_text(path: &Path) -> Result<(Zeroizing<String>, std::fs::Metadata), Error> {
    let (bytes, metadata) = read_bytes(path)?;
    text(path, bytes).map(|text| (text, metadata))
}

fn read_bytes(path: &Path) -> Result<(Zeroizing<Vec<u8>>, std::fs::Metadata), Error> {
    let failed = |doing| move |source| Error::Io { path: path.to_owned(), doing, source };
    let file = open(path)?;
    let metadata = file.metadata().map_err(failed("cannot be read"))?;
    let kind = metadata.file_type();
    if !kind.is_file() {
        let what = match () {
            () if kind.is_dir() => "a folder",
            () if kind.is_fifo() => "a pipe",
            () if kind.is_socket() => "a socket",
            () => "a device",
        };
        return Err(Error::NotRegular { path: path.to_owned(), what });
    }
    if metadata.len() > MAX_BYTES {
        return Err(Error::TooLarge { path: path.to_owned() });
    }
    // Room for the whole file at once: growing would leave copies of the key behind.
    let room = usize::try_from(metadata.len()).unwrap_or(0) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed("cannot be read"))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::TooLarge { path: path.to_owned() });
    }
    Ok((bytes, metadata))
}

fn open(path: &Path) -> Result<File, Error> {
    // Not blocking: opening a pipe without a writer would otherwise wait for one.
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path).map_err(|source| {
        match source.kind() {
            io::ErrorKind::NotFound => Error::Missing { path: path.to_owned() },
            _ => Error::Io { path: path.to_owned(), doing: "cannot be opened", source },
        }
    })
}

fn text(path: &Path, mut bytes: Zeroizing<Vec<u8>>) -> Result<Zeroizing<String>, Error> {
    let not_text = |why| Error::NotText { path: path.to_owned(), why };
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(not_text("it is UTF-16; save it as UTF-8"));
    }
    if bytes.contains(&0) {
        return Err(not_text("it holds zero bytes"));
    }
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            Err(not_text("it is not UTF-8"))
        }
    }
}
