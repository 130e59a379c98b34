//! RSA moduli that have a prime in common, as generators without enough randomness made them: each
//! private key follows from the two public ones (Heninger, Durumeric, Wustrow, Halderman, "Mining
//! Your Ps and Qs", 2012; Bernstein, "How to find smooth parts of integers", 2004).

use super::weakness::Weakness;
use crate::ssh_string::{self, bit_length};
use num_bigint::BigUint;
use num_integer::Integer;
use std::collections::BTreeMap;

/// How many bits of moduli are compared: 10,000 keys of 2048 bits, which take half a minute on one
/// core (1,000 take a second). A hostile server can list any number.
const MOST_BITS: usize = 10_000 * 2048;

/// How many of the keys that have a prime in common are searched for the other one.
const MOST_PARTNERS: usize = 100;

/// For each of these blobs (RFC 4253, section 6.6), the weakness that it shares a prime with
/// another one. `name` is how messages name the key at an index.
///
/// Keys of other kinds are passed over, and a key that is there more than once is one key.
pub fn common_primes(blobs: &[&[u8]], name: impl Fn(usize) -> String) -> BTreeMap<usize, Weakness> {
    let mut places: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
    let mut bits = 0;
    for (at, blob) in blobs.iter().enumerate() {
        let Some(modulus) = modulus(blob) else { continue };
        if let Some(known) = places.get_mut(modulus) {
            known.push(at);
        } else if bits + bit_length(modulus) <= MOST_BITS {
            bits += bit_length(modulus);
            places.insert(modulus, vec![at]);
        }
    }
    let moduli: Vec<BigUint> =
        places.keys().map(|modulus| BigUint::from_bytes_be(modulus)).collect();
    let places: Vec<Vec<usize>> = places.into_values().collect();
    let weak = with_common_prime(&moduli);
    let mut found = BTreeMap::new();
    for at in &weak {
        let partner = weak
            .iter()
            .take(MOST_PARTNERS)
            .find(|other| *other != at && !is_one(&moduli[*at].gcd(&moduli[**other])));
        let partner = partner.and_then(|other| places[*other].first()).map(|other| name(*other));
        let whose =
            partner.map_or_else(|| "another RSA key".to_owned(), |name| format!("the key {name}"));
        let message = format!(
            "it has a prime number in common with {whose}, so the private keys of both can be \
            computed"
        );
        for place in &places[*at] {
            found.insert(*place, Weakness::weak("rsa-common-prime", message.clone()));
        }
    }
    found
}

/// The modulus of an RSA key, without leading zeros; `None` for other keys, and for a number that
/// is no modulus.
fn modulus(mut blob: &[u8]) -> Option<&[u8]> {
    if ssh_string::take(&mut blob)? != b"ssh-rsa" {
        return None;
    }
    ssh_string::take(&mut blob)?;
    let modulus = ssh_string::take(&mut blob)?;
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    Some(&modulus[zeros..]).filter(|modulus| !matches!(modulus, [] | [1]))
}

/// The moduli that have a factor in common with the product of the others, by their indices. A tree
/// of products is climbed down: at each node, the product of all moduli that are not below it is
/// known modulo the product of those that are.
fn with_common_prime(moduli: &[BigUint]) -> Vec<usize> {
    let mut levels = vec![moduli.to_vec()];
    while let Some(level) = levels.last().filter(|level| level.len() > 1) {
        levels.push(level.chunks(2).map(|pair| pair.iter().product()).collect());
    }
    levels.pop();
    let mut others = vec![BigUint::from(1u8)];
    for level in levels.into_iter().rev() {
        let below = |(at, number): (usize, &BigUint)| {
            let outside = &others[at / 2] % number;
            // Its neighbour in the pair, unless it is the last one and has none.
            level.get(at ^ 1).map_or(outside.clone(), |beside| outside * (beside % number) % number)
        };
        others = level.iter().enumerate().map(below).collect();
    }
    let has_factor = |(modulus, others): (&BigUint, &BigUint)| !is_one(&modulus.gcd(others));
    let found = moduli.iter().zip(&others).map(has_factor).enumerate();
    found.filter(|(_, is_weak)| *is_weak).map(|(at, _)| at).collect()
}

fn is_one(number: &BigUint) -> bool {
    *number == BigUint::from(1u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto_primes::{Flavor, random_prime};
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use rsa::BoxedUint;

    /// Distinct primes of 256 bits.
    fn primes(count: usize) -> Vec<BigUint> {
        let mut rng = StdRng::seed_from_u64(count as u64);
        let mut prime = || random_prime::<BoxedUint, _>(&mut rng, Flavor::Any, 256);
        (0..count).map(|_| BigUint::from_bytes_be(&prime().to_be_bytes())).collect()
    }

    fn blob(modulus: &BigUint) -> Vec<u8> {
        let mut blob = Vec::new();
        for part in [b"ssh-rsa", &[1, 0, 1][..], &[&[0], &modulus.to_bytes_be()[..]].concat()] {
            ssh_string::put(&mut blob, part);
        }
        blob
    }

    fn found(moduli: &[BigUint]) -> Vec<(usize, String)> {
        let blobs: Vec<_> = moduli.iter().map(blob).collect();
        let blobs: Vec<_> = blobs.iter().map(Vec::as_slice).collect();
        let found = common_primes(&blobs, |at| at.to_string());
        let other = |message: &str| {
            message.split_once("with ").unwrap().1.split_once(',').unwrap().0.to_owned()
        };
        found.into_iter().map(|(at, weakness)| (at, other(&weakness.message))).collect()
    }

    #[test]
    fn keys_with_a_common_prime_are_found_among_any_number_of_others() {
        for count in [2, 3, 4, 7, 8, 33] {
            let primes = primes(2 * count + 1);
            let mut moduli: Vec<_> =
                (0..count).map(|at| &primes[2 * at] * &primes[2 * at + 1]).collect();
            assert_eq!(found(&moduli), [], "{count}");
            // The first prime of the first one, again.
            moduli[count - 1] = &primes[0] * &primes[2 * count];
            let pair = [(0, format!("the key {}", count - 1)), (count - 1, "the key 0".into())];
            assert_eq!(found(&moduli), pair, "{count}");
        }
    }

    #[test]
    fn a_key_that_shares_both_primes_is_found_and_one_that_is_there_twice_is_not() {
        let p = primes(5);
        let one = &p[0] * &p[1];
        assert_eq!(found(&[one.clone(), one.clone(), &p[2] * &p[3]]), []);
        let chain = [&p[0] * &p[1], &p[1] * &p[2], &p[2] * &p[0], &p[3] * &p[4]];
        let places: Vec<_> = found(&chain).into_iter().map(|(at, _)| at).collect();
        assert_eq!(places, [0, 1, 2]);
        let twice = [one.clone(), &p[0] * &p[2], one];
        let places: Vec<_> = found(&twice).into_iter().map(|(at, _)| at).collect();
        assert_eq!(places, [0, 1, 2]);
    }

    #[test]
    fn what_is_no_rsa_key_is_passed_over() {
        assert!(common_primes(&[], |at| at.to_string()).is_empty());
        let zero = blob(&BigUint::from(0u8));
        let cut = &blob(&BigUint::from(15u8))[..12];
        let blobs = [&b""[..], &zero, cut, b"\0\0\0\x07ssh-dss"];
        assert!(common_primes(&blobs, |at| at.to_string()).is_empty());
    }
}
