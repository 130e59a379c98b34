//! `sshk help`, in all its forms.

use crate::support::Home;

#[test]
fn sshk_help_command_prints_what_its_long_help_option_prints() {
    let home = Home::new();
    let names = ["keygen", "show", "convert", "oneline", "copy-id", "test", "connect", "revoke"];
    for name in names.into_iter().chain(["audit", "to-json-line"]) {
        let help = home.sshk(["help", name]).run().expect(0);
        let option = home.sshk([name, "--help"]).run().expect(0);
        assert_eq!(help.out(), option.out(), "{name}");
        assert!(help.out().contains("\nUsage: sshk "), "{}", help.out());
        assert_eq!(help.err(), "");
    }
    let all = home.sshk(["help"]).run().expect(0);
    assert_eq!(all.out(), home.sshk(["--help"]).run().expect(0).out());
}

#[test]
fn short_help_has_one_line_per_option_and_long_help_says_more() {
    let home = Home::new();
    let short = home.sshk(["copy-id", "-h"]).env("COLUMNS", "120").run().expect(0);
    let long = home.sshk(["copy-id", "--help"]).env("COLUMNS", "120").run().expect(0);
    for line in short.out().lines().filter(|line| line.trim_start().starts_with('-')) {
        assert!(line.trim_start().split("  ").count() >= 2, "more than a line: {line:?}");
    }
    assert!(long.out().contains("A host key that has changed is still rejected."));
    assert!(!short.out().contains("A host key that has changed is still rejected."));
}

#[test]
fn sshk_help_of_an_unknown_command_is_wrong_usage_and_names_the_commands() {
    let home = Home::new();
    let said = home.sshk(["help", "nosuch"]).run().expect(2);
    assert_eq!(
        said.err(),
        "sshk: error: unknown command \"nosuch\"\n\
         sshk: hint: the commands are keygen, show, convert, oneline, copy-id, test, connect, \
         revoke, audit, help\n"
    );
    assert_eq!(home.sshk(["nosuch"]).run().expect(2).err(), said.err());
}
