//! What was tried to log in to an account, over all its connections, as messages name it.

use std::sync::Arc;

use ssh_key::Fingerprint;

use crate::keys::identity::Identity;
use crate::prompter;

/// How many of the keys that were not tried a message names.
const MOST_UNTRIED: usize = 5;

/// The methods, and the keys by name, in order.
#[derive(Default)]
pub(crate) struct Attempts {
    made: Vec<Attempt>,
    /// The first question that could not be asked: about a key that the server would accept, or
    /// about a password. It explains a rejection better than the server can.
    pub(super) unasked: Option<prompter::Error>,
}

#[derive(Clone)]
struct Attempt {
    name: String,
    key: Option<Fingerprint>,
    /// Why the server got no signature.
    unsigned: Option<String>,
}

impl Attempts {
    pub(super) fn method(&mut self, name: &str) {
        self.add(Attempt { name: name.to_owned(), key: None, unsigned: None });
    }

    pub(super) fn key(&mut self, identity: &Identity) {
        self.add(Attempt::of_key(identity));
    }

    fn add(&mut self, attempt: Attempt) {
        if !self.made.iter().any(|made| made.name == attempt.name && made.key == attempt.key) {
            self.made.push(attempt);
        }
    }

    /// The key could not sign.
    pub(super) fn unsigned(&mut self, identity: &Identity, why: String) {
        let key = identity.fingerprint();
        if let Some(attempt) = self.made.iter_mut().rfind(|made| made.key == Some(key)) {
            attempt.unsigned = Some(why);
        }
    }

    /// Each by its name; keys that share one, as the comments of an agent's keys can be, by their
    /// fingerprints too.
    pub(crate) fn names(&self) -> Vec<String> {
        self.made.iter().map(|attempt| attempt.among(&self.made)).collect()
    }

    /// The names of keys that were not tried, in the same way; of many, the first few.
    pub(super) fn names_of(&self, keys: &[Arc<Identity>]) -> Vec<String> {
        let keys: Vec<_> = keys.iter().map(|key| Attempt::of_key(key)).collect();
        let all = [self.made.as_slice(), &keys].concat();
        let mut names: Vec<_> = keys.iter().map(|key| key.among(&all)).collect();
        if names.len() > MOST_UNTRIED {
            let more = format!("and {} more", names.len() - MOST_UNTRIED);
            names.truncate(MOST_UNTRIED);
            names.push(more);
        }
        names
    }
}

impl Attempt {
    fn of_key(identity: &Identity) -> Self {
        let name = format!("publickey {}", identity.name());
        Self { name, key: Some(identity.fingerprint()), unsigned: None }
    }

    fn among(&self, all: &[Self]) -> String {
        let mut name = self.name.clone();
        let shares_name = all.iter().any(|other| other.name == self.name && other.key != self.key);
        if let Some(key) = self.key.filter(|_| shares_name) {
            name.push_str(&format!(" ({key})"));
        }
        if let Some(why) = &self.unsigned {
            name.push_str(&format!(" ({why})"));
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(comment: &str, seed: u8) -> Identity {
        let key = ssh_key::private::Ed25519Keypair::from_seed(&[seed; 32]).public;
        let key = ssh_key::public::KeyData::Ed25519(key);
        Identity::public_only(comment.to_owned(), key.into())
    }

    #[test]
    fn two_keys_with_one_comment_are_two() {
        let mut attempts = Attempts::default();
        let (one, two) = (identity("work", 1), identity("work", 2));
        attempts.key(&one);
        attempts.key(&one);
        assert_eq!(attempts.names(), ["publickey work"]);
        attempts.key(&two);
        attempts.method("password");
        attempts.unsigned(&two, "refused".into());
        assert_eq!(
            attempts.names(),
            [
                format!("publickey work ({})", one.fingerprint()),
                format!("publickey work ({}) (refused)", two.fingerprint()),
                "password".to_owned()
            ]
        );
        let one_more = Arc::new(identity("work", 3));
        let more = vec![one_more; 7];
        let names = attempts.names_of(&more);
        assert_eq!(names[0], format!("publickey work ({})", more[0].fingerprint()));
        assert_eq!((names.len(), names[5].as_str()), (6, "and 2 more"));
    }
}
