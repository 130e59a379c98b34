//! What a host name means and which host key the host has, compared with OpenSSH.

#[path = "../support/mod.rs"]
mod support;

mod known_hosts;
mod names;
mod ssh_config;
