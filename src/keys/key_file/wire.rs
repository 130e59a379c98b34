//! SSH's wire format (RFC 4251, section 5), read without trusting a length.

use super::fault::Fault;

pub(super) const SHORT: Fault = Fault::Damaged { why: "a part of it is missing" };

/// What is left to read.
pub(super) struct Reader<'a> {
    pub(super) rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(SHORT)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn number(&mut self) -> Result<u32, Fault> {
        let bytes = self.take(4)?;
        Ok(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    pub(super) fn string(&mut self) -> Result<&'a [u8], Fault> {
        let length = usize::try_from(self.number()?).map_err(|_| SHORT)?;
        self.take(length)
    }

    pub(super) fn word(&mut self) -> Result<&'a str, Fault> {
        std::str::from_utf8(self.string()?)
            .map_err(|_| Fault::Damaged { why: "one of its names is not text" })
    }
}
