//! The agent (PROTOCOL.agent, draft-miller-ssh-agent): the keys that it holds, and signatures by
//! it, passed on byte for byte.
//!
//! Implemented here because russh's client rejects the whole list over one key that it cannot read,
//! and accepts any signature that comes back.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use russh::keys::agent::AgentSessionBinding;
use ssh_key::{Certificate, PublicKey};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::error::{Error, LoginError};
use crate::ssh_string::{put, take};
use crate::text::io_reason;

const FAILURE: u8 = 5;
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;
const EXTENSION: u8 = 27;

/// The longest reply that is read, in bytes: MAX_AGENT_REPLY_LEN of authfd.c.
const MAX_REPLY: usize = 256 * 1024;
/// The most keys that an agent may list: MAX_AGENT_IDENTITIES of authfd.c.
const MAX_KEYS: usize = 2048;

/// How long an agent may take to list its keys.
const LISTING: Duration = Duration::from_secs(30);
/// How long it may take to sign: the user may have to confirm it or to touch a security key. sshd
/// hangs up after this time too (LoginGraceTime).
const SIGNING: Duration = Duration::from_secs(120);

/// A key that an agent holds.
pub(super) struct Held {
    /// As the agent sent it, and as it expects it back.
    pub(super) blob: Vec<u8>,
    pub(super) comment: String,
    pub(super) key: HeldKey,
}

pub(super) enum HeldKey {
    Plain(PublicKey),
    Certificate(Box<Certificate>),
}

/// The flags of a signature request: which hash an RSA key should use (draft-miller-ssh-agent
/// section 3.6.1). Without a flag it is SHA-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Flags {
    None = 0,
    RsaSha2_256 = 2,
    RsaSha2_512 = 4,
}

/// The keys that the agent at `socket` holds, except for types that sshk does not know. With a
/// `binding`, only those that may be used for that server: the agent leaves out keys that are
/// restricted to other hosts (`ssh-add -h`).
pub(super) async fn list(
    socket: &Path,
    binding: Option<&AgentSessionBinding>,
) -> Result<Vec<Held>, Error> {
    let agent = Agent { socket: socket.to_owned() };
    let work = async {
        let mut stream = agent.connect().await?;
        if let Some(binding) = binding {
            agent.ask(&mut stream, &bind_request(binding, false)).await?;
        }
        agent.listing(&agent.ask(&mut stream, &[REQUEST_IDENTITIES]).await?)
    };
    match tokio::time::timeout(LISTING, work).await {
        Ok(held) => held,
        Err(_) => Err(agent.failed("it did not answer")),
    }
}

/// The signature over `data`, in the form of RFC 4253 section 6.6, by the key of `blob`; `None` if
/// the agent refuses. Anything but a signature by `algorithm` is rejected. `binding` tells the
/// agent which server this is for, which keys restricted to certain hosts (`ssh-add -h`) require.
pub(super) async fn sign(
    socket: &Path,
    blob: &[u8],
    (algorithm, flags): (&str, Flags),
    data: &[u8],
    binding: Option<&AgentSessionBinding>,
) -> Result<Option<Vec<u8>>, Error> {
    let agent = Agent { socket: socket.to_owned() };
    let work = async {
        let mut stream = agent.connect().await?;
        if let Some(binding) = binding {
            // An agent that does not support it says so, and is still asked for the signature, as
            // by ssh.
            agent.ask(&mut stream, &bind_request(binding, false)).await?;
        }
        let mut request = vec![SIGN_REQUEST];
        put(&mut request, blob);
        put(&mut request, data);
        request.extend((flags as u32).to_be_bytes());
        agent.signature(&agent.ask(&mut stream, &request).await?, algorithm)
    };
    match tokio::time::timeout(SIGNING, work).await {
        Ok(signature) => signature,
        Err(_) => Err(agent.failed(&format!("it did not sign within {} s", SIGNING.as_secs()))),
    }
}

/// The failure of an agent that refuses a signature.
pub(super) fn refused(socket: &Path) -> Error {
    Agent { socket: socket.to_owned() }.failed("it refused to sign")
}

/// A connection to the agent for the server of `binding`, which it is forwarded to: the agent
/// learns that requests come from there, so that keys restricted to certain hosts (`ssh-add -h`) do
/// not work for others.
pub(super) async fn connect_forwarded(
    socket: &Path,
    binding: Option<&AgentSessionBinding>,
) -> Result<UnixStream, Error> {
    let agent = Agent { socket: socket.to_owned() };
    let work = async {
        let mut stream = agent.connect().await?;
        if let Some(binding) = binding {
            // An agent that does not support it cannot hold such keys either.
            agent.ask(&mut stream, &bind_request(binding, true)).await?;
        }
        Ok(stream)
    };
    match tokio::time::timeout(LISTING, work).await {
        Ok(stream) => stream,
        Err(_) => Err(agent.failed("it did not answer")),
    }
}

/// `session-bind@openssh.com` of PROTOCOL.agent.
fn bind_request(binding: &AgentSessionBinding, is_forwarded: bool) -> Vec<u8> {
    let mut request = vec![EXTENSION];
    for part in
        [b"session-bind@openssh.com", binding.host_key(), binding.session_id(), binding.signature()]
    {
        put(&mut request, part);
    }
    request.push(u8::from(is_forwarded));
    request
}

struct Agent {
    socket: PathBuf,
}

impl Agent {
    fn failed(&self, why: &str) -> Error {
        LoginError::Agent { socket: self.socket.clone(), why: why.to_owned() }.into()
    }

    fn io(&self, error: &io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset => self.failed("it closed the connection"),
            _ => self.failed(&io_reason(error)),
        }
    }

    async fn connect(&self) -> Result<UnixStream, Error> {
        UnixStream::connect(&self.socket).await.map_err(|error| self.io(&error))
    }

    async fn ask(&self, stream: &mut UnixStream, request: &[u8]) -> Result<Vec<u8>, Error> {
        let mut packet = Vec::with_capacity(4 + request.len());
        put(&mut packet, request);
        stream.write_all(&packet).await.map_err(|error| self.io(&error))?;
        let length = stream.read_u32().await.map_err(|error| self.io(&error))? as usize;
        if !(1..=MAX_REPLY).contains(&length) {
            return Err(self.failed(&format!("its reply claims to be {length} bytes long")));
        }
        let mut reply = vec![0; length];
        stream.read_exact(&mut reply).await.map_err(|error| self.io(&error))?;
        Ok(reply)
    }

    fn listing(&self, reply: &[u8]) -> Result<Vec<Held>, Error> {
        let garbled = || self.failed("its list of keys is malformed");
        let rest = match reply.split_first() {
            Some((&IDENTITIES_ANSWER, rest)) => rest,
            Some((&FAILURE, _)) => return Err(self.failed("it refused to list its keys")),
            _ => return Err(garbled()),
        };
        let (count, mut rest) = rest.split_first_chunk().ok_or_else(garbled)?;
        let count = u32::from_be_bytes(*count) as usize;
        if count > MAX_KEYS {
            return Err(
                self.failed(&format!("it claims to hold {count} keys, more than {MAX_KEYS}"))
            );
        }
        let mut held = Vec::new();
        for _ in 0..count {
            let blob = take(&mut rest).ok_or_else(garbled)?;
            let comment = take(&mut rest).ok_or_else(garbled)?;
            let Some(key) = read_key(blob) else { continue };
            held.push(Held {
                blob: blob.to_vec(),
                comment: crate::keys::key_file::clean_comment(comment),
                key,
            });
        }
        Ok(held)
    }

    fn signature(&self, reply: &[u8], wanted: &str) -> Result<Option<Vec<u8>>, Error> {
        let garbled = || self.failed("its signature is malformed");
        let mut rest = match reply.split_first() {
            Some((&SIGN_RESPONSE, rest)) => rest,
            Some((&FAILURE, _)) => return Ok(None),
            _ => return Err(garbled()),
        };
        let signature = take(&mut rest).ok_or_else(garbled)?;
        let algorithm = take(&mut &signature[..]).ok_or_else(garbled)?;
        if algorithm != wanted.as_bytes() {
            let given = String::from_utf8_lossy(algorithm);
            return Err(
                self.failed(&format!("it was asked to sign with {wanted} and used {given:?}"))
            );
        }
        Ok(Some(signature.to_vec()))
    }
}

/// What the readers of an agent's replies make of these bytes.
#[cfg(fuzzing)]
pub(super) fn read_reply(
    reply: &[u8],
) -> (Result<Vec<Held>, Error>, Result<Option<Vec<u8>>, Error>) {
    let agent = Agent { socket: PathBuf::from("socket") };
    (agent.listing(reply), agent.signature(reply, "ssh-ed25519"))
}

/// `None` for a type of key that sshk does not know.
fn read_key(blob: &[u8]) -> Option<HeldKey> {
    let name = take(&mut &blob[..])?;
    if name.ends_with(b"-cert-v01@openssh.com") {
        return Certificate::from_bytes(blob)
            .ok()
            .map(|certificate| HeldKey::Certificate(Box::new(certificate)));
    }
    let key = PublicKey::from_bytes(blob).ok()?;
    (!matches!(key.algorithm(), ssh_key::Algorithm::Other(_))).then_some(HeldKey::Plain(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An agent that accepts requests and never answers.
    fn silent() -> (tempfile::TempDir, PathBuf, tokio::net::UnixListener) {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let listener = tokio::net::UnixListener::bind(&socket).unwrap();
        (folder, socket, listener)
    }

    #[tokio::test(start_paused = true)]
    async fn an_agent_that_hangs_is_given_up_in_the_end() {
        let (_folder, socket, _listener) = silent();
        let began = tokio::time::Instant::now();
        let error = list(&socket, None).await.err().unwrap();
        assert_eq!(error.to_string(), format!("the agent at {socket:?} failed: it did not answer"));
        assert_eq!(began.elapsed().as_secs(), 30);
        let error =
            sign(&socket, b"key", ("ssh-ed25519", Flags::None), b"data", None).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the agent at {socket:?} failed: it did not sign within 120 s")
        );
        assert_eq!(began.elapsed().as_secs(), 150);
    }

    #[test]
    fn a_list_that_ends_early_is_malformed() {
        let agent = Agent { socket: PathBuf::from("socket") };
        let listing = |strings: &[u8]| {
            let reply = [&[IDENTITIES_ANSWER, 0, 0, 0, 1], strings].concat();
            agent.listing(&reply).map(|held| held.len()).map_err(|error| error.to_string())
        };
        assert_eq!(listing(&[0, 0, 0, 1, b'a', 0, 0, 0, 1, b'b']), Ok(0), "not a key");
        let malformed = Err("the agent at \"socket\" failed: its list of keys is malformed".into());
        for strings in [&[0, 0, 0, 1, b'a', 0, 0, 0, 9, b'b'][..], &[0xff, 0xff, 0xff, 0xff], &[]] {
            assert_eq!(listing(strings), malformed, "{strings:?}");
        }
    }
}
