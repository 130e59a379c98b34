//! The stream below a connection: it keeps the server's greeting, can hold back reading, and queues
//! what cannot be written yet, so that russh, which writes and reads in turn, never stops reading
//! for it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadBuf};

use super::gate::Gate;
use super::lock::lock;
use super::said::ServerSaid;
use super::step::Step;
use super::steps::Steps;
use super::stream::Stream;

/// How much of the greeting is kept, in bytes: enough for the lines that come before an
/// identification in practice (RFC 4253 section 4.2).
const GREETING_KEPT: usize = 8 * 1024;

/// Bytes read at once: russh asks for a packet's length, then for the packet.
const READ_AHEAD: usize = 128 * 1024;

/// How much may wait to be written, in bytes: the window of 2 MiB that OpenSSH grants, and some
/// extra. If a server grants more, we wait for it.
const MOST_UNSENT: usize = 4 * 1024 * 1024;

pub(super) struct ConnectionStream {
    stream: BufReader<Box<dyn Stream>>,
    said: Arc<Mutex<ServerSaid>>,
    steps: Steps,
    gate: Gate,
    unsent: Vec<u8>,
    /// How much of it has been written.
    sent: usize,
}

impl ConnectionStream {
    pub(super) fn new(
        stream: Box<dyn Stream>,
        said: Arc<Mutex<ServerSaid>>,
        steps: Steps,
        gate: Gate,
    ) -> Self {
        Self {
            stream: BufReader::with_capacity(READ_AHEAD, stream),
            said,
            steps,
            gate,
            unsent: Vec::new(),
            sent: 0,
        }
    }

    fn record_greeting(&self, new: &[u8]) {
        let mut said = lock(&self.said);
        let room = GREETING_KEPT.saturating_sub(said.greeting.len());
        said.greeting.extend_from_slice(&new[..new.len().min(room)]);
        let identified = said
            .greeting
            .split_inclusive(|&byte| byte == b'\n')
            .any(|line| line.starts_with(b"SSH-") && line.ends_with(b"\n"));
        drop(said);
        if identified {
            self.steps.enter(Step::KeyExchange);
        }
    }

    /// Writes what waits; ready once nothing does.
    fn poll_unsent(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.sent < self.unsent.len() {
            match ready!(Pin::new(&mut self.stream).poll_write(context, &self.unsent[self.sent..]))?
            {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.sent += written,
            }
        }
        self.unsent.clear();
        self.sent = 0;
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for ConnectionStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // The next write reports a failed write; what the server said before it disconnected can
        // still be read.
        let _ = self.poll_unsent(context);
        ready!(self.gate.poll_open(context));
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let new = &buffer.filled()[before..];
        self.gate.passed(new.len());
        if self.steps.current() == Step::Identification {
            self.record_greeting(new);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ConnectionStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.poll_unsent(context)?.is_ready()
            && let Poll::Ready(written) = Pin::new(&mut self.stream).poll_write(context, data)
        {
            return Poll::Ready(written);
        }
        let room = MOST_UNSENT.saturating_sub(self.unsent.len() - self.sent);
        if room == 0 {
            return Poll::Pending;
        }
        if self.sent > 0 {
            let sent = std::mem::take(&mut self.sent);
            self.unsent.drain(..sent);
        }
        let taken = room.min(data.len());
        self.unsent.extend_from_slice(&data[..taken]);
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.poll_unsent(context)? {
            Poll::Ready(()) => Pin::new(&mut self.stream).poll_flush(context),
            // Each read goes on with it.
            Poll::Pending => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A server that reads nothing more would never let it end.
        let _ = self.poll_unsent(context)?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use std::time::Duration;

    fn connection(stream: impl Stream + 'static) -> ConnectionStream {
        ConnectionStream::new(
            Box::new(stream),
            Arc::default(),
            Steps::new(Duration::from_secs(5)),
            Gate::default(),
        )
    }

    /// Two sides that both write more than the stream between them holds, and only then read, would
    /// wait for each other forever.
    #[tokio::test]
    async fn a_peer_that_does_not_read_yet_does_not_keep_us_from_reading() {
        let (ours, mut theirs) = tokio::io::duplex(1000);
        let mut connection = connection(ours);
        let sent: Vec<u8> = (0..300_000_u32).map(|at| (at / 7) as u8).collect();
        connection.write_all(&sent).await.unwrap();
        connection.flush().await.unwrap();
        theirs.write_all(b"first").await.unwrap();
        let mut answer = [0; 5];
        connection.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"first");
        // Each read goes on with the writing.
        let reading =
            tokio::spawn(
                async move { connection.read_exact(&mut [0; 1]).await.map(|_| connection) },
            );
        let mut came = vec![0; sent.len()];
        theirs.read_exact(&mut came).await.unwrap();
        assert!(came == sent);
        theirs.write_all(b"x").await.unwrap();
        reading.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn the_queue_is_bounded() {
        let (ours, mut theirs) = tokio::io::duplex(1000);
        let mut connection = connection(ours);
        connection.write_all(&vec![1; MOST_UNSENT]).await.unwrap();
        connection.write_all(&[2; 1000]).await.unwrap();
        tokio::time::timeout(Duration::from_millis(50), connection.write_all(&[3; 1]))
            .await
            .unwrap_err();
        theirs.read_exact(&mut [0; 1000]).await.unwrap();
        connection.write_all(&[3; 1]).await.unwrap();
    }

    #[tokio::test]
    async fn a_closed_gate_is_not_read_through_until_it_opens() {
        let (ours, mut theirs) = tokio::io::duplex(1000);
        let mut connection = connection(ours);
        let gate = connection.gate.clone();
        gate.close(true);
        theirs.write_all(b"x").await.unwrap();
        let mut reading = tokio::spawn(async move { connection.read_u8().await });
        tokio::time::timeout(Duration::from_millis(50), &mut reading).await.unwrap_err();
        gate.close(false);
        assert_eq!(reading.await.unwrap().unwrap(), b'x');
    }
}
