//! The local terminal during a session on a remote pty: raw mode, window size, and the modes for
//! the remote side.

use super::modes::{self, Changed, TypeAhead};
use rustix::termios::{
    ControlModes, InputModes, LocalModes, OutputModes, SpecialCodeIndex, Termios, tcgetattr,
    tcgetwinsize,
};
use std::io;
use std::os::fd::AsFd;

/// What `_POSIX_VDISABLE` is here: a special character with this value is off (termios(3)).
const DISABLED: u8 = if cfg!(target_os = "linux") { 0 } else { 0xff };

/// Raw mode, until this is dropped; a signal or a panic restores the terminal too.
#[must_use = "the terminal is put back when this is dropped"]
pub struct RawMode {
    _changed: Changed,
}

/// The size of a terminal, as pty-req and window-change carry it (RFC 4254, 6.2 and 6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowSize {
    pub columns: u32,
    pub rows: u32,
    /// 0 if unknown.
    pub width_pixels: u32,
    pub height_pixels: u32,
}

impl RawMode {
    /// Fails if `tty`, usually stdin, is not a terminal.
    pub fn enter(tty: impl AsFd) -> io::Result<Self> {
        Ok(Self { _changed: modes::change(tty, TypeAhead::Keep, make_raw)? })
    }
}

/// The modes of `tty` for a pty-req without raw mode.
pub fn pty_modes(tty: impl AsFd) -> io::Result<Vec<(u8, u32)>> {
    Ok(encode(&tcgetattr(tty)?))
}

/// Fails if `tty` is not a terminal.
pub fn window_size(tty: impl AsFd) -> io::Result<WindowSize> {
    let size = tcgetwinsize(tty)?;
    Ok(WindowSize {
        columns: size.ws_col.into(),
        rows: size.ws_row.into(),
        width_pixels: size.ws_xpixel.into(),
        height_pixels: size.ws_ypixel.into(),
    })
}

/// ssh's own choice of flags (sshtty.c), which is not cfmakeraw(3)'s: parity errors are ignored,
/// the character size stays.
fn make_raw(modes: &mut Termios) {
    use InputModes as I;
    use LocalModes as L;
    modes.input_modes.insert(I::IGNPAR);
    modes
        .input_modes
        .remove(I::ISTRIP | I::INLCR | I::IGNCR | I::ICRNL | I::IXON | I::IXANY | I::IXOFF);
    #[cfg(target_os = "linux")]
    modes.input_modes.remove(I::IUCLC);
    modes
        .local_modes
        .remove(L::ISIG | L::ICANON | L::ECHO | L::ECHOE | L::ECHOK | L::ECHONL | L::IEXTEN);
    modes.output_modes.remove(OutputModes::OPOST);
    modes.special_codes[SpecialCodeIndex::VMIN] = 1;
    modes.special_codes[SpecialCodeIndex::VTIME] = 0;
}

/// As RFC 4254, section 8 numbers them, in ssh's order (ttymodes.h); without the closing
/// TTY_OP_END.
fn encode(modes: &Termios) -> Vec<(u8, u32)> {
    // TTY_OP_OSPEED and TTY_OP_ISPEED, in bits per second.
    let mut encoded = vec![(129, modes.output_speed()), (128, modes.input_speed())];
    for &(opcode, index) in SPECIAL_CHARACTERS {
        let character = modes.special_codes[index];
        // 255 stands for "off" (RFC 4254, section 8).
        encoded.push((opcode, if character == DISABLED { 255 } else { character.into() }));
    }
    encoded.extend(
        INPUT.iter().map(|&(opcode, flag)| (opcode, modes.input_modes.contains(flag).into())),
    );
    encoded.extend(
        LOCAL.iter().map(|&(opcode, flag)| (opcode, modes.local_modes.contains(flag).into())),
    );
    encoded.extend(
        OUTPUT.iter().map(|&(opcode, flag)| (opcode, modes.output_modes.contains(flag).into())),
    );
    // Two bits in one field: CS8 holds CS7's, and ssh asks for any of them.
    encoded.extend(
        CONTROL.iter().map(|&(opcode, flag)| (opcode, modes.control_modes.intersects(flag).into())),
    );
    encoded
}

const SPECIAL_CHARACTERS: &[(u8, SpecialCodeIndex)] = &[
    (1, SpecialCodeIndex::VINTR),
    (2, SpecialCodeIndex::VQUIT),
    (3, SpecialCodeIndex::VERASE),
    (4, SpecialCodeIndex::VKILL),
    (5, SpecialCodeIndex::VEOF),
    (6, SpecialCodeIndex::VEOL),
    (7, SpecialCodeIndex::VEOL2),
    (8, SpecialCodeIndex::VSTART),
    (9, SpecialCodeIndex::VSTOP),
    (10, SpecialCodeIndex::VSUSP),
    #[cfg(target_os = "macos")]
    (11, SpecialCodeIndex::VDSUSP),
    (12, SpecialCodeIndex::VREPRINT),
    (13, SpecialCodeIndex::VWERASE),
    (14, SpecialCodeIndex::VLNEXT),
    #[cfg(target_os = "macos")]
    (17, SpecialCodeIndex::VSTATUS),
    (18, SpecialCodeIndex::VDISCARD),
];

const INPUT: &[(u8, InputModes)] = &[
    (30, InputModes::IGNPAR),
    (31, InputModes::PARMRK),
    (32, InputModes::INPCK),
    (33, InputModes::ISTRIP),
    (34, InputModes::INLCR),
    (35, InputModes::IGNCR),
    (36, InputModes::ICRNL),
    #[cfg(target_os = "linux")]
    (37, InputModes::IUCLC),
    (38, InputModes::IXON),
    (39, InputModes::IXANY),
    (40, InputModes::IXOFF),
    (41, InputModes::IMAXBEL),
    // RFC 8160.
    (42, InputModes::IUTF8),
];

const LOCAL: &[(u8, LocalModes)] = &[
    (50, LocalModes::ISIG),
    (51, LocalModes::ICANON),
    #[cfg(target_os = "linux")]
    (52, LocalModes::XCASE),
    (53, LocalModes::ECHO),
    (54, LocalModes::ECHOE),
    (55, LocalModes::ECHOK),
    (56, LocalModes::ECHONL),
    (57, LocalModes::NOFLSH),
    (58, LocalModes::TOSTOP),
    (59, LocalModes::IEXTEN),
    (60, LocalModes::ECHOCTL),
    (61, LocalModes::ECHOKE),
    (62, LocalModes::PENDIN),
];

const OUTPUT: &[(u8, OutputModes)] = &[
    (70, OutputModes::OPOST),
    #[cfg(target_os = "linux")]
    (71, OutputModes::OLCUC),
    (72, OutputModes::ONLCR),
    (73, OutputModes::OCRNL),
    (74, OutputModes::ONOCR),
    (75, OutputModes::ONLRET),
];

const CONTROL: &[(u8, ControlModes)] = &[
    (90, ControlModes::CS7),
    (91, ControlModes::CS8),
    (92, ControlModes::PARENB),
    (93, ControlModes::PARODD),
];

#[cfg(test)]
mod tests {
    use super::*;
    use pty_process::blocking::{Pts, open};
    use std::process::Command;

    fn stty(pts: &Pts, args: &[&str]) {
        let stdin = pts.as_fd().try_clone_to_owned().unwrap();
        assert!(Command::new("stty").args(args).stdin(stdin).status().unwrap().success());
    }

    /// RFC 4254, section 8 and RFC 8160, against what stty(1) set.
    #[test]
    fn modes_are_encoded_as_the_protocol_numbers_them() {
        let (_pty, pts) = open().unwrap();
        stty(
            &pts,
            &[
                "sane", "intr", "^X", "quit", "undef", "erase", "^H", "eof", "^D", "ospeed",
                "9600", "ispeed", "9600",
            ],
        );
        stty(
            &pts,
            &[
                "ixany", "-ixon", "-icrnl", "inlcr", "iutf8", "-echoe", "tostop", "noflsh",
                "-onlcr", "ocrnl", "-imaxbel",
            ],
        );
        let encoded = pty_modes(&pts).unwrap();
        let value = |opcode| encoded.iter().find(|(known, _)| *known == opcode).unwrap().1;
        for (opcode, expected) in [
            (1, 0x18),
            (2, 255),
            (3, 8),
            (5, 4),
            (6, 255),
            (8, 0x11),
            (10, 0x1a),
            (13, 0x17),
            (128, 9600),
            (129, 9600),
        ] {
            assert_eq!(value(opcode), expected, "{opcode}");
        }
        let on = [34, 39, 42, 50, 51, 53, 55, 57, 58, 59, 60, 61, 70, 73, 90, 91];
        let off = [30, 31, 32, 33, 35, 36, 38, 40, 41, 54, 56, 62, 72, 74, 75, 92, 93];
        for (opcode, expected) in
            on.iter().map(|opcode| (*opcode, 1)).chain(off.iter().map(|opcode| (*opcode, 0)))
        {
            assert_eq!(value(opcode), expected, "{opcode}");
        }
        let mut opcodes: Vec<u8> = encoded.iter().map(|(opcode, _)| *opcode).collect();
        assert_eq!(opcodes[..2], [129, 128]);
        assert!(opcodes[2..].is_sorted());
        opcodes.dedup();
        assert_eq!(opcodes.len(), encoded.len());
    }

    #[test]
    fn raw_mode_is_ssh_s_and_puts_back_what_was() {
        let (_pty, pts) = open().unwrap();
        stty(&pts, &["sane", "intr", "^X"]);
        let before = pty_modes(&pts).unwrap();
        let raw_mode = RawMode::enter(&pts).unwrap();
        let during = tcgetattr(&pts).unwrap();
        assert!(during.input_modes.contains(InputModes::IGNPAR));
        assert!(!during.input_modes.intersects(InputModes::ICRNL | InputModes::IXON));
        assert!(!during.local_modes.intersects(
            LocalModes::ISIG | LocalModes::ICANON | LocalModes::ECHO | LocalModes::IEXTEN
        ));
        assert!(!during.output_modes.contains(OutputModes::OPOST));
        assert_eq!(
            (
                during.special_codes[SpecialCodeIndex::VMIN],
                during.special_codes[SpecialCodeIndex::VTIME]
            ),
            (1, 0)
        );
        drop(raw_mode);
        assert_eq!(pty_modes(&pts).unwrap(), before);
    }

    #[test]
    fn the_size_is_the_terminal_s_and_a_file_has_none() {
        let (pty, pts) = open().unwrap();
        pty.resize(pty_process::Size::new_with_pixel(24, 80, 800, 600)).unwrap();
        assert_eq!(
            window_size(&pts).unwrap(),
            WindowSize { columns: 80, rows: 24, width_pixels: 800, height_pixels: 600 }
        );
        let file = tempfile::tempfile().unwrap();
        assert!(window_size(&file).is_err());
        assert!(RawMode::enter(&file).is_err());
        assert!(pty_modes(&file).is_err());
    }
}
