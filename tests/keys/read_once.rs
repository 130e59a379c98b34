//! A key file is opened and read once per run, so that both keys of a pair come from the same
//! moment: watched through the kernel.

use std::collections::BTreeMap;
use std::fs;
use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::Arc;

use crate::support::oracle::ssh_keygen;
use crate::support::server::{Account, Server};
use crate::support::{Home, Run};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use sshk::credentials::Credentials;
use sshk::keys::identity::Identity;
use sshk::keys::key_file::{self, Named};
use sshk::prompter::{Error, Prompter, Question};
use sshk::{KeyFile, Passphrase};
use zeroize::Zeroizing;

const PASSPHRASE: &str = "correct horse";

/// How often each file of a directory is opened while `work` runs.
fn opened(folder: &Path, work: impl FnOnce()) -> BTreeMap<String, usize> {
    let watch = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).unwrap();
    // Counted with the closing: two openings in a row would be reported as one.
    let flags = WatchFlags::OPEN | WatchFlags::CLOSE_NOWRITE;
    inotify::add_watch(&watch, folder, flags).unwrap();
    work();
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut events = Reader::new(&watch, &mut buffer);
    let mut counts = BTreeMap::new();
    while let Ok(event) = events.next() {
        let is_file = !event.events().contains(ReadFlags::ISDIR);
        if let Some(name) = event.file_name()
            && is_file
            && event.events().contains(ReadFlags::OPEN)
        {
            *counts.entry(name.to_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    counts
}

/// Three key pairs in a directory: without a passphrase, with one, and in PEM, which with a
/// passphrase hides the key.
fn keys() -> Home {
    let home = Home::new();
    for (name, arguments) in [
        ("plain", ["-t", "ed25519", "-N", "", "-m", "RFC4716"]),
        ("locked", ["-t", "ed25519", "-N", PASSPHRASE, "-m", "RFC4716"]),
        ("pem", ["-t", "ecdsa", "-N", PASSPHRASE, "-m", "PEM"]),
    ] {
        ssh_keygen(["-q", "-f"]).arg(home.join(name)).args(arguments).run().expect(0);
    }
    home
}

#[test]
fn every_command_opens_each_key_file_once() {
    let home = keys();
    fs::remove_file(home.join("pem.pub")).unwrap();
    let with_crlf = fs::read_to_string(home.join("plain")).unwrap().replace('\n', "\r\n");
    crate::support::process::write_private(&home.join("damaged"), with_crlf);
    let sshk = |arguments: &[&str]| home.sshk(arguments).env("SSHK_PASSPHRASE", PASSPHRASE);
    let opens = |run: Run, expected: &[&str]| {
        let counts = opened(home.path(), || drop(run.run().expect(0)));
        let expected = expected.iter().map(|name| (name.to_string(), 1)).collect();
        assert_eq!(counts, expected);
    };
    opens(sshk(&["show", "plain"]), &["plain", "plain.pub"]);
    opens(sshk(&["show", "plain.pub"]), &["plain", "plain.pub"]);
    opens(sshk(&["show", "--json", "locked"]), &["locked", "locked.pub"]);
    opens(sshk(&["show", "pem"]), &["pem"]);
    opens(sshk(&["oneline", "plain"]), &["plain"]);
    opens(sshk(&["oneline", "damaged"]), &["damaged"]);
    opens(sshk(&["convert", "locked", "-m", "pkcs8", "-f", "-"]), &["locked", "locked.pub"]);
    opens(sshk(&["convert", "damaged", "--repair", "-f", "-"]), &["damaged"]);
}

/// Nobody to ask.
struct Nobody;

impl Prompter for Nobody {
    fn ask(&self, question: &Question) -> Result<Zeroizing<String>, Error> {
        let (wanted, instead) = (question.wanted.clone(), question.instead.clone());
        Err(Error::NoTerminal { wanted, instead })
    }

    fn can_ask(&self) -> bool {
        false
    }

    fn tell(&self, _: &str, _: &str) {}
}

#[test]
fn an_identity_opens_each_of_its_files_once() {
    let home = keys();
    let passphrase = Passphrase::new(Zeroizing::new(PASSPHRASE.into()));
    let credentials = Credentials::new(Arc::new(Nobody), Some(passphrase), None, None);
    fs::remove_file(home.join("pem.pub")).unwrap();
    ssh_keygen(["-q", "-s"])
        .arg(home.join("plain"))
        .args(["-I", "id", "-n", "ann"])
        .arg(home.join("locked.pub"))
        .run()
        .expect(0);
    for (name, expected) in [
        ("plain", &["plain", "plain.pub"][..]),
        ("plain.pub", &["plain", "plain.pub"]),
        ("locked", &["locked", "locked.pub"]),
        ("pem", &["pem"]),
        ("locked-cert.pub", &["locked", "locked-cert.pub", "locked.pub"]),
    ] {
        let file = KeyFile::new(home.join(name));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let counts = opened(home.path(), || {
            runtime.block_on(Identity::load_key_or_certificate(&file, &credentials)).unwrap();
        });
        let expected = expected.iter().map(|name| (name.to_string(), 1)).collect();
        assert_eq!(counts, expected, "{name}");
    }
}

#[test]
fn the_keys_of_a_pair_are_checked_against_each_other() {
    let home = keys();
    let file = KeyFile::new(home.join("plain"));
    let Named::Key(pair) = file.read_named().unwrap() else { panic!("this is no certificate") };
    let (private, public) = (pair.private.unwrap(), pair.public.unwrap());
    assert_eq!(private.public().unwrap().key_data(), public.key_data());
    fs::copy(home.join("locked.pub"), home.join("plain.pub")).unwrap();
    let error = file.read_pair().unwrap_err();
    assert!(matches!(error, key_file::Error::NotAPair { .. }), "{error}");
}

#[test]
fn commands_for_several_accounts_open_each_key_file_once() {
    let home = Home::new();
    let key = home.key("ed25519", "id_ed25519");
    let servers = [(); 2].map(|()| Server::start(Account::new("ann", "pw")).unwrap());
    home.know(&servers.each_ref().map(|server| server.known_hosts()).concat());
    crate::support::process::write_private(&home.join("password"), "pw\n");
    let to = servers.each_ref().map(|server| format!("ssh://ann@127.0.0.1:{}", server.port()));
    for command in [&["copy-id"][..], &["test"], &["audit"], &["revoke", "-n"]] {
        let mut run = home.sshk(command).args(["-F", "none", "-i"]).arg(&key).args(&to);
        // test accepts no password.
        if command != ["test"] {
            run = run.args(["--password-file", "password"]);
        }
        let mut counts = opened(key.parent().unwrap(), || drop(run.run().expect(0)));
        counts.retain(|name, _| name.starts_with("id_ed25519"));
        let expected = ["id_ed25519", "id_ed25519.pub"].map(|name| (name.to_owned(), 1));
        assert_eq!(counts, expected.into(), "{command:?}");
    }
}
