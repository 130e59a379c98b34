use std::time::{Duration, UNIX_EPOCH};

use super::*;
use data_encoding::{BASE64, HEXLOWER};

const ED25519: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0dN5o9dr0YnBBdKhTlX1hZsCQvDk4oA8uYqZlHxW2R";

/// A line with a key out of its strings; a number is positive where its first byte is below 0x80.
fn line(algorithm: &str, strings: &[&[u8]]) -> String {
    let mut blob = Vec::new();
    for string in [algorithm.as_bytes()].iter().chain(strings) {
        blob.extend(u32::try_from(string.len()).unwrap().to_be_bytes());
        blob.extend_from_slice(string);
    }
    format!("{algorithm} {}", BASE64.encode(&blob))
}

/// An odd modulus of this size, which is of no product of primes and not of ROCA's kind.
fn rsa(bits: usize, exponent: &[u8]) -> String {
    let mut modulus = vec![0x5b; bits / 8];
    modulus[0] = 0xff;
    line("ssh-rsa", &[exponent, &[&[0], &*modulus].concat()])
}

fn file(name: &str, content: &str) -> File {
    File { name: name.into(), content: AuthorizedKeys::new(content), hazards: Vec::new() }
}

/// 2026-11-21 12:00:00 UTC.
fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_262_400)
}

fn reports(files: &[File]) -> Vec<FileReport> {
    read(files, Measure { blacklist: &Blacklist::default(), now: now() })
}

/// `kind: message` of each, remarks with a question mark.
fn said(findings: &[Finding]) -> Vec<String> {
    let mark = |finding: &Finding| if finding.level == Level::Remark { "?" } else { "" };
    findings
        .iter()
        .map(|finding| format!("{}{}: {}", finding.kind, mark(finding), finding.message))
        .collect()
}

fn of_line(line: &str) -> Vec<String> {
    said(&reports(&[file("f", line)])[0].entries[0].findings)
}

#[test]
fn a_key_is_told_as_ssh_keygen_tells_it() {
    let content = format!("# first\n\n \tfrom=\"a b\",pty {ED25519}  ann\u{1b}[2J # x \n");
    let report = &reports(&[file("~/.ssh/authorized_keys", &content)])[0];
    let entry = &report.entries[0];
    assert_eq!((report.entries.len(), entry.line, &entry.status), (1, 3, &Status::InForce));
    let key = entry.key.as_ref().unwrap();
    assert_eq!((key.algorithm, key.bits), ("ssh-ed25519", 256));
    assert_eq!((&*key.options, &*key.comment), ("from=\"a b\",pty", "ann\u{1b}[2J # x"));
    let known =
        ssh_key::PublicKey::from_openssh(ED25519).unwrap().fingerprint(ssh_key::HashAlg::Sha256);
    assert_eq!(key.fingerprint, known.to_string());
    assert_eq!(entry.findings, []);
}

#[test]
fn weak_keys_are_found_by_kind_and_size() {
    let odd: &[u8] = &[1, 0, 1];
    assert_eq!(
        of_line(&rsa(1024, odd)),
        ["rsa-bits: RSA with 1024 bits is weak; 3072 and more are strong"]
    );
    assert_eq!(
        of_line(&rsa(2040, odd)),
        ["rsa-bits: RSA with 2040 bits is weak; 3072 and more are strong"]
    );
    assert_eq!(
        of_line(&rsa(2048, odd)),
        ["rsa-bits?: RSA with 2048 bits is modest; new keys have 3072 or more"]
    );
    assert_eq!(of_line(&rsa(3072, odd)), [""; 0]);
    assert_eq!(
        of_line(&line("ssh-dss", &[&[0x7f; 128], &[0x7f; 20], &[0x7f; 128], &[0x7f; 128]])),
        ["dsa: DSA is weak: OpenSSH takes it from 7.0 on only where it is told to, and from \
            10.0 on not at all"]
    );
}

#[test]
fn numbers_that_give_an_rsa_key_away_are_found() {
    assert_eq!(
        of_line(&rsa(3072, &[1])),
        ["rsa-exponent: its exponent is 1, with which anybody can sign"]
    );
    assert_eq!(
        of_line(&rsa(3072, &[0, 1])),
        ["rsa-exponent: its exponent is 1, with which anybody can sign"]
    );
    assert_eq!(
        of_line(&rsa(3072, &[1, 0])),
        ["rsa-exponent: its exponent is even, which no RSA key has"]
    );
    assert_eq!(
        of_line(&rsa(3072, &[])),
        ["rsa-exponent: its exponent is even, which no RSA key has"]
    );
    assert_eq!(of_line(&rsa(3072, &[1, 1])), [""; 0]);
    let even = line("ssh-rsa", &[&[3], &[&[0][..], &[0x8e; 384]].concat()]);
    assert_eq!(
        of_line(&even),
        ["rsa-modulus: its modulus is even, so that its private half can be computed"]
    );
    // Of an affected chip.
    let roca = HEXLOWER.decode(ROCA_2048.as_bytes()).unwrap();
    assert_eq!(
        of_line(&line("ssh-rsa", &[&[1, 0, 1], &[&[0], &*roca].concat()])),
        [
            "rsa-bits?: RSA with 2048 bits is modest; new keys have 3072 or more",
            "roca: it was made by a chip with the ROCA fault (CVE-2017-15361), so that its \
            private half can be computed"
        ]
    );
}

/// A modulus of an affected chip: mod03 in the test data of github.com/crocs-muni/roca.
const ROCA_2048: &str = "9dcd7420e420c270a68060eb8b5aa7457a9f6648f86fafed2775cc1f79ae962f1e63f1b9e5\
    1c55f9ea6fdc7332e9b0058c9ff2eb1fc89855029cf6aafe21e689\
    feb38ac9ffb12f1ce371bb5d0e9aae64161abce74b4244bf68f1edb4411f756a097c8929c14740245ea355f8332d1aa\
    36bb50c7dcb4505da8de02e4e53d38f8d\
    f06097da7524df0df93db48eac8cc4af2d3a16257eb2b2adca6ba464e5974fa92550d31b1babf161e7692d00b86e3dd\
    886ecab4abfbe1a8f8cc263ff4af55cdb\
    45f4249a5193925f5e983d762f0b6800943eb0267b08f42ed311ce1f5c86eacbc8ce4d3cb7a2fee1ef5641423a1cf41\
    14e5ecf50034a60a412523af9e6f4aa11";

#[test]
fn a_listed_key_of_debian_is_found() {
    let mut blacklist = Blacklist::default();
    // The fingerprint is ssh-keygen -l -E md5's.
    blacklist.add(&md5_of(ED25519)[12..]);
    let entries = read(&[file("f", ED25519)], Measure { blacklist: &blacklist, now: now() })
        .remove(0)
        .entries;
    let words = "debian-2008: it is one of the keys that Debian's OpenSSL made until 2008 \
        (CVE-2008-0166): its private half is public";
    assert_eq!(said(&entries[0].findings), [words]);
}

fn md5_of(line: &str) -> String {
    use md5::{Digest, Md5};
    HEXLOWER
        .encode(&Md5::digest(BASE64.decode(line.split(' ').nth(1).unwrap().as_bytes()).unwrap()))
}

#[test]
fn the_first_of_the_same_keys_counts() {
    let one = format!("{ED25519} a\n{ED25519} b\nrestrict {ED25519}\n");
    let other = format!("cert-authority {ED25519}\n{ED25519}\ncert-authority {ED25519}\n");
    let reports = reports(&[file("one", &one), file("other", &other)]);
    let all: Vec<_> = reports
        .iter()
        .flat_map(|report| &report.entries)
        .map(|entry| said(&entry.findings).join(" "))
        .collect();
    assert_eq!(
        all,
        [
            "",
            "duplicate: the same key as line 1",
            "duplicate: the same key as line 1 with other options, which count; these do not",
            "",
            "duplicate: the same key as line 1 of one",
            "duplicate: the same key as line 1",
        ]
    );
    assert_eq!(reports[1].entries[0].status, Status::Authority);
    let behind_from = format!("from=\"10.*\" {ED25519}\n{ED25519}");
    let report = &super::read(
        &[file("f", &behind_from)],
        Measure { blacklist: &Blacklist::default(), now: now() },
    )[0];
    let words = "duplicate: the same key as line 1 with other options, which count where its \
        from= matches; else these do";
    assert_eq!(said(&report.entries[1].findings), [words]);
}

#[test]
fn a_dead_line_has_its_reason_and_nothing_of_what_it_holds() {
    let report = &reports(&[file("f", &format!("foo {ED25519}\nssh-ed25519 AAAA secret\n"))])[0];
    let why = |at: usize| match &report.entries[at].status {
        Status::Dead { why } => why.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        (why(0), why(1)),
        (r#"sshd does not know its option "foo""#.into(), "its key is cut short".into())
    );
    assert_eq!(said(&report.entries[1].findings), ["dead-line: its key is cut short"]);
    assert_eq!(report.entries[1].key, None);
}

#[test]
fn a_key_whose_time_has_passed_lets_nobody_in() {
    let status = |time: &str| {
        let entry = reports(&[file("f", &format!("expiry-time=\"{time}\" {ED25519}"))])
            .remove(0)
            .entries
            .remove(0);
        (matches!(entry.status, Status::Dead { .. }), said(&entry.findings).join(" "))
    };
    let expired = (true, "expired: its expiry-time has passed".to_owned());
    let today = "expiry?: its expiry-time is today's, in the server's time zone: it has expired \
        or is about to";
    assert_eq!(status("20200101"), expired);
    assert_eq!(status("20261121115959Z"), expired);
    assert_eq!(status("20261121120000Z"), (false, String::new()));
    assert_eq!(status("202611201159"), expired);
    assert_eq!(status("202611201201"), (false, today.to_owned()));
    assert_eq!(status("202611221159"), (false, today.to_owned()));
    assert_eq!(status("202611221201"), (false, String::new()));
}

#[test]
fn a_glued_key_and_an_unsafe_mode_are_found() {
    let glued = format!("{ED25519} ann # snapd {{}}{ED25519}");
    assert_eq!(
        of_line(&glued),
        ["glued: another key is glued to its comment, and lets nobody in there"]
    );
    let report = &reports(&[File { hazards: vec!["words".into()], ..file("f", "") }])[0];
    assert_eq!(said(&report.findings), ["unsafe-mode: words"]);
}

#[test]
fn a_key_on_several_destinations_is_told_once() {
    let audit =
        |content: &str| Audit { files: reports(&[file("f", content)]), findings: Vec::new() };
    let other = rsa(3072, &[3]);
    let (both, one) = (
        audit(&format!("{ED25519}\n{other}\n{ED25519}\n")),
        audit(&format!("{ED25519}\ncert-authority {other}")),
    );
    let shared = shared([("a".to_owned(), &both), ("b".to_owned(), &one), ("b".to_owned(), &one)]);
    assert_eq!(shared.len(), 1);
    assert_eq!(
        (shared[0].key.algorithm, &*shared[0].destinations),
        ("ssh-ed25519", &["a".to_owned(), "b".to_owned()][..])
    );
    assert_eq!(shared[0].finding.message, "one key is in force on 2 destinations: a, b");
    assert_eq!((shared[0].finding.kind, shared[0].finding.level), ("shared", Level::Remark));
}
