//! A text that holds a private key among other things: a configuration file, or a PEM file with a
//! certificate. The key can be read from it, but the file is not the key's own, and writing the key
//! in its place would lose the rest.

use std::fmt;

/// What kind of text a private key is in, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Document {
    /// JSON, comments allowed.
    Json {
        /// Where the key is (RFC 6901).
        pointer: String,
    },
    /// YAML.
    Yaml {
        /// The name before the key.
        name: String,
    },
    /// Variables, one `NAME=value` a line, as for docker, systemd and dotenv.
    Env {
        /// The name of the variable.
        name: String,
    },
    /// Other PEM blocks (RFC 7468).
    Pem {
        /// How many certificates there are.
        certificates: usize,
    },
    /// Any other text.
    Text,
    /// A text with a public key.
    Public,
}

impl Document {
    /// A short kebab word for scripts.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Json { .. } => "json",
            Self::Yaml { .. } => "yaml",
            Self::Env { .. } => "env",
            Self::Pem { .. } => "pem",
            Self::Text | Self::Public => "text",
        }
    }

    /// The pointer or the name of the value that holds the key, if it has one.
    pub fn place(&self) -> Option<&str> {
        match self {
            Self::Json { pointer: place }
            | Self::Yaml { name: place }
            | Self::Env { name: place } => Some(place),
            Self::Pem { .. } | Self::Text | Self::Public => None,
        }
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json { pointer } => {
                write!(f, "this is a JSON file that holds a private key at {pointer}")
            }
            Self::Yaml { name } => {
                write!(f, "this is a YAML file that holds a private key as {name}")
            }
            Self::Env { name } => {
                write!(f, "this is a file of variables that holds a private key as {name}")
            }
            Self::Pem { certificates: 0 } => {
                f.write_str("this is a PEM file that holds more than a private key")
            }
            Self::Pem { certificates: 1 } => {
                f.write_str("this is a PEM file that holds a certificate as well as a private key")
            }
            Self::Pem { certificates } => write!(
                f,
                "this is a PEM file that holds {certificates} certificates as well as a private key"
            ),
            Self::Text => f.write_str("this is a text that holds a private key among other things"),
            Self::Public => {
                f.write_str("this is a text that holds a public key among other things")
            }
        }
    }
}
