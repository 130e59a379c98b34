//! Key revocation lists (PROTOCOL.krl), the binary form that `ssh-keygen -k` writes.

use std::collections::BTreeSet;

use ssh_key::Certificate;

use crate::ssh_string::take;

/// How a KRL begins.
pub(super) const MAGIC: &[u8] = b"SSHKRL\n\0";
const FORMAT_VERSION: u32 = 1;

const CERTIFICATES: u8 = 1;
const KEYS: u8 = 2;
const SHA1_FINGERPRINTS: u8 = 3;
const SIGNATURE: u8 = 4;
const SHA256_FINGERPRINTS: u8 = 5;
const EXTENSION: u8 = 255;

const SERIAL_LIST: u8 = 0x20;
const SERIAL_RANGE: u8 = 0x21;
const SERIAL_BITMAP: u8 = 0x22;
const KEY_ID: u8 = 0x23;
const CERTIFICATE_EXTENSION: u8 = 0x39;

const CUT: &str = "ends too early";
const UNKNOWN: &str = "has a section of an unknown kind";

/// What a KRL revokes.
#[derive(Clone, Debug, Default)]
pub(super) struct Krl {
    /// Blobs of plain keys.
    pub keys: BTreeSet<Vec<u8>>,
    /// Hashes of such blobs.
    pub sha1: BTreeSet<Vec<u8>>,
    pub sha256: BTreeSet<Vec<u8>>,
    certificates: Vec<Certificates>,
}

/// Certificates of one authority.
#[derive(Clone, Debug, Default)]
struct Certificates {
    /// The blob of its key; empty for every authority.
    authority: Vec<u8>,
    /// From one to the other, both included.
    serials: Vec<(u64, u64)>,
    /// The first number, and a big-endian number whose lowest bit stands for it.
    bitmaps: Vec<(u64, Vec<u8>)>,
    key_ids: BTreeSet<Vec<u8>>,
}

impl Krl {
    /// The part behind [`MAGIC`].
    pub(super) fn parse(mut rest: &[u8]) -> Result<Self, &'static str> {
        let version = u32::from_be_bytes(*chunk(&mut rest)?);
        if version != FORMAT_VERSION {
            return Err("is of an unknown version");
        }
        // The version of the list, a date and flags; then a reserved string and a comment.
        chunk::<24>(&mut rest)?;
        string(&mut rest)?;
        string(&mut rest)?;
        let mut krl = Self::default();
        while !rest.is_empty() {
            let [kind] = *chunk(&mut rest)?;
            let mut section = string(&mut rest)?;
            match kind {
                CERTIFICATES => krl.certificates.push(Certificates::parse(section)?),
                KEYS => strings(section, &mut krl.keys)?,
                SHA1_FINGERPRINTS => strings(section, &mut krl.sha1)?,
                SHA256_FINGERPRINTS => strings(section, &mut krl.sha256)?,
                // OpenSSH checks signatures of KRLs no longer; whoever may write the file decides.
                SIGNATURE => drop(string(&mut rest)?),
                EXTENSION => extension(&mut section)?,
                _ => return Err(UNKNOWN),
            }
        }
        Ok(krl)
    }

    /// By its serial number or key ID; `authority` is the blob of the key that signed it.
    pub(super) fn holds_certificate(&self, certificate: &Certificate, authority: &[u8]) -> bool {
        self.certificates
            .iter()
            .filter(|section| section.authority.is_empty() || section.authority == authority)
            .any(|section| section.hold(certificate))
    }
}

impl Certificates {
    fn parse(mut rest: &[u8]) -> Result<Self, &'static str> {
        let mut found = Self { authority: string(&mut rest)?.to_vec(), ..Self::default() };
        string(&mut rest)?;
        while !rest.is_empty() {
            let [kind] = *chunk(&mut rest)?;
            let mut section = string(&mut rest)?;
            match kind {
                SERIAL_LIST => {
                    while !section.is_empty() {
                        let serial = number(&mut section)?;
                        found.serials.push((serial, serial));
                    }
                }
                SERIAL_RANGE => {
                    found.serials.push((number(&mut section)?, number(&mut section)?));
                }
                SERIAL_BITMAP => {
                    let offset = number(&mut section)?;
                    found.bitmaps.push((offset, string(&mut section)?.to_vec()));
                }
                KEY_ID => {
                    strings(section, &mut found.key_ids)?;
                    section = &[];
                }
                CERTIFICATE_EXTENSION => extension(&mut section)?,
                _ => return Err(UNKNOWN),
            }
            if !section.is_empty() {
                return Err("has a section that is too long");
            }
        }
        Ok(found)
    }

    fn hold(&self, certificate: &Certificate) -> bool {
        if self.key_ids.contains(certificate.key_id().as_bytes()) {
            return true;
        }
        // 0 is what an authority writes that does not number its certificates; as for OpenSSH, no
        // list can mean it.
        let serial = certificate.serial();
        serial != 0
            && (self.serials.iter().any(|(first, last)| (*first..=*last).contains(&serial))
                || self.bitmaps.iter().any(|(offset, bits)| is_set(bits, *offset, serial)))
    }
}

fn is_set(bits: &[u8], offset: u64, serial: u64) -> bool {
    let Some(index) = serial.checked_sub(offset) else { return false };
    let byte = usize::try_from(index / 8).ok().and_then(|place| bits.iter().rev().nth(place));
    byte.is_some_and(|byte| byte >> (index % 8) & 1 == 1)
}

/// None is supported, so one that must not be ignored cannot be.
fn extension(section: &mut &[u8]) -> Result<(), &'static str> {
    string(section)?;
    let [is_critical] = *chunk(section)?;
    string(section)?;
    if is_critical == 0 { Ok(()) } else { Err("has an extension that must not be ignored") }
}

fn strings(mut section: &[u8], into: &mut BTreeSet<Vec<u8>>) -> Result<(), &'static str> {
    while !section.is_empty() {
        into.insert(string(&mut section)?.to_vec());
    }
    Ok(())
}

fn string<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], &'static str> {
    take(rest).ok_or(CUT)
}

fn number(rest: &mut &[u8]) -> Result<u64, &'static str> {
    chunk(rest).map(|bytes| u64::from_be_bytes(*bytes))
}

fn chunk<'a, const SIZE: usize>(rest: &mut &'a [u8]) -> Result<&'a [u8; SIZE], &'static str> {
    let (bytes, after) = rest.split_first_chunk().ok_or(CUT)?;
    *rest = after;
    Ok(bytes)
}
