//! What is true of every RSA key, whoever generated it: the bounds of FIPS 186-5, the checks of
//! openssl and ssh-keygen, and no factor shared by two keys.

use std::path::Path;
use std::process::{Command, Stdio};

use crypto_bigint::{BoxedUint, ConcatenatingMul, Gcd};
use ssh_key::PrivateKey;
use ssh_key::private::KeypairData;
use sshk::keys::key_file::{Format, encode};

/// The numbers of an RSA key.
pub struct Numbers {
    pub n: BoxedUint,
    pub d: BoxedUint,
    pub p: BoxedUint,
    pub q: BoxedUint,
}

impl Numbers {
    pub fn of(key: &PrivateKey) -> Self {
        let KeypairData::Rsa(pair) = key.key_data() else { panic!("the key is not RSA") };
        let number = |part: &ssh_key::Mpint| {
            BoxedUint::from_be_slice_vartime(part.as_positive_bytes().expect("a positive number"))
        };
        assert_eq!(pair.public().e().as_positive_bytes().unwrap(), [1, 0, 1]);
        let private = pair.private();
        Self {
            n: number(pair.public().n()),
            d: number(private.d()),
            p: number(private.p()),
            q: number(private.q()),
        }
    }

    /// FIPS 186-5, A.1.1 and A.1.3, for a key of `bits` bits.
    pub fn hold_to_fips(&self, bits: u32) {
        let Self { n, d, p, q } = self;
        assert_eq!(n.bits_vartime(), bits, "the modulus has the wrong length");
        assert_eq!(p.concatenating_mul(q), *n, "the primes do not belong to the modulus");
        assert!(p > q, "the smaller prime comes first");
        assert!(d.bits_vartime() > bits / 2, "d is not above 2^(bits/2)");
        assert!(p.wrapping_sub(q).bits_vartime() > bits / 2 - 100, "the primes are too close");
        for (prime, length) in [(p, bits.div_ceil(2)), (q, bits / 2)] {
            assert_eq!(prime.bits_vartime(), length, "a prime has the wrong length");
            // p ≥ √2·2^(k-1) if p² has all of its 2k bits.
            assert_eq!(
                prime.concatenating_mul(prime).bits_vartime(),
                2 * length,
                "a prime is below √2·2^({length}-1)"
            );
            let below = prime.wrapping_sub(BoxedUint::one()).into_nz().unwrap();
            assert!(
                bool::from(BoxedUint::from(65537u64).gcd(below.as_ref()).is_one()),
                "e and p-1 have a common factor"
            );
        }
    }
}

/// Writes the key to `file` for `openssl rsa -check` and `ssh-keygen -y`, which must find our
/// public key.
pub fn check_with_tools(key: &PrivateKey, file: &Path) {
    let text = encode(key, Format::Pem, None, None, &mut rand::rng()).unwrap();
    std::fs::write(file, text.as_bytes()).unwrap();
    std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let said = run(Command::new("openssl").args(["rsa", "-check", "-noout", "-in"]).arg(file));
    assert_eq!(said.trim(), "RSA key ok");
    let public = run(Command::new("ssh-keygen").args(["-y", "-P", "", "-f"]).arg(file));
    let ours = key.public_key().to_openssh().unwrap();
    let fields = |line: &str| {
        line.split(' ').take(2).map(|field| field.trim().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(fields(&public), fields(&ours));
}

fn run(command: &mut Command) -> String {
    let output = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The numbers of those moduli that share a factor with another one (Bernstein's batch gcd, without
/// the trees).
pub fn sharing_a_factor(moduli: &[BoxedUint]) -> Vec<usize> {
    let product = moduli.iter().fold(BoxedUint::one(), |product, n| product.concatenating_mul(n));
    let shares = |n: &BoxedUint| {
        let square = n.concatenating_mul(n).into_nz().unwrap();
        let others =
            product.rem_vartime(&square).wrapping_div_vartime(&n.clone().into_nz().unwrap());
        !bool::from(others.gcd(n).is_one())
    };
    (0..moduli.len()).filter(|at| shares(&moduli[*at])).collect()
}
