//! What the server's configuration adds, and servers that run no commands or are not OpenSSH.

use super::*;

fn on(lines: &[&str]) -> Place {
    let sshd = lines.iter().fold(Sshd::for_accounts(), |sshd, line| sshd.line(line));
    Place::new("/bin/bash", Server::Sshd(sshd.start()))
}

fn row(file: &str, line: usize) -> String {
    format!("  {file}:{line}  in-force  ssh-ed25519 256  {FINGERPRINT}  -  x\n")
}

#[test]
fn the_files_are_those_that_the_server_reads() {
    root_only!("the_files_are_those_that_the_server_reads");
    let place = on(&["AuthorizedKeysFile .ssh/keys %h/more"]);
    place.account.authorize(&format!("{RSA_1024} not read\n"));
    place.account.write(".ssh/keys", format!("{ED25519} x\n"), 0o600);
    place.account.write("more", format!("\n{ED25519} x\n"), 0o600);
    let expected = format!(
        "  ~/.ssh/keys:1  in-force  ssh-ed25519 256  {FINGERPRINT}  -  x\n  ~/more:2       \
        in-force  ssh-ed25519 256  {FINGERPRINT}  -  x\n      \
         finding: the same key as line 1 of ~/.ssh/keys\n"
    );
    assert_eq!(place.table(), expected);
}

#[test]
fn other_ways_to_log_in_are_named() {
    root_only!("other_ways_to_log_in_are_named");
    let place = on(&[
        "AuthorizedKeysFile none",
        "AuthorizedKeysCommand /bin/true %u",
        "AuthorizedKeysCommandUser root",
        "TrustedUserCAKeys /etc/hosts",
    ]);
    let table = place.table();
    let (head, rest) = table.split_once("(AuthorizedKeysFile none in ").unwrap();
    assert_eq!(head, "  server\n      remark: sshd reads no file for this account ");
    assert_eq!(
        rest.split_once(")\n").unwrap().1,
        "      remark: sshd also accepts the keys that AuthorizedKeysCommand \"/bin/true %u\" \
        prints; they are not listed\n      \
         remark: sshd also accepts certificates of the authorities in \"/etc/hosts\" \
         (TrustedUserCAKeys)\n"
    );
    let object = &place.objects()[0];
    assert_eq!(
        (&object["status"], &object["file"], &object["findings"][1]["kind"]),
        (&"server".into(), &Value::Null, &"other-keys".into())
    );
}

#[test]
fn a_server_that_accepts_no_keys_is_reported() {
    root_only!("a_server_that_accepts_no_keys_is_reported");
    let place = on(&["PubkeyAuthentication no"]);
    place.account.authorize(&format!("{ED25519} x\n"));
    let table = place.table();
    assert!(
        table.starts_with(
            "  server\n      remark: sshd accepts no keys at all (PubkeyAuthentication no in "
        ),
        "{table}"
    );
    assert!(table.ends_with(&row("~/.ssh/authorized_keys", 1)), "{table}");
}

#[test]
fn without_the_configuration_the_default_files_are_checked_and_that_is_reported() {
    root_only!("without_the_configuration_the_default_files_are_checked_and_that_is_reported");
    let place = Place::new("/bin/bash", Server::Sshd(Sshd::for_accounts().secretive().start()));
    place.account.write(".ssh/authorized_keys2", format!("{ED25519} x\n"), 0o600);
    let remark =
        "  server\n      remark: could not read sshd's configuration; checked the default files\n";
    assert_eq!(place.table(), format!("{remark}{}", row("~/.ssh/authorized_keys2", 1)));
}

#[test]
fn an_account_with_sftp_alone_is_read_over_sftp() {
    root_only!("an_account_with_sftp_alone_is_read_over_sftp");
    let place = on(&["Match all", "ForceCommand internal-sftp"]);
    place.account.authorize(&format!("{ED25519} x\n"));
    let table = place.table();
    assert!(table.ends_with(&row("~/.ssh/authorized_keys", 1)), "{table}");
}

#[test]
fn only_dropbears_one_file_is_read() {
    root_only!("only_dropbears_one_file_is_read");
    let place = Place::dropbear();
    place.account.authorize(&format!("{ED25519} x\n"));
    place.account.write(".ssh/authorized_keys2", format!("{RSA_1024} not read\n"), 0o600);
    assert_eq!(place.table(), row("~/.ssh/authorized_keys", 1));
}
