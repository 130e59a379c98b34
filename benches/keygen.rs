//! How long an RSA key takes: sshk, with and without AVX-512 IFMA, next to ssh-keygen, openssl and
//! the rsa crate. Each generates a key in turn, as a whole process, including start-up and files.
//!
//! `cargo bench --bench keygen [-- [--keys N] [--bits BITS]... [--sound N]]`; with `--sound`, N
//! keys of these sizes in turn are generated and checked by openssl, ssh-keygen and a batch gcd
//! instead.

#[path = "../tests/support/rsa_soundness.rs"]
mod rsa_soundness;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rsa_soundness::{Numbers, check_with_tools, sharing_a_factor};
use sshk::KeyFile;
use sshk::keys::generate::{Filter, KeySpec, KeyType, Search, generate_with};
use sshk::keys::key_file::{Format, encode};

const SIZES: [u32; 4] = [2048, 3072, 4096, 8192];
/// The sizes of the keys that are checked: enough of the large ones, most of the quick ones.
const SIZES_JUDGED: [u32; 4] = [2048, 3072, 2048, 4096];
/// What the others are compared to.
const YARDSTICK: &str = "ssh-keygen";
/// Length of a clock tick in /proc/self/stat: sysconf(_SC_CLK_TCK) is 100 wherever Linux runs.
const TICK: Duration = Duration::from_millis(10);

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["--make", with, bits, file] = arguments[..] {
        return make(with, bits.parse().unwrap(), file.as_ref());
    }
    let (mut keys, mut sizes, mut sound) = (None, Vec::new(), None);
    for option in arguments.chunks(2) {
        match *option {
            ["--keys", number] => keys = Some(number.parse().unwrap()),
            ["--bits", number] => sizes.push(number.parse().unwrap()),
            ["--sound", number] => sound = Some(number.parse().unwrap()),
            _ => panic!(
                "usage: cargo bench --bench keygen [-- [--keys N] [--bits BITS]... [--sound N]]"
            ),
        }
    }
    println!("{}", machine());
    if let Some(number) = sound {
        return judge(number, if sizes.is_empty() { &SIZES_JUDGED } else { &sizes });
    }
    if sizes.is_empty() {
        sizes.extend(SIZES);
    }
    for bits in sizes {
        race(bits, keys.unwrap_or(if bits > 4096 { 10 } else { 30 }));
    }
    println!("{}", load());
}

/// How a key of this many bits is generated in a file.
type Maker = fn(u32, &Path) -> Command;

struct Contestant {
    name: &'static str,
    command: Maker,
    times: Vec<Duration>,
    processor: Duration,
}

fn contestants() -> Vec<Contestant> {
    fn own(with: &str, bits: u32, file: &Path) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--make", with, &bits.to_string()]).arg(file);
        command
    }
    let mut all: Vec<(&'static str, Maker)> = vec![
        ("sshk", |bits, file| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_sshk"));
            command
                .args(["keygen", "-q", "-t", "rsa", "-N", "", "-b", &bits.to_string(), "-f"])
                .arg(file);
            command
        }),
        (YARDSTICK, |bits, file| {
            let mut command = Command::new("ssh-keygen");
            command.args(["-q", "-t", "rsa", "-N", "", "-b", &bits.to_string(), "-f"]).arg(file);
            command
        }),
        ("openssl genrsa", |bits, file| {
            let mut command = Command::new("openssl");
            command.args(["genrsa", "-out"]).arg(file).arg(bits.to_string());
            command
        }),
        ("rsa crate", |bits, file| own("rsa", bits, file)),
    ];
    if Filter::ifma().is_some() {
        all.insert(1, ("sshk, portable", |bits, file| own("portable", bits, file)));
    }
    all.into_iter()
        .map(|(name, command)| Contestant {
            name,
            command,
            times: Vec::new(),
            processor: Duration::ZERO,
        })
        .collect()
}

fn race(bits: u32, keys: usize) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    let mut all = contestants();
    for _ in 0..keys {
        for one in &mut all {
            let mut command = (one.command)(bits, &file);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let (began, used) = (Instant::now(), children_processor_time());
            let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
            one.times.push(began.elapsed());
            one.processor += children_processor_time() - used;
            assert!(status.success() && file.is_file(), "{command:?}: {status}");
            std::fs::remove_file(&file).unwrap();
            let _ = std::fs::remove_file(file.with_extension("pub"));
        }
    }
    let mean =
        |one: &Contestant| one.times.iter().sum::<Duration>().div_f64(one.times.len() as f64);
    let yardstick = mean(all.iter().find(|one| one.name == YARDSTICK).unwrap());
    println!("\nRSA {bits}, {keys} keys each (milliseconds; ratio: mean of {YARDSTICK} / mean)");
    println!(
        "{:<16}{:>9}{:>9}{:>9}{:>9}{:>11}",
        "", "mean", "median", "95 %", "ratio", "processor"
    );
    for one in &mut all {
        one.times.sort();
        let share = |part: f64| {
            one.times
                [((one.times.len() as f64 * part).ceil() as usize).clamp(1, one.times.len()) - 1]
        };
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let (mean, processor) = (mean(one), one.processor.div_f64(keys as f64));
        let ratio = yardstick.as_secs_f64() / mean.as_secs_f64();
        println!(
            "{:<16}{:>9.0}{:>9.0}{:>9.0}{ratio:>8.1}x{:>11.0}",
            one.name,
            ms(mean),
            ms(share(0.5)),
            ms(share(0.95)),
            ms(processor)
        );
    }
}

/// In a process of its own: a key from the library with a given filter, or from the rsa crate
/// alone.
fn make(with: &str, bits: u32, file: &Path) {
    if with == "rsa" {
        let key = rsa::RsaPrivateKey::new(&mut rand::rng(), bits as usize).unwrap();
        let text = rsa::pkcs1::EncodeRsaPrivateKey::to_pkcs1_pem(&key, rsa::pkcs8::LineEnding::LF)
            .unwrap();
        return std::fs::write(file, text.as_bytes()).unwrap();
    }
    let mut go_on = |_| ControlFlow::Continue(());
    let search = Search { filter: Filter::portable(), ..Search::new(&mut go_on) };
    let key = generate_with(
        KeySpec::new(KeyType::Rsa, Some(bits)).unwrap(),
        "bench",
        &mut rand::rng(),
        search,
    )
    .unwrap();
    let text = encode(&key, Format::OpenSsh, None, None, &mut rand::rng()).unwrap();
    KeyFile::new(PathBuf::from(file))
        .create_pair(&text, &key.public_key().to_openssh().unwrap(), false, false)
        .unwrap();
}

fn judge(keys: usize, sizes: &[u32]) {
    let folder = tempfile::tempdir().unwrap();
    let mut moduli = Vec::new();
    for &bits in sizes.iter().cycle().take(keys) {
        let spec = KeySpec::new(KeyType::Rsa, Some(bits)).unwrap();
        let key = sshk::keys::generate::generate(spec, "bench", &mut rand::rng()).unwrap();
        let numbers = Numbers::of(&key);
        numbers.hold_to_fips(spec.bits());
        check_with_tools(&key, &folder.path().join("key"));
        moduli.push(numbers.n);
    }
    let sharing = sharing_a_factor(&moduli);
    assert!(sharing.is_empty(), "keys that share a factor: {sharing:?}");
    let sizes = sizes.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    println!(
        "{keys} keys of {sizes} bits in turn: openssl rsa -check, ssh-keygen -y, the bounds of \
        FIPS 186-5 and a batch gcd found nothing"
    );
}

fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        info.lines()
            .find(|line| line.starts_with(name))
            .and_then(|line| line.split(": ").nth(1))
            .unwrap_or("")
    };
    let known = ["avx2", "adx", "bmi2", "avx512f", "avx512ifma"];
    let features: Vec<&str> =
        field("flags").split(' ').filter(|flag| known.contains(flag)).collect();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "{}, {cores} cores, {}; filter: {}; {}",
        field("model name"),
        features.join(" "),
        Filter::fastest().name(),
        load()
    )
}

fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!("load average {}", load.split(' ').take(3).collect::<Vec<_>>().join(" "))
}

/// The CPU time of children that have ended (proc(5), /proc/pid/stat, fields 16 and 17); zero if
/// there is no such file.
fn children_processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or("").split_whitespace().skip(13).take(2);
    TICK * fields.filter_map(|ticks| ticks.parse::<u32>().ok()).sum()
}
