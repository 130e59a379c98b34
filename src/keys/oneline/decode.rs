//! From any form back to the file: each form is decoded as its readers decode it, and the rest is
//! repaired.

use super::plain::normalise;
use crate::keys::key_file::{self, Damage, Private, diagnose};
use zeroize::Zeroizing;

/// The key file from one of the forms, or from what pasting and secrets stores turned it into; and
/// what was repaired on the way.
///
/// A form that sshk wrote gives exactly the text it was made from. `name` is for messages.
///
/// # Errors
///
/// If there is no whole key in it, even after the repair.
pub fn decode(
    bytes: &[u8],
    name: &str,
) -> Result<(Zeroizing<String>, Vec<Damage>), key_file::Error> {
    if let Some(text) = std::str::from_utf8(bytes).ok().and_then(exactly) {
        return Ok((text, Vec::new()));
    }
    let diagnosis = diagnose(bytes);
    let damages = diagnosis.damages().to_vec();
    diagnosis.into_repaired(name).map(|text| (text, damages))
}

/// The text from which sshk made a form, if it holds a whole key.
fn exactly(text: &str) -> Option<Zeroizing<String>> {
    let form = text.strip_suffix('\n').unwrap_or(text);
    // Other programs may have encoded text that we would have normalised: that is left to the
    // repair.
    let is_ours = |text: &Zeroizing<String>| {
        normalise(text) == *text && Private::parse(text.clone(), "").is_ok()
    };
    [from_json(form), from_env(form), from_sh(form), from_yaml(form), from_base64(form)]
        .into_iter()
        .flatten()
        .find(is_ours)
}

fn from_json(form: &str) -> Option<Zeroizing<String>> {
    // The string after a member's name is a separate one.
    let member = || serde_json::from_str(&form[form.find("\": \"")? + 3..]).ok();
    serde_json::from_str::<String>(form).ok().or_else(member).map(Zeroizing::new)
}

fn from_env(form: &str) -> Option<Zeroizing<String>> {
    let (_, value) = form.split_once("=\"")?;
    let value = value.strip_suffix('"')?;
    Some(Zeroizing::new(value.replace("\\n", "\n")))
}

fn from_sh(form: &str) -> Option<Zeroizing<String>> {
    let (_, value) = form.strip_prefix("export ")?.split_once("='")?;
    Some(Zeroizing::new(value.strip_suffix('\'')?.replace(r"'\''", "'")))
}

fn from_yaml(form: &str) -> Option<Zeroizing<String>> {
    let (head, body) = form.split_once('\n')?;
    let mut out = Zeroizing::new(String::with_capacity(form.len() + 1));
    for line in body.split('\n') {
        out.push_str(if line.is_empty() { line } else { line.strip_prefix("  ")? });
        out.push('\n');
    }
    match head {
        head if head.ends_with(": |-") => drop(out.pop()),
        head if head.ends_with(": |") || head.ends_with(": |+") => {}
        _ => return None,
    }
    Some(out)
}

fn from_base64(form: &str) -> Option<Zeroizing<String>> {
    let bytes = data_encoding::BASE64.decode(form.as_bytes()).ok()?;
    String::from_utf8(bytes).ok().map(Zeroizing::new)
}
