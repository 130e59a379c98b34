//! Public keys whose private half is known or can be computed, told from the public half alone.

use std::collections::HashSet;

use data_encoding::HEXLOWER_PERMISSIVE;
use md5::{Digest, Md5};

/// Whether an RSA modulus (big endian) was made by the broken library of Infineon's chips
/// (CVE-2017-15361).
///
/// Nemec, Sys, Svenda, Klinec, Matyas: "The Return of Coppersmith's Attack", ACM CCS 2017: its
/// primes are powers of 65537 modulo the product of the small primes, and so is their product. What
/// is held against the modulus is that there is one exponent for all of the small primes up to 167;
/// chance has none in less than one of 2^100 moduli.
pub fn is_roca(modulus: &[u8]) -> bool {
    let Some(logarithms) = small_primes()
        .map(|prime| logarithm(remainder(modulus, prime), prime))
        .collect::<Option<Vec<_>>>()
    else {
        return false;
    };
    // Such exponents fit together where each two of them do (the Chinese remainder theorem).
    logarithms.iter().enumerate().all(|(at, (exponent, order))| {
        logarithms[..at].iter().all(|(other, its)| {
            exponent.abs_diff(*other).is_multiple_of(greatest_common_divisor(*order, *its))
        })
    })
}

fn small_primes() -> impl Iterator<Item = u32> {
    (3..=167_u32).filter(|number| (2..*number).all(|divisor| !number.is_multiple_of(divisor)))
}

/// Exponent of `power` to the base 65537, and the order of that base; nothing where it is no power
/// of it.
fn logarithm(power: u32, prime: u32) -> Option<(u32, u32)> {
    let (mut found, mut value, mut exponent) = (None, 1, 0);
    loop {
        if value == power {
            found = Some(exponent);
        }
        value = value * (65537 % prime) % prime;
        exponent += 1;
        if value == 1 {
            return Some((found?, exponent));
        }
    }
}

fn remainder(number: &[u8], divisor: u32) -> u32 {
    number.iter().fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % divisor)
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// Keys that Debian's OpenSSL made from 2006 to 2008 (CVE-2008-0166), of which there are few enough
/// to be listed.
///
/// The lists are those of the package openssh-blacklist: a line a key, the last 20 hexadecimal
/// digits of its MD5 fingerprint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blacklist(HashSet<[u8; 10]>);

impl Blacklist {
    /// Takes in one more list; comments and what is no such line are passed over.
    pub fn add(&mut self, list: &str) {
        let line = |line: &str| -> Option<[u8; 10]> {
            HEXLOWER_PERMISSIVE.decode(line.trim().as_bytes()).ok()?.try_into().ok()
        };
        self.0.extend(list.lines().filter_map(line));
    }

    /// Without a list no key is told.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the key with this blob (RFC 4253, section 6.6) is listed.
    pub fn holds(&self, blob: &[u8]) -> bool {
        let digest = Md5::digest(blob);
        digest.last_chunk::<10>().is_some_and(|end| self.0.contains(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;

    /// Moduli of affected chips, from the test data of the authors' detector
    /// (github.com/crocs-muni/roca: mod01, mod02, mod03, mod08).
    const ROCA: [&str; 4] = [
        "944e13208a280c37efc31c3114485e590192adbb8e11c87cad60cdef0037ce99278330d3f471a2538fa667802e\
            d2a3c44a8b7dea826e888d0aa341fd664f7fa7",
        "a23475d6b86e7deb1e1483747c0e1aaa1390f24dcbc0d05399d025c985861601d91ba7a1ce5dd9d9721fac7b65\
            cbf73f9fa39399f6cbf33edc6e094f9eda639f",
        "9dcd7420e420c270a68060eb8b5aa7457a9f6648f86fafed2775cc1f79ae962f1e63f1b9e51c55f9ea6fdc7332\
            e9b0058c9ff2eb1fc89855029cf6aafe21e689\
         feb38ac9ffb12f1ce371bb5d0e9aae64161abce74b4244bf68f1edb4411f756a097c8929c14740245ea355f833\
         2d1aa36bb50c7dcb4505da8de02e4e53d38f8d\
         f06097da7524df0df93db48eac8cc4af2d3a16257eb2b2adca6ba464e5974fa92550d31b1babf161e7692d00b8\
         6e3dd886ecab4abfbe1a8f8cc263ff4af55cdb\
         45f4249a5193925f5e983d762f0b6800943eb0267b08f42ed311ce1f5c86eacbc8ce4d3cb7a2fee1ef5641423a\
         1cf4114e5ecf50034a60a412523af9e6f4aa11",
        "1db349e1f58f5d41f65aa5b0ffa6ae0cea80de6c170b2b4abf9c358d79494ca59cab008f5ee92759b91d497e21\
            31701047f953935a163e91db5460c82566f4df\
         0c05bca02a8576f7c4e916b274e2f307b56fc8a20ad452b1b54d3924726a3b2329da882c7b8e102379dfe7a8c6\
         b01d62e7ff0fd58e1e9822f6e32b5b0486561fb",
    ];

    fn number(digits: &str) -> Vec<u8> {
        let digits =
            if digits.len().is_multiple_of(2) { digits.to_owned() } else { format!("0{digits}") };
        HEXLOWER.decode(digits.as_bytes()).unwrap()
    }

    /// Decimal digits to bytes, big endian.
    fn decimal(digits: &str) -> Vec<u8> {
        let mut bytes: Vec<u8> = Vec::new();
        for digit in digits.bytes() {
            let mut carry = u32::from(digit - b'0');
            for byte in bytes.iter_mut().rev() {
                carry += u32::from(*byte) * 10;
                *byte = carry.to_be_bytes()[3];
                carry >>= 8;
            }
            if carry > 0 {
                bytes.insert(0, carry.to_be_bytes()[3]);
            }
        }
        bytes
    }

    #[test]
    fn moduli_of_affected_chips_are_told() {
        for modulus in ROCA {
            assert!(is_roca(&number(modulus)), "{modulus}");
            let mut changed = number(modulus);
            *changed.last_mut().unwrap() ^= 2;
            assert!(!is_roca(&changed), "{modulus}");
        }
    }

    /// From the same test data: a power of 65537 modulo each small prime, but of no common
    /// exponent.
    #[test]
    fn a_modulus_made_to_look_like_one_is_none() {
        let made = "7241412897396787268833273653501761420862036824201579710279608682788275400626020\
            4061799547004983731426777596445658889886861\
                    0270450337600149480480674679479603182054537789739758675329104892279701430911847\
                    2576029017293587275222232033410009773048360\
                    0892686353719855397381316384244147860260153198611313067061116317";
        let modulus = decimal(made);
        assert!(small_primes().all(|prime| logarithm(remainder(&modulus, prime), prime).is_some()));
        assert!(!is_roca(&modulus));
    }

    #[test]
    fn chance_makes_none() {
        for _ in 0..2000 {
            let mut modulus: [u8; 256] = std::array::from_fn(|_| rand::random());
            modulus[255] |= 1;
            assert!(!is_roca(&modulus));
        }
        assert!(!is_roca(&[]));
    }

    #[test]
    fn a_list_holds_the_end_of_md5_fingerprints() {
        let mut blacklist = Blacklist::default();
        blacklist.add("# none\n\nnot hexadecimal digits\n");
        assert!(blacklist.is_empty());
        // md5("abc") = 900150983cd24fb0d6963f7d28e17f72
        blacklist.add("# a list\n4fb0d6963f7d28e17f72\r\n00000000000000000000\nd6963f7d28e17f72\n");
        assert!(blacklist.holds(b"abc") && !blacklist.holds(b"abd"));
        assert_eq!(blacklist.0.len(), 2);
    }
}
