//! The name a server has in known_hosts: built as ssh builds it, so that both find each other's
//! lines.

use std::fmt;
use std::net::Ipv6Addr;

use super::Error;

/// The port that known_hosts leaves out (RFC 4253 section 4.1).
const DEFAULT_PORT: u16 = 22;

/// The name under which a server's key is looked up and recorded: `web1`, `[web1]:2222`, or a
/// HostKeyAlias.
///
/// [`fmt::Display`] gives the form that stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostName {
    name: String,
    without_port: Option<String>,
}

impl HostName {
    /// `host` is what the connection goes to, after ssh_config's HostName and without brackets;
    /// `alias` is HostKeyAlias.
    ///
    /// Names become lower case and IPv6 addresses take their short form. An alias stands alone: no
    /// port, no fallback.
    pub fn new(host: &str, port: u16, alias: Option<&str>) -> Self {
        if let Some(alias) = alias {
            return Self { name: alias.to_ascii_lowercase(), without_port: None };
        }
        let host = shortened(host).to_ascii_lowercase();
        // 0 stands for "no port given", as in ssh.
        match port {
            0 | DEFAULT_PORT => Self { name: host, without_port: None },
            _ => Self { name: format!("[{host}]:{port}"), without_port: Some(host) },
        }
    }

    /// The name as it stands in the file.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// What ssh looks up next when nothing is known under `[host]:port`.
    pub(super) fn without_port(&self) -> Option<&str> {
        self.without_port.as_deref()
    }

    /// Refuses what another reader of the file would take for more, or for other, than this one
    /// name.
    pub(super) fn check_recordable(&self) -> Result<(), Error> {
        // A HostKeyAlias may name the line of a port: "[web1]:2222".
        let bare = match self.name.strip_prefix('[').and_then(|rest| rest.split_once("]:")) {
            Some((host, port))
                if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                host
            }
            _ => &self.name,
        };
        // ssh's own list (check_host_key in sshconnect.c), and what parts one name or field from
        // the next.
        let misread = |c: char| c.is_whitespace() || c.is_control() || "@?*#[]|'\"\\,!".contains(c);
        match bare.is_empty() || bare.contains(misread) {
            true => Err(Error::Unrecordable { host: self.name.clone() }),
            false => Ok(()),
        }
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// ssh records an IPv6 address in the form of RFC 5952, however it was typed; a zone (`%eth0`)
/// stays.
fn shortened(host: &str) -> String {
    let (address, zone) = match host.split_once('%') {
        Some((address, zone)) => (address, Some(zone)),
        None => (host, None),
    };
    match (address.parse::<Ipv6Addr>(), zone) {
        (Ok(address), Some(zone)) => format!("{address}%{zone}"),
        (Ok(address), None) => address.to_string(),
        (Err(_), _) => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_name_that_ssh_writes() {
        let name = |host, port, alias| HostName::new(host, port, alias).to_string();
        assert_eq!(name("Web1.Example.ORG", 22, None), "web1.example.org");
        assert_eq!(name("web1", 0, None), "web1");
        assert_eq!(name("Web1", 2222, None), "[web1]:2222");
        assert_eq!(name("0:0:0:0:0:0:0:1", 2222, None), "[::1]:2222");
        assert_eq!(name("FE80::A%lo", 22, None), "fe80::a%lo");
        assert_eq!(name("web1", 2222, Some("Cluster")), "cluster");
    }

    #[test]
    fn only_a_port_calls_for_the_fallback() {
        assert_eq!(HostName::new("web1", 2222, None).without_port(), Some("web1"));
        assert_eq!(HostName::new("web1", 22, None).without_port(), None);
        assert_eq!(HostName::new("web1", 2222, Some("cluster")).without_port(), None);
    }

    #[test]
    fn refuses_to_record_what_would_be_read_as_something_else() {
        for bad in [
            "", "*", "web?", "!web1", "a,b", "a b", "a\tb", "a\nb", "#a", "@revoked", "|1|a|b",
            "[a", "a'b", "a\\b", "[a]:", "[*]:22",
        ] {
            assert!(HostName::new("x", 22, Some(bad)).check_recordable().is_err(), "{bad:?}");
        }
        for good in [
            ("web1", 22),
            ("web1", 2222),
            ("::1", 22),
            ("fe80::1%eth0", 2222),
            ("web_1.example.org.", 22),
        ] {
            HostName::new(good.0, good.1, None).check_recordable().unwrap();
        }
        HostName::new("x", 22, Some("[web1]:2222")).check_recordable().unwrap();
    }
}
