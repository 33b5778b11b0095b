//! Escape sequences without parameters, and the character sets that some of them choose.

use super::cover::{Cover, Touch};
use super::price::Prices;
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
            ([], b'D') => self.line_feed(b"\n", b"\x1b[B", emulator),
            ([], b'E') => self.line_feed(b"\r\n", b"\r\x1b[B", emulator),
            ([], b'M') => self.line_feed(b"\x1bM", b"\x1b[A", emulator),
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
        self.touch(Touch::Moved);
        emulator.write(b"\x1b7");
    }

    /// DECRC.
    pub(super) fn restore_cursor(&mut self, emulator: &mut Emulator) {
        self.charsets = self.saved_charsets;
        // The style comes back too.
        self.touch(Touch::Drawn);
        emulator.write(b"\x1b8");
        settle(emulator);
    }

    /// One line on, by scrolling at the edge or, when that is too expensive, only by moving.
    pub(super) fn line_feed(&mut self, scroll: &[u8], step: &[u8], emulator: &mut Emulator) {
        settle(emulator);
        self.touch(Touch::Shifted);
        let paid = self.afford(Prices::of(emulator).scroll(1), emulator);
        emulator.write(if paid { scroll } else { step });
    }

    /// RIS. When it is too expensive, the cells stay.
    fn reset(&mut self, emulator: &mut Emulator) {
        let Self { purse, approximate, cover, .. } = *self;
        *self = Self { facts: self.take_facts(), purse, approximate, cover, ..Self::default() };
        if self.cover == Cover::Fresh {
            return;
        }
        if self.afford(Prices::of(emulator).reset(), emulator) {
            emulator.write(b"\x1bc");
            self.cover = Cover::Fresh;
            self.approximate = [false; 2];
        } else {
            emulator.write(b"\x1b[?47l\x1b[?6l\x1b[r\x1b[?25h\x1b[m\x1b[H\x1b7");
            self.cover = Cover::Unknown;
            self.approximate = [true; 2];
        }
    }

    /// DECALN: the screen full of `E`.
    fn alignment_pattern(&mut self, emulator: &mut Emulator) {
        let (lines, columns) = emulator.size();
        emulator.write(b"\x1b[?6l\x1b[r");
        let done = self.cover == Cover::Pattern;
        if done || self.afford(Prices::of(emulator).fill(), emulator) {
            let others = columns - 1;
            let rows = if done { 0 } else { lines };
            (1..=rows).for_each(|row| {
                emulator.write_fmt(format_args!("\x1b[{row};1HE\x1b[{others}b"));
            });
            self.cover = Cover::Pattern;
            self.mark(false, emulator);
        }
        emulator.write(b"\x1b[H");
    }

    fn designate(&mut self, slot: usize, set: u8) {
        if let Some(drawing) = self.charsets.drawing.get_mut(slot) {
            *drawing = set == b'0';
        }
    }
}

/// DEC special graphics (VT100 user guide, table 3-9), from 0x5f.
const LINE_DRAWING: [char; 32] = [
    ' ', '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼', '⎺', '⎻', '─',
    '⎼', '⎽', '├', '┤', '┴', '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
];
const LINE_DRAWING_FIRST: u8 = 0x5f;
