//! Anything that is not a file or cannot be written: named, and left as it is.

use super::{LOOK_AT_DISK, LOOK_AT_FILE};
use crate::scenarios::scenario::{
    After, BY_COMMAND, EVERYWHERE, ON_SSHD, OVER_SFTP, Row, SSHD, row,
};

fn not_a_file(name: &'static str, make: &'static str, what: &str) -> Row {
    let message =
        format!("\"~/.ssh/authorized_keys\" on the server is {what}; nothing was written");
    row(name).without_file().given(make).refused(&message, LOOK_AT_FILE)
}

fn no_space(made: &str) -> String {
    format!("no space or quota is left for \"~/.ssh/authorized_keys\" on the server; {made}")
}

/// A small file system over the home.
const FULL: &str = "mount -t tmpfs -o size=16k,uid=<uid>,gid=<uid>,mode=700 tmpfs <home>; cd \
    <home>; mkdir -m 700 .ssh; \
                    head -c 4095 /dev/zero | tr '\\0' '#' >.ssh/authorized_keys; echo \
                    >>.ssh/authorized_keys; \
                    chmod 600 .ssh/authorized_keys; chown -R <uid>:<uid> .; cat /dev/zero >filler \
                    2>/dev/null || :";
/// Space for only forty bytes of the line.
const NEARLY_FULL: &str = "mount -t tmpfs -o size=16k,uid=<uid>,gid=<uid>,mode=700 tmpfs <home>; \
    cd <home>; mkdir -m 700 .ssh; \
                           head -c 4055 /dev/zero | tr '\\0' '#' >.ssh/authorized_keys; echo \
                           >>.ssh/authorized_keys; \
                           chmod 600 .ssh/authorized_keys; chown -R <uid>:<uid> .; cat /dev/zero \
                           >filler 2>/dev/null || :";
const FULL_WITHOUT_FILE: &str = "mount -t tmpfs -o size=16k,uid=<uid>,gid=<uid>,mode=700 tmpfs \
    <home>; cd <home>; mkdir -m 700 .ssh; \
                                 chown -R <uid>:<uid> .; cat /dev/zero >filler 2>/dev/null || :";
const UNMOUNT: &str = "umount -l <home>";

pub fn rows() -> Vec<Row> {
    let read_only = "\"~/.ssh/authorized_keys\" on the server is on a read-only file system; \
        nothing was written";
    let immutable = "\"~/.ssh/authorized_keys\" on the server or its directory is immutable \
        (chattr \
        +i) or forbidden by policy; \
                     nothing was written";
    let lsattr = "check its attributes on the server: lsattr -d ~/.ssh ~/.ssh/authorized_keys";
    let denied = "\"~/.ssh/authorized_keys\" on the server cannot be written by this account; \
        nothing was written";
    let no_home =
        "the home directory \"<home>\" is missing or cannot be entered; nothing was written";
    let make_home = "ask the server's administrator to create the home directory";
    vec![
        not_a_file(
            "a directory in its \
            place",
            "mkdir .ssh/authorized_keys",
            "a directory, not a file",
        )
        .at(EVERYWHERE),
        // A dropbear that is offered a key waits forever for a writer of the FIFO.
        not_a_file(
            "a FIFO in its \
            place",
            "mkfifo .ssh/authorized_keys",
            "a FIFO, not a file",
        )
        .at(ON_SSHD),
        not_a_file(
            "a symlink to a \
            device",
            "ln -s /dev/null \
                .ssh/authorized_keys",
            "a device or socket, not a file",
        )
        .at(EVERYWHERE),
        not_a_file(
            "a symlink to a \
            folder",
            "mkdir keys; ln -s ../keys .ssh/authorized_keys",
            "a directory, not a file",
        ),
        not_a_file(
            "a dangling \
            symlink",
            "ln -s nowhere .ssh/authorized_keys",
            "a dangling symlink, not a file",
        )
        .at(EVERYWHERE),
        not_a_file(
            "a symlink to \
            itself",
            "ln -s authorized_keys \
                .ssh/authorized_keys",
            "a dangling symlink, not a file",
        )
        .at(BY_COMMAND),
        not_a_file(
            "a socket in its place",
            "python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('.ssh/authorized_keys')\"",
            "a device or socket, not a file",
        ),
        row("a device in its place")
            .without_file()
            .root("mknod .ssh/authorized_keys c 1 3; chown <user> .ssh/authorized_keys")
            .refused(
                "\"~/.ssh/authorized_keys\" on the server is a device or socket, not a file; \
                nothing was written",
                LOOK_AT_FILE,
            ),
        row("a file in the directory's place").given("echo hello >.ssh").refused(
            "\"~/.ssh\" on the server is not a directory; nothing was \
                written",
            "look at it on the server: ls -ld ~/.ssh",
        ),
        row("a dangling symlink in the directory's place").given("ln -s nowhere .ssh").refused(
            "\"~/.ssh\" on the server is not a directory; nothing was \
                written",
            "look at it on the server: ls -ld ~/.ssh",
        ),
        row("an immutable file")
            .holds("<other> a\n")
            .root("chattr +i .ssh/authorized_keys")
            .undo("chattr -i .ssh/authorized_keys")
            .refused(immutable, lsattr)
            .at(BY_COMMAND),
        row("an immutable file over SFTP, which has one word for all that is forbidden")
            .holds("<other> a\n")
            .root("chattr +i .ssh/authorized_keys")
            .undo("chattr -i .ssh/authorized_keys")
            .refused(denied, super::LOOK_AT_OWNER)
            .at(OVER_SFTP),
        row("an immutable \
            folder")
        .without_file()
        .root(
            "chattr +i \
                .ssh",
        )
        .undo("chattr -i .ssh")
        .refused(immutable, lsattr)
        .at(SSHD),
        row("a full disk")
            .root(FULL)
            .undo(UNMOUNT)
            .refused(
                &no_space(
                    "nothing was \
            written",
                ),
                LOOK_AT_DISK,
            )
            .at(EVERYWHERE),
        row("a disk that takes a part of the line")
            .root(NEARLY_FULL)
            .undo(UNMOUNT)
            .refused(&no_space("nothing was written"), LOOK_AT_DISK)
            .at(EVERYWHERE),
        row("a full disk before there is a file")
            .root(FULL_WITHOUT_FILE)
            .undo(UNMOUNT)
            .refused(&no_space("the file was created and is empty"), LOOK_AT_DISK)
            .makes(After::NewAndEmpty),
        row("no inodes left")
            .root(
                "mount -t tmpfs -o nr_inodes=2,uid=<uid>,gid=<uid>,mode=700 tmpfs <home>; touch \
                <home>/filler",
            )
            .undo(UNMOUNT)
            .refused(&no_space("nothing was written"), LOOK_AT_DISK)
            .at(BY_COMMAND),
        row("a read-only mount")
            .root("mount -t tmpfs -o uid=<uid>,gid=<uid>,mode=700,ro tmpfs <home>")
            .undo(UNMOUNT)
            .refused(read_only, LOOK_AT_DISK)
            .at(BY_COMMAND),
        row("a home that is \
            missing")
        .root("rmdir <home>")
        .refused(no_home, make_home)
        .at(EVERYWHERE),
        row("a home that cannot be \
            entered")
        .given("chmod 0 .")
        .refused(no_home, make_home)
        .at(BY_COMMAND),
    ]
}
