//! The exec request: script and key in words that every login shell parses the same way.

use super::error::Error;
use super::request::InstallRequest;
use crate::accounts::key_line::{KeyFields, printable_comment};
use crate::accounts::remote_script::{self, APPEND, Nonce, Variables};

/// The bytes of the exec request. Script and key travel in this one packet: a lost connection
/// delivers all or nothing, and no rc file can read the key from standard input. For keys up to RSA
/// 16384 with a comment of usual length it stays under the 9000 bytes that dropbear accepts.
///
/// # Errors
///
/// If the key cannot be written as a line, or the path names no file.
pub fn command(request: &InstallRequest, nonce: &Nonce) -> Result<Vec<u8>, Error> {
    let comment = printable_comment(request.key)?;
    let key = KeyFields::of(request.key)?;
    let variables = Variables::default()
        .flag("dry_run", request.dry_run)
        .flag("is_forced", request.force)
        .word("key_type", &key.key_type)
        .base64("key_blob", &key.blob)
        .text("key_comment", &comment)
        .text("given_path", request.file.path()?.unwrap_or_default())
        .text("other_files", &request.also.join("\n"))
        .word("skip_lines", &request.after.to_string());
    Ok(remote_script::command(&APPEND, &variables, nonce))
}

#[cfg(test)]
mod tests {
    use ssh_key::PublicKey;

    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0dN5o9dr0YnBBdKhTlX1hZsCQvDk4oA8uYqZlHxW2R";

    #[test]
    fn the_command_is_small_enough_for_dropbear_with_the_largest_key() {
        let key = PublicKey::from_openssh(KEY).unwrap();
        let nonce = Nonce::new(&mut rand::rng());
        let script = command(&InstallRequest::of(&key), &nonce).unwrap().len();
        // RSA 16384: 2048 bytes of modulus, as base64; an encoded comment of 60 odd characters.
        assert!(script + 2800 + 300 < 9000, "{script}");
    }
}
