//! The name of a server in known_hosts, built as ssh builds it: each finds the other's lines.

use std::fmt;

use crate::hosts::address;

/// The port that known_hosts leaves out (RFC 4253 section 4.1).
const DEFAULT_PORT: u16 = 22;

/// The name under which a server's key is looked up and recorded: `web1`, `[web1]:2222`, or a
/// HostKeyAlias.
///
/// [`fmt::Display`] prints it as known_hosts has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostName {
    name: String,
    without_port: Option<String>,
}

impl HostName {
    /// `host` is the name or address to connect to, after ssh_config's HostName and without
    /// brackets; `alias` is HostKeyAlias. Port 0 means the default port.
    ///
    /// Names are changed to lower case and IPv6 addresses to their short form. An alias is used
    /// without the port and has no fallback.
    pub fn new(host: &str, port: u16, alias: Option<&str>) -> Self {
        if let Some(alias) = alias {
            return Self { name: alias.to_ascii_lowercase(), without_port: None };
        }
        let host = address::ipv6(host).unwrap_or_else(|| host.to_owned()).to_ascii_lowercase();
        match port {
            0 | DEFAULT_PORT => Self { name: host, without_port: None },
            _ => Self { name: format!("[{host}]:{port}"), without_port: Some(host) },
        }
    }

    /// The same name, of which a line without the port does not count.
    pub fn exact(&self) -> Self {
        Self { name: self.name.clone(), without_port: None }
    }

    /// The name as known_hosts has it.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// What ssh looks up next if nothing is known about `[host]:port`.
    pub(super) fn without_port(&self) -> Option<&str> {
        self.without_port.as_deref()
    }

    /// A name much like this one that can be recorded.
    pub(super) fn recordable(name: &str) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let name: String = name.chars().filter(|c| plain(*c)).collect();
        if name.is_empty() { "host".into() } else { name.to_ascii_lowercase() }
    }

    /// Whether every reader of known_hosts would read it as this one name.
    pub(super) fn is_recordable(&self) -> bool {
        // A HostKeyAlias may name a line with a port: "[web1]:2222".
        let bare = match self.name.strip_prefix('[').and_then(|rest| rest.split_once("]:")) {
            Some((host, port))
                if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                host
            }
            _ => &self.name,
        };
        // ssh's own list (check_host_key in sshconnect.c), and what separates names and fields.
        let is_special =
            |c: char| c.is_whitespace() || c.is_control() || "@?*#[]|'\"\\,!".contains(c);
        !bare.is_empty() && !bare.contains(is_special)
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_one_that_ssh_writes() {
        let name = |host, port, alias| HostName::new(host, port, alias).to_string();
        assert_eq!(name("Web1.Example.ORG", 22, None), "web1.example.org");
        assert_eq!(name("web1", 0, None), "web1");
        assert_eq!(name("Web1", 2222, None), "[web1]:2222");
        assert_eq!(name("0:0:0:0:0:0:0:1", 2222, None), "[::1]:2222");
        assert_eq!(name("FE80::A%lo", 22, None), "fe80::a%lo");
        assert_eq!(name("web1", 2222, Some("Cluster")), "cluster");
    }

    #[test]
    fn only_a_name_with_a_port_has_a_fallback() {
        assert_eq!(HostName::new("web1", 2222, None).without_port(), Some("web1"));
        assert_eq!(HostName::new("web1", 22, None).without_port(), None);
        assert_eq!(HostName::new("web1", 2222, Some("cluster")).without_port(), None);
    }

    #[test]
    fn a_name_that_would_be_read_as_something_else_is_not_recordable() {
        for bad in [
            "", "*", "web?", "!web1", "a,b", "a b", "a\tb", "a\nb", "#a", "@revoked", "|1|a|b",
            "[a", "a'b", "a\\b", "[a]:", "[*]:22",
        ] {
            assert!(!HostName::new("x", 22, Some(bad)).is_recordable(), "{bad:?}");
        }
        for good in [
            ("web1", 22),
            ("web1", 2222),
            ("::1", 22),
            ("fe80::1%eth0", 2222),
            ("web_1.example.org.", 22),
        ] {
            assert!(HostName::new(good.0, good.1, None).is_recordable(), "{good:?}");
        }
        assert!(HostName::new("x", 22, Some("[web1]:2222")).is_recordable());
    }
}
