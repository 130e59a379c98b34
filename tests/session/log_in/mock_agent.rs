//! A mock agent: no real one lies, dies, or has a security key without the hardware.

use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use tempfile::TempDir;

/// Answers each request with the result of `answer`; the connection stays open. The thread ends
/// with the test program.
pub struct MockAgent {
    folder: TempDir,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
}

#[derive(Clone)]
pub enum Answer {
    /// A packet; its length is written first.
    Packet(Vec<u8>),
    /// Bytes as they are.
    Raw(Vec<u8>),
    HangUp,
}

pub const REQUEST_IDENTITIES: u8 = 11;
pub const SIGN_REQUEST: u8 = 13;

impl MockAgent {
    pub fn start(answer: impl Fn(&[u8]) -> Answer + Send + Sync + 'static) -> Self {
        let folder = tempfile::Builder::new().prefix("sshk-mock-").tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("socket")).unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (answer, seen) = (Arc::new(answer), Arc::clone(&requests));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (answer, seen) = (Arc::clone(&answer), Arc::clone(&seen));
                thread::spawn(move || serve(stream, &*answer, &seen));
            }
        });
        Self { folder, requests }
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// The requests of this type so far.
    pub fn requests(&self, kind: u8) -> Vec<Vec<u8>> {
        self.requests
            .lock()
            .unwrap()
            .iter()
            .filter(|request| request.first() == Some(&kind))
            .cloned()
            .collect()
    }
}

fn serve(
    mut stream: UnixStream,
    answer: &dyn Fn(&[u8]) -> Answer,
    seen: &Mutex<Vec<Vec<u8>>>,
) -> Option<()> {
    loop {
        let request = read_packet(&mut stream).ok()?;
        seen.lock().unwrap().push(request.clone());
        match answer(&request) {
            Answer::Packet(packet) => stream.write_all(&string(&packet)).ok()?,
            Answer::Raw(bytes) => stream.write_all(&bytes).ok()?,
            Answer::HangUp => return None,
        }
    }
}

fn read_packet(stream: &mut UnixStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut packet = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut packet)?;
    Ok(packet)
}

/// An SSH string (RFC 4251 section 5).
pub fn string(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes(), bytes].concat()
}

/// The SSH strings at the start of a text.
pub fn strings(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let Some((string, rest)) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)
        else {
            break;
        };
        found.push(string.to_vec());
        bytes = rest;
    }
    found
}

/// SSH2_AGENT_IDENTITIES_ANSWER with these keys.
pub fn identities(blobs: &[Vec<u8>]) -> Vec<u8> {
    let keys = blobs.iter().flat_map(|blob| [string(blob), string(b"mock")].concat());
    [12].into_iter().chain((blobs.len() as u32).to_be_bytes()).chain(keys).collect()
}

/// SSH2_AGENT_SIGN_RESPONSE with this signature.
pub fn signature(blob: &[u8]) -> Vec<u8> {
    [&[14], string(blob).as_slice()].concat()
}
