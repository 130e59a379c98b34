//! ssh's escape character: what is typed at the start of a line for sshk itself, separated from
//! what goes to the server.

/// What typed bytes turned into, in order.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed {
    Data(Vec<u8>),
    /// `~.`
    Disconnect,
    /// `~^Z`
    Suspend,
    /// `~R`
    Rekey,
    /// `~?`
    Help,
}

/// The state between two reads.
pub struct Escapes {
    character: u8,
    line_start: bool,
    pending: bool,
}

impl Escapes {
    pub fn new(character: u8) -> Self {
        Self { character, line_start: true, pending: false }
    }

    /// Splits what was typed. An escape character at the end waits for the next byte.
    pub fn split(&mut self, typed: &[u8]) -> Vec<Typed> {
        let mut parts = Vec::new();
        let mut data = Vec::with_capacity(typed.len() + 1);
        for &byte in typed {
            if self.pending {
                self.pending = false;
                let command = match byte {
                    b'.' => Some(Typed::Disconnect),
                    b'?' => Some(Typed::Help),
                    b'R' => Some(Typed::Rekey),
                    0x1a => Some(Typed::Suspend),
                    _ => None,
                };
                if let Some(command) = command {
                    if !data.is_empty() {
                        parts.push(Typed::Data(std::mem::take(&mut data)));
                    }
                    parts.push(command);
                    self.line_start = true;
                    continue;
                }
                data.push(self.character);
                if byte == self.character {
                    self.line_start = false;
                    continue;
                }
            } else if self.line_start && byte == self.character {
                self.pending = true;
                continue;
            }
            data.push(byte);
            self.line_start = matches!(byte, b'\r' | b'\n');
        }
        if !data.is_empty() {
            parts.push(Typed::Data(data));
        }
        parts
    }

    /// An escape, for a message.
    pub fn shown(&self, rest: &str) -> String {
        match self.character {
            control @ 0..0x20 => format!("^{}{rest}", char::from(control + 0x40)),
            plain => format!("{}{rest}", char::from(plain)),
        }
    }

    /// What `~?` shows.
    pub fn help(&self) -> String {
        let c = self.shown("");
        format!(
            "Supported escape sequences:\n \
             {c}.   - terminate connection\n \
             {c}R   - request rekey\n \
             {c}^Z  - suspend sshk\n \
             {c}?   - this message\n \
             {c}{c}   - send the escape character by typing it twice\n\
             (Note that escapes are only recognized immediately after newline.)\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(bytes: &[u8]) -> Typed {
        Typed::Data(bytes.to_vec())
    }

    #[test]
    fn escapes_count_only_at_the_start_of_a_line() {
        let mut escapes = Escapes::new(b'~');
        assert_eq!(escapes.split(b"a~.b"), [data(b"a~.b")]);
        assert_eq!(escapes.split(b"\r~."), [data(b"\r"), Typed::Disconnect]);
    }

    #[test]
    fn the_first_byte_of_a_session_starts_a_line() {
        assert_eq!(Escapes::new(b'~').split(b"~?x"), [Typed::Help, data(b"x")]);
        assert_eq!(Escapes::new(b'~').split(b"~Rx"), [Typed::Rekey, data(b"x")]);
    }

    #[test]
    fn an_escape_may_be_split_between_two_reads() {
        let mut escapes = Escapes::new(b'~');
        assert_eq!(escapes.split(b"ls\n~"), [data(b"ls\n")]);
        assert_eq!(escapes.split(b"."), [Typed::Disconnect]);
    }

    #[test]
    fn a_doubled_escape_sends_one_and_unknown_escapes_pass_through() {
        let mut escapes = Escapes::new(b'~');
        assert_eq!(escapes.split(b"~~."), [data(b"~.")]);
        assert_eq!(escapes.split(b"\n~x"), [data(b"\n~x")]);
    }
}
