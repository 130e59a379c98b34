//! Which user and host names are allowed, held against ssh.

use sshk::hosts::destination::{check_host, check_user};

use crate::support::{Run, program};

/// Whether ssh takes these arguments; it prints its configuration and connects to nothing.
fn is_taken(args: &[&str]) -> bool {
    Run::new(program("ssh")).args(["-F", "none", "-G"]).args(args).run().status.success()
}

#[test]
fn the_users_and_hosts_that_ssh_allows_are_allowed_and_no_others() {
    for byte in 1..=127_u8 {
        let character = char::from(byte);
        for name in [format!("a{character}b"), format!("a{character}"), format!("a {character}")] {
            assert_eq!(check_user(&name).is_ok(), is_taken(&["-l", &name, "h"]), "user {name:?}");
        }
        // On a command line, what is before an @ is the user. Older releases allow a comma.
        if !matches!(character, '@' | ',') {
            let name = format!("a{character}b");
            assert_eq!(check_host(&name).is_ok(), is_taken(&[&name]), "host {name:?}");
        }
    }
    for name in ["-a", "CORP\\ann", "Ann Lee", "a -b", "a\t-b", "é", "a%b"] {
        assert_eq!(check_user(name).is_ok(), is_taken(&["-l", name, "h"]), "user {name:?}");
    }
}
