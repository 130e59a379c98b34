//! The life of an SSH key as a library that never prints, prompts, exits or reads the environment.
//!
//! | module | what it knows |
//! |---|---|
//! | [`keys`] | a key as bytes and files: generate, read, check, convert. It never sees a host. |
//! | [`hosts`] | what a host name means (ssh_config), and its host keys. It never sees a key. |
//! | [`session`] | one authenticated connection: commands, shells, SFTP |
//! | [`accounts`] | a public key on an account: install, verify, list, revoke |
//! | [`fleet`] | any of these on many hosts at once |
//!
//! Below them, [`secret`], [`prompter`] and [`credentials`] are how a caller provides passphrases,
//! passwords and answers; every failure is an [`Error`].
//!
//! # Example
//!
//! Generate a key, install it with the account's password, and prove that it logs in:
//!
//! ```standalone_crate
//! # #[path = "../examples/support/server.rs"]
//! # mod server;
//! use std::sync::Arc;
//!
//! use sshk::accounts::install::{InstallOptions, install};
//! use sshk::accounts::proof::prove;
//! use sshk::keys::generate::{KeySpec, KeyType, generate};
//! use sshk::keys::identity::Identity;
//! use sshk::keys::key_file::{Format, KeyFile, encode};
//! use sshk::session::{Account, Notices};
//! # use sshk::credentials::Credentials;
//! # use sshk::hosts::ssh_config::{self, Argument, CommandLine, Surroundings};
//! # use sshk::prompter::{self, Answer, Prompter, Question};
//! #
//! # /// Knows the server's host key and the account's password.
//! # struct User(String);
//! #
//! # impl Prompter for User {
//! #     fn ask(
//! #         &self,
//! #         question: &Question,
//! #     ) -> Result<zeroize::Zeroizing<String>, prompter::Error> {
//! #         let answer = if question.answer == Answer::Confirm { &self.0 } else { "hush" };
//! #         Ok(zeroize::Zeroizing::new(answer.to_owned()))
//! #     }
//! #
//! #     fn can_ask(&self) -> bool {
//! #         true
//! #     }
//! #
//! #     fn tell(&self, _: &str, _: &str) {}
//! # }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #   let server = server::Server::start(server::Account::new("ann", "hush"))?;
//! #   let home = tempfile::tempdir()?;
//! #   let user = User(server.host_key().fingerprint(ssh_key::HashAlg::Sha256).to_string());
//! #   let credentials = Arc::new(Credentials::new(Arc::new(user), None, None, None));
//! #   let surroundings = Surroundings {
//! #       home: home.path().to_owned(),
//! #       local_user: "ann".into(),
//! #       uid: rustix::process::getuid().as_raw(),
//! #       local_host: "laptop".into(),
//! #       env: Box::new(|_| None),
//! #       system_config: "/nonexistent/ssh_config".into(),
//! #       shell: "/bin/sh".into(),
//! #       run: Box::new(|_| Ok(false)),
//! #       resolves: Box::new(|_| false),
//! #       addresses: Box::new(|| Ok(Vec::new())),
//! #   };
//! #   let line = CommandLine {
//! #       arguments: vec![Argument::Port(server.port()), Argument::User("ann".into())],
//! #       ..CommandLine::default()
//! #   };
//! #   let endpoint = ssh_config::resolve(&"127.0.0.1".parse()?, &line, &surroundings)?;
//!     let rng = &mut rand::rng();
//!     let key = generate(KeySpec::new(KeyType::Ed25519, None)?, "ann@laptop", rng)?;
//!     let public_line = format!("{}\n", key.public_key().to_openssh()?);
//!     let file = KeyFile::new(home.path().join(".ssh/id_ed25519"));
//!     let private = encode(&key, Format::OpenSsh, None, None, rng)?;
//!     file.create_pair(&private, &public_line, false, true)?;
//!
//!     let identity = Arc::new(Identity::load(&file, &credentials).await?);
//!     let notices = Notices::new(|_| ());
//!     let (endpoint, identity_files) = (Arc::new(endpoint), Arc::default());
//!     let account = Account { endpoint, credentials, identity_files, notices };
//!     let installation = install(&account, &identity, &InstallOptions::default()).await?;
//!     assert_eq!(installation.answer.file, "~/.ssh/authorized_keys");
//!
//!     let proof = prove(&account, &identity).await?;
//!     assert_eq!(proof.fingerprint, identity.fingerprint());
//! #   let authorized_keys = server.home().join(".ssh/authorized_keys");
//! #   assert_eq!(std::fs::read_to_string(authorized_keys)?, public_line);
//!     Ok(())
//! }
//! ```
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit, clippy::dbg_macro)]
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod accounts;
pub mod child;
pub mod credentials;
pub mod error;
pub mod fleet;
pub mod hosts;
pub mod keys;
pub mod prompter;
pub mod quoting;
pub mod secret;
pub mod session;
pub mod ssh_string;
pub mod text;
pub mod wildcard;

pub use error::Error;
pub use hosts::destination::Destination;
pub use keys::key_file::KeyFile;
pub use secret::{Passphrase, Password};
