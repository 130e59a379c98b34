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

/// Characters per line of base64 in OpenSSH's format, as ssh-keygen writes it.
pub(super) const OPENSSH_WIDTH: usize = 70;
/// Characters per line of base64 in PEM and PKCS#8, as OpenSSL writes it.
pub(super) const PEM_WIDTH: usize = 64;

/// Every label that announces a private key; blocks under other labels (`EC PARAMETERS`) may be
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

    /// The only private key in `text`; `None` if no line begins one.
    pub(super) fn read(text: &'a str) -> Result<Option<Self>, Fault> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        let label_of = |line: &str| private_label(begin(line)?);
        let first = lines.iter().enumerate().find_map(|(at, line)| Some((at, label_of(line)?)));
        let Some((start, label)) = first else { return Ok(None) };
        // After a carriage return alone, another line begins for some programs.
        let all = text.split(['\n', '\r']).map(str::trim_end);
        let count = all.filter(|line| label_of(line).is_some()).count();
        if count > 1 {
            return Err(Fault::SeveralKeys { count });
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
                return Err(Fault::Damaged { why: "its first and last lines do not match" });
            }
            None => return Err(Fault::CutShort { label }),
        }
        let inside = &lines[start + 1..end];
        // A blank line ends the headers; without one there are no headers.
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
        Ok(Some(Self { label, headers, body }))
    }
}

/// The label of a first line.
pub(super) fn begin(line: &str) -> Option<&str> {
    line.strip_prefix("-----BEGIN ")?.strip_suffix("-----")
}

/// The label itself, if it is that of a private key.
pub(super) fn private_label(label: &str) -> Option<&'static str> {
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
        return Err(Fault::Damaged { why: "there is nothing between its first and last lines" });
    }
    let part_missing = Fault::Damaged { why: "part of its base64 text is missing" };
    let mut body =
        Zeroizing::new(vec![0; BASE64.decode_len(packed.len()).map_err(|_| part_missing.clone())?]);
    let length = BASE64.decode_mut(&packed, &mut body).map_err(|_| part_missing)?;
    body.truncate(length);
    Ok(body)
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
    // Room for everything from the start: growing would leave copies of the key behind.
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
