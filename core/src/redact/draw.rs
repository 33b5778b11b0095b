//! One screen drawn over another with as few sequences as any player of terminal recordings understands:
//! nothing that was recorded goes through, only cells.

use std::fmt::Write as _;

use super::grid::{Glyph, Grid};
use crate::term::Style;

/// What turns a terminal that shows `old` into one that shows `new`, of the same size; `old` moves up by
/// `shift` rows first. Nothing when they look the same.
pub(super) fn draw(old: &mut Grid, new: &Grid, shift: usize) -> String {
    let mut drawing = Drawing { out: String::new(), style: Style::default(), at: None };
    let (lines, columns) = new.size();
    if shift > 0 {
        drawing.put(format_args!("\x1b[{lines};1H"));
        drawing.out.extend(std::iter::repeat_n('\n', shift));
        old.scroll(shift);
    }
    for row in 0..lines {
        let (before, after) = (old.row(row), new.row(row));
        let mut column = 0;
        while let Some(glyph) = after.get(column) {
            let width = usize::from(glyph.width.max(1));
            let same = before.get(column..column + width) == after.get(column..column + width);
            // The right half of a wide character comes with the left one.
            if !same && glyph.width > 0 {
                drawing.glyph(row, column, glyph);
            }
            column += width;
        }
        // A player scrolls when something follows in the last column.
        drawing.at = drawing.at.filter(|(_, at)| *at < columns);
    }
    drawing.style(Style::default());
    let (from, to) = (old.cursor, new.cursor);
    if !drawing.out.is_empty() || (from.row, from.column) != (to.row, to.column) {
        drawing.put(format_args!("\x1b[{};{}H", to.row + 1, to.column + 1));
    }
    if from.visible != to.visible {
        drawing.out.push_str(if to.visible { "\x1b[?25h" } else { "\x1b[?25l" });
    }
    drawing.out
}

/// What empties a terminal whatever it shows.
pub(super) const CLEAR: &str = "\x1b[m\x1b[H\x1b[2J";

struct Drawing {
    out: String,
    style: Style,
    /// Where the player writes next, when that is sure.
    at: Option<(usize, usize)>,
}

impl Drawing {
    fn glyph(&mut self, row: usize, column: usize, glyph: &Glyph) {
        if self.at != Some((row, column)) {
            self.put(format_args!("\x1b[{};{}H", row + 1, column + 1));
        }
        self.style(glyph.style);
        glyph.symbol().push_to(&mut self.out);
        // Players differ in how wide they take other characters to be.
        self.at = glyph.is_plain().then_some((row, column + 1));
    }

    fn style(&mut self, style: Style) {
        if style == self.style {
            return;
        }
        self.style = style;
        style.push_sgr(&mut self.out);
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.out.write_fmt(text);
    }
}
