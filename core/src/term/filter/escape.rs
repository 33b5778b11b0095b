//! Escape sequences without parameters, and the character sets that some of them choose.

use super::{Filter, settle};
use crate::term::emulator::Emulator;

/// G0 and G1, and which of them is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::term) struct Charsets {
    /// G0 and G1 hold the DEC line drawing set instead of ASCII.
    pub(in crate::term) drawing: [bool; 2],
    /// SO was received: G1 is in use.
    pub(in crate::term) shifted: bool,
}

impl Charsets {
    /// True when letters mean lines.
    pub(super) fn line_drawing(self) -> bool {
        let [g0, g1] = self.drawing;
        if self.shifted { g1 } else { g0 }
    }

    /// The character that a byte below 0x80 stands for.
    pub(super) fn translate(self, byte: u8) -> char {
        let drawn = byte.checked_sub(LINE_DRAWING_FIRST).map(usize::from);
        match drawn.and_then(|at| LINE_DRAWING.get(at)) {
            Some(c) if self.line_drawing() => *c,
            _ => byte.into(),
        }
    }
}

impl Filter {
    /// ESC, intermediate bytes, final byte.
    pub(super) fn escape(&mut self, between: &[u8], last: u8, emulator: &mut Emulator) {
        match (between, last) {
            ([], b'7') => self.save_cursor(emulator),
            ([], b'8') => self.restore_cursor(emulator),
            ([], b'D') => self.line_feed(b"\n", emulator),
            ([], b'E') => self.line_feed(b"\r\n", emulator),
            ([], b'M') => self.line_feed(b"\x1bM", emulator),
            ([], b'c') => self.reset(emulator),
            ([b'#'], b'8') => self.alignment_pattern(emulator),
            ([b'('], set) => self.designate(0, set),
            ([b')'], set) => self.designate(1, set),
            _ => {}
        }
    }

    /// DECSC.
    pub(super) fn save_cursor(&mut self, emulator: &mut Emulator) {
        self.saved_charsets = self.charsets;
        emulator.write(b"\x1b7");
    }

    /// DECRC.
    pub(super) fn restore_cursor(&mut self, emulator: &mut Emulator) {
        self.charsets = self.saved_charsets;
        emulator.write(b"\x1b8");
        settle(emulator);
    }

    fn line_feed(&mut self, bytes: &[u8], emulator: &mut Emulator) {
        settle(emulator);
        emulator.write(bytes);
    }

    /// RIS.
    fn reset(&mut self, emulator: &mut Emulator) {
        let facts = self.take_facts();
        *self = Self { facts, ..Self::default() };
        emulator.write(b"\x1bc");
        emulator.spend(cells(emulator));
    }

    /// DECALN: the screen full of `E`, line by line so that no write is longer than a run.
    fn alignment_pattern(&mut self, emulator: &mut Emulator) {
        let (lines, columns) = emulator.size();
        emulator.write(b"\x1b[?6l\x1b[r");
        for line in 1..=lines {
            emulator.write_fmt(format_args!("\x1b[{line};1H{}", "E".repeat(columns.into())));
        }
        emulator.write(b"\x1b[H");
    }

    fn designate(&mut self, slot: usize, set: u8) {
        if let Some(drawing) = self.charsets.drawing.get_mut(slot) {
            *drawing = set == b'0';
        }
    }
}

/// How many cells the screen has.
pub(super) fn cells(emulator: &Emulator) -> u64 {
    let (lines, columns) = emulator.size();
    u64::from(lines) * u64::from(columns)
}

/// DEC special graphics (VT100 user guide, table 3-9), from 0x5f.
const LINE_DRAWING: [char; 32] = [
    ' ', '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼', '⎺', '⎻', '─',
    '⎼', '⎽', '├', '┤', '┴', '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
];
const LINE_DRAWING_FIRST: u8 = 0x5f;
