//! The keywords that a connection of sshk has no use for, as `ssh -G` prints them: OpenSSH 9.2 as
//! Debian builds it. Their values are not checked.

use super::expand::Tokens;
use super::number;
use super::surroundings::Surroundings;
use super::written::{WrittenLine, WrittenLines};

/// How a keyword is printed.
enum Form {
    /// `yes` or `no`; the default.
    Flag(&'static str),
    /// One of these words, the printed one first; the default.
    Choice(&'static [(&'static str, &'static [&'static str])], &'static str),
    /// As written; the default, if there is one.
    Word(Option<&'static str>),
    /// The same, and `none` is not printed.
    WordOrNone(Option<&'static str>),
    /// The same in upper case.
    Upper(&'static str),
    /// All words, or the default.
    Words(&'static str),
    /// The rest of the line; `none` is not printed.
    Command,
    /// A path with `~` and tokens expanded; `none` is not printed.
    Path,
    /// In seconds; the default.
    Seconds(&'static str),
    Special(fn(&WrittenLines) -> String),
}

const TRUTH_OR_ASK: &[(&str, &[&str])] =
    &[("true", &["true", "yes"]), ("false", &["false", "no"]), ("ask", &["ask"])];
const CONTROL_MASTER: &[(&str, &[&str])] = &[
    ("true", &["true", "yes"]),
    ("false", &["false", "no"]),
    ("auto", &["auto"]),
    ("ask", &["ask"]),
    ("autoask", &["autoask"]),
];
const TUNNEL: &[(&str, &[&str])] = &[
    ("ethernet", &["ethernet"]),
    ("point-to-point", &["point-to-point", "true", "yes"]),
    ("false", &["false", "no"]),
];

const UNUSED: &[(&str, Form)] = &[
    ("AddKeysToAgent", Form::Special(add_keys_to_agent)),
    ("CanonicalizePermittedCNAMEs", Form::Words("none")),
    ("ClearAllForwardings", Form::Flag("no")),
    ("ControlMaster", Form::Choice(CONTROL_MASTER, "false")),
    ("ControlPath", Form::Path),
    ("ControlPersist", Form::Special(control_persist)),
    ("EnableEscapeCommandline", Form::Flag("no")),
    ("EnableSSHKeysign", Form::Flag("no")),
    ("ExitOnForwardFailure", Form::Flag("no")),
    ("FingerprintHash", Form::Upper("SHA256")),
    ("ForkAfterAuthentication", Form::Flag("no")),
    ("ForwardX11", Form::Flag("no")),
    ("ForwardX11Timeout", Form::Seconds("1200")),
    ("ForwardX11Trusted", Form::Flag("yes")),
    ("GSSAPIAuthentication", Form::Flag("no")),
    ("GSSAPIClientIdentity", Form::Word(None)),
    ("GSSAPIDelegateCredentials", Form::Flag("no")),
    (
        "GSSAPIKexAlgorithms",
        Form::Word(Some(
            "gss-group14-sha256-,gss-group16-sha512-,gss-nistp256-sha256-,gss-curve25519-sha256-,\
             gss-group14-sha1-,gss-gex-sha1-",
        )),
    ),
    ("GSSAPIKeyExchange", Form::Flag("no")),
    ("GSSAPIRenewalForcesRekey", Form::Flag("no")),
    ("GSSAPIServerIdentity", Form::Word(None)),
    ("GSSAPITrustDns", Form::Flag("no")),
    ("GatewayPorts", Form::Flag("no")),
    ("HostbasedAuthentication", Form::Flag("no")),
    ("IPQoS", Form::Special(ip_qos)),
    ("IgnoreUnknown", Form::Word(None)),
    ("KbdInteractiveDevices", Form::Word(None)),
    ("LocalCommand", Form::Command),
    ("LogVerbose", Form::Word(Some("none"))),
    ("NoHostAuthenticationForLocalhost", Form::Flag("no")),
    ("PKCS11Provider", Form::WordOrNone(None)),
    ("PermitLocalCommand", Form::Flag("no")),
    ("PermitRemoteOpen", Form::Words("any")),
    ("SecurityKeyProvider", Form::WordOrNone(Some("internal"))),
    ("StreamLocalBindMask", Form::Special(bind_mask)),
    ("StreamLocalBindUnlink", Form::Flag("no")),
    ("SyslogFacility", Form::Upper("USER")),
    ("Tunnel", Form::Choice(TUNNEL, "false")),
    ("TunnelDevice", Form::Special(tunnel_device)),
    ("VerifyHostKeyDNS", Form::Choice(TRUTH_OR_ASK, "false")),
    ("VisualHostKey", Form::Flag("no")),
    ("XAuthLocation", Form::Word(Some("/usr/bin/xauth"))),
];

/// Names of the same setting.
const ALIASES: &[(&str, &str)] = &[("PKCS11Provider", "SmartcardDevice")];

/// The lines of `-G` for these keywords, each in lower case as ssh spells it.
pub(super) fn lines(
    written: &WrittenLines,
    tokens: &Tokens,
    surroundings: &Surroundings,
    has_jump: bool,
) -> Vec<(String, String)> {
    let mut lines: Vec<_> = UNUSED
        .iter()
        .filter_map(|(keyword, form)| {
            Some((listed_name(keyword), value(keyword, form, written, tokens, surroundings)?))
        })
        .collect();
    // ssh never passes the socket of a jump host on.
    let fdpass = if !has_jump && written.is_yes("ProxyUseFdpass") { "yes" } else { "no" };
    lines.push(("proxyusefdpass".into(), fdpass.into()));
    if !written.is_yes("ClearAllForwardings") {
        for keyword in ["DynamicForward", "LocalForward", "RemoteForward"] {
            let forwards = written.lines(keyword).iter();
            lines.extend(forwards.map(|line| {
                (keyword.to_lowercase(), forward(keyword, line, tokens, surroundings))
            }));
        }
    }
    lines
}

fn listed_name(keyword: &str) -> String {
    match keyword {
        "CanonicalizePermittedCNAMEs" => "canonicalizePermittedcnames".into(),
        _ => keyword.to_ascii_lowercase(),
    }
}

fn value(
    keyword: &str,
    form: &Form,
    written: &WrittenLines,
    tokens: &Tokens,
    surroundings: &Surroundings,
) -> Option<String> {
    let alias = ALIASES.iter().find(|(name, _)| *name == keyword).map(|(_, alias)| *alias);
    let line = written.first(keyword).or_else(|| written.first(alias?));
    let word = line.and_then(|line| line.words.first()).map(String::as_str);
    let not_none =
        |value: Option<String>| value.filter(|value| !value.eq_ignore_ascii_case("none"));
    match form {
        Form::Flag(default) => Some(
            match word {
                None => default,
                Some(_) if written.is_yes(keyword) => "yes",
                Some(_) => "no",
            }
            .into(),
        ),
        Form::Choice(choices, default) => Some(choice(word, choices, default)),
        Form::Word(default) => word.or(*default).map(str::to_owned),
        Form::WordOrNone(default) => not_none(word.or(*default).map(str::to_owned)),
        Form::Upper(default) => Some(word.unwrap_or(default).to_ascii_uppercase()),
        Form::Words(default) => {
            Some(line.map_or_else(|| (*default).to_owned(), |line| line.words.join(" ")))
        }
        Form::Command => {
            let command =
                |line: &WrittenLine| line.rest.trim_start_matches([' ', '\t', '=']).to_owned();
            not_none(line.map(command))
        }
        Form::Path => {
            let expanded = |path: &str| match tokens.path(path, surroundings) {
                Ok(path) => path.display().to_string(),
                Err(_) => path.to_owned(),
            };
            not_none(word.map(expanded))
        }
        Form::Seconds(default) => {
            let seconds = word.and_then(|word| number::seconds(word).ok().flatten());
            Some(seconds.map_or_else(|| (*default).to_owned(), |seconds| seconds.to_string()))
        }
        Form::Special(special) => Some(special(written)),
    }
}

fn choice(word: Option<&str>, choices: &[(&str, &[&str])], default: &str) -> String {
    let Some(word) = word else { return default.to_owned() };
    let found =
        choices.iter().find(|(_, words)| words.iter().any(|own| own.eq_ignore_ascii_case(word)));
    found.map_or_else(|| word.to_owned(), |(printed, _)| (*printed).to_owned())
}

fn add_keys_to_agent(written: &WrittenLines) -> String {
    const WORDS: &[(&str, &[&str])] = &[
        ("true", &["true", "yes"]),
        ("false", &["false", "no"]),
        ("ask", &["ask"]),
        ("confirm", &["confirm"]),
    ];
    let words = written.first("AddKeysToAgent").map(|line| &line.words[..]).unwrap_or_default();
    let seconds =
        words.last().and_then(|word| number::seconds(word).ok().flatten()).filter(|&it| it > 0);
    match (words, seconds) {
        ([_, _], Some(seconds)) => format!("confirm {seconds}"),
        (_, Some(seconds)) => seconds.to_string(),
        (words, None) => choice(words.first().map(String::as_str), WORDS, "false"),
    }
}

fn control_persist(written: &WrittenLines) -> String {
    let word = written.word("ControlPersist").unwrap_or("no");
    match number::seconds(word) {
        Ok(Some(0)) => "yes".into(),
        Ok(Some(seconds)) => seconds.to_string(),
        _ if written.is_yes("ControlPersist") => "yes".into(),
        _ => "no".into(),
    }
}

/// misc.c, `ipqos`: numbers have the name of their value, and the oldest names another one.
fn ip_qos(written: &WrittenLines) -> String {
    const NAMES: [(&str, u8); 25] = [
        ("af11", 0x28),
        ("af12", 0x30),
        ("af13", 0x38),
        ("af21", 0x48),
        ("af22", 0x50),
        ("af23", 0x58),
        ("af31", 0x68),
        ("af32", 0x70),
        ("af33", 0x78),
        ("af41", 0x88),
        ("af42", 0x90),
        ("af43", 0x98),
        ("cs0", 0x00),
        ("cs1", 0x20),
        ("cs2", 0x40),
        ("cs3", 0x60),
        ("cs4", 0x80),
        ("cs5", 0xa0),
        ("cs6", 0xc0),
        ("cs7", 0xe0),
        ("ef", 0xb8),
        ("le", 0x04),
        ("lowdelay", 0x10),
        ("throughput", 0x08),
        ("reliability", 0x04),
    ];
    let named = |word: &String| {
        let by_name = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        let number = match word.strip_prefix("0x") {
            Some(hex) => u8::from_str_radix(hex, 16).ok(),
            None => word.parse().ok(),
        };
        match by_name.map(|(_, value)| *value).or(number) {
            Some(value) => NAMES
                .iter()
                .find(|(_, own)| *own == value)
                .map_or_else(|| format!("{value:#04x}"), |(name, _)| (*name).to_owned()),
            None => word.clone(),
        }
    };
    let words = written.first("IPQoS").map(|line| &line.words[..]).unwrap_or_default();
    match words {
        [] => "lowdelay throughput".into(),
        [both] => format!("{0} {0}", named(both)),
        [interactive, bulk, ..] => format!("{} {}", named(interactive), named(bulk)),
    }
}

fn bind_mask(written: &WrittenLines) -> String {
    let mask = written.word("StreamLocalBindMask").and_then(|it| u32::from_str_radix(it, 8).ok());
    format!("0{:o}", mask.unwrap_or(0o177))
}

fn tunnel_device(written: &WrittenLines) -> String {
    match written.word("TunnelDevice") {
        None => "any:any".into(),
        Some(both) if both.contains(':') => both.to_owned(),
        Some(local) => format!("{local}:any"),
    }
}

/// A forwarding: the end that listens, and the one that is connected to.
fn forward(
    keyword: &str,
    line: &WrittenLine,
    tokens: &Tokens,
    surroundings: &Surroundings,
) -> String {
    let expanded =
        |text: &str| tokens.percent_dollar(text, surroundings).unwrap_or_else(|_| text.to_owned());
    let end = |text: &str| {
        if text.contains('/') {
            return expanded(text);
        }
        match text.rsplit_once(':') {
            None => text.to_owned(),
            Some((host, port)) => {
                let host =
                    host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(host);
                format!("[{host}]:{port}")
            }
        }
    };
    match (keyword, &line.words[..]) {
        // ssh's own name for a forwarding to wherever the client asks.
        ("RemoteForward", [listening]) => format!("{} [socks]:0", end(listening)),
        (_, words) => words.iter().map(|word| end(word)).collect::<Vec<_>>().join(" "),
    }
}
