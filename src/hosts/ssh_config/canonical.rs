//! CanonicalizeHostname: a short name is looked up in CanonicalDomains, and what is found becomes
//! the host's name.

use super::evaluate::Evaluator;
use super::keyword::{Count, Flag};
use super::{Error, address, proxy};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Canonicalize {
    No,
    /// Unless the connection goes through a proxy.
    Yes,
    Always,
}

/// ssh_config(5): a name with more dots is taken as it is.
pub(super) const DEFAULT_MAX_DOTS: u32 = 1;

/// The host's name, canonical where the configuration wants it so. `None`: the configuration has
/// nothing to say about it.
pub(super) fn host(evaluator: &Evaluator<'_>, host: String) -> Result<Option<String>, Error> {
    let options = &evaluator.options;
    let is_direct = options.proxy_jump.as_ref().is_none_or(|jump| proxy::is_none(&jump.value))
        && options.proxy_command.as_ref().is_none_or(|command| proxy::is_none(&command.value));
    match options.canonicalize_hostname.unwrap_or(Canonicalize::No) {
        Canonicalize::No => return Ok(None),
        Canonicalize::Yes if !is_direct => return Ok(Some(host)),
        Canonicalize::Yes | Canonicalize::Always => {}
    }
    let max_dots =
        options.counts.get(&Count::CanonicalizeMaxDots).map_or(DEFAULT_MAX_DOTS, |it| it.value)
            as usize;
    if address::is_numeric(&host) || host.matches('.').count() > max_dots {
        return Ok(Some(host));
    }
    for domain in options.canonical_domains.iter().flatten() {
        let name = format!("{host}.{domain}");
        // The dot at its end keeps the resolver from adding domains of its own.
        if (evaluator.surroundings.resolves)(&format!("{name}.")) {
            return Ok(Some(name.to_ascii_lowercase()));
        }
    }
    match options.flags.get(&Flag::CanonicalizeFallbackLocal).copied().unwrap_or(true) {
        true => Ok(Some(host)),
        false => Err(Error::NotCanonical { host }),
    }
}
