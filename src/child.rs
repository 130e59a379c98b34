//! Programs that sshk starts: ProxyCommand, `Match exec`, askpass. All are made here, so that none
//! inherits a secret of the run.

use std::ffi::OsStr;
use std::process::Command;

use crate::secret;

/// `program`, about to start with our environment, but without the variables that hold secrets.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for name in secret::VARIABLES {
        command.env_remove(name);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_child_gets_a_variable_that_holds_a_secret() {
        let command = command("true");
        let removed: Vec<_> = command.get_envs().collect();
        assert_eq!(
            removed,
            [(OsStr::new("SSHK_PASSPHRASE"), None), (OsStr::new("SSHK_PASSWORD"), None)]
        );
    }
}
