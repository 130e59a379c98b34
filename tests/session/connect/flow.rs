//! Flow control: slow readers, servers that stop, and large streams both ways, in bounded memory.

use std::io::{Read, Write};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{SOON, Site};
use crate::support::{Run, Sshd};

const MIB: usize = 1 << 20;

/// What the binary and its libraries need without the streams, and what OpenSSH's windows allow, in
/// bytes.
const MODEST: usize = 48 * MIB;

/// Killed with the test, even if that fails.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn open(run: Run) -> Ended {
    let mut command = run.into_command();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Ended(command.spawn().unwrap())
}

/// The most memory that the process ever had, as proc(5) counts it.
#[cfg(target_os = "linux")]
fn peak(child: &Child) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap() * 1024
}

/// Neither side may drop the connection, and nothing may pile up in memory.
#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_pauses_loses_no_connection_and_wastes_no_memory() {
    let site = Site::with(
        Sshd::builder().line("ClientAliveInterval 1").line("ClientAliveCountMax 4").start(),
    );
    let alive = [
        "-o",
        "ServerAliveInterval=1",
        "-o",
        "ServerAliveCountMax=4",
        "srv",
        "head -c 301989888 /dev/zero; exit 4",
    ];
    for args in [&alive[..], &alive[4..]] {
        let mut sshk = open(site.sshk(args));
        std::thread::sleep(Duration::from_secs(8));
        let memory = peak(&sshk.0);
        assert!(memory < MODEST, "{memory} bytes for output that nobody reads");
        let mut output = sshk.0.stdout.take().unwrap();
        let mut block = vec![0; MIB];
        let mut total = 0;
        while let Ok(read @ 1..) = output.read(&mut block) {
            total += read;
        }
        let mut said = String::new();
        sshk.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!((total, said.as_str(), sshk.0.wait().unwrap().code()), (288 * MIB, "", Some(4)));
    }
}

/// The connection to the jump host carries the other, and must not stall with it.
#[test]
fn a_reader_that_pauses_loses_no_connection_behind_a_jump_host_either() {
    let site = Site::with(
        Sshd::builder().line("ClientAliveInterval 1").line("ClientAliveCountMax 4").start(),
    );
    site.configure("ProxyJump hop\nHost srv hop");
    let mut sshk = open(site.sshk([
        "-o",
        "ServerAliveInterval=1",
        "srv",
        "head -c 67108864 /dev/zero; exit 4",
    ]));
    std::thread::sleep(Duration::from_secs(8));
    let mut output = Vec::new();
    sshk.0.stdout.take().unwrap().read_to_end(&mut output).unwrap();
    assert_eq!((output.len(), sshk.0.wait().unwrap().code()), (64 * MIB, Some(4)));
}

/// Different at each place, so that a lost, doubled or swapped packet shows.
fn pattern() -> Vec<u8> {
    (0..MIB as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn large_streams_go_both_ways_at_once_in_bounded_memory() {
    const BLOCKS: u32 = 512;
    let site = Site::new();
    let mut sshk = open(site.sshk(["srv", "cat"]));
    let (mut to, mut from) = (sshk.0.stdin.take().unwrap(), sshk.0.stdout.take().unwrap());
    let first = pattern();
    let writing = std::thread::spawn(move || {
        let mut block = pattern();
        for number in 0..BLOCKS {
            block[..4].copy_from_slice(&number.to_be_bytes());
            to.write_all(&block).unwrap();
        }
    });
    let mut block = vec![0; MIB];
    for number in 0..BLOCKS {
        from.read_exact(&mut block).unwrap();
        assert_eq!(block[..4], number.to_be_bytes());
        assert!(block[4..] == first[4..], "block {number}");
    }
    let memory = peak(&sshk.0);
    assert!(memory < MODEST, "{memory} bytes");
    writing.join().unwrap();
    assert_eq!(from.read(&mut block).unwrap(), 0);
    assert!(sshk.0.wait().unwrap().success());
}

/// The server stops reading while there is much to send: its silence must still be noticed.
#[test]
fn a_server_that_stops_during_the_input_is_noticed() {
    let site = Site::new();
    let mut sshk = open(site.sshk([
        "-o",
        "ServerAliveInterval=1",
        "-o",
        "ServerAliveCountMax=4",
        "srv",
        "echo $PPID; exec cat > /dev/null",
    ]));
    let (mut to, mut from) = (sshk.0.stdin.take().unwrap(), sshk.0.stdout.take().unwrap());
    let mut server = String::new();
    while !server.ends_with('\n') {
        let mut byte = [0];
        from.read_exact(&mut byte).unwrap();
        server.push(char::from(byte[0]));
    }
    // Ends once nobody reads.
    let writing = std::thread::spawn(move || while to.write_all(&[0; 65536]).is_ok() {});
    std::thread::sleep(Duration::from_millis(300));
    let server = Pid::from_raw(server.trim().parse().unwrap()).unwrap();
    kill_process(server, Signal::STOP).unwrap();
    let until = Instant::now() + SOON;
    let status = loop {
        match sshk.0.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if Instant::now() > until => break None,
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    kill_process(server, Signal::KILL).unwrap();
    assert_eq!(status.expect("it waits for ever").code(), Some(255));
    writing.join().unwrap();
    let mut said = String::new();
    sshk.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "sshk: error: srv: timeout, server not responding\n");
}

/// The last output is the easiest to lose.
#[test]
fn a_slow_reader_gets_all_of_a_burst_at_the_end() {
    let site = Site::new();
    for (length, pause) in [(12 * MIB, 0), (12 * MIB, 500), (3 * MIB / 2, 500), (3 * MIB, 1000)] {
        let mut sshk =
            open(site.sshk(["srv", &format!("head -c {length} /dev/zero; echo end; exit 3")]));
        std::thread::sleep(Duration::from_millis(pause));
        let mut output = Vec::new();
        sshk.0.stdout.take().unwrap().read_to_end(&mut output).unwrap();
        assert_eq!((output.len(), &output[length..]), (length + 4, &b"end\n"[..]));
        assert_eq!(sshk.0.wait().unwrap().code(), Some(3));
    }
}

#[test]
fn short_outputs_are_never_cut() {
    let site = Site::new();
    for _ in 0..8 {
        // Several at a time, so that they disturb each other.
        let running: Vec<_> = (0..5)
            .map(|_| site.sshk(["srv", "printf out; printf err >&2; exit 7"]).start())
            .collect();
        for said in running.into_iter().map(|it| it.finish().expect(7)) {
            assert_eq!((said.out(), said.err()), ("out", "err"));
        }
    }
}

/// Both sides rekey again and again, during output and typing.
#[test]
fn a_shell_survives_rekeying_by_both_sides() {
    let site = Site::with(Sshd::builder().line("RekeyLimit 256K").start());
    let run = site.sshk(["-o", "RekeyLimit=384K", "srv"]).env("TERM", "dumb");
    let mut terminal = crate::support::Terminal::start(run);
    terminal.send("stty -echo; PS1='ready''> '\n");
    terminal.expect("ready> ", SOON);
    for number in 1..=8 {
        terminal.send(&format!(
            "head -c 300000 /dev/zero | tr '\\0' x | fold -w 80 | tail -n +2; \
            echo round-{number}-done\n"
        ));
        terminal.expect(&format!("round-{number}-done"), SOON);
    }
    terminal.send("exit 6\n");
    assert_eq!(terminal.wait(SOON), 6);
}
