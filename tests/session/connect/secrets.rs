//! The secrets in the environment stay with sshk: no child and no server gets them.

use std::fs;

use crate::connect::Site;
use crate::support::process::write_program;
use crate::support::{Run, Sshd};

const SECRET: &str = "hush-hush";

fn with_secrets(run: Run) -> Run {
    run.env("SSHK_PASSWORD", SECRET).env("SSHK_PASSPHRASE", SECRET).env("KEPT", "kept")
}

#[test]
fn send_env_with_a_wildcard_sends_no_password_or_passphrase() {
    let site = Site::with(Sshd::builder().line("AcceptEnv *").start());
    for pattern in ["*", "SSHK_*", "SSHK_PASSWORD SSHK_PASSPHRASE KEPT"] {
        let send = format!("SendEnv={pattern}");
        let run = site.sshk(["-o", send.as_str(), "srv", "env"]);
        let said = with_secrets(run).run().expect(0);
        assert!(!said.out().contains(SECRET), "{pattern}: {}", said.out());
        assert_eq!(said.out().contains("KEPT=kept"), !pattern.starts_with("SSHK_*"), "{pattern}");
    }
}

#[test]
fn proxy_command_match_exec_and_askpass_inherit_no_password_or_passphrase() {
    let site = Site::new();
    let dump = |name: &str| {
        let file = site.home.join(name);
        (format!("env > '{}'", file.display()), file)
    };
    let told = |file: &std::path::Path| {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        assert!(text.contains("KEPT=kept") && !text.contains(SECRET), "{file:?}: {text}");
    };

    let ((match_exec, exec_file), (proxy, proxy_file)) = (dump("exec"), dump("proxy"));
    site.configure(&format!("Match exec \"{match_exec}\"\nProxyCommand {proxy}"));
    with_secrets(site.sshk(["srv", "true"])).run().expect(255);
    told(&exec_file);
    told(&proxy_file);

    let (env, asked_file) = dump("asked");
    let askpass = site.home.join("askpass");
    write_program(&askpass, &format!("#!/bin/sh\n{env}\necho yes\n"));
    site.configure("StrictHostKeyChecking ask");
    let run = site.sshk(["-o", "UserKnownHostsFile=none", "srv", "true"]);
    let run = run.env("SSH_ASKPASS", &askpass).env("SSH_ASKPASS_REQUIRE", "force");
    with_secrets(run).run().expect(0);
    told(&asked_file);
}
