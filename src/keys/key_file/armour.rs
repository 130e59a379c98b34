//! The text around a private key, `-----BEGIN …-----` to `-----END …-----`: read (RFC 7468, and RFC
//! 1421 for its headers) and written.

use super::fault::Fault;
use data_encoding::BASE64;
use zeroize::Zeroizing;

pub(super) const OPENSSH: &str = "OPENSSH PRIVATE KEY";
pub(super) const RSA: &str = "RSA PRIVATE KEY";
pub(super) const EC: &str = "EC PRIVATE KEY";
pub(super) const PKCS8: &str = "PRIVATE KEY";
pub(super) const PKCS8_ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";
pub(super) const DSA: &str = "DSA PRIVATE KEY";

/// Every label that announces a private key; blocks under other labels (`EC PARAMETERS`) may stand
/// beside it.
pub(super) const LABELS: [&str; 6] = [OPENSSH, RSA, EC, PKCS8, PKCS8_ENCRYPTED, DSA];

/// One block of a text: what its first line calls it, its headers and its bytes.
pub(super) struct Block<'a> {
    pub(super) label: &'static str,
    headers: Vec<(&'a str, &'a str)>,
    pub(super) body: Zeroizing<Vec<u8>>,
}

impl<'a> Block<'a> {
    /// The value of an RFC 1421 header such as `DEK-Info`.
    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
    }

    /// The only private key in `text`, or what is there instead.
    pub(super) fn read(text: &'a str) -> Result<Self, Fault> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        let mut starts = lines
            .iter()
            .enumerate()
            .filter_map(|(at, line)| Some((at, private_label(begin(line)?)?)));
        let (start, label) = starts.next().ok_or_else(|| instead(text))?;
        let more = starts.count();
        if more > 0 {
            return Err(Fault::SeveralKeys { count: more + 1 });
        }
        if label == DSA {
            return Err(Fault::Dsa);
        }
        let end = lines[start + 1..]
            .iter()
            .position(|line| line.starts_with("-----"))
            .ok_or(Fault::CutShort { label })?
            + start
            + 1;
        match lines[end].strip_prefix("-----END ").and_then(|line| line.strip_suffix("-----")) {
            Some(last) if last == label => {}
            Some(_) => {
                return Err(Fault::Damaged {
                    why: "its first and its last line do not belong together",
                });
            }
            None => return Err(Fault::CutShort { label }),
        }
        let inside = &lines[start + 1..end];
        // A blank line ends the headers; where there is none, there are no headers.
        let headers_end = if inside.iter().any(|line| line.contains(':')) {
            inside
                .iter()
                .position(|line| line.is_empty())
                .ok_or(Fault::Damaged { why: "the blank line after its headers is missing" })?
        } else {
            0
        };
        let headers = inside[..headers_end]
            .iter()
            .filter_map(|line| line.split_once(':'))
            .map(|(key, value)| (key, value.trim()))
            .collect();
        let body = decode(&inside[headers_end..], start + 1 + headers_end)?;
        Ok(Self { label, headers, body })
    }
}

fn begin(line: &str) -> Option<&str> {
    line.strip_prefix("-----BEGIN ")?.strip_suffix("-----")
}

fn private_label(label: &str) -> Option<&'static str> {
    LABELS.into_iter().find(|known| *known == label)
}

/// The bytes of base64 lines; `before` is how many lines of the file come before them.
pub(super) fn decode(lines: &[&str], before: usize) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let mut packed = Zeroizing::new(Vec::with_capacity(lines.iter().map(|line| line.len()).sum()));
    for (at, line) in lines.iter().enumerate() {
        if !line.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/= \t".contains(&byte)) {
            return Err(Fault::NotBase64 { line: before + at + 1 });
        }
        packed.extend(line.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    }
    if packed.is_empty() {
        return Err(Fault::Damaged { why: "there is nothing between its first and its last line" });
    }
    let part_missing = Fault::Damaged { why: "a part of its base64 text is missing" };
    let mut body =
        Zeroizing::new(vec![0; BASE64.decode_len(packed.len()).map_err(|_| part_missing.clone())?]);
    let length = BASE64.decode_mut(&packed, &mut body).map_err(|_| part_missing)?;
    body.truncate(length);
    Ok(body)
}

/// What a text without a private key's first line is.
fn instead(text: &str) -> Fault {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let Some(first) = lines().next() else {
        return Fault::Empty;
    };
    if LABELS.iter().any(|label| text.contains(&format!("-----BEGIN {label}-----"))) {
        let why = if text.contains("\\n") {
            "its line breaks are the two characters \\n"
        } else if lines().any(|line| begin(line).and_then(private_label).is_some()) {
            "its lines are indented"
        } else {
            "its line breaks are lost"
        };
        return Fault::Damaged { why };
    }
    if LABELS.iter().any(|label| text.contains(&format!("-----END {label}-----"))) {
        return Fault::Damaged { why: "its first line, -----BEGIN …-----, is missing" };
    }
    if super::public::PublicFormat::announced(text).is_some() {
        return Fault::Public;
    }
    if first.starts_with("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----") {
        return Fault::Unsupported { what: "the private key format of ssh.com".into() };
    }
    if first.starts_with("-----BEGIN CERTIFICATE") {
        return Fault::NotAKey { why: "it holds an X.509 certificate" };
    }
    if lines().any(super::public::is_certificate_line) {
        return Fault::Certificate;
    }
    if lines().any(super::public::is_public_line) {
        return Fault::Public;
    }
    Fault::NotAKey { why: "there is no -----BEGIN … PRIVATE KEY----- in it" }
}

/// The text of a block, with LF line ends; `headers` hold their own line ends and the blank line
/// after them.
pub(super) fn write(label: &str, headers: &str, body: &[u8], width: usize) -> Zeroizing<String> {
    let mut packed = Zeroizing::new(vec![0; BASE64.encode_len(body.len())]);
    BASE64.encode_mut(body, &mut packed);
    write_packed(label, headers, &packed, width)
}

/// As [`write`], of base64 text.
pub(super) fn write_packed(
    label: &str,
    headers: &str,
    packed: &[u8],
    width: usize,
) -> Zeroizing<String> {
    // Room for everything at once: growing would leave copies of the key behind.
    let room = packed.len() + packed.len() / width + headers.len() + 2 * label.len() + 64;
    let mut text = Zeroizing::new(String::with_capacity(room));
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    text.push_str(headers);
    for line in packed.chunks(width) {
        text.extend(line.iter().map(|byte| char::from(*byte)));
        text.push('\n');
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}
