//! One authenticated connection: reach the server, check its host key, log in, run something. Only
//! this room names russh.
//!
//! Order matters throughout: nothing of the user's (a key, the name of a key, a password) is
//! offered before the server's key is trusted, and every wait has an end.
//!
//! From an [`Account`], which says where to go and with what, `login` makes a [`Session`]: over
//! `route`, `dial`, `proxy_command` or another session to the host; over `transport`, `client` and
//! `host_key` to an encrypted connection with the right server; over `auth` into the account.
//! Sessions then run commands (`exec`, `shell`) and transfer files ([`sftp`]).

mod account;
mod agent;
mod agent_forwarding;
mod algorithms;
mod auth;
mod backlog;
mod candidates;
mod client;
mod connection_stream;
mod dial;
mod error;
mod exec;
mod forwarded;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod host_key;
mod host_key_update;
mod identities;
mod lock;
mod logged_in;
mod login;
mod notices;
mod proxy_command;
mod route;
mod said;
pub mod sftp;
mod shell;
mod signatures;
mod signer;
mod step;
mod steps;
mod stream;
mod supported;
mod transport;

pub use account::Account;
pub use algorithms::algorithm_listing;
pub use auth::{LoggedInBy, Probed};
pub use candidates::Candidate;
pub use error::{
    ChannelError, ConnectionError, Error, HostKeyError, LoginError, NotAccepted, ReachError,
    Untried,
};
pub use exec::Output;
pub use host_key::describe as describe_key;
pub use logged_in::Session;
pub use notices::{Notice, Notices};
pub use shell::{Exit, Input, Program, Pty, Request, Sent, Size};
pub use step::{DEFAULT_LIMIT, Step};
pub use supported::supported;
