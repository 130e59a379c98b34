//! CanonicalizeHostname: looks up a short name in CanonicalDomains, and the name that is found
//! becomes the host's name.

use super::error::Error;
use super::evaluation::Evaluation;
use super::options::DEFAULT_CANONICALIZE_MAX_DOTS;
use super::setting::{Count, Flag};
use super::value::Canonicalize;
use crate::hosts::address;

/// The canonical name of the host. `None` if the configuration does not ask for one.
pub(super) fn host(evaluation: &Evaluation<'_>, host: String) -> Result<Option<String>, Error> {
    let options = &evaluation.options;
    let is_direct = options.jump().is_none() && options.proxy_command().is_none();
    match options.canonicalize_hostname.unwrap_or(Canonicalize::No) {
        Canonicalize::No => return Ok(None),
        Canonicalize::Yes if !is_direct => return Ok(Some(host)),
        Canonicalize::Yes | Canonicalize::Always => {}
    }
    let max_dots = options.count(Count::CanonicalizeMaxDots, DEFAULT_CANONICALIZE_MAX_DOTS);
    if address::is_numeric(&host) || host.matches('.').count() > max_dots as usize {
        return Ok(Some(host));
    }
    for domain in options.canonical_domains.iter().flatten() {
        let name = format!("{host}.{domain}");
        // The final dot keeps the resolver from adding domains of its own.
        if (evaluation.surroundings.resolves)(&format!("{name}.")) {
            return Ok(Some(name.to_ascii_lowercase()));
        }
    }
    if options.flag(Flag::CanonicalizeFallbackLocal, true) {
        Ok(Some(host))
    } else {
        Err(Error::NotCanonical { host })
    }
}
