//! Lists of algorithms: `a,b`, or what is appended to, placed before or removed from the defaults.

use std::collections::BTreeSet;

use crate::wildcard;

/// The algorithms a connection may use, in order of preference; `None` if the configuration does
/// not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Algorithms {
    /// KexAlgorithms: how session keys are negotiated.
    pub kex: Option<AlgorithmList>,
    /// Ciphers.
    pub ciphers: Option<AlgorithmList>,
    /// MACs.
    pub macs: Option<AlgorithmList>,
    /// HostKeyAlgorithms: the types of host keys, certificates included.
    pub host_key: Option<AlgorithmList>,
    /// PubkeyAcceptedAlgorithms: the user's signatures.
    pub pubkey_accepted: Option<AlgorithmList>,
    /// HostbasedAcceptedAlgorithms, which sshk lists but has no use for.
    pub hostbased_accepted: Option<AlgorithmList>,
    /// CASignatureAlgorithms: the signatures of certificate authorities.
    pub ca_signature: Option<AlgorithmList>,
}

/// A list of algorithm names, as ssh_config(5) has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlgorithmList {
    /// These and no others.
    Exactly(Vec<String>),
    /// `+`: the defaults, then these.
    Append(Vec<String>),
    /// `-`: the defaults without those that match one of these patterns.
    Remove(Vec<String>),
    /// `^`: these, then the other defaults.
    Prepend(Vec<String>),
}

impl AlgorithmList {
    /// Parses a comma-separated list with its sign, if it has one.
    ///
    /// # Errors
    ///
    /// If the list holds no name.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (list, names): (fn(Vec<String>) -> Self, &str) = match text.split_at_checked(1) {
            Some(("+", names)) => (Self::Append, names),
            Some(("-", names)) => (Self::Remove, names),
            Some(("^", names)) => (Self::Prepend, names),
            _ => (Self::Exactly, text),
        };
        let names: Vec<String> =
            names.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        if names.is_empty() { Err("the list is empty".into()) } else { Ok(list(names)) }
    }

    /// Applies a list to the default names, as kex_assemble_names (kex.c) does.
    ///
    /// `beyond` holds the names that are known but used only if a configuration names them. Names
    /// in neither are dropped.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_character_says_how_a_list_changes_the_defaults() {
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
    fn lists_change_the_defaults_as_in_ssh() {
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
