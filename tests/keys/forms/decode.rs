//! `--decode`: every form and every kind of damage back into the file, with the repairs reported on
//! stderr.

use std::fs;

use super::{assert_said, keys, oneline, text};
use crate::support::Home;

#[test]
fn every_form_is_decoded_to_the_byte() {
    let home = Home::new();
    for key in keys(&home) {
        for form in ["member", "json", "env", "sh", "base64", "yaml"] {
            let packed = oneline(&home, &[key, "--as", form, "-q"]).expect(0);
            let back = home.sshk(["oneline", "--decode", "-"]).stdin(packed.out()).run();
            assert_said(&back, 0, &text(&home, key), "");
            fs::write(home.join("packed"), packed.out()).unwrap();
            assert_said(&oneline(&home, &["packed", "--decode"]), 0, &text(&home, key), "");
        }
    }
}

#[test]
fn decode_reports_what_it_repaired() {
    let home = Home::new();
    keys(&home);
    let key = text(&home, "ec");
    let utf16: Vec<u8> = key.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (damaged, words) in [
        (key.clone().into_bytes(), ""),
        (key.replace('\n', "\\n").into(), "repaired: its line breaks are the two characters \\n\n"),
        (key.replace('\n', " ").into(), "repaired: its line breaks are lost\n"),
        (key.replace('\n', "").into(), "repaired: its line breaks are lost\n"),
        (key.replace('\n', "\r\n").into(), "repaired: its lines end as on Windows (CRLF)\n"),
        (key.trim_end().into(), "repaired: its last line has no line break\n"),
        (utf16, "repaired: it is UTF-16\n"),
        (
            format!("\u{feff}  {key}").into(),
            "repaired: it starts with a byte order mark; its lines are indented\n",
        ),
        (
            key.replace("-----", "\u{2014}-\u{2014}").into(),
            "repaired: some of its dashes are long dashes\n",
        ),
        (
            format!("the key:\n{key}Bye\n").into(),
            "repaired: there is text before it; there is text after it\n",
        ),
    ] {
        let back = home.sshk(["oneline", "--decode", "-"]).stdin(&damaged).run();
        assert_said(&back, 0, &key, words);
        assert_said(
            &home.sshk(["oneline", "-q", "--decode", "-"]).stdin(&damaged).run(),
            0,
            &key,
            "",
        );
    }
}

#[test]
fn a_key_is_read_from_a_config_file() {
    let home = Home::new();
    keys(&home);
    oneline(&home, &["rsa", "--into", "c.json"]).expect(0);
    let back = oneline(&home, &["c.json", "--decode"]);
    assert_eq!((back.code(), back.out()), (0, text(&home, "rsa").as_str()));
}

#[test]
fn decode_reports_what_is_missing_and_prints_nothing() {
    let home = Home::new();
    keys(&home);
    let key = text(&home, "ec");
    let lines: Vec<&str> = key.lines().collect();
    let again = "sshk: hint: copy the whole file again from its source\n";
    for (damaged, words, hint) in [
        (
            lines[..lines.len() - 2].join("\\n"),
            "the key is cut short: its last line, -----END EC PRIVATE KEY-----, is missing",
            again,
        ),
        (
            [&lines[..2], &lines[3..]].concat().join("\n"),
            "the key is incomplete: 48 of its 121 bytes are missing",
            again,
        ),
        (
            lines[2..].join("\n"),
            "the key is damaged: its first line, -----BEGIN …-----, is missing",
            again,
        ),
        (
            text(&home, "ec.pub"),
            "this is a public key, not a private key",
            "sshk: hint: give the private key, the file without .pub\n",
        ),
        (String::new(), "it is empty", ""),
    ] {
        let said = home.sshk(["oneline", "--decode", "-"]).stdin(&damaged).run();
        assert_said(&said, 1, "", &format!("sshk: error: \"standard input\": {words}\n{hint}"));
    }
}

#[test]
fn a_damaged_file_is_refused_without_decode_and_the_hint_repairs_it() {
    let home = Home::new();
    keys(&home);
    super::write_private(&home.join("pasted"), text(&home, "ec").replace('\n', "\\n"));
    let words = "sshk: error: \"pasted\": the key is damaged: its line breaks are the two \
        characters \\n\n\
                 sshk: hint: sshk convert pasted --repair\n";
    assert_said(&oneline(&home, &["pasted"]), 1, "", words);
}

#[test]
fn decode_needs_an_input_and_rejects_a_form() {
    let home = Home::new();
    let words = "sshk: error: --decode needs a file\n\
                 sshk: hint: to decode standard input: sshk oneline --decode -\n";
    assert_said(&oneline(&home, &["--decode"]), 2, "", words);
    let said = oneline(&home, &["--decode", "--as", "json", "-"]).expect(2);
    assert!(
        said.err().starts_with(
            "sshk: error: the argument '--decode' cannot be used with '--as <FORM>'\n"
        ),
        "{}",
        said.err()
    );
}
