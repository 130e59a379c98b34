//! `--into`: one value changes, every other byte, the permissions and the owner stay; and WebSSH2's
//! other requirements are reported.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::{assert_said, keys, oneline, text};
use crate::support::{Finished, Home};

fn write(home: &Home, file: &str, mode: u32, content: &str) {
    fs::write(home.join(file), content).unwrap();
    fs::set_permissions(home.join(file), Permissions::from_mode(mode)).unwrap();
}

fn mode(home: &Home, file: &str) -> u32 {
    home.join(file).metadata().unwrap().mode() & 0o7777
}

fn escaped(home: &Home, key: &str) -> String {
    serde_json::to_string(&text(home, key)).unwrap()
}

const CONFIG: &str = "\u{feff}// the gateway\r\n{\r\n\t\"listen\": \
    {\"port\":2222},\r\n\t\"user\": { \"name\": \"ann\", \"password\": null, /* here \
    */ \"privateKey\": \"OLD\" },\r\n}\r\n// end";

#[test]
fn into_changes_no_other_byte_and_keeps_the_permissions() {
    let home = Home::new();
    keys(&home);
    for old in [0o600, 0o400] {
        write(&home, "config.json", old, CONFIG);
        assert_said(
            &oneline(&home, &["ec", "--into", "config.json"]),
            0,
            "",
            "config.json: the key was stored at /user/privateKey\n",
        );
        assert_eq!(
            fs::read_to_string(home.join("config.json")).unwrap(),
            CONFIG.replace("\"OLD\"", &escaped(&home, "ec"))
        );
        assert_eq!(mode(&home, "config.json"), old);
    }
    let inode = home.join("config.json").metadata().unwrap().ino();
    oneline(&home, &["ec", "--into", "config.json"]).expect(0);
    assert_eq!(
        home.join("config.json").metadata().unwrap().ino(),
        inode,
        "the same key again writes nothing"
    );
    assert_eq!(
        fs::read_dir(home.path())
            .unwrap()
            .filter(|it| it.as_ref().unwrap().file_name().to_string_lossy().contains("sshk-"))
            .count(),
        0
    );
}

#[test]
fn a_missing_file_is_created_for_its_owner_only() {
    let home = Home::new();
    keys(&home);
    let command = "umask 0; exec \"$0\" oneline -q ec --into new.json --at /gate/keys/main";
    home.run("/bin/sh").args(["-c", command, env!("CARGO_BIN_EXE_sshk")]).run().expect(0);
    assert_eq!(mode(&home, "new.json"), 0o600);
    let expected = format!(
        "{{\n  \"gate\": {{\n    \"keys\": {{\n      \"main\": {}\n    }}\n  }}\n}}\n",
        escaped(&home, "ec")
    );
    assert_eq!(fs::read_to_string(home.join("new.json")).unwrap(), expected);
    let words = "sshk: error: \"none\": no such directory; nothing was written\nsshk: hint: mkdir \
        -m \
        700 -p none\n";
    assert_said(&oneline(&home, &["ec", "--into", "none/c.json"]), 1, "", words);
}

#[test]
fn a_link_stays_a_link() {
    let home = Home::new();
    keys(&home);
    write(&home, "real.json", 0o600, "{}");
    symlink("real.json", home.join("link.json")).unwrap();
    oneline(&home, &["ec", "--into", "link.json", "-q"]).expect(0);
    assert!(home.join("link.json").symlink_metadata().unwrap().is_symlink());
    assert!(fs::read_to_string(home.join("real.json")).unwrap().contains("BEGIN EC"));
}

#[test]
fn a_file_that_others_can_read_is_reported() {
    let home = Home::new();
    keys(&home);
    write(&home, "my c.json", 0o644, "{\"user\": {\"name\": \"ann\"}}");
    let words = "my c.json: the key was stored at /user/privateKey\n\
                 sshk: warning: \"my c.json\": other users can read the key in it (mode 0644)\n\
                 sshk: hint: chmod 600 'my c.json'\n";
    assert_said(&oneline(&home, &["ec", "--into", "my c.json"]), 0, "", words);
    assert_eq!(mode(&home, "my c.json"), 0o644);
}

#[test]
fn a_file_that_is_not_json_or_has_no_place_for_the_key_is_left_alone() {
    let home = Home::new();
    keys(&home);
    let (user, key) =
        ("choose another place: --at /user2", "choose another place: --at /user/privateKey2");
    for (content, words, hint) in [
        (
            "",
            "the file is empty, so it is not JSON; nothing was written",
            "delete it and run this again, or write {} into it",
        ),
        ("user:\n  name: ann\n", "this is not JSON (line 1, column 1); nothing was written", ""),
        (
            "{\"user\": {\"name\": \"hunter2\" \"x\": 1}}",
            "this is not JSON (line 1, column 28); nothing was written",
            "",
        ),
        ("{\"user\": {}", "this is not JSON (line 1, column 1); nothing was written", ""),
        ("[{}]", "\"\" is an array, not an object; nothing was written", ""),
        ("{\"user\": [1]}", "\"/user\" is an array, not an object; nothing was written", user),
        (
            "{\"user\": {\"privateKey\": {}}}",
            "\"/user/privateKey\" is already an object; nothing was written",
            key,
        ),
        (
            "{\"user\": {}, \"user\": {}}",
            "\"/user\" occurs more than once; nothing was written",
            "",
        ),
    ] {
        write(&home, "c.json", 0o600, content);
        let hint = if hint.is_empty() { String::new() } else { format!("sshk: hint: {hint}\n") };
        assert_said(
            &oneline(&home, &["ec", "--into", "c.json"]),
            1,
            "",
            &format!("sshk: error: \"c.json\": {words}\n{hint}"),
        );
        assert_eq!(fs::read_to_string(home.join("c.json")).unwrap(), content);
        // The hint works as it is printed.
        if let Some((_, at)) = hint.split_once(" --at ") {
            oneline(&home, &["ec", "--into", "c.json", "--at", at.trim_end()]).expect(0);
        }
    }
    fs::create_dir(home.join("folder")).unwrap();
    let words = "sshk: error: \"folder\": this is a directory, not a regular file\n";
    assert_said(&oneline(&home, &["ec", "--into", "folder"]), 1, "", words);
}

#[test]
fn a_name_with_a_mark_or_a_line_break_is_one_member_however_often_it_is_written() {
    let home = Home::new();
    keys(&home);
    for name in ["\u{feff}a", "a\r\nb", "a\rb", "\u{feff}", "a\nb"] {
        let _ = fs::remove_file(home.join("c.json"));
        for _ in 0..2 {
            let at = format!("/{name}");
            oneline(&home, &["ec", "--into", "c.json", "--at", &at]).expect(0);
        }
        let text = fs::read_to_string(home.join("c.json")).unwrap();
        let object: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(object[name].is_string(), "{name:?}: {text}");
        assert_eq!(text.matches("PRIVATE KEY").count(), 2, "{name:?}: {text}");
    }
}

#[test]
fn a_pointer_is_checked_before_anything_is_read() {
    let home = Home::new();
    for pointer in ["user", "", "/a~3"] {
        let words = format!(
            "sshk: error: {pointer:?} is not a JSON pointer to a member, such as /user/privateKey \
            (RFC 6901)\n\
             sshk: hint: put a slash before each member: --at /user/privateKey\n"
        );
        assert_said(&oneline(&home, &["none", "--into", "c.json", "--at", pointer]), 2, "", &words);
    }
    let alone = oneline(&home, &["none", "--at", "/a"]).expect(2);
    assert!(alone.err().contains("--into <FILE>"), "{}", alone.err());
}

/// What is printed after the first line when `key` is stored beside `user`.
fn advice(home: &Home, key: &str, user: &str) -> String {
    write(home, "c.json", 0o600, &format!("{{\"user\": {user}}}"));
    let said: Finished = oneline(home, &[key, "--into", "c.json"]).expect(0);
    said.err().strip_prefix("c.json: the key was stored at /user/privateKey\n").unwrap().to_owned()
}

const LOCKED: &str =
    "sshk: warning: the key is encrypted: WebSSH2 needs its passphrase in user.passphrase\n";

#[test]
fn other_webssh2_requirements_are_reported_only_if_they_apply() {
    let home = Home::new();
    keys(&home);
    let password =
        "sshk: warning: user.password is set: WebSSH2 logs in with it and never offers the key\n";
    let name = "sshk: warning: user.name is not set: without it WebSSH2 does not use the key\n";
    assert_eq!(advice(&home, "ec", "{\"name\": \"ann\", \"password\": null}"), "");
    assert_eq!(advice(&home, "ec", "{\"name\": \"ann\", \"password\": \"x\"}"), password);
    assert_eq!(advice(&home, "ec", "{\"name\": null, \"password\": \"\"}"), name);
    assert_eq!(advice(&home, "locked", "{}"), format!("{LOCKED}{name}"));
    assert_eq!(advice(&home, "locked", "{\"name\": \"ann\", \"passphrase\": \"secret\"}"), "");
    let pkcs8 = "sshk: warning: WebSSH2 will not accept this key: it does not read PKCS#8\n\
                 sshk: hint: make a copy that it accepts: sshk convert pkcs8 -m openssh -f \
                 pkcs8.openssh\n";
    assert_eq!(advice(&home, "pkcs8", "{\"name\": \"ann\"}"), pkcs8);
    oneline(&home, &["locked", "--into", "c.json", "--at", "/other"]).expect(0);
    let elsewhere = oneline(&home, &["locked", "--into", "c.json", "--at", "/other"]).expect(0);
    assert_eq!(elsewhere.err(), "c.json: the key was stored at /other\n");
}

#[test]
fn the_command_in_the_hint_gives_a_file_without_warnings() {
    let home = Home::new();
    keys(&home);
    home.sshk(["convert", "pkcs8", "-m", "openssh", "-f", "pkcs8.openssh", "-q"]).run().expect(0);
    let said = oneline(&home, &["pkcs8.openssh"]);
    assert_eq!((said.code(), said.err()), (0, ""));
}

#[test]
fn a_member_with_an_encrypted_key_gets_a_warning_about_its_passphrase() {
    let home = Home::new();
    keys(&home);
    assert_eq!(oneline(&home, &["locked"]).expect(0).err(), LOCKED);
    for other in [&["--as", "env"][..], &["--as", "json"], &["--name", "key"], &["-q"]] {
        assert_eq!(home.sshk(["oneline", "locked"]).args(other).run().expect(0).err(), "");
    }
}
