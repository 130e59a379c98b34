//! A key on disk: found as ssh finds it, read once and with bounds, refused if its permissions are
//! unsafe, and created or replaced in one atomic step. Each format has its own file below.
//!
//! In this room only `disk`, `find`, `create`, `replace`, `pair` and what replacing needs
//! (`attributes`, `foreign_owner`) touch the disk.

mod armour;
mod attributes;
mod certificate_line;
mod content;
mod create;
mod der;
mod disk;
mod document;
mod ecdsa;
mod error;
mod fault;
mod find;
mod foreign_owner;
mod format;
mod names;
mod openssh;
mod origin;
mod pair;
mod pem;
mod pkcs8;
mod ppk;
mod private;
mod public;
mod public_line;
mod public_pem;
mod repair;
mod replace;
mod rfc4716;
mod sound;
mod surrounding_text;

pub use content::{Content, Found, parse_private};
pub use disk::{read_stream, read_stream_bytes};
pub use document::Document;
pub use error::{Error, Irregular};
pub use fault::{Converter, Fault, STANDARD_INPUT};
pub use format::{Encryption, Format, PublicFormat};
pub use names::KeyFile;
pub use origin::Origin;
pub use pair::{KeyPair, Named};
pub use private::{Private, check_passphrase, encode};
pub use public_line::clean_comment;
pub use repair::{Damage, Diagnosis, diagnose};
