//! What a name means, and which host key it has. This room never sees a key file.

pub mod destination;
pub mod known_hosts;
pub mod ssh_config;
