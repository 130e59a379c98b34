//! Readers of what servers and agents send, for the fuzz targets: they are no part of the library's
//! interface, and are compiled for those targets alone.

use super::agent;
use super::said::{ServerSaid, signal_name, words};
use super::sftp;
use crate::text::is_hidden;

/// An agent's reply, as a list of keys and as a signature.
pub fn agent_reply(reply: &[u8]) {
    let (keys, signature) = agent::read_reply(reply);
    for key in keys.into_iter().flatten() {
        assert!(!key.comment.contains(is_hidden), "{:?}", key.comment);
    }
    if let Ok(Some(signature)) = signature {
        assert!(signature.len() < reply.len());
    }
}

/// A packet of an SFTP server.
pub fn sftp_packet(packet: &[u8]) {
    sftp::read_packet(packet);
}

/// What a server says before and beside the protocol: nothing of it may reach a terminal as it is.
pub fn server_words(said: &[u8]) {
    let greeting = ServerSaid { greeting: said.to_vec(), ..ServerSaid::default() };
    let text = String::from_utf8_lossy(said);
    for shown in [greeting.identification(), words(said), signal_name(&text)] {
        assert!(!shown.contains(is_hidden), "{shown:?}");
    }
}
