//! Output that only goes on at the bottom of the screen, as most does: its lines are known from what is
//! written, so that neither the screen need be read for them nor what scrolls away.
//!
//! Given up at the first thing that might stand elsewhere than behind what was written before.

use unicode_width::UnicodeWidthChar as _;

use super::lines::Lines;
use crate::untrusted::is_misleading;

/// The lines written since the last look, the first of which may have been begun before.
#[derive(Clone, Debug)]
pub(super) struct Flat {
    lines: Lines,
    /// Where the cursor is. Rows are counted from the top of the screen as it was at the last look.
    row: u32,
    column: usize,
    /// Where the line with the cursor ends so far.
    end: usize,
    columns: usize,
}

impl Flat {
    /// From a cursor in the last row, in `column` of a line that ends before it.
    pub(super) fn new(row: u16, line: &str, column: usize, columns: u16) -> Self {
        let (mut lines, row) = (Lines::default(), row.into());
        lines.go_on(row).push_str(line);
        Self { lines, row, column, end: line.len(), columns: columns.into() }
    }

    /// Text. `false`, here and below, when it is flat no more.
    pub(super) fn text(&mut self, text: &str) -> bool {
        let Some(columns) = columns_of(text) else { return false };
        // One that reaches the last column may wrap.
        if self.column < self.end || self.column + columns >= self.columns {
            return false;
        }
        let line = self.lines.go_on(self.row);
        line.extend(std::iter::repeat_n(' ', self.column - self.end));
        line.push_str(text);
        self.column += columns;
        self.end = self.column;
        true
    }

    /// A control character.
    pub(super) fn control(&mut self, byte: u8) -> bool {
        match byte {
            b'\r' => self.column = 0,
            b'\n' => {
                self.end_line();
                (self.row, self.end) = (self.row.saturating_add(1), 0);
            }
            b'\t' => {
                self.column = (self.column / TAB_COLUMNS + 1) * TAB_COLUMNS;
                return self.column < self.columns;
            }
            _ => return false,
        }
        true
    }

    /// Erases behind the cursor.
    pub(super) fn erase(&mut self) -> bool {
        self.column >= self.end
    }

    /// Where the cursor is; never behind the last column.
    pub(super) fn column(&self) -> u16 {
        u16::try_from(self.column).unwrap_or(u16::MAX)
    }

    /// Memory that the text takes.
    pub(super) fn bytes(&self) -> usize {
        self.lines.text().len()
    }

    /// All lines, and nothing else happened.
    pub(super) fn finish(mut self) -> Lines {
        self.end_line();
        self.lines
    }

    /// Given up: the lines of the rows that have scrolled away until now, which nothing can change.
    pub(super) fn gone(mut self, scrolled_rows: u32) -> Lines {
        self.end_line();
        self.lines.cut(scrolled_rows);
        self.lines
    }

    fn end_line(&mut self) {
        self.lines.go_on(self.row);
        self.lines.end_line();
    }
}

/// Columns of text that a cell shows as it is.
fn columns_of(text: &str) -> Option<usize> {
    if text.is_ascii() {
        return Some(text.len());
    }
    let width = |c: char| c.width().filter(|width| matches!(width, 1 | 2) && !is_misleading(c));
    text.chars().map(width).sum()
}

const TAB_COLUMNS: usize = 8;
