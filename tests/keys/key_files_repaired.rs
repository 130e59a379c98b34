//! Private keys that were pasted, stored and edited: the damage is named and repaired to the byte,
//! and missing parts are reported.

use data_encoding::BASE64;
use proptest::prelude::*;
use rand::rng;
use sshk::Passphrase;
use sshk::keys::generate::{KeySpec, KeyType, generate};
use sshk::keys::key_file::{Damage, Format, Private, diagnose, encode};
use std::sync::LazyLock;
use zeroize::Zeroizing;

const KINDS: [(KeyType, Option<u32>, Format, &str); 7] = [
    (KeyType::Rsa, Some(2048), Format::Pem, ""),
    (KeyType::Rsa, Some(2048), Format::Pem, "secret"),
    (KeyType::Ecdsa, None, Format::Pem, "secret"),
    (KeyType::Ed25519, None, Format::OpenSsh, ""),
    (KeyType::Ed25519, None, Format::OpenSsh, "secret"),
    (KeyType::Ed25519, None, Format::Pkcs8, ""),
    (KeyType::Ecdsa, None, Format::Pkcs8, "secret"),
];

/// A key of each kind, as text.
pub(super) static KEYS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let text = |(kind, bits, format, passphrase): (KeyType, Option<u32>, Format, &str)| {
        let key = generate(KeySpec::new(kind, bits).unwrap(), "a comment", &mut rng()).unwrap();
        let passphrase = Passphrase::new(Zeroizing::new(passphrase.to_owned()));
        encode(
            &key,
            format,
            Some(&passphrase),
            (format == Format::OpenSsh).then_some(1),
            &mut rng(),
        )
        .unwrap()
        .to_string()
    };
    KINDS.into_iter().map(text).collect()
});

/// A conversion from the text of a key to the bytes of a file.
type Harm = fn(&str) -> Vec<u8>;

fn base64_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('-') && !line.contains(':'))
}

/// Everything that can be repaired, by the name of the damage.
const HARMS: [(Damage, Harm); 31] = [
    (Damage::EscapedBreaks, |text| text.replace('\n', "\\n").into()),
    (Damage::EscapedBreaks, |text| text.replace('\n', "\\\\n").into()),
    (Damage::EscapedBreaks, |text| text.replace('\n', "\\r\\n").into()),
    (Damage::EscapedBreaks, |text| text.replace('\n', "\\u000a").into()),
    (Damage::LostBreaks, |text| text.replace('\n', " ").into()),
    (Damage::LostBreaks, |text| text.replace('\n', "").into()),
    (Damage::LostBreaks, |text| text.split_whitespace().collect::<String>().into()),
    (Damage::Quotes, |text| serde_json::to_vec(text).unwrap()),
    (Damage::Quotes, |text| format!("'{text}'").into()),
    (Damage::Quotes, |text| format!("\"{text}\"\n").into()),
    (Damage::Quotes, |text| {
        text.lines().map(|line| format!("\"{line}\\n\" +\n")).collect::<String>().into()
    }),
    (Damage::Base64, |text| BASE64.encode(text.as_bytes()).into()),
    (Damage::Base64, |text| {
        let packed = BASE64.encode(text.as_bytes());
        packed.as_bytes().chunks(76).flat_map(|line| [line, b"\n"].concat()).collect()
    }),
    (Damage::Base64, |text| {
        format!("KEY={}", BASE64.encode(text.as_bytes()).trim_end_matches('=')).into()
    }),
    (Damage::Crlf, |text| text.replace('\n', "\r\n").into()),
    (Damage::Cr, |text| text.replace('\n', "\r").into()),
    (Damage::ByteOrderMark, |text| format!("\u{feff}{text}").into()),
    (Damage::Utf16, |text| {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    }),
    (Damage::Utf16, |text| text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    (Damage::Indented, |text| {
        format!("    {}", text.trim_end().replace('\n', "\n    ") + "\n").into()
    }),
    (Damage::TrailingBlanks, |text| text.replace('\n', "  \n").into()),
    (Damage::NoFinalNewline, |text| text.trim_end().into()),
    (Damage::TextBefore, |text| format!("Here is the key:\n\n{text}").into()),
    (Damage::TextAfter, |text| format!("{text}\nRegards, Ann\n").into()),
    (Damage::NonBreakingSpaces, |text| text.replace(' ', "\u{a0}").into()),
    (Damage::LongDashes, |text| text.replace("-----", "\u{2014}\u{2013}-").into()),
    (Damage::Escapes, |text| {
        text.replace('/', "\\/").replace('+', "\\u002b").replace('=', "\\u003D").into()
    }),
    (Damage::Cited, |text| {
        text.lines().map(|line| format!("> {line}\n")).collect::<String>().into()
    }),
    (Damage::Invisible, |text| text.replace('\n', "\u{200b}\n").into()),
    (Damage::BlankLines, |text| text.replace('\n', "\n\n").into()),
    (Damage::Rewrapped, |text| {
        let half = base64_lines(text).next().unwrap().split_at(20).0;
        text.replacen(half, &format!("{half}\n"), 1).into()
    }),
];

/// The kinds of damage that turn the key into strings of a program.
const PROGRAM: usize = 10;

#[test]
fn a_key_as_a_program_writes_it_has_no_damage() {
    for key in KEYS.iter() {
        let found = diagnose(key.as_bytes());
        assert!(
            found.damages().is_empty() && found.fault().is_none() && found.summary().is_empty(),
            "{found:?}"
        );
        assert_eq!(*found.into_repaired("key").unwrap(), *key);
    }
}

#[test]
fn each_damage_is_reported_and_repaired() {
    for (at, key) in KEYS.iter().enumerate() {
        for (number, (damage, harm)) in HARMS.into_iter().enumerate() {
            let harmed = harm(key);
            let found = diagnose(&harmed);
            let shown = format!(
                "{:?}, harm {number}\n{}\n{found:?}",
                KINDS[at],
                String::from_utf8_lossy(&harmed)
            );
            assert!(harmed == key.as_bytes() || found.damages().contains(&damage), "{shown}");
            assert_eq!(*found.into_repaired("key").expect(&shown), *key, "{shown}");
        }
    }
}

#[test]
fn two_damages_at_once_are_repaired() {
    for (at, key) in KEYS.iter().enumerate() {
        for (first, (_, inner)) in HARMS.into_iter().enumerate() {
            // What is no longer text cannot be damaged as text.
            let Ok(once) = String::from_utf8(inner(key)).map(|once| once.replace('\0', "")) else {
                continue;
            };
            if HARMS[first].0 == Damage::Utf16 {
                continue;
            }
            for (second, (_, outer)) in HARMS.into_iter().enumerate() {
                // A line break within \u002b makes it something else.
                let splits_escape =
                    |line: &str| line.get(..26).is_none_or(|head| head.contains('\\'));
                if base64_lines(&once).next().is_none_or(splits_escape) && second == HARMS.len() - 1
                {
                    continue;
                }
                // Strings within strings: no program writes them without escaping again.
                if (first, second) == (PROGRAM, PROGRAM) {
                    continue;
                }
                let harmed = outer(&once);
                let found = diagnose(&harmed);
                let shown = format!(
                    "{:?}, harms {first} and {second}\n{}\n{found:?}",
                    KINDS[at],
                    String::from_utf8_lossy(&harmed)
                );
                assert_eq!(*found.into_repaired("key").expect(&shown), *key, "{shown}");
            }
        }
    }
}

#[test]
fn a_lost_blank_line_after_the_headers_is_restored() {
    for key in KEYS.iter().filter(|key| key.contains("DEK-Info")) {
        let found = diagnose(key.replace("\n\n", "\n").as_bytes());
        assert_eq!(found.damages(), [Damage::NoBlankLine]);
        assert_eq!(*found.into_repaired("key").unwrap(), *key);
    }
}

#[test]
fn a_code_page_around_a_key_does_not_matter() {
    let key = &KEYS[0];
    let found = diagnose(&[b"cl\xe9 priv\xe9e\n", key.replace("-----", "--").as_bytes()].concat());
    assert_eq!(found.damages(), [Damage::CodePage, Damage::TextBefore, Damage::FewDashes]);
    assert_eq!(*found.into_repaired("key").unwrap(), *key);
    let mut dashed = b"cl\xe9\n".to_vec();
    for byte in key.replace("-----", "\u{1}").bytes() {
        if byte == 1 { dashed.extend(b"\x97\x97-") } else { dashed.push(byte) }
    }
    let found = diagnose(&dashed);
    assert_eq!(found.damages(), [Damage::CodePage, Damage::TextBefore, Damage::LongDashes]);
    assert_eq!(*found.into_repaired("key").unwrap(), *key);
}

#[test]
fn all_damages_are_reported_in_one_clause() {
    let found = diagnose(format!("\"{}\"", KEYS[0].replace('\n', "\\n")).as_bytes());
    assert_eq!(found.summary(), "it is in quotes, and its line breaks are the two characters \\n");
    assert_eq!(
        found.damages().iter().map(|damage| damage.kind()).collect::<Vec<_>>(),
        ["quotes", "escaped-breaks"]
    );
}

#[track_caller]
fn assert_refused(harmed: impl AsRef<[u8]>, message: &str) {
    let found = diagnose(harmed.as_ref());
    let shown = format!("{found:?}\n{}", String::from_utf8_lossy(harmed.as_ref()));
    assert_eq!(found.fault().expect(&shown).to_string(), message, "{shown}");
    assert_eq!(
        found.into_repaired("/k/id").unwrap_err().to_string(),
        format!("\"/k/id\": {message}")
    );
}

#[test]
fn missing_parts_are_reported_as_missing() {
    for key in KEYS.iter().filter(|key| !key.contains("DEK-Info")) {
        let lines: Vec<&str> = key.lines().collect();
        let without = |range: std::ops::Range<usize>| {
            [&lines[..range.start], &lines[range.end..]].concat().join("\n") + "\n"
        };
        let label = lines[0].strip_prefix("-----BEGIN ").unwrap().strip_suffix("-----").unwrap();
        let cut = format!("the key is cut short: its last line, -----END {label}-----, is missing");
        assert_refused(without(lines.len() - 2..lines.len()), &cut);
        assert_refused(key[..key.len() / 2].replace('\n', "\\n"), &cut);
        assert_refused(BASE64.encode(&key.as_bytes()[..key.len() / 2]), &cut);
        assert_refused(
            without(0..2),
            "the key is damaged: its first line, -----BEGIN …-----, is missing",
        );
        assert_refused(
            &without(1..2)[5..],
            "the key is damaged: its first line, -----BEGIN …-----, is incomplete",
        );
    }
}

/// How many bytes a key has, and how many are left without its line `at`.
fn without_line(key: &str, at: usize) -> (usize, String) {
    let lines: Vec<&str> = key.lines().collect();
    let packed: String = base64_lines(key).collect();
    (
        BASE64.decode(packed.as_bytes()).unwrap().len(),
        [&lines[..at], &lines[at + 1..]].concat().join("\n") + "\n",
    )
}

#[test]
fn a_missing_line_is_counted_in_bytes() {
    let (rsa, openssh) = (&KEYS[0], &KEYS[3]);
    for at in [3, 8, 20] {
        let (length, holed) = without_line(rsa, at);
        assert_refused(
            &holed,
            &format!("the key is incomplete: 48 of its {length} bytes are missing"),
        );
        assert_refused(
            holed.replace('\n', " "),
            &format!("the key is incomplete: 48 of its {length} bytes are missing"),
        );
    }
    let (length, holed) = without_line(openssh, 4);
    assert_refused(holed, &format!("the key is incomplete: 53 of its {length} bytes are missing"));
    let (length, holed) = without_line(rsa, rsa.lines().count() - 2);
    let missing = length - base64_lines(&holed).map(str::len).sum::<usize>() * 3 / 4;
    assert_refused(
        &holed,
        &format!("the key is incomplete: {missing} of its {length} bytes are missing"),
    );
}

#[test]
fn ambiguous_texts_are_refused() {
    let (rsa, locked, openssh) = (&KEYS[0], &KEYS[1], &KEYS[3]);
    assert_refused(format!("{rsa}{openssh}"), "it holds 2 keys, and one is expected");
    assert_refused(format!("{rsa}{rsa}").replace('\n', ""), "it holds 2 keys, and one is expected");
    assert_refused(
        locked.replace("END RSA", "END EC"),
        "the key is damaged: its first and last lines do not match",
    );
    assert_refused(
        locked.replace("Proc-Type: 4,ENCRYPTED\n", ""),
        "the key is damaged: the lines before its base64 text are incomplete",
    );
    assert_refused(
        locked.replacen("DEK-Info", "DEK", 1),
        "the key is damaged: the lines before its base64 text are incomplete",
    );
    let third = rsa.lines().nth(2).unwrap();
    assert_refused(
        rsa.replacen(third, &third.replacen(&third[..1], "*", 1), 1),
        "the key is damaged: line 3 is not base64",
    );
    assert_refused(
        rsa.replacen(third, &third.replacen(&third[..1], "\\x", 1), 1),
        "the key is damaged: line 3 is not base64",
    );
}

#[test]
fn texts_without_a_key_are_reported() {
    assert_refused("", "it is empty");
    assert_refused("\u{feff} \n", "it is empty");
    assert_refused("hello", "this is not a key: it has no -----BEGIN … PRIVATE KEY----- line");
    assert_refused(
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4 c",
        "this is a public key, not a private key",
    );
    assert_refused(vec![b'a'; (1 << 20) + 1], "this is not a key: it is larger than 1 MiB");
    assert_refused(
        b"\xff\xfe-",
        "the key is damaged: it is UTF-16 and ends in the middle of a character",
    );
    assert_refused(b"\xff\xfe\x00\xd8", "the key is damaged: it is UTF-16 with broken characters");
    let dsa = "-----BEGIN DSA PRIVATE KEY----- MII= -----END DSA PRIVATE KEY-----";
    assert_refused(dsa, "this is a DSA key, which OpenSSH and current servers no longer accept");
    let wrapped =
        |times: usize| (0..times).fold(KEYS[0].clone(), |text, _| BASE64.encode(text.as_bytes()));
    assert!(diagnose(wrapped(3).as_bytes()).fault().is_none());
    assert_refused(wrapped(4), "this is not a key: it has no -----BEGIN … PRIVATE KEY----- line");
}

#[test]
fn hostile_texts_are_rejected_quickly() {
    for piece in [
        "> ",
        "-----BEGIN ",
        "BEGIN PRIVATE KEY",
        "\\",
        "\\n",
        "-----",
        "\u{2014}",
        "BEGINEND",
        " ",
        "\n",
        "\r",
        "\0",
        "LS0tLS1CRUdJTi",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "\"",
        "Proc-Type: 4,ENCRYPTED\nDEK-Info: ",
        "A",
        "\u{200b}",
        "\\u",
    ] {
        let filling = piece.repeat((1 << 18) / piece.len());
        for text in [
            filling.clone(),
            format!("-----BEGIN RSA PRIVATE KEY-----\n{filling}"),
            format!("-----BEGIN RSA PRIVATE KEY-----\n{filling}-----END RSA PRIVATE KEY-----"),
        ] {
            let start = std::time::Instant::now();
            diagnose(text.as_bytes());
            let taken = start.elapsed();
            assert!(taken < crate::support::SOON / 3, "{taken:?} for {piece:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_diagnosed_without_panic(bytes: Vec<u8>) {
        let _ = diagnose(&bytes);
    }

    /// A repaired text is a complete key, whatever was done to it, and repairing it again changes
    /// nothing.
    #[test]
    fn a_repaired_text_is_a_key(
        at in 0usize..7,
        cuts in prop::collection::vec(
            (0.0..1.0f64, 0usize..9, "[ \\\\n\r\n\"'>—A=-]{0,4}"),
            0..4,
        ),
    ) {
        let mut text: Vec<char> = KEYS[at].chars().collect();
        for (place, taken, put) in cuts {
            let start = (place * text.len() as f64) as usize;
            let end = (start + taken).min(text.len());
            text.splice(start..end, put.chars());
        }
        let text: String = text.into_iter().collect();
        let found = diagnose(text.as_bytes());
        let is_harmed = !found.damages().is_empty();
        if let Ok(repaired) = found.into_repaired("key") {
            prop_assert_eq!(is_harmed, *repaired != text);
            prop_assert!(Private::parse(repaired.clone(), "key").is_ok());
            let again = diagnose(repaired.as_bytes());
            prop_assert!(again.damages().is_empty(), "{again:?}");
        }
    }
}
