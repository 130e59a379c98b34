//! Lists of algorithms: `a,b`, or what is put before, after or taken out of the default ones.

use std::collections::BTreeSet;

use super::keyword::Purpose;
use super::options::Options;
use crate::wildcard;

/// The algorithms a connection may use, in the order of preference; nothing where the configuration
/// leaves it to sshk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Algorithms {
    pub kex: Option<AlgorithmList>,
    pub ciphers: Option<AlgorithmList>,
    pub macs: Option<AlgorithmList>,
    /// The server's key types, certificates among them.
    pub host_key: Option<AlgorithmList>,
    /// The user's signatures.
    pub pubkey_accepted: Option<AlgorithmList>,
    /// The signatures of certificate authorities.
    pub ca_signature: Option<AlgorithmList>,
}

/// A list of algorithm names as ssh_config(5) has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlgorithmList {
    /// These and no others.
    Exactly(Vec<String>),
    /// `+`: the default ones, then these.
    Append(Vec<String>),
    /// `-`: the default ones but those that match a pattern.
    Remove(Vec<String>),
    /// `^`: these, then the other default ones.
    Prepend(Vec<String>),
}

impl AlgorithmList {
    /// Names are words without blanks; patterns stand only behind `-`, as in ssh_config(5).
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (list, names): (fn(Vec<String>) -> Self, &str) = match text.split_at_checked(1) {
            Some(("+", names)) => (Self::Append, names),
            Some(("-", names)) => (Self::Remove, names),
            Some(("^", names)) => (Self::Prepend, names),
            _ => (Self::Exactly, text),
        };
        let names: Vec<String> =
            names.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        match names.is_empty() {
            true => Err("its list is empty".into()),
            false => Ok(list(names)),
        }
    }

    /// What a list comes to over the default names, as kex_assemble_names (kex.c) does it. A name
    /// counts where it is among the default ones or those `beyond` them, which only a configuration
    /// brings in: the others are ssh's, or nobody's.
    pub fn over<'a>(list: Option<&Self>, default: &[&'a str], beyond: &[&'a str]) -> Vec<&'a str> {
        let known: Vec<&'a str> = default.iter().chain(beyond).copied().collect();
        let named = |patterns: &[String]| {
            let of = |pattern: &String| {
                known
                    .iter()
                    .copied()
                    .filter(|name| wildcard::matches(name, pattern))
                    .collect::<Vec<_>>()
            };
            patterns.iter().flat_map(of).collect::<Vec<_>>()
        };
        let mut names = match list {
            None => default.to_vec(),
            Some(Self::Exactly(patterns)) => named(patterns),
            Some(Self::Append(patterns)) => [default.to_vec(), named(patterns)].concat(),
            Some(Self::Prepend(patterns)) => [named(patterns), default.to_vec()].concat(),
            Some(Self::Remove(patterns)) => {
                let kept = default.iter().filter(|name| {
                    !patterns.iter().any(|pattern| wildcard::matches(name, pattern))
                });
                kept.copied().collect()
            }
        };
        let mut seen = BTreeSet::new();
        names.retain(|name| seen.insert(*name));
        names
    }
}

impl Algorithms {
    pub(super) fn of(options: &Options) -> Self {
        let list = |purpose| options.algorithms.get(&purpose).cloned();
        Self {
            kex: list(Purpose::Kex),
            ciphers: list(Purpose::Cipher),
            macs: list(Purpose::Mac),
            host_key: list(Purpose::HostKey),
            pubkey_accepted: list(Purpose::PubkeyAccepted),
            ca_signature: list(Purpose::CaSignature),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_says_how_a_list_changes_the_default_ones() {
        let names =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(AlgorithmList::parse("a,b@c"), Ok(AlgorithmList::Exactly(names(&["a", "b@c"]))));
        assert_eq!(
            AlgorithmList::parse("+ssh-rsa"),
            Ok(AlgorithmList::Append(names(&["ssh-rsa"])))
        );
        assert_eq!(
            AlgorithmList::parse("-*sha1*,x"),
            Ok(AlgorithmList::Remove(names(&["*sha1*", "x"])))
        );
        assert_eq!(AlgorithmList::parse("^a"), Ok(AlgorithmList::Prepend(names(&["a"]))));
        assert_eq!(AlgorithmList::parse("a,,b,"), Ok(AlgorithmList::Exactly(names(&["a", "b"]))));
        for text in ["", "+", ","] {
            assert!(AlgorithmList::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn lists_are_put_together_as_by_ssh() {
        let of = |text: &str| {
            AlgorithmList::over(
                Some(&AlgorithmList::parse(text).unwrap()),
                &["a-one", "a-two", "b"],
                &["old"],
            )
        };
        assert_eq!(AlgorithmList::over(None, &["a", "b"], &["old"]), ["a", "b"]);
        assert_eq!(of("b,nonsense,a-*"), ["b", "a-one", "a-two"]);
        assert_eq!(of("+old,b"), ["a-one", "a-two", "b", "old"]);
        assert_eq!(of("^old,b"), ["old", "b", "a-one", "a-two"]);
        assert_eq!(of("-a-*"), ["b"]);
        assert!(of("nonsense").is_empty() && of("-*").is_empty());
    }
}
