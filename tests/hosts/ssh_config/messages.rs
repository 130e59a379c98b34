//! What is refused, and what the messages say.

use sshk::hosts::ssh_config::Argument;

use sshk::error::Failure;

use crate::ssh_config::Case;

#[test]
fn hosts_and_users_that_a_shell_could_misread_are_refused() {
    for (config, words) in [
        (
            "HostName -oProxyCommand=x\n",
            "HostName: the host name starts with a dash; did not connect",
        ),
        (
            "HostName 'a b'\n",
            "HostName: the host name contains whitespace, a control character or a shell metacharacter; \
             did not connect",
        ),
        (
            "User $(x)\n",
            "User: the user name contains a control character or a shell metacharacter; did not \
             connect",
        ),
        ("User -x\n", "User: the user name starts with a dash; did not connect"),
    ] {
        let case = Case::new(config, "web1");
        let error = case.resolve().unwrap_err();
        let file = case.folder.path().join("config");
        assert_eq!(error.to_string(), format!("{}:1: {words}", file.display()));
    }
    let mut case = Case::new("", "web1");
    case.line.arguments = vec![Argument::User("$(x)".into())];
    let wanted = "command line: User: the user name contains a control character or a shell \
        metacharacter; did not connect";
    assert_eq!(case.resolve().unwrap_err().to_string(), wanted);
}

#[test]
fn messages_name_the_file_and_line_and_never_quote_what_may_be_a_key() {
    for (config, words) in [
        ("\nColour blue\n", "2: Bad configuration option: \"Colour\""),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\n", "1: Bad configuration option"),
        (
            "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAB x\n",
            "1: Bad configuration option",
        ),
        ("Port secret\n", "1: Port: the port must be a number from 1 to 65535"),
        ("Port 22 23\n", "1: Port: extra arguments at end of line"),
        (
            "StrictHostKeyChecking x\n",
            "1: StrictHostKeyChecking: must be one of yes, no, ask, accept-new, off, \
            true, false",
        ),
        ("IdentityFile \"x\n", "1: cannot parse the line: unbalanced quotes"),
        ("User\n", "1: User: missing value"),
        ("IdentityFile /%z\n", "1: IdentityFile: the token \"%z\" cannot be used here"),
        ("Match all host x\n", "1: Match: \"all\" cannot be combined with other Match attributes"),
    ] {
        let case = Case::new(config, "web1");
        let file = case.folder.path().join("config");
        assert_eq!(case.resolve().unwrap_err().to_string(), format!("{}:{words}", file.display()));
    }
    let case = Case::new("", "web1");
    std::fs::write(case.folder.path().join("config"), b"# caf\xe9\nPort 22\nUser \xff\n").unwrap();
    assert!(
        case.resolve()
            .unwrap_err()
            .to_string()
            .ends_with("config:3: cannot parse the line: not valid UTF-8 text")
    );
    let hint = Case::new("Colour blue\n", "web1").resolve().unwrap_err().hint().unwrap();
    assert_eq!(hint, "fix the spelling, or ignore the keyword with: -o IgnoreUnknown=Colour");
}
