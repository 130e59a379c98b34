//! Permissions, owners, links and attributes: kept as they are, and reported if servers ignore the
//! file
//! because of them.

use super::LOOK_AT_OWNER;
use crate::scenarios::scenario::{
    After, BY_COMMAND, DROPBEAR, EVERYWHERE, Login, ON_SSHD, Row, SSHD, row,
};

const FILE: &str = "~/.ssh/authorized_keys";
const DENIED: &str = "\"~/.ssh/authorized_keys\" on the server cannot be written by this account; \
    nothing was written";
const UNREADABLE: &str =
    "\"~/.ssh/authorized_keys\" on the server cannot be read by this account; nothing was written";

/// Servers ignore the file because of this mode, which the account itself can fix.
fn passed_over(name: &'static str, path: &str, who: &str, mode: &str) -> Row {
    let why = format!("{path:?} is writable by {who} (mode {mode}), so servers ignore the file");
    kept(name).in_vain(
        &why,
        &format!("run it again with --fix-perms, or on the server: chmod go-w {path}"),
    )
}

fn kept(name: &'static str) -> Row {
    row(name).holds("<other> a\n")
}

pub fn rows() -> Vec<Row> {
    vec![
        kept("a file that all may read").given("chmod 644 .ssh/authorized_keys").at(EVERYWHERE),
        kept("a directory that all may enter").given("chmod 755 . .ssh"),
        kept("a file that the group may read").given("chmod 640 .ssh/authorized_keys"),
        kept("a file that the account's own group may write to, which Debian's sshd takes")
            .given("chmod 664 .ssh/authorized_keys")
            .at(ON_SSHD),
        passed_over("a file that the group may write to, on dropbear", FILE, "its group", "0664")
            .given("chmod 664 .ssh/authorized_keys")
            .at(DROPBEAR),
        passed_over(
            "a file that all may write \
            to",
            FILE,
            "everyone",
            "0666",
        )
        .given("chmod 666 .ssh/authorized_keys")
        .at(EVERYWHERE),
        passed_over(
            "a directory that all may write \
            to",
            "~/.ssh",
            "everyone",
            "0777",
        )
        .given("chmod 777 .ssh")
        .at(EVERYWHERE),
        passed_over(
            "a home that all may write \
            to",
            "~",
            "everyone",
            "0777",
        )
        .given("chmod 777 .")
        .at(EVERYWHERE),
        kept(
            "a home that the account's own group may write to, which Debian's sshd \
            takes",
        )
        .given("chmod 775 .")
        .at(ON_SSHD),
        passed_over(
            "a home that the group may write to, on \
            dropbear",
            "~",
            "its group",
            "0775",
        )
        .given("chmod 775 .")
        .at(DROPBEAR),
        kept(
            "a home that all may write to, with StrictModes \
            off",
        )
        .given("chmod 777 .")
        .config("StrictModes no")
        .at(SSHD),
        row("present in a file that all may write to")
            .holds("<line>\n")
            .given("chmod 666 .ssh/authorized_keys")
            .finds_in_vain(
                "\"~/.ssh/authorized_keys\" is writable by everyone (mode 0666), so servers \
                ignore the file",
                "run it again with --fix-perms, or on the server: chmod go-w \
                ~/.ssh/authorized_keys",
            )
            .at(ON_SSHD),
        kept(
            "a file that is \
            read-only",
        )
        .given(
            "chmod 400 \
                .ssh/authorized_keys",
        )
        .refused(DENIED, LOOK_AT_OWNER)
        .at(EVERYWHERE),
        kept(
            "a file that is \
            write-only",
        )
        .given(
            "chmod 200 \
                .ssh/authorized_keys",
        )
        .refused(UNREADABLE, LOOK_AT_OWNER)
        .at(EVERYWHERE),
        kept(
            "a file without any \
            rights",
        )
        .given("chmod 0 .ssh/authorized_keys")
        .refused(UNREADABLE, LOOK_AT_OWNER),
        kept("root's file that all may read")
            .root("chown root:root .ssh/authorized_keys; chmod 644 .ssh/authorized_keys")
            .refused(DENIED, LOOK_AT_OWNER),
        kept(
            "root's file that root alone may \
            read",
        )
        .root("chown root:root .ssh/authorized_keys")
        .refused(UNREADABLE, LOOK_AT_OWNER),
        kept("root's folder").root("chown root:root .ssh; chmod 755 .ssh"),
        row("root's folder without a \
            file")
        .without_file()
        .root(
            "chown root:root .ssh; chmod 755 \
                .ssh",
        )
        .refused(DENIED, LOOK_AT_OWNER),
        row("a home that is read-only").given("chmod 500 .").refused(DENIED, LOOK_AT_OWNER),
        row("a directory that is \
            read-only")
        .without_file()
        .given("chmod 500 .ssh")
        .refused(DENIED, LOOK_AT_OWNER),
        kept("a symlink")
            .given(
                "mkdir -m 700 keys; mv .ssh/authorized_keys 'keys/of ann'; ln -s '../keys/of \
                ann' .ssh/authorized_keys",
            )
            .at(EVERYWHERE),
        kept(
            "a symlink to a \
            symlink",
        )
        .given("cd .ssh; mv authorized_keys a; ln -s a b; ln -s b authorized_keys"),
        kept(
            "an absolute \
            symlink",
        )
        .given(
            "mv .ssh/authorized_keys keys; ln -s \"<home>/keys\" \
                .ssh/authorized_keys",
        ),
        kept("a symlinked folder").given("mv .ssh real; ln -s real .ssh"),
        kept("a hard link").given("ln .ssh/authorized_keys .ssh/backup").at(EVERYWHERE),
        kept("user attributes").given(
            "python3 -c \"import os; \
            os.setxattr('.ssh/authorized_keys', 'user.note', b'kept')\"",
        ),
        kept("an ACL")
            // Version 2; user::rw-, user:1:r--, group::---, mask::r--, other::---
            .given(
                "python3 -c \"import os, struct; e = lambda t, p, i=0xffffffff: \
                struct.pack('<HHI', t, p, i); \
                 os.setxattr('.ssh/authorized_keys', 'system.posix_acl_access', \
                 struct.pack('<I', 2) + e(1, 6) + e(2, 4, 1) + e(4, 0) + e(16, 4) + e(32, 0))\"",
            ),
        kept(
            "an append-only \
            file",
        )
        .root("chattr +a .ssh/authorized_keys")
        .undo("chattr -a .ssh/authorized_keys"),
        kept("set-group-ID on the directory").root("chmod 2700 .ssh"),
        row("the present key in root's file")
            .holds("<line>\n")
            .root("chown root:root .ssh/authorized_keys; chmod 644 .ssh/authorized_keys")
            .finds(1)
            .at(BY_COMMAND),
        kept("a umask in the rc file").file(".bashrc", "umask 0\n", 0o644).at(SSHD),
        row("a umask in the rc file, and no \
            file")
        .file(".bashrc", "umask 0\n", 0o644)
        .makes(After::New)
        .but_ssh_gets(Login::In),
    ]
}
