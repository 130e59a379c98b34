//! A connection that a jump host forwards: its data is read from russh as it arrives, so that it
//! never stalls the connection to the jump host.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use russh::client::Msg;
use russh::{Channel, ChannelMsg};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::backlog::{self, Received};
use super::gate::Gate;

/// How many blocks may be in flight from the channel; the rest waits in the backlog.
const BLOCKS: usize = 16;

pub(super) struct Forwarded {
    incoming: mpsc::Receiver<Vec<u8>>,
    /// What was received; the unread part begins at `read`.
    block: Vec<u8>,
    read: usize,
    outgoing: Box<dyn AsyncWrite + Send + Unpin>,
    carrying: AbortHandle,
}

impl Forwarded {
    /// `gate` is that of the connection that the channel is part of.
    pub(super) fn new(channel: Channel<Msg>, gate: Gate) -> Self {
        let (reader, writer) = channel.split();
        let (output, incoming) = mpsc::channel(BLOCKS);
        let carrying = tokio::spawn(async move {
            backlog::carry(reader, &gate, &output, |message| match message {
                Some(ChannelMsg::Data { data }) => Received::Data(data.to_vec(), data.len()),
                Some(ChannelMsg::Eof | ChannelMsg::Close) | None => Received::End,
                Some(_) => Received::Nothing,
            })
            .await;
        });
        let outgoing = Box::new(writer.make_writer());
        Self { incoming, block: Vec::new(), read: 0, outgoing, carrying: carrying.abort_handle() }
    }
}

impl Drop for Forwarded {
    fn drop(&mut self) {
        self.carrying.abort();
    }
}

impl AsyncRead for Forwarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.read == self.block.len() {
            match ready!(self.incoming.poll_recv(context)) {
                Some(block) => (self.block, self.read) = (block, 0),
                None => return Poll::Ready(Ok(())),
            }
        }
        let from = self.read;
        let until = self.block.len().min(from + buffer.remaining());
        buffer.put_slice(&self.block[from..until]);
        self.read = until;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Forwarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.outgoing).poll_write(context, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.outgoing).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.outgoing).poll_shutdown(context)
    }
}
