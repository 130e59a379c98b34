//! Secrets from the user or a file: they wipe themselves, and nothing prints, copies or compares
//! them by accident.

use std::fmt;
use zeroize::Zeroizing;

/// The environment variable that may hold the [`Passphrase`].
pub const PASSPHRASE_VARIABLE: &str = "SSHK_PASSPHRASE";
/// The environment variable that may hold the [`Password`].
pub const PASSWORD_VARIABLE: &str = "SSHK_PASSWORD";

/// The environment variables that hold secrets: neither a child nor a server gets them.
pub const VARIABLES: [&str; 2] = [PASSPHRASE_VARIABLE, PASSWORD_VARIABLE];

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name(Zeroizing<String>);

        impl $name {
            /// Takes ownership of the text; the caller keeps no copy.
            pub fn new(text: Zeroizing<String>) -> Self {
                Self(text)
            }

            /// The text, for the one call that needs it.
            pub fn expose(&self) -> &str {
                &self.0
            }

            /// Whether the text is empty.
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

secret! {
    /// The passphrase that encrypts a private key file; never the account's [`Password`].
    Passphrase
}
secret! {
    /// The password of a remote account; never a key's [`Passphrase`].
    Password
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let secret = Passphrase::new(Zeroizing::new("hunter2".into()));
        assert_eq!(format!("{secret:?}"), "Passphrase(..)");
        let secret = Password::new(Zeroizing::new("hunter2".into()));
        assert_eq!(format!("{secret:?}"), "Password(..)");
    }
}
