//! The search for RSA primes: the quick filter on known primes and composites, with every filter
//! that this processor has, and the resulting keys, checked by the tools that use them.

use sshk::error::Failure;
use std::io::Write;
use std::ops::ControlFlow;
use std::time::Instant;

use crate::support::rsa_soundness::{Numbers, check_with_tools, sharing_a_factor};
use crypto_bigint::{BoxedUint, ConcatenatingMul};
use crypto_primes::{Flavor, is_prime, random_prime};
use rand::rngs::StdRng;
use rand::{CryptoRng, RngExt, SeedableRng};
use ssh_key::PrivateKey;
use sshk::keys::generate::{
    Error, Event, Filter, KeySpec, KeyType, Search, generate, generate_with,
};

/// Every filter. The fast one is reported as skipped if the processor does not have it.
fn filters(test: &str) -> Vec<Filter> {
    if Filter::ifma().is_none() {
        println!("LEFT OUT (needs AVX-512 IFMA): {test}");
        let list = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("left-out-paths");
        let mut file = std::fs::File::options().create(true).append(true).open(list).unwrap();
        file.write_all(format!("{test}: the AVX-512 IFMA path\n").as_bytes()).unwrap();
    }
    Filter::ifma().into_iter().chain([Filter::portable()]).collect()
}

/// How many of the numbers pass.
fn passing(filter: Filter, numbers: &[BoxedUint]) -> usize {
    let answers = filter.passes(numbers);
    assert_eq!(answers.len(), numbers.len());
    answers.into_iter().filter(|answer| answer.expect("an odd number of 64 bits or more")).count()
}

fn number(value: u64) -> BoxedUint {
    BoxedUint::from(value)
}

/// 2^exponent + offset.
fn near_power_of_two(exponent: u32, offset: i64) -> BoxedUint {
    let mut bytes = vec![0; exponent as usize / 8 + 9];
    bytes[exponent as usize / 8] = 1 << (exponent % 8);
    let power = BoxedUint::from_le_slice_vartime(&bytes);
    if offset < 0 {
        power.wrapping_sub(number(offset.unsigned_abs()))
    } else {
        power.wrapping_add(number(offset.unsigned_abs()))
    }
}

fn odd(bits: u32, rng: &mut impl CryptoRng) -> BoxedUint {
    let mut bytes: Vec<u8> = (0..bits.div_ceil(8)).map(|_| rng.random()).collect();
    let top = (bits - 1) as usize;
    bytes[top / 8] &= (2 << (top % 8)) as u8 | ((1 << (top % 8)) - 1);
    bytes[top / 8] |= 1 << (top % 8);
    bytes[0] |= 1;
    BoxedUint::from_le_slice_vartime(&bytes)
}

fn prime_from(start: BoxedUint) -> BoxedUint {
    let mut candidate = start;
    while !is_prime(Flavor::Any, &candidate) {
        candidate = candidate.wrapping_add(number(2));
    }
    candidate
}

#[test]
fn the_filter_rejects_no_prime() {
    let mut rng = StdRng::seed_from_u64(1);
    let mersenne = [89, 107, 127, 521, 607, 1279, 2203, 2281, 3217, 4253, 4423]
        .map(|exponent| near_power_of_two(exponent, -1));
    let mut primes = mersenne.to_vec();
    // The largest below and the smallest above powers of two, at the edges of limbs of 52 and 64
    // bits and where lanes are padded.
    for bits in [
        64, 65, 100, 101, 104, 105, 127, 128, 129, 200, 204, 205, 208, 256, 257, 412, 416, 417,
        512, 513, 520, 521, 620, 640,
    ] {
        let mut below = near_power_of_two(bits, -1);
        while !is_prime(Flavor::Any, &below) {
            below = below.wrapping_sub(number(2));
        }
        primes.extend([below, prime_from(near_power_of_two(bits, 1))]);
    }
    for bits in (66..=768).step_by(9).chain([1020, 1024, 1025, 1036, 1040, 1056, 1536, 2048]) {
        primes.push(random_prime(&mut rng, Flavor::Any, bits));
    }
    for filter in filters("the_filter_rejects_no_prime") {
        let passed = passing(filter, &primes);
        println!(
            "{}: {} false negatives in {} primes",
            filter.name(),
            primes.len() - passed,
            primes.len()
        );
        assert_eq!(passed, primes.len());
    }
}

#[test]
fn the_filter_rejects_ordinary_composites() {
    let mut rng = StdRng::seed_from_u64(2);
    let mut composites = Vec::new();
    for bits in [48, 64, 100, 128, 256, 384] {
        // Two primes next to each other, as Fermat's factoring likes them, and the same one twice.
        let p = random_prime::<BoxedUint, _>(&mut rng, Flavor::Any, bits);
        let q = prime_from(p.wrapping_add(number(2)));
        composites.extend([p.concatenating_mul(&q), p.concatenating_mul(&p)]);
    }
    for bits in [64, 128, 512, 1024, 1040, 2048] {
        composites.extend(
            (0..40)
                .map(|_| odd(bits, &mut rng))
                .filter(|candidate| !is_prime(Flavor::Any, candidate)),
        );
    }
    for filter in filters("the_filter_rejects_ordinary_composites") {
        let passed = passing(filter, &composites);
        println!("{}: {passed} false positives in {} composites", filter.name(), composites.len());
        assert_eq!(passed, 0);
    }
}

/// Numbers that are known to pass Fermat's test must pass, or the arithmetic is wrong; and none of
/// them may count as prime.
#[test]
fn pseudoprimes_pass_the_filter_but_not_the_proof() {
    let mut rng = StdRng::seed_from_u64(3);
    let mut pseudoprimes = Vec::new();
    // Mersenne and Fermat numbers with a prime exponent are strong pseudoprimes to base 2: all
    // ones, and one with zeros.
    pseudoprimes.extend(
        [67, 71, 73, 79, 83, 97, 101, 103, 257, 523, 1031, 1033, 2039]
            .map(|exponent| near_power_of_two(exponent, -1)),
    );
    pseudoprimes
        .extend([64, 128, 256, 512, 1024, 2048].map(|exponent| near_power_of_two(exponent, 1)));
    // (4^p - 1) / 3 for a prime p > 3 (Cipolla, 1904): every other bit.
    for p in [37, 53, 211, 521] {
        let three = number(3).into_nz().unwrap();
        pseudoprimes.push(near_power_of_two(2 * p, -1).wrapping_div_vartime(&three));
    }
    // Strong pseudoprimes to the first 12 and 13 primes (Sorenson and Webster, 2017).
    for known in [318_665_857_834_031_151_167_461u128, 3_317_044_064_679_887_385_961_981] {
        pseudoprimes.push(BoxedUint::from_le_slice_vartime(&known.to_le_bytes()));
    }
    let strong = pseudoprimes.len();
    pseudoprimes.extend((0..12).map(|_| carmichael(&mut rng)));
    for filter in filters("pseudoprimes_pass_the_filter_but_not_the_proof") {
        let passed = passing(filter, &pseudoprimes);
        println!(
            "{}: {passed} of {strong} strong pseudoprimes to base 2 and {} Carmichael numbers pass",
            filter.name(),
            pseudoprimes.len() - strong
        );
        assert_eq!(passed, pseudoprimes.len());
    }
    let proved = pseudoprimes.iter().filter(|composite| is_prime(Flavor::Any, *composite)).count();
    assert_eq!(proved, 0, "Baillie-PSW took a composite for a prime");
}

/// (6k+1)(12k+1)(18k+1) with three primes (Chernick, 1939).
fn carmichael(rng: &mut impl CryptoRng) -> BoxedUint {
    loop {
        let k: u64 = rng.random_range(1 << 40..1 << 44);
        let factors = [6, 12, 18].map(|times| number(times * k + 1));
        if factors.iter().all(|factor| is_prime(Flavor::Any, factor)) {
            return factors[0].concatenating_mul(&factors[1]).concatenating_mul(&factors[2]);
        }
    }
}

#[test]
fn numbers_that_cannot_be_tested_are_reported() {
    let odd_ones = [
        near_power_of_two(127, -1),
        number(97),
        near_power_of_two(127, 0),
        near_power_of_two(128, 1),
    ];
    for filter in filters("numbers_that_cannot_be_tested_are_reported") {
        assert_eq!(filter.passes(&odd_ones), [Some(true), None, None, Some(true)]);
        assert_eq!(filter.passes(&[]), []);
    }
}

fn key(bits: u32, filter: Filter, threads: usize, rng: &mut impl CryptoRng) -> PrivateKey {
    let mut go_on = |_| ControlFlow::Continue(());
    let search = Search { filter, threads, watch: &mut go_on };
    generate_with(KeySpec::new(KeyType::Rsa, Some(bits)).unwrap(), "test", rng, search).unwrap()
}

#[test]
fn one_thread_generates_the_same_key_with_every_filter() {
    let keys: Vec<PrivateKey> = filters("one_thread_generates_the_same_key_with_every_filter")
        .into_iter()
        .map(|filter| key(2048, filter, 1, &mut StdRng::seed_from_u64(4)))
        .collect();
    assert!(keys.iter().all(|key| key.key_data() == keys[0].key_data()));
    assert!(
        keys[0].key_data()
            != key(2048, Filter::fastest(), 1, &mut StdRng::seed_from_u64(5)).key_data()
    );
}

#[test]
fn keys_have_exactly_the_requested_size_rounded_down_to_even() {
    for filter in filters("keys_have_exactly_the_requested_size_rounded_down_to_even") {
        for (bits, made) in [(2049, 2048), (2050, 2050), (2110, 2110), (2175, 2174)] {
            Numbers::of(&key(bits, filter, 2, &mut rand::rng())).hold_to_fips(made);
        }
    }
}

#[test]
fn keys_pass_openssl_and_ssh_keygen_and_share_no_factor() {
    let folder = tempfile::tempdir().unwrap();
    let mut moduli = Vec::new();
    for filter in filters("keys_pass_openssl_and_ssh_keygen_and_share_no_factor") {
        for round in 0..60 {
            let bits = if round % 12 == 0 { 3072 } else { 2048 };
            let key = key(bits, filter, 2, &mut rand::rng());
            let numbers = Numbers::of(&key);
            numbers.hold_to_fips(bits);
            if round % 3 == 0 {
                check_with_tools(&key, &folder.path().join("key"));
            }
            moduli.push(numbers.n);
        }
    }
    assert_eq!(sharing_a_factor(&moduli), Vec::<usize>::new());
    // A test of the check: two of these share a factor, and the key between them does not.
    let [p, q, r, s, t] =
        [0; 5].map(|_| random_prime::<BoxedUint, _>(&mut rand::rng(), Flavor::Any, 128));
    assert_eq!(
        sharing_a_factor(&[
            p.concatenating_mul(&q),
            r.concatenating_mul(&s),
            t.concatenating_mul(&p)
        ]),
        [0, 2]
    );
}

#[test]
fn events_report_the_progress_of_the_search() {
    let mut events = Vec::new();
    let mut watch = |event| {
        events.push(event);
        ControlFlow::Continue(())
    };
    let spec = KeySpec::new(KeyType::Rsa, Some(2048)).unwrap();
    generate_with(spec, "test", &mut rand::rng(), Search::new(&mut watch)).unwrap();
    let count = |wanted| events.iter().filter(|event| **event == wanted).count();
    assert_eq!((count(Event::Found), count(Event::Proved)), (2, 2));
    assert_eq!(events.last(), Some(&Event::Proved));
    let tested: Vec<(usize, usize)> = events
        .iter()
        .filter_map(|event| match event {
            Event::Tested { candidates, expected } => Some((*candidates, *expected)),
            _ => None,
        })
        .collect();
    assert!(tested.is_sorted() && tested.last().unwrap().0 > 0);
    // 2·1024·ln 2 numbers without a factor up to 2^18 to 2^22, by Mertens: 52 to 64.
    assert!((52..=64).contains(&tested[0].1), "{}", tested[0].1);
}

#[test]
fn a_cancelled_search_ends_at_once() {
    let spec = KeySpec::new(KeyType::Rsa, Some(16384)).unwrap();
    for filter in filters("a_cancelled_search_ends_at_once") {
        let (mut asked, mut called_off) = (0, None);
        let mut watch = |_| {
            asked += 1;
            if asked < 5 {
                return ControlFlow::Continue(());
            }
            called_off = Some(Instant::now());
            ControlFlow::Break(())
        };
        let result = generate_with(
            spec,
            "test",
            &mut rand::rng(),
            Search { filter, threads: 2, watch: &mut watch },
        );
        let took = called_off.unwrap().elapsed();
        let error = result.map(|_| ()).unwrap_err();
        assert_eq!(error, Error::Cancelled);
        assert_eq!(error.to_string(), "generating the key was cancelled; nothing was written");
        assert_eq!((error.kind().as_str(), error.hint()), ("interrupted", None));
        assert!(took < crate::support::SOON, "the threads went on for {took:?}");
    }
}

#[test]
fn other_key_types_report_no_events() {
    let mut never = |event| panic!("{event:?}");
    let spec = KeySpec::new(KeyType::Ed25519, None).unwrap();
    generate_with(spec, "test", &mut rand::rng(), Search::new(&mut never)).unwrap();
    generate(spec, "test", &mut rand::rng()).unwrap();
}
