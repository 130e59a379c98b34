//! KnownHostsCommand, run for one look-up: its output is lines of known_hosts.

use std::process::Stdio;

use data_encoding::BASE64;
use ssh_key::{Certificate, HashAlg, PublicKey};
use tokio::io::AsyncReadExt;
use tokio::process::Command;

use crate::child;
use crate::hosts::ssh_config::KnownHostsCommand;
use crate::quoting::{shell_path, shell_word};
use crate::session::error::{Error, HostKeyError};
use crate::text::io_reason;

/// The most output that is read, in bytes: more lines than there are for one host.
const MOST_OUTPUT: u64 = 1 << 20;

/// What the command is asked for (`%I`).
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    /// The types of key to ask the server for.
    Order,
    HostName,
    Address,
}

/// The key that the server presented, as `%t`, `%f` and `%K`.
#[derive(Clone, Debug, Default)]
pub(super) struct Presented(Option<[String; 3]>);

impl Presented {
    pub(super) fn key(key: &PublicKey) -> Self {
        Self::of(key.algorithm().as_str(), key, key.to_bytes())
    }

    pub(super) fn certificate(certificate: &Certificate) -> Self {
        let key = PublicKey::from(certificate.public_key().clone());
        let name = certificate.algorithm().to_certificate_type();
        Self::of(&name, &key, certificate.to_bytes())
    }

    fn of(name: &str, key: &PublicKey, blob: ssh_key::Result<Vec<u8>>) -> Self {
        let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
        let text = BASE64.encode(&blob.unwrap_or_default());
        Self(Some([name.to_owned(), fingerprint, text]))
    }

    fn part(&self, index: usize) -> String {
        self.0.as_ref().map_or_else(|| "NONE".to_owned(), |parts| parts[index].clone())
    }
}

/// What the command prints for `name`, a host or address as known_hosts has it.
pub(super) async fn output(
    command: &KnownHostsCommand,
    purpose: Purpose,
    name: &str,
    presented: &Presented,
) -> Result<Vec<u8>, Error> {
    let arguments = command.arguments(|token| match token {
        'H' => name.to_owned(),
        'I' => match purpose {
            Purpose::Order => "ORDER",
            Purpose::HostName => "HOSTNAME",
            Purpose::Address => "ADDRESS",
        }
        .to_owned(),
        't' => presented.part(0),
        'f' => presented.part(1),
        _ => presented.part(2),
    });
    let failed = |why: String| {
        let words = arguments.iter().map(|word| shell_word(word));
        let line = [shell_path(&command.program)].into_iter().chain(words).collect::<Vec<_>>();
        let (program, line) = (command.program.clone(), line.join(" "));
        Error::from(HostKeyError::Command { program, why, line })
    };
    let started = Command::from(child::command(&command.program))
        .args(&arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut running =
        started.map_err(|error| failed(format!("could not be started: {}", io_reason(&error))))?;
    let mut lines = Vec::new();
    if let Some(output) = running.stdout.take() {
        let read = output.take(MOST_OUTPUT + 1).read_to_end(&mut lines).await;
        read.map_err(|error| failed(format!("could not be read: {}", io_reason(&error))))?;
    }
    if lines.len() as u64 > MOST_OUTPUT {
        return Err(failed(format!("printed more than {} MiB", MOST_OUTPUT >> 20)));
    }
    match running.wait().await {
        Ok(status) if status.success() => Ok(lines),
        Ok(status) => Err(failed(format!("failed ({status})"))),
        Err(error) => Err(failed(io_reason(&error))),
    }
}
