//! What the user sees, and what a script gets.

use std::fs;

use serde_json::json;

use super::*;

/// Every status and level; the escape sequence and the second line of a comment must not appear in
/// a table.
fn content() -> String {
    let long = format!("command=\"{}\"", "x".repeat(60));
    [
        format!("{ED25519} ann@laptop"),
        "# a comment".into(),
        String::new(),
        format!("{long} {RSA_2048} eve\u{1b}[2J\u{202e}!"),
        format!("{RSA_1024} bob@old"),
        format!("cert-authority,principals=\"a b\" {RSA_2048} the CA"),
        format!("foo {ED25519}"),
        format!("expiry-time=\"20200101\" {RSA_1024}"),
        format!("restrict {ED25519} again"),
        "ssh-ed25519 AAAA cut".into(),
    ]
    .join("\n")
}

#[test]
fn the_user_sees_one_row_per_key_with_its_problems_below() {
    root_only!("the_user_sees_one_row_per_key_with_its_problems_below");
    let place = Place::sshd();
    place.account.authorize(&content());
    let said = place.audit::<&str>([]).run().expect(0);
    let file = "~/.ssh/authorized_keys";
    let cut = format!("command=\"{}…", "x".repeat(31));
    let expected = format!(
        "{to}:
  {file}:1   in-force   ssh-ed25519 256  {FINGERPRINT}  \
  -                                          ann@laptop
  {file}:4   in-force   ssh-rsa 2048     {RSA_2048_FINGERPRINT}  {cut}  eve!
      remark: RSA with 2048 bits is small; new keys should have 3072 or more
  {file}:5   in-force   ssh-rsa 1024     {RSA_1024_FINGERPRINT}  \
  -                                          bob@old
      finding: RSA with 1024 bits is weak; use 3072 or more
  {file}:6   authority  ssh-rsa 2048     {RSA_2048_FINGERPRINT}  cert-authority,principals=\"a \
  b\"            the CA
      remark: RSA with 2048 bits is small; new keys should have 3072 or more
  {file}:7   dead
      finding: sshd does not know its option \"foo\"
  {file}:8   dead       ssh-rsa 1024     {RSA_1024_FINGERPRINT}  expiry-time=\"20200101\"
      finding: its expiry-time has passed
  {file}:9   in-force   ssh-ed25519 256  {FINGERPRINT}  \
  restrict                                   again
      finding: the same key as line 1 with other options, which apply; these do not
  {file}:10  dead
      finding: its key is incomplete
",
        to = place.to()
    );
    assert_eq!(said.out(), expected);
    assert_eq!(
        said.err(),
        format!(
            "{}: 4 keys in force, 1 certificate authority, 3 dead lines, 5 findings, \
            2 remarks\n",
            place.to()
        )
    );
}

#[test]
fn a_script_gets_one_object_per_line_with_nothing_shortened() {
    root_only!("a_script_gets_one_object_per_line_with_nothing_shortened");
    let place = Place::sshd();
    place.account.authorize(&content());
    let objects = place.objects();
    assert_eq!(objects.len(), 8);
    let remark = json!({ "kind": "rsa-bits", "level": "remark", "message": "RSA with 2048 bits is \
        small; new keys should have 3072 or more" });
    assert_eq!(
        objects[1],
        json!({
            "destination": place.to(), "status": "in-force", "file": "~/.ssh/authorized_keys",
            "line": 4, "algorithm": "ssh-rsa", "bits": 2048,
            "fingerprint": RSA_2048_FINGERPRINT,
            "options": format!("command=\"{}\"", "x".repeat(60)),
            "comment": "eve\u{1b}[2J\u{202e}!",
            "why": null, "findings": [remark],
        })
    );
    assert_eq!((&objects[0]["findings"], &objects[3]["status"]), (&json!([]), &json!("authority")));
    assert_eq!(
        objects[4],
        json!({
            "destination": place.to(), "status": "dead", "file": "~/.ssh/authorized_keys",
            "line": 7, "algorithm": null, "bits": null,
            "fingerprint": null, "options": null, "comment": null, "why": "sshd does not know its \
                option \"foo\"",
            "findings": [{ "kind": "dead-line", "level": "finding", "message": "sshd does not \
                know its option \"foo\"" }],
        })
    );
    assert_eq!(
        (&objects[5]["status"], &objects[5]["bits"], &objects[5]["findings"][0]["kind"]),
        (&json!("dead"), &json!(1024), &json!("expired"))
    );
    assert_eq!(objects[6]["findings"][0]["kind"], "duplicate");
}

#[test]
fn nothing_changes_on_the_server() {
    root_only!("nothing_changes_on_the_server");
    let place = Place::sshd();
    place.account.authorize(&content());
    let file = place.account.authorized_keys();
    let state = || {
        let metadata = fs::metadata(&file).unwrap();
        (fs::read(&file).unwrap(), metadata.modified().unwrap(), metadata.permissions())
    };
    let before = state();
    place.audit(["--strict"]).run().expect(1);
    assert_eq!(state(), before);
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn quiet_still_prints_the_data() {
    root_only!("quiet_still_prints_the_data");
    let place = Place::sshd();
    place.account.authorize(&format!("{ED25519} ann\n"));
    let said = place.audit(["-q"]).run().expect(0);
    let row =
        format!("  ~/.ssh/authorized_keys:1  in-force  ssh-ed25519 256  {FINGERPRINT}  -  ann\n");
    assert_eq!((said.out(), said.err()), (&*format!("{}:\n{row}", place.to()), ""));
}

#[test]
fn without_a_list_of_weak_keys_verbose_says_so() {
    root_only!("without_a_list_of_weak_keys_verbose_says_so");
    let place = Place::sshd();
    let said = place.audit(["-v"]).run().expect(0);
    let has_list = ["/usr/share/ssh", "/etc/ssh"].iter().any(|folder| {
        fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("blacklist."))
    });
    let words = "debug1: Debian's weak keys of 2008 are not detected: their lists are not \
        installed \
        here (package openssh-blacklist)\n";
    assert_eq!(said.err().contains(words), !has_list, "{}", said.err());
}
