//! Many installs into one account at once, while another program appends to the same file: no line
//! is lost, and none is added twice.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::support::oracle::Ssh;
use crate::support::{Account, Home, Sshd, root_only};

/// Installs at a time, each of a different key, in addition to those of the one key.
const KEYS: usize = 50;
const OF_ONE_KEY: usize = 5;

#[test]
fn fifty_concurrent_installs_lose_nothing() {
    root_only!("fifty_concurrent_installs_lose_nothing");
    let (home, account, sshd) =
        (Home::new(), Account::new("/bin/sh"), Sshd::for_accounts().start());
    home.know(&sshd.known_hosts());
    let public = |key: &PathBuf| fs::read_to_string(key.with_extension("pub")).unwrap();
    let entrance = home.key("ed25519", "id_ed25519");
    let keys: Vec<_> =
        (0..=KEYS).map(|number| home.key("ed25519", &format!("key{number}"))).collect();
    // An invalid line, and one without a newline, do no harm.
    let before = format!(
        "frobnicate=\"x\" {}{}command=\"open quote\n# last words",
        public(&keys[0]),
        public(&entrance)
    );
    account.authorize(&before);

    let to = format!("ssh://{}@127.0.0.1:{}", account.name(), sshd.port());
    let install = |key: &PathBuf| home.sshk(["copy-id", "-f", "-i"]).arg(key).arg(&to).start();
    let is_over = AtomicBool::new(false);
    let appended = thread::scope(|scope| {
        let other = scope.spawn(|| {
            let mut lines = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let line = format!("# another program's line {}\n", lines.len());
                File::options()
                    .append(true)
                    .open(account.authorized_keys())
                    .unwrap()
                    .write_all(line.as_bytes())
                    .unwrap();
                lines.push(line);
                thread::sleep(Duration::from_millis(20));
            }
            lines
        });
        let one_key = std::iter::repeat_n(&keys[0], OF_ONE_KEY - 1);
        let running: Vec<_> = keys.iter().chain(one_key).map(|key| (key, install(key))).collect();
        for (key, run) in running {
            let said = run.finish();
            // On a busy machine the others may hold the lock for longer than the script waits.
            if said.err().contains("another program holds the lock") {
                install(key).finish().expect(0);
            } else {
                said.expect(0);
            }
        }
        is_over.store(true, Ordering::Relaxed);
        other.join().unwrap()
    });

    let after = fs::read_to_string(account.authorized_keys()).unwrap();
    let added = after.strip_prefix(&before).expect("what was there is there");
    let mut found: Vec<_> =
        added.split_inclusive('\n').filter(|line| *line != "\n").map(str::to_owned).collect();
    let mut wanted: Vec<_> = keys.iter().map(public).chain(appended).collect();
    // The line after the unterminated one may come from the other program, which puts no newline
    // before its own.
    if let Some(glued) = added.split_inclusive('\n').next().filter(|line| *line != "\n") {
        assert!(glued.starts_with("# another program's line"), "{glued:?}");
    }
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
    let known_hosts = home.ssh().join("known_hosts");
    for key in &keys {
        Ssh::new(account.name(), sshd.port(), &known_hosts)
            .key(key)
            .command("true")
            .run()
            .expect(0);
    }
}
