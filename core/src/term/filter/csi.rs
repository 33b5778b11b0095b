//! Control sequences: which ones reach the emulator, and in what form.

use super::cover::{Cover, Touch};
use super::price::Prices;
use super::{Filter, settle, sgr};
use crate::term::emulator::Emulator;

impl Filter {
    /// Carries out a control sequence; `body` is what stands behind `CSI`, with the final byte.
    pub(super) fn csi(&mut self, body: &[u8], emulator: &mut Emulator) {
        let preceding = self.preceding.take();
        let Some((&last, rest)) = body.split_last() else { return };
        self.touch(Touch::Moved);
        let plain = rest.iter().all(|b| matches!(b, b'0'..=b';'));
        match (rest, last) {
            (_, b'm') if plain => {
                self.touch(Touch::Drawn);
                sgr::write(rest, emulator);
            }
            (_, b'b') if plain => {
                self.preceding = preceding;
                self.repeat(Numbers(rest).count(), emulator);
            }
            ([b'?', rest @ ..], b'h') => self.private_modes(Numbers(rest), true, emulator),
            ([b'?', rest @ ..], b'l') => self.private_modes(Numbers(rest), false, emulator),
            ([b'?', rest @ ..], b'J' | b'K') => self.erase(Numbers(rest), last, emulator),
            ([b'!'], b'p') => self.soft_reset(emulator),
            _ if plain => self.plain_csi(Numbers(rest), last, emulator),
            _ => {}
        }
    }

    fn plain_csi(&mut self, numbers: Numbers<'_>, last: u8, emulator: &mut Emulator) {
        match last {
            b'@' | b'P' | b'X' => self.edit_row(numbers.count(), last, emulator),
            b'A'..=b'F' => counted(numbers.count(), last, emulator),
            b'a' => counted(numbers.count(), b'C', emulator),
            b'e' => counted(numbers.count(), b'B', emulator),
            b'L' | b'M' | b'S' => self.scroll(numbers.count(), last, emulator),
            // With more than one number this is xterm's mouse highlighting.
            b'T' if numbers.is_single() => self.scroll(numbers.count(), last, emulator),
            b'G' | b'`' | b'd' => counted(numbers.count(), last, emulator),
            b'H' | b'f' => {
                let (lines, columns) = emulator.size();
                let (row, column) =
                    (numbers.at(0).clamp(1, lines), numbers.at(1).clamp(1, columns));
                emulator.write_fmt(format_args!("\x1b[{row};{column}H"));
            }
            b'J' | b'K' => self.erase(numbers, last, emulator),
            b'I' => forward_tab(numbers.count(), emulator),
            b'Z' => back_tab(numbers.count(), emulator),
            b'h' | b'l' => self.insert = set_mode(numbers, 4, last == b'h', self.insert),
            b'r' => region(numbers, emulator),
            b's' if numbers.is_empty() => self.save_cursor(emulator),
            b'u' if numbers.is_empty() => self.restore_cursor(emulator),
            _ => {}
        }
    }

    fn private_modes(&mut self, numbers: Numbers<'_>, on: bool, emulator: &mut Emulator) {
        let letter = if on { 'h' } else { 'l' };
        for mode in numbers.iter() {
            match (mode, on) {
                (6 | 25, _) => emulator.write_fmt(format_args!("\x1b[?{mode}{letter}")),
                (7, _) => {
                    self.autowrap = on;
                    settle(emulator);
                }
                (1048, true) => self.save_cursor(emulator),
                (1048, false) => self.restore_cursor(emulator),
                (47 | 1047 | 1049, _) => self.switch_screen(mode, on, emulator),
                _ => {}
            }
        }
    }

    /// Both screens share one cursor, in contrast to the emulator's own idea. 1047 clears the
    /// alternate screen when it is left, 1049 when it is entered.
    fn switch_screen(&mut self, mode: u16, on: bool, emulator: &mut Emulator) {
        let (row, column) = emulator.cursor();
        match (mode, on) {
            (1049, true) => self.enter_cleared(emulator),
            (1049, false) => {
                emulator.write(b"\x1b[?1049l");
                self.touch(Touch::Drawn);
                self.charsets = self.saved_charsets;
                return settle(emulator);
            }
            (_, true) => {
                self.touch(Touch::Drawn);
                emulator.write(b"\x1b[?47h");
            }
            (mode, false) => {
                if mode == 1047 && emulator.screen().alternate_screen() {
                    self.erase_screen(2, emulator);
                }
                self.touch(Touch::Drawn);
                emulator.write(b"\x1b[?47l");
            }
        }
        move_to(row, column, emulator);
    }

    /// 1049: saves the cursor and shows the alternate screen, as new.
    fn enter_cleared(&mut self, emulator: &mut Emulator) {
        self.saved_charsets = self.charsets;
        if emulator.screen().alternate_screen() && self.cover.is_empty() {
            emulator.write(b"\x1b[?6l\x1b[r\x1b[H\x1b7");
            return self.mark(false, emulator);
        }
        let price = Prices::of(emulator).enter();
        self.cover = Cover::Unknown;
        if self.purse.pay(price) {
            emulator.spend(price);
            emulator.write(b"\x1b[?1049h");
            if emulator.has_default_style() {
                self.cover = Cover::Empty;
            }
            self.mark(false, emulator);
        } else {
            emulator.write(b"\x1b7\x1b[?47h\x1b[?6l\x1b[r\x1b[H\x1b7");
            self.mark(true, emulator);
        }
    }

    /// ICH, DCH, ECH.
    fn edit_row(&mut self, count: u16, last: u8, emulator: &mut Emulator) {
        settle(emulator);
        let prices = Prices::of(emulator);
        let (price, touch) = match last {
            b'X' => (prices.erase(count), Touch::Erased),
            _ => (prices.shift(), Touch::Shifted),
        };
        if self.afford(price, emulator) {
            self.touch(touch);
            counted(count, last, emulator);
        }
    }

    /// IL, DL, SU, SD. Scrolling up is told to whoever keeps what scrolls away, so it is done even
    /// where it changes nothing.
    fn scroll(&mut self, count: u16, last: u8, emulator: &mut Emulator) {
        settle(emulator);
        if self.cover.is_empty() && last != b'S' {
            return;
        }
        if self.afford(Prices::of(emulator).scroll(count), emulator) {
            self.touch(Touch::Shifted);
            counted(count, last, emulator);
        }
    }

    /// Towards the end, a waiting cursor erases nothing of its own row: terminals differ, and what
    /// was just printed should rather be seen.
    fn erase(&mut self, numbers: Numbers<'_>, last: u8, emulator: &mut Emulator) {
        let mode = numbers.at(0);
        if mode > 2 {
            return;
        }
        if mode != 0 {
            settle(emulator);
        }
        match last {
            b'J' => self.erase_screen(mode, emulator),
            _ => self.erase_row(mode, emulator),
        }
    }

    /// ED.
    fn erase_screen(&mut self, mode: u16, emulator: &mut Emulator) {
        let (row, _) = emulator.cursor();
        let whole = mode == 2 || (mode == 0 && emulator.cursor() == (0, 0));
        if !self.cover.is_blank() {
            let prices = Prices::of(emulator);
            let price = match mode {
                0 => prices.clear(emulator.size().0.saturating_sub(row + 1)) + prices.erase_row(),
                1 => prices.clear(row) + prices.erase_row(),
                _ => prices.clear(emulator.size().0),
            };
            if !self.afford(price, emulator) {
                return;
            }
            emulator.write(match mode {
                0 => b"\x1b[J",
                1 => b"\x1b[1J",
                _ => b"\x1b[2J",
            });
            self.cover = match whole {
                true => Cover::blank(emulator.has_default_style()),
                false => Cover::Unknown,
            };
        }
        if whole {
            self.mark(false, emulator);
        }
    }

    /// EL.
    fn erase_row(&mut self, mode: u16, emulator: &mut Emulator) {
        let prices = Prices::of(emulator);
        let price = if mode == 2 { prices.clear_row() } else { prices.erase_row() };
        if self.afford(price, emulator) {
            self.touch(Touch::Erased);
            emulator.write(match mode {
                0 => b"\x1b[K",
                1 => b"\x1b[1K",
                _ => b"\x1b[2K",
            });
        }
    }

    /// DECSTR.
    fn soft_reset(&mut self, emulator: &mut Emulator) {
        settle(emulator);
        let (row, column) = emulator.cursor();
        self.touch(Touch::Drawn);
        self.insert = false;
        self.autowrap = true;
        self.charsets = super::Charsets::default();
        emulator.write(b"\x1b[?6l\x1b[r\x1b[?25h\x1b[m");
        emulator.write(b"\x1b[H");
        self.save_cursor(emulator);
        move_to(row, column, emulator);
    }
}

/// Goes to a row and column, from 0, whatever the origin mode.
fn move_to(row: u16, column: u16, emulator: &mut Emulator) {
    let (row, column) = (row.saturating_add(1), column.saturating_add(1));
    emulator.write_fmt(format_args!("\x1b[{row}d\x1b[{column}G"));
}

fn counted(count: u16, last: u8, emulator: &mut Emulator) {
    settle(emulator);
    let count = clamp(count, emulator);
    emulator.write_fmt(format_args!("\x1b[{count}{}", char::from(last)));
}

/// CHT.
fn forward_tab(count: u16, emulator: &mut Emulator) {
    let (_, columns) = emulator.size();
    let stop = (emulator.cursor().1 / TAB_COLUMNS + clamp(count, emulator)) * TAB_COLUMNS;
    emulator.write_fmt(format_args!("\x1b[{}G", stop.min(columns - 1) + 1));
}

fn back_tab(count: u16, emulator: &mut Emulator) {
    settle(emulator);
    let stops = emulator.cursor().1.saturating_sub(1) / TAB_COLUMNS;
    let column = match emulator.cursor().1 {
        0 => 0,
        _ => stops.saturating_sub(count - 1) * TAB_COLUMNS,
    };
    emulator.write_fmt(format_args!("\x1b[{}G", column + 1));
}

/// DECSTBM. The cursor goes home; a region of less than two rows is refused.
fn region(numbers: Numbers<'_>, emulator: &mut Emulator) {
    let (lines, _) = emulator.size();
    let top = numbers.at(0).max(1);
    let bottom = match numbers.at(1) {
        0 => lines,
        bottom => bottom.min(lines),
    };
    if top < bottom {
        emulator.write_fmt(format_args!("\x1b[{top};{bottom}r\x1b[H"));
    }
}

fn set_mode(numbers: Numbers<'_>, wanted: u16, on: bool, before: bool) -> bool {
    if numbers.iter().any(|mode| mode == wanted) { on } else { before }
}

fn clamp(count: u16, emulator: &Emulator) -> u16 {
    let (lines, columns) = emulator.size();
    count.min(lines.max(columns))
}

/// The numbers of a control sequence as they stand there.
#[derive(Clone, Copy)]
struct Numbers<'a>(&'a [u8]);

impl<'a> Numbers<'a> {
    fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    fn is_single(self) -> bool {
        !self.0.contains(&b';')
    }

    /// Missing ones are 0; what stands behind a colon is left out.
    fn iter(self) -> impl Iterator<Item = u16> + 'a {
        self.0.split(|b| *b == b';').map(|field| {
            let digits = field.split(|b| *b == b':').next().unwrap_or_default();
            sgr::number(digits)
        })
    }

    fn at(self, index: usize) -> u16 {
        self.iter().nth(index).unwrap_or(0)
    }

    /// The first number as a count: at least 1.
    fn count(self) -> u16 {
        self.at(0).max(1)
    }
}

/// Tab stops are where the emulator has them; HTS and TBC are not followed.
const TAB_COLUMNS: u16 = 8;
