//! What SSH runs over.

use tokio::io::{AsyncRead, AsyncWrite};

/// A stream of bytes in both directions: a TCP connection, a program, or a channel of another
/// connection.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}
