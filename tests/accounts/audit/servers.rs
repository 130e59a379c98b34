//! What the server's configuration adds, and servers that run no commands or are not OpenSSH.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::support::oracle::{Ssh, ssh_keygen};

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
    let dead = row("~/.ssh/authorized_keys", 1).replace("in-force", "dead");
    assert!(table.ends_with(&dead), "{table}");
    let said = place.audit::<&str>([]).run().expect(0);
    assert!(said.err().contains(": 0 keys in force, 1 dead line"), "{}", said.err());
}

/// A folder that every account can enter, and no other than root can change.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::Builder::new().prefix("sshk-revoked-").tempdir_in("/run").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// DSA of 1024 bits, from numbers that nobody checks.
fn dsa() -> String {
    let mut blob = Vec::new();
    for string in [&b"ssh-dss"[..], &[0x7f; 128], &[0x7f; 20], &[0x7f; 128], &[0x7f; 128]] {
        blob.extend(u32::try_from(string.len()).unwrap().to_be_bytes());
        blob.extend(string);
    }
    format!("ssh-dss {}", data_encoding::BASE64.encode(&blob))
}

#[test]
fn a_key_that_the_server_rejects_is_not_called_in_force() {
    root_only!("a_key_that_the_server_rejects_is_not_called_in_force");
    let folder = folder();
    let (list, krl) = (folder.path().join("list"), folder.path().join("krl"));
    fs::write(&list, format!("# gone\n{ED25519} ann\n")).unwrap();
    ssh_keygen(["-q", "-k", "-f"]).arg(&krl).arg(&list).run().expect(0);
    let dsa = dsa();
    for (setting, key, why) in [
        ("RequiredRSASize 4096", RSA_2048, "RequiredRSASize 4096"),
        ("PubkeyAcceptedAlgorithms ssh-rsa,ecdsa-*", ED25519, "PubkeyAcceptedAlgorithms ssh-rsa,"),
        (&format!("RevokedKeys {}", list.display()), ED25519, "RevokedKeys /run/sshk-revoked-"),
        (&format!("RevokedKeys {}", krl.display()), ED25519, "RevokedKeys /run/sshk-revoked-"),
        ("LogLevel VERBOSE", &dsa, ""),
    ] {
        let place = on(&[setting]);
        place.account.authorize(&format!("{key} x\n"));
        let table = place.table();
        assert!(table.contains("authorized_keys:1  dead  "), "{setting}: {table}");
        assert!(table.contains(&format!("remark: sshd rejects it ({why}")), "{setting}: {table}");
    }
    // Another key is not affected.
    for file in [list, krl] {
        let place = on(&[&format!("RevokedKeys {}", file.display())]);
        place.account.authorize(&format!("{RSA_2048} x\n"));
        assert!(place.table().contains("authorized_keys:1  in-force  "), "{}", place.table());
    }
}

/// sshd then rejects every key, also those that the file does not name.
#[test]
fn a_file_of_revoked_keys_that_sshd_cannot_use_is_reported() {
    root_only!("a_file_of_revoked_keys_that_sshd_cannot_use_is_reported");
    let folder = folder();
    let list = folder.path().join("list");
    fs::write(&list, format!("{RSA_2048} x\nfrom=\"*\" {RSA_2048}\n")).unwrap();
    let place = on(&[&format!("RevokedKeys {}", list.display())]);
    let key = place.home.key("ed25519", "id_ed25519");
    place.account.authorize(&fs::read_to_string(key.with_extension("pub")).unwrap());
    let table = place.table();
    assert!(table.contains("authorized_keys:1  dead  "), "{table}");
    assert!(table.contains("sshd accepts no keys at all (RevokedKeys /run/sshk-"), "{table}");
    let known = place.home.join(".ssh/known_hosts");
    let ssh = Ssh::new(place.account.name(), place.port, &known).key(&key);
    assert_ne!(ssh.command("true").run().code(), 0);
}

#[test]
fn methods_without_publickey_let_no_key_in() {
    root_only!("methods_without_publickey_let_no_key_in");
    let place = on(&["AuthenticationMethods password"]);
    place.account.authorize(&format!("{ED25519} x\n"));
    let table = place.table();
    let remark = "remark: sshd accepts no keys at all (AuthenticationMethods password in ";
    assert!(table.contains(remark), "{table}");
    assert!(table.contains("authorized_keys:1  dead  "), "{table}");
}

#[test]
fn a_password_that_is_required_as_well_is_a_remark() {
    root_only!("a_password_that_is_required_as_well_is_a_remark");
    let place = on(&["AuthenticationMethods publickey,password"]);
    let key = place.home.key("ed25519", "id_ed25519");
    place.account.authorize(&fs::read_to_string(key.with_extension("pub")).unwrap());
    let table = place.table();
    let remark =
        "remark: a key alone does not log in (AuthenticationMethods publickey,password in ";
    assert!(table.contains(remark), "{table}");
    assert!(table.contains("authorized_keys:1  in-force  "), "{table}");
}

#[test]
fn a_list_of_revoked_keys_that_the_account_cannot_read_is_reported() {
    root_only!("a_list_of_revoked_keys_that_the_account_cannot_read_is_reported");
    let folder = folder();
    let list = folder.path().join("list");
    fs::write(&list, format!("{ED25519}\n")).unwrap();
    fs::set_permissions(&list, fs::Permissions::from_mode(0o600)).unwrap();
    let place = on(&[&format!("RevokedKeys {}", list.display())]);
    place.account.authorize(&format!("{ED25519} x\n"));
    let remark = format!(
        "remark: sshd rejects the keys in {list:?} (RevokedKeys), which this account cannot read"
    );
    assert!(place.table().contains(&remark), "{}", place.table());
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
