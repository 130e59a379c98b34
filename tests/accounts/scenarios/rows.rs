//! The table, by what is special about the account.

mod contents;
mod modes;
mod obstacles;
mod options;
mod present;
mod servers;
mod shells;

use crate::scenarios::scenario::Row;

pub fn all() -> Vec<Row> {
    [
        contents::rows(),
        present::rows(),
        modes::rows(),
        obstacles::rows(),
        shells::rows(),
        servers::rows(),
        options::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The next step if the server does not read the file that was written.
const LOOK_AT_MODES: &str = "servers ignore the file if others can write to it, its directory or \
    the home directory, \
        or if AuthorizedKeysFile names another; look on the server: ls -ld ~ \
                             ~/.ssh ~/.ssh/authorized_keys";
const NOT_TAKEN: &str = "the server rejected the key <fingerprint>; it accepts <methods>";
const LOOK_AT_OWNER: &str =
    "check owner and permissions on the server: ls -ld ~ ~/.ssh ~/.ssh/authorized_keys";
const LOOK_AT_FILE: &str = "look at it on the server: ls -l ~/.ssh/authorized_keys";
const LOOK_AT_DISK: &str = "check the disk on the server: df -h ~/.ssh";
