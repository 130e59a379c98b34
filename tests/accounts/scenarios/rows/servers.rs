//! How the server's configuration affects the account and the key.

use super::{LOOK_AT_MODES, NOT_TAKEN};
use crate::scenarios::scenario::{After, Login, ON_SSHD, Row, SSHD, SSHD_SFTP, row};

const KEPT: &str = "<other> a\n";
const SEE: &str =
    "see what the account does with a command: sshk connect -i <keyfile> <to> echo hello";
const OVER_SFTP: &str = "the account runs no commands; installing over SFTP";

fn with(name: &'static str, line: &str) -> Row {
    row(name).holds(KEPT).config(line).at(ON_SSHD)
}

/// A setting that rejects the key in any file.
fn refusing(setting: &'static str) -> Row {
    let why = format!("sshd's configuration says {setting:?} (<config>)");
    let hint = "ask the server's administrator to allow it, or use another type of key: sshk \
        keygen -t ed25519";
    with(setting, setting).in_vain(&why, hint).at(SSHD)
}

pub fn rows() -> Vec<Row> {
    vec![
        with("PAM", "UsePAM yes").config("KbdInteractiveAuthentication yes"),
        with(
            "PAM, and only its \
            questions",
            "UsePAM yes",
        )
        .config(
            "KbdInteractiveAuthentication \
                yes",
        )
        .config("PasswordAuthentication no"),
        with(
            "MaxAuthTries \
            1",
            "MaxAuthTries 1",
        )
        .config("UsePAM yes")
        .config("KbdInteractiveAuthentication yes"),
        with("MaxSessions 1", "MaxSessions 1"),
        with(
            "one file of another name beside the usual \
            one",
            "AuthorizedKeysFile .ssh/authorized_keys .ssh/more",
        ),
        with("AuthorizedKeysFile in absolute form", "AuthorizedKeysFile %h/.ssh/authorized_keys"),
        with("AuthorizedKeysFile of another name", "AuthorizedKeysFile .ssh/keys")
            .target(".ssh/keys")
            .makes(After::New)
            .says(
                "installed in ~/.ssh/keys, which the server reads instead of the default \
                (AuthorizedKeysFile in <config>); \
                 verified by a new login (<signature>)",
            )
            .at(SSHD),
        with(
            "AuthorizedKeysFile outside of the \
            home",
            "AuthorizedKeysFile /run/sshk-keys-<user>/%u",
        )
        .root(
            "mkdir -m 755 /run/sshk-keys-<user>; install -m 600 -o <user> -g <uid> \
                /dev/null /run/sshk-keys-<user>/<user>",
        )
        .undo("rm -r /run/sshk-keys-<user>")
        .tree("/run/sshk-keys-<user>")
        .target("<user>")
        .says(
            "installed in /run/sshk-keys-<user>/<user>, which the server reads instead of the \
                default (AuthorizedKeysFile in <config>); \
                 verified by a new login (<signature>)",
        )
        .at(SSHD),
        with("AuthorizedKeysFile of another name, and SFTP alone", "AuthorizedKeysFile .ssh/keys")
            .in_vain(NOT_TAKEN, LOOK_AT_MODES)
            .at(SSHD_SFTP),
        with(
            "AuthorizedKeysFile of another name, and nobody may read the \
            configuration",
            "AuthorizedKeysFile .ssh/keys",
        )
        .secretive()
        .in_vain(NOT_TAKEN, LOOK_AT_MODES)
        .at(SSHD),
        with("AuthorizedKeysFile none", "AuthorizedKeysFile none")
            .refused(
                "the server reads no authorized_keys file for this account (AuthorizedKeysFile \
                none in <config>); nothing was written",
                "ask the server's administrator how keys are installed there",
            )
            .at(SSHD),
        refusing("PubkeyAuthentication no"),
        with("PubkeyAuthentication no, and SFTP alone", "PubkeyAuthentication no")
            .in_vain(
                "the server rejected the key <fingerprint>; it accepts password, \
                keyboard-interactive",
                LOOK_AT_MODES,
            )
            .at(SSHD_SFTP),
        refusing("PubkeyAcceptedAlgorithms rsa-sha2-512"),
        // The server no longer has its own RSA key either.
        refusing("RequiredRSASize 3072").key("rsa2048").options(&["-o", "UpdateHostKeys=no"]),
        row("a key and a password are asked for")
            .key("second")
            .holds("<mine> a\n")
            .config("AuthenticationMethods publickey,password")
            .says(
                "installed in ~/.ssh/authorized_keys; the server accepted the key in a new login, \
                    but also requires password",
            )
            .but_ssh_gets(Login::Out)
            .at(ON_SSHD),
        row("another key lets in").key("second").holds("<mine> a\n"),
        with("RSA where it is taken", "RequiredRSASize 2048").key("rsa2048").at(SSHD),
        with("a forced command", "Match all")
            .config("ForceCommand echo only this")
            .refused(
                "the account's shell did not run the script; it said \"only this\"; nothing \
                was written",
                SEE,
            )
            .at(SSHD),
        with("a forced command that echoes what was asked for", "Match all")
            .config("ForceCommand echo \"$SSH_ORIGINAL_COMMAND\" | head -c 20")
            .refused(
                "the account's shell did not run the script; it said \"sh -c \
                'IFS=$(printf\"; nothing was written",
                SEE,
            )
            .at(SSHD),
        with("a forced command that runs what was asked for", "Match all")
            .config("ForceCommand sh -c \"$SSH_ORIGINAL_COMMAND\"")
            .at(SSHD),
        with(
            "internal-sftp \
            forced",
            "Match all",
        )
        .config(
            "ForceCommand \
                internal-sftp",
        )
        .first_says(OVER_SFTP)
        .at(SSHD),
        with(
            "internal-sftp forced, and \
            -s",
            "Match all",
        )
        .config("ForceCommand internal-sftp")
        .at(SSHD_SFTP),
        row("a chroot with SFTP alone")
            .root(
                "mkdir -p -m 755 /run/sshk-<user>/.ssh; echo '<other> a' \
                >/run/sshk-<user>/.ssh/authorized_keys; \
                 chmod 700 /run/sshk-<user>/.ssh; chmod 600 \
                 /run/sshk-<user>/.ssh/authorized_keys; chown -R <user>: /run/sshk-<user>/.ssh",
            )
            .undo("rm -r /run/sshk-<user>")
            .tree("/run/sshk-<user>")
            .makes(After::Added)
            .config("AuthorizedKeysFile /run/sshk-<user>/.ssh/authorized_keys")
            .config("ChrootDirectory /run/sshk-<user>")
            .config("Match all")
            .config("ForceCommand internal-sftp")
            .at(SSHD_SFTP),
        with("no SFTP and -s", "Subsystem other /bin/true")
            .refused(
                "logged in, but the server offers no SFTP for this account",
                "run it again without -s",
            )
            .at(SSHD_SFTP),
        row("an account that is locked")
            .holds(KEPT)
            .shell("/bin/bash")
            .root("usermod -L <user>")
            .refused(
                "permission denied; tried publickey <keyfile>, password; it accepts \
                <methods>",
                "",
            )
            .but_ssh_gets(Login::Out)
            .at(SSHD),
    ]
}
