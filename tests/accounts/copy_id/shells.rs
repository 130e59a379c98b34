//! Login shells of every kind, and rc files that get in the way.

use super::*;
use crate::support::{program, root_only};

#[test]
fn every_login_shell_runs_the_script() {
    root_only!("every_login_shell_runs_the_script");
    let links = Home::new();
    let ash = links.join("ash");
    std::os::unix::fs::symlink(program("busybox"), &ash).unwrap();
    fs::set_permissions(links.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for shell in
        ["sh", "bash", "rbash", "dash", "zsh", "ksh", "mksh", "fish", "tcsh", ash.to_str().unwrap()]
    {
        let place = Place::new(Account::new(shell), Sshd::for_accounts().start());
        let before = "# somebody's last words";
        place.account.authorize(before);
        let said = place.copy_id::<&str>([]).run().expect(0);
        assert_eq!(
            said.err(),
            format!(
                "{}: installed in ~/.ssh/authorized_keys (its last line had no newline, and now \
                    has one); \
                 verified by a new login (ssh-ed25519)\n",
                place.destination()
            ),
            "{shell}"
        );
        assert_eq!(place.remote(), format!("{before}\n{}", place.public()), "{shell}");
        let again = place.copy_id(["-f"]).run().expect(0);
        assert!(
            again.err().contains("already present, line 2 of ~/.ssh/authorized_keys"),
            "{shell}: {}",
            again.err()
        );
    }
}

#[test]
fn rc_files_that_print_or_read_do_no_harm() {
    root_only!("rc_files_that_print_or_read_do_no_harm");
    for (shell, file, rc) in [
        ("bash", ".bashrc", "echo welcome; printf 'no newline'"),
        ("bash", ".bashrc", "read line; cat >/dev/null"),
        ("bash", ".bashrc", "exec >/dev/null"),
        ("bash", ".bashrc", "exec 2>/dev/null"),
        ("bash", ".bashrc", "cd /; set -u -e; alias sh=false"),
        ("bash", ".bashrc", "export GREP_OPTIONS=--color=always LC_ALL=de_DE.UTF-8 IFS=abc"),
        ("zsh", ".zshenv", "echo welcome; read line; setopt no_match"),
        ("tcsh", ".cshrc", "echo welcome; set noglob"),
        ("fish", ".config/fish/config.fish", "echo welcome; read line"),
    ] {
        let place = Place::new(Account::new(shell), Sshd::for_accounts().start());
        place.account.write(file, format!("{rc}\n"), 0o644);
        let said = place.copy_id::<&str>([]).run().expect(0);
        assert!(
            said.err().ends_with(&installed(&place.destination())),
            "{shell} {rc}: {}",
            said.err()
        );
        assert_eq!(place.remote(), place.public(), "{shell} {rc}");
    }
}

#[test]
fn an_account_that_runs_no_commands_is_recognised_and_gets_nothing() {
    root_only!("an_account_that_runs_no_commands_is_recognised_and_gets_nothing");
    let see = "see what the account does with a command: sshk connect <to> echo hello";
    for (shell, rc, message, hint) in [
        (
            "nologin",
            "",
            "the account allows no logins: the server said \"This account is currently not \
            available.\"; nothing was written",
            "ask the server's administrator to give the account a shell",
        ),
        (
            "/bin/false",
            "",
            "the account's shell did not run the script and said nothing (exit status 1)",
            see,
        ),
        (
            "bash",
            "exit 3",
            "the account's shell did not run the script and said nothing (exit status 3)",
            see,
        ),
        (
            "bash",
            "echo come back later; exit 0",
            "the account's shell did not run the script; it said \"come back later\"; nothing was \
            written",
            see,
        ),
    ] {
        let place = Place::new(Account::new(shell), Sshd::for_accounts().start());
        place.account.write(".bashrc", format!("{rc}\n"), 0o644);
        let (said, to) = (place.copy_id::<&str>([]).run().expect(1), place.destination());
        let hint = hint.replace("<to>", &to);
        assert_eq!(
            said.err(),
            format!("sshk: error: {to}: {message}\nsshk: hint: {hint}\n"),
            "{shell} {rc}"
        );
        if let Some(command) = hint.strip_prefix("see what the account does with a command: sshk ")
        {
            let seen = place.home.sshk(command.split(' '));
            let seen = seen.env("SSHK_PASSWORD", place.account.password()).run();
            let answer = rc.strip_prefix("echo ").and_then(|rc| rc.split_once(';'));
            assert_eq!(seen.out().trim_end(), answer.map_or("", |(words, _)| words), "{command}");
        }
        assert!(!place.account.authorized_keys().exists());
    }
}

#[test]
fn the_output_of_a_forced_command_is_not_an_answer() {
    root_only!("the_output_of_a_forced_command_is_not_an_answer");
    let forced = |command: &str| {
        Sshd::for_accounts().line("Match all").line(&format!("ForceCommand {command}")).start()
    };
    // Echoing the command back must not pass for an answer.
    let place = Place::new(Account::new("bash"), forced("echo \"$SSH_ORIGINAL_COMMAND\""));
    let said = place.copy_id::<&str>([]).run().expect(1);
    assert!(
        said.err().contains("the account's shell did not run the script; it said "),
        "{}",
        said.err()
    );
    assert!(!place.account.authorized_keys().exists());
}
