//! LocalCommand, which runs here after the login.

use crate::connect::Site;

#[test]
fn local_command_runs_after_the_login_and_before_the_command_as_in_ssh() {
    let site = Site::new();
    let command = "echo here %h %n %p %r %u %T %%; echo and there >&2; exit 3";
    site.configure(&format!("PermitLocalCommand yes\nLocalCommand {command}"));
    let said = site.same(&["srv", "echo remote"], b"");
    assert!(said.out().starts_with("here 127.0.0.1 srv "), "{}", said.out());
    assert!(said.out().ends_with("NONE %\nremote\n"), "{}", said.out());
    // It is not run if the login fails,
    let refused = ["-o", "PubkeyAuthentication=no", "-o", "BatchMode=yes", "srv"];
    assert_eq!(site.sshk(refused).run().expect(255).out(), "");
    // nor without permission, which a file or the command line gives.
    site.configure(&format!("LocalCommand {command}"));
    assert_eq!(site.same(&["srv", "echo remote"], b"").out(), "remote\n");
    site.configure("");
    let options = ["-o", "PermitLocalCommand=yes", "-o", "LocalCommand=echo typed", "srv", "true"];
    assert_eq!(site.same(&options, b"").out(), "typed\n");
    site.configure("PermitLocalCommand yes\nLocalCommand none");
    assert_eq!(site.same(&["srv", "echo remote"], b"").out(), "remote\n");
}

#[test]
fn local_command_does_not_get_the_secrets_of_the_run() {
    let site = Site::new();
    site.configure("PermitLocalCommand yes\nLocalCommand env");
    let run = site.sshk(["srv", "true"]);
    let said = run
        .env("SSHK_PASSWORD", "hunter2")
        .env("SSHK_PASSPHRASE", "hunter3")
        .env("OTHER", "kept")
        .run()
        .expect(0);
    assert!(said.out().contains("OTHER=kept\n"), "{}", said.out());
    assert!(!said.out().contains("hunter"), "{}", said.out());
}
