//! The command line: where options end and the command begins, and usage errors.

use std::os::unix::ffi::OsStrExt;

use crate::connect::Site;

#[test]
fn options_may_follow_the_destination_and_stop_at_the_command() {
    let site = Site::new();
    for args in [
        &["srv", "-T", "printf", "%s.", "-la", "-p", "22"][..],
        &["srv", "printf '%s.'", "-v", "--help"],
        &["srv", "--", "echo", "-n", "x"],
        &["-T", "--", "srv", "echo", "x"],
        &["srv", "echo", "--", "x", "--"],
        &["-q", "srv", "echo", "-q"],
        &["srv", "-q", "-n", "cat; echo end"],
        &["srv", "echo", "", "a", ""],
    ] {
        assert_eq!(site.same(args, b"input").code(), 0, "{args:?}");
    }
    assert_eq!(
        site.sshk(["srv", "echo", "--color", "never"]).run().expect(0).out(),
        "--color never\n"
    );
}

#[test]
fn an_empty_command_is_a_shell() {
    let site = Site::new();
    assert_eq!(site.same(&["-T", "srv", ""], b"echo shell\n").out(), "shell\n");
}

#[test]
fn usage_errors_exit_2_and_connect_to_nothing() {
    let site = Site::new();
    for args in [
        &[][..],
        &["-p", "0", "srv"],
        &["-p", "x", "srv"],
        &["-Z", "srv"],
        &["-oProxyCommand=x"],
        &["a b"],
        &["-l", "-x", "srv"],
    ] {
        let said = site.sshk(args).run().expect(2);
        assert!(
            said.out().is_empty() && said.err().starts_with("sshk: error: "),
            "{args:?}: {}",
            said.err()
        );
    }
    let said = site.sshk(["--", "-oProxyCommand=touch x", "true"]).run().expect(2);
    assert!(
        said.err().contains("is not a valid destination: the host name starts with a dash"),
        "{}",
        said.err()
    );
    let latin = std::ffi::OsStr::from_bytes(b"caf\xe9");
    assert!(site.sshk([latin]).arg("true").run().expect(2).err().contains("invalid UTF-8"));
    assert_eq!(site.sshd.log().matches("Connection from ").count(), 0);
}

#[test]
fn a_bad_option_or_configuration_is_reported_with_its_line() {
    let site = Site::new();
    let said = site.sshk(["-o", "NoSuchOption=1", "srv", "true"]).run().expect(255);
    assert_eq!(
        said.err(),
        "sshk: error: srv: command line: Bad configuration option: \"NoSuchOption\"\n\
         sshk: hint: fix the spelling, or ignore the keyword with: -o \
         IgnoreUnknown=NoSuchOption\n"
    );
    site.configure("PKCS11Provider /bin/keys");
    let said = site.sshk(["srv", "true"]).run().expect(255);
    assert_eq!(
        said.err(),
        format!(
            "sshk: error: srv: {}:2: PKCS11Provider is not supported yet; did not connect\n\
             sshk: hint: remove that line for this host, or read no configuration at all with -F \
             none\n",
            site.config().display()
        )
    );
    let said = site.sshk(["-F", "missing", "srv"]).run().expect(255);
    assert_eq!(
        said.err(),
        "sshk: error: srv: cannot read missing: no such file or directory\n\
         sshk: hint: read no configuration at all with -F none\n"
    );
}
