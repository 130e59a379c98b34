//! The options before a key, as sshd(8) "AUTHORIZED KEYS FILE FORMAT" lists them and
//! sshauthopt_parse of OpenSSH's auth-options.c checks them: one that it rejects makes the whole
//! line dead.

use super::dead::Dead;

/// Options without a value; those in [`DENIABLE`] also exist with `no-` in front.
const FLAGS: [&str; 2] = ["cert-authority", "restrict"];
const DENIABLE: [&str; 7] = [
    "agent-forwarding",
    "port-forwarding",
    "pty",
    "touch-required",
    "user-rc",
    "verify-required",
    "x11-forwarding",
];
const VALUED: [&str; 8] = [
    "command",
    "environment",
    "expiry-time",
    "from",
    "permitlisten",
    "permitopen",
    "principals",
    "tunnel",
];
/// sshd accepts these only once per line.
const SINGLE: [&str; 3] = ["command", "from", "principals"];

/// SSH_TUNID_MAX of OpenSSH's misc.h.
const MAX_TUNNEL: u32 = 0x7fff_fffd;

/// NI_MAXHOST of netdb.h, including its final NUL.
const MAX_HOST: usize = 1025;

/// Which bytes of the options are outside quotes: a quote after a backslash does not count, and a
/// backslash does not escape a backslash.
#[derive(Default)]
pub(super) struct Quotes {
    pub(super) open: bool,
    backslash: bool,
}

impl Quotes {
    /// Whether this byte is outside.
    pub(super) fn pass(&mut self, byte: u8) -> bool {
        if byte == b'"' && !self.backslash {
            self.open = !self.open;
        }
        self.backslash = byte == b'\\';
        !self.open
    }
}

/// When a key stops logging in, from `expiry-time`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// Seconds since 1970 as though the time were UTC.
    pub seconds: i64,
    /// It ends in `Z` or `UTC`; otherwise it is in the server's time zone.
    pub is_utc: bool,
}

/// The first letter of the option whose name goes on like this, in lower case; no two options
/// differ in it alone.
pub(super) fn first_letter(rest_of_name: &[u8]) -> Option<u8> {
    let deniable = DENIABLE.iter().flat_map(|name| [(*name).to_owned(), format!("no-{name}")]);
    FLAGS
        .iter()
        .chain(&VALUED)
        .map(|name| (*name).to_owned())
        .chain(deniable)
        .map(String::into_bytes)
        .find(|name| name[1..].eq_ignore_ascii_case(rest_of_name))
        .map(|name| name[0])
}

/// Empty ones are skipped, as by sshd (`restrict,,pty`).
pub(super) fn split(options: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut quotes = Quotes::default();
    options
        .split(move |byte| quotes.pass(*byte) && *byte == b',')
        .filter(|option| !option.is_empty())
}

/// Name and value, the value with its quotes.
fn parts(option: &[u8]) -> (&[u8], Option<&[u8]>) {
    match option.iter().position(|byte| *byte == b'=') {
        Some(at) => (&option[..at], Some(&option[at + 1..])),
        None => (option, None),
    }
}

/// Why sshd rejects a line with these options: because of the first that it does not accept.
pub(super) fn refusal(options: &[u8]) -> Option<Dead<'_>> {
    let mut seen = Vec::new();
    let refused = split(options).find_map(|option| {
        let (written, value) = parts(option);
        let name = String::from_utf8_lossy(written).to_ascii_lowercase();
        if FLAGS.contains(&&*name) || DENIABLE.contains(&name.strip_prefix("no-").unwrap_or(&name))
        {
            return value.map(|_| Dead::BadValue(written));
        }
        let Some(known) = VALUED.into_iter().find(|known| *known == name) else {
            return Some(Dead::UnknownOption(written));
        };
        if SINGLE.contains(&known) && seen.contains(&known) {
            return Some(Dead::Twice(written));
        }
        seen.push(known);
        let is_good = value.and_then(dequoted).is_some_and(|value| accepts(known, &value));
        (!is_good).then_some(Dead::BadValue(written))
    });
    let named = |name: &str| {
        split(options)
            .map(|option| parts(option).0)
            .find(|found| found.eq_ignore_ascii_case(name.as_bytes()))
    };
    match (refused, named("principals"), named("cert-authority")) {
        (None, Some(principals), None) => Some(Dead::NoAuthority(principals)),
        _ => refused,
    }
}

/// The values of the option with this name, in their order; without their quotes.
pub(super) fn values<'a>(options: &'a [u8], name: &'a str) -> impl Iterator<Item = Vec<u8>> + 'a {
    split(options).filter_map(move |option| match parts(option) {
        (found, Some(value)) if found.eq_ignore_ascii_case(name.as_bytes()) => dequoted(value),
        _ => None,
    })
}

/// Without the quotes around it, and with `\"` unescaped; `None` if the quotes do not enclose all
/// of it.
fn dequoted(value: &[u8]) -> Option<Vec<u8>> {
    let (mut text, mut rest) = (Vec::new(), value.strip_prefix(b"\"")?);
    loop {
        rest = match rest {
            [b'\\', b'"', after @ ..] => {
                text.push(b'"');
                after
            }
            [b'"'] => return Some(text),
            [b'"', ..] | [] => return None,
            [byte, after @ ..] => {
                text.push(*byte);
                after
            }
        };
    }
}

/// Whether sshd accepts this value. What it checks only at login, such as the patterns of `from=`,
/// counts as accepted.
fn accepts(name: &str, value: &[u8]) -> bool {
    match name {
        "environment" => value.iter().position(|byte| *byte == b'=').is_some_and(|at| {
            let variable = &value[..at];
            !variable.is_empty()
                && variable.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        }),
        "expiry-time" => expiry(value).is_some(),
        "permitopen" => is_permit(value),
        "permitlisten" if !value.contains(&b':') => is_permit(&[b"*:", value].concat()),
        "permitlisten" => is_permit(value),
        "tunnel" => {
            value.eq_ignore_ascii_case(b"any")
                || number(value).is_some_and(|number| number <= MAX_TUNNEL)
        }
        _ => true,
    }
}

/// `host:port`, where the host may be in brackets, and a slash may replace the colon.
fn is_permit(value: &[u8]) -> bool {
    let end = match value.first() {
        Some(b'[') => value.iter().position(|byte| *byte == b']').map(|at| at + 1),
        _ => value.iter().position(|byte| matches!(byte, b':' | b'/')),
    };
    match end.map(|end| value.split_at(end)) {
        Some((host, [b':' | b'/', port @ ..])) => host.len() < MAX_HOST && is_port(port),
        _ => false,
    }
}

/// A number, `*`, or the name of a service, and only the server knows whether it has that.
fn is_port(port: &[u8]) -> bool {
    let is_in_a_name =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+');
    match number(port) {
        Some(number) => (1..=0xffff).contains(&number),
        None => {
            port == b"*"
                || (port.first().is_some_and(u8::is_ascii_alphabetic)
                    && port.iter().all(is_in_a_name))
        }
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    let is_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    is_digits.then(|| std::str::from_utf8(digits).ok()?.parse().ok()).flatten()
}

/// `YYYYMMDD[HHMM[SS]][Z]` (parse_absolute_time of OpenSSH's misc.c). As there, a day past the end
/// of the month belongs to the next month.
fn expiry(value: &[u8]) -> Option<Expiry> {
    let text = std::str::from_utf8(value).ok()?.to_ascii_uppercase();
    let utc = text.strip_suffix('Z').or_else(|| text.strip_suffix("UTC"));
    let digits = utc.unwrap_or(&text);
    if !matches!(digits.len(), 8 | 12 | 14) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let field = |start: usize, length: usize| {
        digits.get(start..start + length).map_or(Ok(0), str::parse::<i64>).ok()
    };
    let (year, month, day) = (field(0, 4)?, field(4, 2)?, field(6, 2)?);
    let (hour, minute, second) = (field(8, 2)?, field(10, 2)?, field(12, 2)?);
    if !(1..=12).contains(&month)
        || !(1..=31).contains(&day)
        || hour > 23
        || minute > 59
        || second > 61
    {
        return None;
    }
    let seconds = ((days_before(year, month) + day - 1) * 24 + hour) * 3600 + minute * 60 + second;
    (seconds > 0).then_some(Expiry { seconds, is_utc: utc.is_some() })
}

/// Days from 1970-01-01 to the first of this month; negative before. A year counts from March, so
/// that its leap day is its last.
fn days_before(year: i64, month: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    const TO_1970: i64 = 719_468;
    year * 365 + leap_days + (153 * month + 2) / 5 - TO_1970
}

/// The earliest one counts, as in sshd.
pub(super) fn earliest_expiry(options: &[u8]) -> Option<Expiry> {
    values(options, "expiry-time")
        .filter_map(|value| expiry(&value))
        .min_by_key(|expiry| expiry.seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(options: &str) -> Option<String> {
        refusal(options.as_bytes()).map(|dead| dead.to_string())
    }

    #[test]
    fn what_sshd_accepts_is_not_rejected() {
        for options in [
            "",
            "restrict,,PTY,no-user-rc",
            r#"command="a \"b\", c=d",from="*""#,
            r#"environment="A_1=b=c",environment="B=""#,
            r#"permitopen="localhost:80",permitopen="[::1]:*",permitopen="h/ssh""#,
            r#"permitlisten="8080",permitlisten="[::1]:1""#,
            r#"tunnel="0",tunnel="Any""#,
            r#"expiry-time="20300101",expiry-time="203001011200Z",expiry-time="20300101120000utc""#,
            r#"principals="",cert-authority"#,
        ] {
            assert_eq!(refused(options), None, "{options}");
        }
    }

    #[test]
    fn the_first_option_that_sshd_rejects_is_named() {
        for (options, why) in [
            (r#"pty,foo="b c""#, r#"sshd does not know its option "foo""#),
            ("no-restrict", r#"sshd does not know its option "no-restrict""#),
            (r#"Restrict="x""#, r#"sshd rejects the value of its option "Restrict""#),
            ("from", r#"sshd rejects the value of its option "from""#),
            ("command=x", r#"sshd rejects the value of its option "command""#),
            (r#"command="a"b"#, r#"sshd rejects the value of its option "command""#),
            (r#"from="a",FROM="b""#, r#"it has the option "FROM" twice"#),
            (
                r#"pty,Principals="a""#,
                r#"its option "Principals" is only for cert-authority lines"#,
            ),
            (r#"environment="A B=c""#, r#"sshd rejects the value of its option "environment""#),
            (r#"environment="=c""#, r#"sshd rejects the value of its option "environment""#),
            (r#"permitopen="80""#, r#"sshd rejects the value of its option "permitopen""#),
            (r#"permitopen="h:0""#, r#"sshd rejects the value of its option "permitopen""#),
            (r#"permitopen="h:65536""#, r#"sshd rejects the value of its option "permitopen""#),
            (r#"permitopen="[h:1""#, r#"sshd rejects the value of its option "permitopen""#),
            (r#"permitlisten="h/1""#, r#"sshd rejects the value of its option "permitlisten""#),
            (r#"permitlisten="""#, r#"sshd rejects the value of its option "permitlisten""#),
            (r#"tunnel="x""#, r#"sshd rejects the value of its option "tunnel""#),
            (r#"tunnel="2147483646""#, r#"sshd rejects the value of its option "tunnel""#),
            (r#"expiry-time="2030""#, r#"sshd rejects the value of its option "expiry-time""#),
            (r#"expiry-time="20301301""#, r#"sshd rejects the value of its option "expiry-time""#),
            (r#"expiry-time="19691231Z""#, r#"sshd rejects the value of its option "expiry-time""#),
        ] {
            assert_eq!(refused(options).as_deref(), Some(why), "{options}");
        }
    }

    #[test]
    fn times_are_those_of_date() {
        // date -u -d '2024-02-29 23:59:58' +%s
        let seconds =
            |text: &str| expiry(text.as_bytes()).map(|expiry| (expiry.seconds, expiry.is_utc));
        assert_eq!(seconds("20240229235958Z"), Some((1_709_251_198, true)));
        assert_eq!(seconds("19700102"), Some((86_400, false)));
        assert_eq!(seconds("203801190314UTC"), Some((2_147_483_640, true)));
        assert_eq!(seconds("20230231"), seconds("20230303"));
        assert_eq!(seconds("２０300101"), None);
        assert_eq!(seconds("19700101Z"), None);
        let options = br#"expiry-time="20300101",expiry-time="20290101",pty"#;
        assert_eq!(earliest_expiry(options), expiry(b"20290101"));
    }
}
