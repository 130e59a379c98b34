//! What a generated key leaves behind in the memory of the process.

use std::fs;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;

use ssh_key::PrivateKey;
use ssh_key::private::KeypairData;

use super::SOON;
use crate::support::{Home, root_only};

/// How much Linux keeps in a pipe that nobody reads (pipe(7)).
const PIPE_CAPACITY: usize = 65_536;

/// Every writable page of a process: heap, stacks, data.
fn memory_of(process: u32) -> Vec<Vec<u8>> {
    let mut memory = fs::File::open(format!("/proc/{process}/mem")).unwrap();
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let writable = maps.lines().filter(|line| line.split(' ').nth(1).unwrap().starts_with("rw"));
    let regions = writable.map(|line| {
        let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let [from, to] = [from, to].map(|address| u64::from_str_radix(address, 16).unwrap());
        let mut bytes = vec![0; (to - from) as usize];
        memory.seek(SeekFrom::Start(from)).unwrap();
        memory.read_exact(&mut bytes).unwrap();
        bytes
    });
    regions.collect()
}

fn occurrences(memory: &[Vec<u8>], bytes: &[u8]) -> usize {
    memory
        .iter()
        .map(|region| region.windows(bytes.len()).filter(|window| *window == bytes).count())
        .sum()
}

#[test]
fn no_limb_of_a_prime_outlives_the_search() {
    root_only!("no_limb_of_a_prime_outlives_the_search");
    let home = Home::new();
    let (_reader, mut full) = std::io::pipe().unwrap();
    full.write_all(&[0; PIPE_CAPACITY]).unwrap();
    let file = home.join("key");
    // With --json it reports the key on stderr and then cannot end: stdout accepts nothing.
    let mut child = Command::new(env!("CARGO_BIN_EXE_sshk"))
        .args(["keygen", "-t", "rsa", "-b", "2048", "-N", "", "--json", "-f"])
        .arg(&file)
        .env("HOME", home.path())
        .stdin(Stdio::null())
        .stdout(full)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let (tell, told) = channel();
    std::thread::spawn(move || tell.send(lines.any(|line| line.starts_with("fingerprint: "))));
    let said = told.recv_timeout(SOON);
    let memory = if said == Ok(true) { memory_of(child.id()) } else { Vec::new() };
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(said, Ok(true), "no key was made");

    let key = PrivateKey::read_openssh_file(&file).unwrap();
    let KeypairData::Rsa(pair) = key.key_data() else { panic!("the key is not RSA") };
    for prime in [pair.private().p(), pair.private().q()] {
        let big_endian = &prime.as_positive_bytes().unwrap()[16..48];
        let limbs: Vec<u8> = big_endian.iter().rev().copied().collect();
        // The key itself is still there, which shows that this looks at the right memory; the
        // numbers it was computed from are not.
        assert!(occurrences(&memory, big_endian) > 0);
        assert_eq!(occurrences(&memory, &limbs), 0);
    }
}
