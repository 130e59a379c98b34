//! The throughput of a large stream: `sshk connect` and ssh, from and to a real sshd on loopback.
//!
//! `cargo bench --bench throughput [-- [--mebibytes N] [--rounds N]]`; first each with its default
//! cipher, then both with the same one.

#[path = "../tests/support/mod.rs"]
mod support;

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::{Home, Sshd, program};

const BLOCK: usize = 1 << 20;

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let (mut mebibytes, mut rounds) = (1024, 3);
    for option in arguments.chunks(2) {
        match option {
            [name, number] if name == "--mebibytes" => mebibytes = number.parse().unwrap(),
            [name, number] if name == "--rounds" => rounds = number.parse().unwrap(),
            _ => panic!("usage: cargo bench --bench throughput [-- [--mebibytes N] [--rounds N]]"),
        }
    }
    let site = Site::new();
    println!(
        "{mebibytes} MiB, the best of {rounds} rounds; MiB/s, peak memory in MiB; ratio: sshk / ssh"
    );
    for cipher in [None, Some("aes256-gcm@openssh.com"), Some("chacha20-poly1305@openssh.com")] {
        for direction in [Direction::Down, Direction::Up] {
            let mut best = [Measured::default(), Measured::default()];
            for _ in 0..rounds {
                // In turn, so that a slow moment affects both.
                for (own, client) in best.iter_mut().zip([Client::Sshk, Client::Ssh]) {
                    *own = own.better(site.measure(client, direction, cipher, mebibytes));
                }
            }
            let [sshk, ssh] = best;
            println!(
                "{:32} {direction:?}  sshk {:6.0} ({:3} MiB)  ssh {:6.0} ({:3} MiB)  ratio {:.2}",
                cipher.unwrap_or("each one's own cipher"),
                sshk.speed,
                sshk.memory,
                ssh.speed,
                ssh.memory,
                sshk.speed / ssh.speed
            );
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Direction {
    Down,
    Up,
}

#[derive(Clone, Copy)]
enum Client {
    Sshk,
    Ssh,
}

#[derive(Clone, Copy, Default)]
struct Measured {
    /// MiB a second.
    speed: f64,
    /// Peak resident memory, in MiB.
    memory: u64,
}

impl Measured {
    fn better(self, other: Self) -> Self {
        Self { speed: self.speed.max(other.speed), memory: self.memory.max(other.memory) }
    }
}

struct Site {
    home: Home,
    sshd: Sshd,
}

impl Site {
    fn new() -> Self {
        let (home, sshd) = (Home::new(), Sshd::builder().start());
        let key = home.key("ed25519", "id");
        sshd.authorize(&std::fs::read_to_string(key.with_extension("pub")).unwrap());
        home.know(&sshd.known_hosts());
        Self { home, sshd }
    }

    /// The client's command line up to the destination.
    fn client(&self, client: Client, cipher: Option<&str>) -> Command {
        let mut command = match client {
            Client::Sshk => Command::new(env!("CARGO_BIN_EXE_sshk")),
            Client::Ssh => Command::new(program("ssh")),
        };
        if let Client::Sshk = client {
            command.arg("connect");
        }
        command.env("HOME", self.home.path()).args([
            "-F",
            "none",
            "-T",
            "-p",
            &self.sshd.port().to_string(),
            "-l",
            self.sshd.user(),
        ]);
        command.arg("-i").arg(self.home.join(".ssh/id"));
        command
            .arg("-o")
            .arg(format!("UserKnownHostsFile={}", self.home.join(".ssh/known_hosts").display()));
        command.args(cipher.map(|cipher| format!("-oCiphers={cipher}")));
        command
    }

    fn measure(
        &self,
        client: Client,
        direction: Direction,
        cipher: Option<&str>,
        mebibytes: usize,
    ) -> Measured {
        let mut command = self.client(client, cipher);
        command.arg("127.0.0.1");
        match direction {
            Direction::Down => command
                .arg(format!("head -c {}M /dev/zero", mebibytes))
                .stdin(Stdio::null())
                .stdout(Stdio::piped()),
            Direction::Up => {
                command.arg("cat > /dev/null").stdin(Stdio::piped()).stdout(Stdio::null())
            }
        };
        let start = Instant::now();
        let mut child = command.spawn().unwrap();
        let status = Path::new("/proc").join(child.id().to_string()).join("status");
        let mut block = vec![0; BLOCK];
        let mut memory = 0;
        match direction {
            Direction::Down => {
                let mut output = child.stdout.take().unwrap();
                let mut total = 0;
                loop {
                    let read = output.read(&mut block).unwrap();
                    if read == 0 {
                        break;
                    }
                    total += read;
                    memory = memory.max(peak(&status));
                }
                assert_eq!(total, mebibytes * BLOCK, "the output is whole");
            }
            Direction::Up => {
                let mut input = child.stdin.take().unwrap();
                for _ in 0..mebibytes {
                    input.write_all(&block).unwrap();
                    memory = memory.max(peak(&status));
                }
            }
        }
        assert!(child.wait().unwrap().success());
        let took: Duration = start.elapsed();
        Measured { speed: mebibytes as f64 / took.as_secs_f64(), memory }
    }
}

/// VmHWM of proc(5), in MiB; 0 if the process is gone or the system does not report it.
fn peak(status: &Path) -> u64 {
    let text = std::fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
