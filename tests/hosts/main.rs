//! What a name means and which host key it has, held against OpenSSH.

#[path = "../support/mod.rs"]
mod support;

mod known_hosts;
mod ssh_config;
