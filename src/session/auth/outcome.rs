//! The outcome of a login.

use ssh_key::Fingerprint;

use crate::keys::certificate::Certified;

/// How the server was convinced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoggedInBy {
    /// By a public key or a certificate for it.
    Key {
        /// The key's SHA-256 fingerprint.
        fingerprint: Fingerprint,
        /// The signature algorithm, such as `rsa-sha2-512`.
        algorithm: String,
        /// The server accepted a certificate for the key, which says nothing about the key itself.
        certificate: Option<Certified>,
    },
    /// By answers to the server's questions.
    KeyboardInteractive,
    /// By a password.
    Password,
    /// The server asked for no proof.
    Nothing,
}

/// What a server said when it was asked whether it would accept a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probed {
    /// It would.
    Accepted,
    /// It would not.
    Refused {
        /// The methods that it named instead.
        accepts: Vec<String>,
    },
}
