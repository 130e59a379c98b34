//! Keys as people have them: with comments in old code pages, broken over lines, saved by Windows.

use std::fs;
use std::path::Path;

use crate::support::Home;
use crate::support::oracle::{openssl, puttygen, puttygen_new, ssh_keygen};
use crate::support::process::write_private;

/// The fingerprint that sshk shows for a file, and ssh-keygen for another.
fn is_the_key(home: &Home, file: &str, of: &Path) {
    let said = home.sshk(["show", "--json", file]).run().expect(0);
    let object: serde_json::Value = serde_json::from_str(said.out()).unwrap();
    let fingerprint = ssh_keygen(["-l", "-f"]).arg(of).run().expect(0);
    let fingerprint = fingerprint.out().split(' ').nth(1).unwrap().to_owned();
    assert_eq!(object["fingerprint"], fingerprint, "{file}");
}

#[test]
fn a_comment_in_another_code_page_keeps_no_key_from_being_used() {
    let home = Home::new();
    let key = home.key("rsa", "id_rsa");
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    let line = public.rsplit_once(' ').unwrap().0;
    let latin = [line.as_bytes(), b" Jos\xe9 M\xfcller\n"].concat();
    fs::write(key.with_extension("pub"), &latin).unwrap();
    is_the_key(&home, ".ssh/id_rsa.pub", &key);
    is_the_key(&home, ".ssh/id_rsa", &key);
    // It reaches the search for the host, so the pair was read.
    let said = home.sshk(["copy-id", "nowhere.invalid"]).run().expect(1);
    assert!(said.err().contains("nowhere.invalid"), "{}", said.err());
    assert!(!said.err().contains("UTF-8"), "{}", said.err());
}

#[test]
fn a_putty_file_with_a_comment_in_another_code_page_is_read_and_stays_as_it_is() {
    let home = Home::new();
    let key = home.key("ed25519", "id_ed25519");
    // The MAC covers the bytes of the comment.
    let comment = std::os::unix::ffi::OsStrExt::from_bytes(&b"caf\xe9"[..]);
    let comment: &std::ffi::OsStr = comment;
    puttygen([key.as_os_str(), "-O".as_ref(), "private".as_ref(), "-C".as_ref(), comment])
        .arg("-o")
        .arg(home.join("key.ppk"))
        .run()
        .expect(0);
    let before = fs::read(home.join("key.ppk")).unwrap();
    assert!(before.windows(4).any(|bytes| bytes == b"caf\xe9"), "puttygen changed the comment");
    is_the_key(&home, "key.ppk", &key);
    home.sshk(["convert", "key.ppk", "-m", "openssh", "-f", "out"]).run().expect(0);
    let said = ssh_keygen(["-l", "-f"]).arg(home.join("out")).run().expect(0);
    let of_key = ssh_keygen(["-l", "-f"]).arg(&key).run().expect(0);
    assert_eq!(said.out().split(' ').nth(1), of_key.out().split(' ').nth(1));
    home.sshk(["convert", "key.ppk", "--repair"]).run().expect(0);
    assert_eq!(fs::read(home.join("key.ppk")).unwrap(), before);
}

#[test]
fn a_public_key_is_read_however_it_was_saved() {
    let home = Home::new();
    let key = home.key("rsa", "id_rsa");
    let line = fs::read_to_string(key.with_extension("pub")).unwrap().trim_end().to_owned();
    let (bare, comment) = line.rsplit_once(' ').unwrap();
    // As Azure's API gives it.
    let pieces: Vec<_> = bare
        .as_bytes()
        .chunks(64)
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .collect();
    let utf16: Vec<u8> = [0xfeff]
        .into_iter()
        .chain(format!("{line}\r\n").encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for (name, bytes) in [
        ("broken", pieces.join("\r\n").into_bytes()),
        ("broken-comment", format!("{} {comment}\n", pieces.join("\n")).into_bytes()),
        ("type-alone", bare.replacen(' ', "\n", 1).into_bytes()),
        ("mark", format!("\u{feff}{line}\r\n").into_bytes()),
        ("utf-16", utf16),
        ("indented", format!("\n   {line}").into_bytes()),
        ("exported", ssh_keygen(["-e", "-f"]).arg(&key).run().expect(0).out().as_bytes().to_vec()),
    ] {
        fs::write(home.join(name), bytes).unwrap();
        is_the_key(&home, name, &key);
    }
}

#[test]
fn a_public_key_behind_options_is_shown_with_them_and_never_installed_without() {
    let home = Home::new();
    let key = home.key("ed25519", "id_ed25519");
    let line = fs::read_to_string(key.with_extension("pub")).unwrap();
    let options = "from=\"10.* a\",command=\"echo \\\"x y\\\"\",no-pty";
    fs::write(home.join("restricted.pub"), format!("# of Ann\n{options} {line}")).unwrap();
    is_the_key(&home, "restricted.pub", &key);
    let said = home.sshk(["show", "restricted.pub"]).run().expect(0);
    assert!(said.out().contains(&format!("options:      {options}\n")), "{}", said.out());
    let why = "there are options before the key: this is a line of an authorized_keys file";
    assert!(said.out().contains(why), "{}", said.out());
    let object = home.sshk(["show", "--json", "restricted.pub"]).run().expect(0);
    let object: serde_json::Value = serde_json::from_str(object.out()).unwrap();
    assert_eq!((&object["options"], &object["comment"]), (&options.into(), &"test@house".into()));
    for words in [
        &["copy-id", "-i", "restricted.pub", "nowhere.invalid"][..],
        &["convert", "restricted.pub"],
    ] {
        let said = home.sshk(words).run().expect(1);
        assert!(said.err().contains(why), "{words:?}: {}", said.err());
        assert!(!said.err().contains("nowhere"), "it looked for the host: {}", said.err());
    }
    let two = format!("{options} {line}{options} {line}");
    for text in [format!("{line}not a key\n"), two, format!("{options} {line}x\n")] {
        fs::write(home.join("broken"), text).unwrap();
        home.sshk(["show", "broken"]).run().expect(1);
    }
}

#[test]
fn a_line_of_known_hosts_is_not_taken_for_one_of_authorized_keys() {
    let home = Home::new();
    let key = home.key("ed25519", "id_ed25519");
    let line = fs::read_to_string(key.with_extension("pub")).unwrap();
    for hosts in ["github.com", "host,10.0.0.1", "[::1]:2222", "host"] {
        fs::write(home.join("hosts"), format!("{hosts} {line}")).unwrap();
        let said = home.sshk(["show", "hosts"]).run().expect(1);
        let why = "there are host names before the key, as in a known_hosts file";
        assert!(said.err().contains(why), "{hosts}: {}", said.err());
    }
}

#[test]
fn a_second_key_behind_a_carriage_return_is_noticed() {
    let home = Home::new();
    let (one, two) = (home.key("ed25519", "one"), home.key("ecdsa", "two"));
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let public = |key: &Path| read(&key.with_extension("pub")).trim_end().to_owned();
    for (name, text) in [
        ("public", format!("{}\r{}\n", public(&one), public(&two))),
        ("private", format!("{}\r{}", read(&one), read(&two))),
        ("private-cr", format!("{}{}", read(&one), read(&two)).replace('\n', "\r")),
    ] {
        write_private(&home.join(name), text);
        let said = home.sshk(["show", name]).run().expect(1);
        assert!(said.err().contains("it holds 2 keys"), "{name}: {}", said.err());
    }
    write_private(&home.join("alone"), format!("\r{}\r", public(&one)));
    is_the_key(&home, "alone", &one);
}

#[test]
fn an_rsa_key_of_puttys_that_is_one_bit_too_short_is_told_though_it_is_refused() {
    let home = Home::new();
    let made = puttygen_new("rsa", "1023", "c").args(["--new-passphrase", "/dev/null", "-o"]);
    made.arg(home.join("key.ppk")).run().expect(0);
    let line = puttygen(["-L"]).arg(home.join("key.ppk")).run().expect(0);
    fs::write(home.join("key.pub"), line.out()).unwrap();
    for (kind, name) in [("private-openssh", "pem"), ("private-openssh-new", "openssh")] {
        let convert = puttygen(["-O", kind, "-o"]).arg(home.join(name));
        convert.arg(home.join("key.ppk")).run().expect(0);
    }
    // puttygen says "ssh-rsa 1023 SHA256:…".
    let known = puttygen(["-l"]).arg(home.join("key.ppk")).run().expect(0);
    let fingerprint = known.out().split_whitespace().nth(2).unwrap().to_owned();
    for name in ["key.ppk", "pem", "openssh", "key.pub"] {
        let said = home.sshk(["show", "--json", name]).run().expect(1);
        let object: serde_json::Value = serde_json::from_str(said.out()).unwrap();
        assert_eq!(object["bits"], 1023, "{name}");
        assert_eq!(object["fingerprint"], *fingerprint, "{name}");
        assert_eq!(object["error"]["kind"], "unsound-key", "{name}");
    }
}

#[test]
fn a_key_of_an_algorithm_that_only_newer_programs_have_is_named() {
    let home = Home::new();
    // OpenSSH 10.5's names and lengths; what it holds does not matter.
    let name = "ssh-mldsa44-ed25519@openssh.com";
    let mut blob = Vec::new();
    for part in [name.as_bytes(), &[7; 1344]] {
        blob.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
        blob.extend(part);
    }
    let packed = data_encoding::BASE64.encode(&blob);
    fs::write(home.join("key.pub"), format!("{name} {packed} ann\n")).unwrap();
    for words in [&["show", "key.pub"][..], &["copy-id", "-i", "key.pub", "nowhere.invalid"]] {
        let said = home.sshk(words).run().expect(1);
        let why = format!("the key algorithm {name:?} is not supported");
        assert!(said.err().contains(&why), "{words:?}: {}", said.err());
    }
}

#[test]
fn algorithms_that_ssh_does_not_have_are_named() {
    let home = Home::new();
    for (args, name) in [
        (&["-algorithm", "ed448"][..], "the key algorithm Ed448"),
        (&["-algorithm", "x25519"], "the key algorithm X25519"),
        (
            &["-algorithm", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:1024"],
            "the key algorithm RSA-PSS",
        ),
        (
            &["-algorithm", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
            "the elliptic curve secp256k1",
        ),
        (
            &["-algorithm", "ec", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"],
            "the elliptic curve brainpoolP256r1",
        ),
    ] {
        let text = openssl(["genpkey"]).args(args).run().expect(0).out().to_owned();
        let file = home.join("key");
        let _ = fs::remove_file(&file);
        write_private(&file, text);
        let said = home.sshk(["show", "key"]).run().expect(1);
        assert!(said.err().contains(&format!("{name} is not supported")), "{}", said.err());
    }
}
