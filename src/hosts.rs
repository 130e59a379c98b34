//! What a host name means and which host key the host has. This room never sees a key file.

mod address;
pub mod destination;
pub mod known_hosts;
pub mod ssh_config;
