//! The three streams and the exit status of a command without a terminal.

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use crate::connect::Site;
use crate::events::{wait_for, wait_until};
use crate::support::server::{self, Server};
use crate::support::{Account, Dropbear, Finished, Home, Run, Sshd, root_only};

/// Bytes that compress badly and repeat late, so that a lost, repeated or swapped block is noticed.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        bytes.extend_from_slice(&(state >> 11).to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

#[test]
fn stdout_and_stderr_stay_apart_and_words_are_joined_by_spaces() {
    let site = Site::new();
    let said = site.same(&["srv", "echo", "out;", "echo problem >&2;", "echo", "a   b"], b"");
    assert_eq!((said.out(), said.err()), ("out\na b\n", "problem\n"));
    site.same(&["srv", "printf '%s.' \"a   b\" '*' $((1+1)); echo"], b"");
    site.same(&["srv", "printf '\\001\\377\\033[2J' ; printf '\\033]0;x\\007' >&2"], b"");
}

#[test]
fn exit_status_is_the_commands_own() {
    let site = Site::new();
    for status in [0, 1, 2, 77, 127, 130, 254, 255] {
        let said = site.same(&["srv", &format!("exit {status}")], b"");
        assert_eq!((said.code(), said.out(), said.err()), (status, "", ""));
    }
    site.same(&["srv", "no-such-program-at-all"], b"");
}

#[test]
fn a_signal_that_ends_the_command_is_named_and_exits_255() {
    let site = Site::new();
    for (name, shown) in [("TERM", "TERM"), ("KILL", "KILL"), ("USR1", "USR1")] {
        let command = format!("kill -{name} $$");
        let theirs = site.ssh(["srv", &command]).run();
        let ours = site.sshk(["srv", &command]).run().expect(theirs.code());
        assert_eq!((ours.code(), ours.out()), (255, ""));
        assert_eq!(ours.err(), format!("the remote command was killed by signal {shown}\n"));
        assert_eq!(site.sshk(["-q", "srv", &command]).run().expect(255).err(), "");
    }
}

#[test]
fn stdin_is_sent_to_its_end_and_comes_back_unchanged() {
    let site = Site::new();
    let sent = noise(1 << 20);
    assert!(site.same(&["srv", "cat"], &sent).stdout == sent);
    assert!(site.sshk(["srv", "cat >&2"]).stdin(&sent).run().expect(0).stderr == sent);
    site.same(&["srv", "dd bs=1k 2>/dev/null | sha256sum"], &sent);
    site.same(&["srv", "cat"], b"");
    site.same(&["srv", "cat; echo end"], b"no newline");
}

#[test]
fn the_stdin_of_a_shell_is_its_script() {
    let site = Site::new();
    let said = site.same(&["-T", "srv"], b"echo from a script\nexit 9\n");
    assert_eq!((said.code(), said.out()), (9, "from a script\n"));
}

#[test]
fn sixty_four_mebibytes_are_received_whole() {
    let site = Site::new();
    let file = site.sshd.home().join("large");
    let sent = noise(64 << 20);
    fs::write(&file, &sent).unwrap();
    let down = site.sshk(["srv", &format!("cat {}", file.display())]).run().expect(0);
    assert!(down.stdout == sent, "{} bytes came", down.stdout.len());
}

#[test]
fn sixty_four_mebibytes_are_sent_whole() {
    let site = Site::new();
    let sent = noise(64 << 20);
    let file = site.home.join("large");
    fs::write(&file, &sent).unwrap();
    let sum = site.home.run("sha256sum").stdin(&sent).run().expect(0);
    let up = site.sshk(["srv", "sha256sum"]).stdin(&sent).run().expect(0);
    assert_eq!(up.out(), sum.out());
}

#[test]
fn thirty_two_mebibytes_each_way_at_once_while_the_server_rekeys() {
    let site = Site::with(Sshd::builder().line("RekeyLimit 4M").start());
    let sent = noise(32 << 20);
    let back = site.sshk(["srv", "cat"]).stdin(&sent).run().expect(0);
    assert!(back.stdout == sent, "{} bytes came back", back.stdout.len());
    assert_eq!(back.err(), "");
}

#[test]
fn input_that_nobody_reads_blocks_nothing() {
    let site = Site::new();
    let sent = noise(8 << 20);
    assert_eq!(site.same(&["srv", "head -c 3 | wc -c"], &sent).out(), "3\n");
    assert_eq!(site.same(&["srv", "exec <&-; sleep 0.2; echo done; exit 4"], &sent).code(), 4);
    // The output is larger than every buffer on the way, and the input is read only after it.
    site.same(&["srv", "head -c 8388608 /dev/zero; wc -c"], &sent);
}

/// A command on pipes that the test keeps open as long as it likes.
fn open_ended(site: &Site, args: &[&str]) -> std::process::Child {
    let mut command = site.sshk(args).into_command();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().unwrap()
}

#[test]
fn input_that_stays_open_does_not_delay_the_exit() {
    let site = Site::new();
    let mut child = open_ended(&site, &["srv", "echo bye; exit 6"]);
    let status = ended(&mut child);
    assert_eq!(status.code(), Some(6));
}

#[test]
fn bytes_are_passed_on_as_they_come() {
    let site = Site::new();
    let mut child = open_ended(&site, &["srv", "while read line; do echo \"<$line>\"; done"]);
    let (mut to, mut from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    for word in ["one", "two"] {
        to.write_all(format!("{word}\n").as_bytes()).unwrap();
        let mut answer = vec![0; word.len() + 3];
        from.read_exact(&mut answer).unwrap();
        assert_eq!(answer, format!("<{word}>\n").as_bytes());
    }
    drop(to);
    assert_eq!(ended(&mut child).code(), Some(0));
}

#[track_caller]
fn ended(child: &mut std::process::Child) -> std::process::ExitStatus {
    wait_for("its end", || child.try_wait().unwrap())
}

#[test]
fn option_n_leaves_stdin_alone() {
    let site = Site::new();
    assert_eq!(site.same(&["-n", "srv", "wc -c"], b"not for you").out(), "0\n");
    site.configure("StdinNull yes");
    assert_eq!(site.same(&["srv", "wc -c"], b"not for you").out(), "0\n");
}

#[test]
fn output_that_a_background_process_holds_open_is_waited_for() {
    let site = Site::new();
    let said = site.same(&["srv", "(sleep 0.5; echo late) & echo early"], b"");
    assert_eq!(said.out(), "early\nlate\n");
}

/// A pipeline of the local shell; `PIPESTATUS` of the first program is its last line on stderr.
fn pipeline(site: &Site, line: &str) -> Finished {
    let sshk = env!("CARGO_BIN_EXE_sshk");
    site.home.run("/bin/bash").args(["-c", &line.replace("sshk", sshk)]).run()
}

#[test]
fn a_closed_stdout_exits_141() {
    let site = Site::new();
    let said =
        pipeline(&site, "sshk connect srv yes | head -c1; echo ${PIPESTATUS[0]} >&2").expect(0);
    assert_eq!((said.out(), said.err()), ("y", "141\n"));
}

#[test]
fn a_stdout_that_fails_ends_sshk_with_the_reason() {
    let site = Site::new();
    let said = pipeline(&site, "sshk connect srv yes >/dev/full").expect(255);
    assert_eq!(
        said.err(),
        "sshk: error: could not write to standard output: no space left on device\n"
    );
}

#[test]
fn a_stderr_that_fails_leaves_the_rest_alone() {
    let site = Site::new();
    let said =
        pipeline(&site, "sshk connect srv 'echo x >&2; sleep 0.1; echo out; exit 5' 2>/dev/full")
            .expect(5);
    assert_eq!(said.out(), "out\n");
    let said = pipeline(
        &site,
        "sshk connect srv 'yes >&2 & sleep 0.3; echo out; kill $!; exit 5' \
        2> >(head -c1 >/dev/null)",
    )
    .expect(5);
    assert_eq!(said.out(), "out\n");
}

#[test]
fn dropbear_carries_streams_and_status() {
    root_only!("dropbear_carries_streams_and_status");
    let (home, dropbear, account) = (Home::new(), Dropbear::start(&[]), Account::new("/bin/bash"));
    let key = home.key("ed25519", "id_ed25519");
    account.authorize(&fs::read_to_string(key.with_extension("pub")).unwrap());
    home.know(&dropbear.known_hosts());
    let (port, place) = (dropbear.port().to_string(), format!("{}@127.0.0.1", account.name()));
    let run = |command: &str| home.sshk(["connect", "-p", &port, &place, command]);
    let said = run("id -un; echo problem >&2; exit 12").run().expect(12);
    assert_eq!((said.out().trim_end(), said.err()), (account.name(), "problem\n"));
    let sent = noise(4 << 20);
    assert!(run("cat").stdin(&sent).run().expect(0).stdout == sent);
    assert_eq!(
        run("kill -TERM $$").run().expect(255).err(),
        "the remote command was killed by signal TERM\n"
    );
    assert_eq!(
        run("head -c 8388608 /dev/zero; wc -c").stdin(&sent).run().expect(0).stdout.len(),
        8_388_608 + "4194304\n".len()
    );
}

#[test]
fn built_in_server_carries_streams_and_status() {
    let (home, server) = (Home::new(), Server::start(server::Account::new("ann", "pw")).unwrap());
    let key = home.key("ed25519", "id_ed25519");
    fs::create_dir(server.home().join(".ssh")).unwrap();
    fs::copy(key.with_extension("pub"), server.home().join(".ssh/authorized_keys")).unwrap();
    home.know(&server.known_hosts());
    let port = server.port().to_string();
    let run =
        |command: &str| -> Run { home.sshk(["connect", "-p", &port, "ann@127.0.0.1", command]) };
    let sent = noise(4 << 20);
    assert!(run("cat").stdin(&sent).run().expect(0).stdout == sent);
    let said = run("echo out; echo problem >&2; exit 12").run().expect(12);
    assert_eq!((said.out(), said.err()), ("out\n", "problem\n"));
}

/// Both ends write everything before they read: each direction must flow without the other.
#[test]
fn a_peer_that_writes_before_it_reads_is_served() {
    let site = Site::new();
    let mut command: Command =
        site.sshk(["srv", "head -c 33554432 /dev/zero & cat | wc -c >&2; wait"]).into_command();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (mut to, mut from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let sent = noise(32 << 20);
    let writing = std::thread::spawn(move || to.write_all(&sent));
    wait_until("the end of the input, which waits for the output", || writing.is_finished());
    writing.join().unwrap().unwrap();
    let mut output = Vec::new();
    from.read_to_end(&mut output).unwrap();
    assert_eq!(output.len(), 32 << 20);
    assert_eq!(ended(&mut child).code(), Some(0));
}

/// A pager that waits for its reader must not lose the connection: keepalives are answered
/// meanwhile.
#[test]
fn a_reader_that_pauses_keeps_the_connection() {
    let site = Site::with(
        Sshd::builder().line("ClientAliveInterval 1").line("ClientAliveCountMax 4").start(),
    );
    let said = pipeline(
        &site,
        "sshk connect srv 'head -c 33554432 /dev/zero' | (sleep 8; wc -c); echo ${PIPESTATUS[0]} \
        >&2",
    );
    assert_eq!((said.out().trim(), said.err()), ("33554432", "0\n"));
}
