//! What a channel received and nobody has read yet: kept within limits, while the connection is
//! held back.

use std::collections::VecDeque;

use russh::{ChannelMsg, ChannelReadHalf};
use tokio::sync::mpsc;

use super::gate::Gate;

/// From this many bytes on, the connection is held back: OpenSSH's window for a session.
const MUCH: usize = 2 * 1024 * 1024;

/// From this many bytes on, nothing is received from russh, whose whole connection then waits.
/// Output that had to be read so that input could continue can reach this size.
const TOO_MUCH: usize = 64 * 1024 * 1024;

/// What a message of the channel is to its reader.
pub(super) enum Received<T> {
    /// This many bytes for it.
    Data(T, usize),
    Nothing,
    End,
}

/// Carries what `reader` receives to `output`, until the end of the channel. `sort` sees each
/// message once.
///
/// A receiver that is gone (a closed pipe) counts as a reader that reads everything.
pub(super) async fn carry<T>(
    mut reader: ChannelReadHalf,
    gate: &Gate,
    output: &mpsc::Sender<T>,
    mut sort: impl FnMut(Option<ChannelMsg>) -> Received<T>,
) {
    let mut backlog: VecDeque<(T, usize)> = VecDeque::new();
    let (mut waiting, mut ended, mut closed) = (0, false, false);
    while !ended || !backlog.is_empty() {
        tokio::select! {
            biased;
            room = output.reserve(), if !backlog.is_empty() => match (room, backlog.pop_front()) {
                (Ok(room), Some((data, bytes))) => {
                    room.send(data);
                    waiting -= bytes;
                }
                _ => {
                    backlog.clear();
                    waiting = 0;
                }
            },
            message = reader.wait(), if !ended && waiting < TOO_MUCH => match sort(message) {
                Received::Data(data, bytes) => {
                    backlog.push_back((data, bytes));
                    waiting += bytes;
                }
                Received::Nothing => {}
                Received::End => ended = true,
            },
        }
        // Opened again only well below, so that it does not open and close with every message.
        let close = if closed { waiting > MUCH / 2 } else { waiting > MUCH };
        if close != closed {
            closed = close;
            gate.close(closed);
        }
    }
    gate.close(false);
}
