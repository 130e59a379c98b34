//! What a server answers costs memory and time in proportion to its length: every reader gets the
//! worst that 16 MiB can hold, in a process whose memory is limited. A reader that is quadratic
//! fails to allocate, or does not end within the deadline.

mod readers;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{Account, Finished, Home, Run, Sshd, program, root_only};

/// `sshk WORDS` with at most this much memory.
fn limited(home: &Home, megabytes: usize, words: &[&str]) -> Run {
    home.run(program("prlimit"))
        .arg(format!("--data={}", megabytes << 20))
        .arg(env!("CARGO_BIN_EXE_sshk"))
        .args(words)
}

/// Cuts the nonce out of the request, as any server can.
const NONCE: &str = r#"nonce=$(printf %s "$SSH_ORIGINAL_COMMAND" | sed -n "s/.*'[a-zA-Z]=\([0-9a-f]\{16\}\) [a-zA-Z]=\([0-9a-f]\{16\}\)'.*/\1\2/p")"#;

/// Runs `sshk COMMAND` against an account whose server answers the script with `word` in it by
/// running `answer`, and every other script as it should.
#[track_caller]
fn answered(word: &str, answer: &str, command: &[&str]) -> Finished {
    let (home, account) = (Home::new(), Account::new("/bin/sh"));
    let folder = tempfile::Builder::new().prefix("sshk-answers-").tempdir_in("/run").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let script = folder.path().join("answer");
    let text = format!(
        "#!/bin/sh\n{NONCE}\ncase $SSH_ORIGINAL_COMMAND in *{word}*) ;; *) exec sh -c \
        \"$SSH_ORIGINAL_COMMAND\";; esac\n{answer}\n"
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let sshd = Sshd::for_accounts()
        .line("Match all")
        .line(&format!("ForceCommand {}", script.display()))
        .start();
    home.know(&sshd.known_hosts());
    home.key("ed25519", "id_ed25519");
    let to = format!("ssh://{}@127.0.0.1:{}", account.name(), sshd.port());
    limited(&home, 400, command).arg(to).env("SSHK_PASSWORD", account.password()).run()
}

/// In the script that looks at files, and in no other.
const LOOK: &str = "readlink";

#[test]
fn an_answer_that_repeats_its_nonce_is_read_in_linear_time_and_memory() {
    root_only!("an_answer_that_repeats_its_nonce_is_read_in_linear_time_and_memory");
    // Without an end of line, and with one that ends half a million beginnings.
    for end in ["", "echo"] {
        let answer = format!("yes \"$nonce bytes 1\" | tr '\\n' ' ' | head -c 16777216\n{end}");
        let said = answered(LOOK, &answer, &["audit"]).expect(1);
        assert!(said.err().contains("nothing was written"), "{}", said.err());
    }
}

#[test]
fn an_answer_of_many_short_lines_is_read_in_linear_memory() {
    root_only!("an_answer_of_many_short_lines_is_read_in_linear_memory");
    // One long name, then many lines that could each have it.
    let answer = "echo; echo \"$nonce look .ssh/authorized_keys\"
        printf '%s node ' \"$nonce\"; head -c 8388608 /dev/zero | tr '\\0' /; echo
        yes \"$nonce ls -rw------- 1 0 0\" | head -c 8300000";
    let said = answered(LOOK, answer, &["audit"]).expect(1);
    assert!(said.err().contains("the script ended early"), "{}", said.err());
}

#[test]
fn a_server_that_shows_files_nobody_asked_for_is_not_believed() {
    root_only!("a_server_that_shows_files_nobody_asked_for_is_not_believed");
    let answer = "yes \"$nonce look .ssh/authorized_keys\" | head -c 16777216";
    let said = answered(LOOK, answer, &["audit"]).expect(1);
    assert!(said.err().contains("the script ended early"), "{}", said.err());
}

#[test]
fn a_server_that_reads_12000_files_is_asked_about_the_first_32_and_that_is_reported() {
    root_only!("a_server_that_reads_12000_files_is_asked_about_the_first_32_and_that_is_reported");
    let names: Vec<_> = (0..12_000).map(|number| format!(".ssh/k{number}")).collect();
    let sshd =
        Sshd::for_accounts().line(&format!("AuthorizedKeysFile {}", names.join(" "))).start();
    let (home, account) = (Home::new(), Account::new("/bin/bash"));
    home.know(&sshd.known_hosts());
    home.key("ed25519", "id_ed25519");
    let to = format!("ssh://{}@127.0.0.1:{}", account.name(), sshd.port());
    let run = |words: &[&str]| {
        limited(&home, 400, words).arg(&to).env("SSHK_PASSWORD", account.password()).run()
    };
    let words = "the server reads 12000 authorized_keys files for this account; sshk looks at 32 \
        of them";
    let said = run(&["copy-id"]).expect(0);
    assert!(said.err().contains(&format!("{to}: {words}\n")), "{}", said.err());
    assert!(said.err().contains(": installed in ~/.ssh/k0, which"), "{}", said.err());
    let said = run(&["audit"]).expect(0);
    assert!(said.out().contains(&format!("finding: {words}\n")), "{}", said.out());
}

#[test]
fn a_line_that_holds_the_key_thousands_of_times_can_be_revoked() {
    root_only!("a_line_that_holds_the_key_thousands_of_times_can_be_revoked");
    let sshd = Sshd::for_accounts().start();
    let (home, account) = (Home::new(), Account::new("/bin/bash"));
    home.know(&sshd.known_hosts());
    let (key, other) = (home.key("ed25519", "old"), home.key("ecdsa", "other"));
    let public = |key: &std::path::Path| {
        fs::read_to_string(key.with_extension("pub")).unwrap().trim_end().to_owned()
    };
    let to = format!("ssh://{}@127.0.0.1:{}", account.name(), sshd.port());
    let revoke = |option: &str| {
        let other = format!("IdentityFile={}", other.display());
        let words = ["revoke", "-i", key.to_str().unwrap(), "-o", &other, option, &to];
        limited(&home, 400, &words).run()
    };
    let glued = |times: usize| format!("{} x{}\n", public(&other), public(&key).repeat(times));
    account.authorize(&glued(100_000));
    let said = revoke("-n").expect(0);
    assert!(said.err().contains("would be revoked, line 1 of"), "{}", said.err());
    account.authorize(&format!("{}\n{}", public(&key), glued(200)));
    let said = revoke("-v").expect(0);
    assert!(said.err().contains("; the server now rejects it"), "{}", said.err());
    let left = fs::read_to_string(account.authorized_keys()).unwrap();
    assert!(!left.contains(&public(&key)) && left.contains(&public(&other)), "{left}");
}
