//! Every form that `sshk oneline` prints, read back by the programs its users have, written into a
//! JSON file, and decoded again.

mod decode;
mod into;
mod readers;

use std::fs;

use crate::oneline::{PEM, made};
use crate::support::oracle::openssl;
use crate::support::process::write_private;
use crate::support::{Finished, Home};

const ED25519: [&str; 4] = ["-t", "ed25519", "-a", "1"];

/// Keys of every kind, plain and locked, by file name.
fn keys(home: &Home) -> Vec<&'static str> {
    made(home, "rsa", "", &PEM);
    made(home, "locked", "secret", &PEM);
    made(home, "ec", "", &["-m", "PEM", "-t", "ecdsa"]);
    made(home, "ed25519", "", &ED25519);
    write_private(
        &home.join("pkcs8"),
        openssl(["genpkey", "-algorithm", "ed25519"]).run().expect(0).out(),
    );
    let without_end = fs::read_to_string(home.join("rsa")).unwrap();
    write_private(&home.join("endless"), without_end.trim_end());
    vec!["rsa", "locked", "ec", "ed25519", "pkcs8", "endless"]
}

fn text(home: &Home, name: &str) -> String {
    fs::read_to_string(home.join(name)).unwrap()
}

fn oneline(home: &Home, args: &[&str]) -> Finished {
    home.sshk(["oneline"]).args(args).run()
}

#[track_caller]
fn assert_said(said: &Finished, code: i32, out: &str, err: &str) {
    assert_eq!((said.code(), said.out(), said.err()), (code, out, err));
}
