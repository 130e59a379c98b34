//! A certificate in a file: one line, `type base64 comment`. Blank lines and lines that start with
//! `#` may surround it.

use super::error::Error;
use super::fault::Fault;
use super::public_line::{content, is_certificate_line};
use ssh_key::Certificate;
use std::path::Path;

/// Whether the first line that is not a comment looks like a certificate.
pub(super) fn is_announced(text: &str) -> bool {
    content(text).next().is_some_and(is_certificate_line)
}

/// The only certificate in the text of the file at `path`.
pub(super) fn read(text: &str, path: &Path) -> Result<Certificate, Error> {
    let mut found = content(text).map(Certificate::from_openssh);
    match (found.next(), found.next()) {
        (Some(Ok(certificate)), None) => Ok(certificate),
        _ => {
            let fault = Fault::NotAKey {
                why: "it is not a single certificate line such as \
                    ssh-ed25519-cert-v01@openssh.com AAAA…",
            };
            Err(Error::Key { name: path.display().to_string(), fault })
        }
    }
}
