//! What the options of copy-id change.

use super::LOOK_AT_FILE;
use crate::scenarios::scenario::{After, EVERYWHERE, Login, ON_SSHD, Row, SSHD, USUAL, row};

const WOULD: &str = "would be installed in ~/.ssh/authorized_keys; nothing was changed";

pub fn rows() -> Vec<Row> {
    vec![
        row("-n without a \
            folder")
        .options(&["-n"])
        .keeps(WOULD)
        .but_ssh_gets(Login::Out)
        .at(EVERYWHERE),
        row("-n with a \
            file")
        .holds("<other> a")
        .options(&["-n"])
        .keeps(WOULD)
        .but_ssh_gets(Login::Out)
        .at(EVERYWHERE),
        row("-n where it is \
            present")
        .holds("<line>\n")
        .options(&["-n"])
        .keeps(
            "already present, line 1 of \
                ~/.ssh/authorized_keys",
        ),
        row("-n where it cannot be")
            .without_file()
            .given("mkfifo .ssh/authorized_keys")
            .options(&["-n"])
            .refused(
                "\"~/.ssh/authorized_keys\" on the server is a FIFO, not a file; nothing was \
                written",
                LOOK_AT_FILE,
            )
            .at(ON_SSHD),
        row("-f where it is present").holds("# a\n<key> another\n").options(&["-f"]).keeps(
            "already present, line 2 of ~/.ssh/authorized_keys; verified by a new login \
                (<signature>)",
        ),
        row("-f where it is not").holds("<other> a\n").options(&["-f"]),
        row("--fix-perms where all may write")
            .holds("<other> a\n")
            .given("chmod 666 .ssh/authorized_keys")
            .options(&["--fix-perms"])
            .says(
                "installed in ~/.ssh/authorized_keys; verified by a new login \
                (<signature>); \
                 mode changed: \"~/.ssh/authorized_keys\" from 0666 to 0644",
            )
            .makes(After::AddedWithMode(0o644)),
        row("--fix-perms where nothing is to be \
            mended")
        .holds("<other> a\n")
        .options(&["--fix-perms"]),
        row("--no-verify").holds("<other> a\n").options(&["--no-verify"]).says(
            "installed in \
            ~/.ssh/authorized_keys",
        ),
        row("--no-verify where others can write to the file")
            .holds("<other> a\n")
            .given("chmod 666 .ssh/authorized_keys")
            .options(&["--no-verify"])
            .says("installed in ~/.ssh/authorized_keys")
            .but_ssh_gets(Login::Out)
            .at(SSHD),
        row("-t with a file that the server does not read")
            .config("AuthorizedKeysFile keys/%u")
            .given("mkdir -m 700 keys")
            .options(&["-t", "keys/ann"])
            .target("keys/ann")
            .makes(After::New)
            .fails(
                "the key was written to \"~/keys/ann\" on the server, but it does not log in: the \
                server reads ~/keys/<user>, \
                 not ~/keys/ann (AuthorizedKeysFile in <config>)",
                "install it there: run it again with -t keys/<user>",
            )
            .but_ssh_gets(Login::Out)
            .at(SSHD),
        row("-t with a directory that is missing")
            .options(&["-t", "keys/ann", "--no-verify"])
            .target("keys/ann")
            .says("installed in ~/keys/ann")
            .but_ssh_gets(Login::Out),
        row("-t with the usual file").without_file().options(&["-t", "~/.ssh/authorized_keys"]),
        row("-t with what a shell would run")
            .options(&["-t", "$(touch owned) '\"k", "--no-verify"])
            .target("$(touch owned) '\"k")
            .says("installed in ~/$(touch owned) '\"k")
            .but_ssh_gets(Login::Out)
            .at(USUAL),
        row("-t where the server reads it")
            .config("AuthorizedKeysFile .keys")
            .options(&["-t", ".keys"])
            .target(".keys")
            .says("installed in ~/.keys; verified by a new login (<signature>)")
            .at(ON_SSHD),
        row("a wrong password")
            .holds("<other> a\n")
            .password("wrong")
            .refused(
                "permission denied; tried publickey <keyfile>, password; it accepts \
                <methods>",
                "",
            )
            .at(USUAL),
        row("a wrong password where the key is \
            in")
        .holds("<line>\n")
        .password("wrong")
        .finds(1)
        .at(USUAL),
    ]
}
