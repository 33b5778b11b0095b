//! A screen as a plain table of what may be drawn, to be compared, hidden in and drawn anew.

use std::ops::Range;

use crate::term::{Cell, Cursor, SafeScreen, Style};

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glyph {
    symbol: Symbol,
    /// 2 for a wide character, 0 for its right half.
    pub(super) width: u16,
    pub(super) style: Style,
}

/// A character, or one with its combining marks; nothing in the right half of a wide one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Symbol {
    Nothing,
    One(char),
    Many(Box<str>),
}

/// The cells of a screen, row after row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    lines: usize,
    columns: usize,
    glyphs: Vec<Glyph>,
    wraps: Vec<bool>,
    pub(super) cursor: Cursor,
}

/// A line of text and the cells that it stands in.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) text: String,
    /// For each cell where its text begins, in bytes.
    cells: Vec<(usize, usize)>,
}

impl Symbol {
    fn new(text: &str) -> Self {
        let mut chars = text.chars();
        match (chars.next(), chars.as_str()) {
            (None, _) => Self::Nothing,
            (Some(one), "") => Self::One(one),
            _ => Self::Many(text.into()),
        }
    }

    pub(super) fn push_to(&self, text: &mut String) {
        match self {
            Self::Nothing => {}
            Self::One(c) => text.push(*c),
            Self::Many(many) => text.push_str(many),
        }
    }
}

impl Glyph {
    /// What stands in place of what is hidden.
    pub(super) fn hidden() -> Self {
        Self { symbol: Symbol::One(HIDDEN), width: 1, style: Style::default() }
    }

    pub(super) fn blank() -> Self {
        Self { symbol: Symbol::One(' '), width: 1, style: Style::default() }
    }

    pub(super) fn symbol(&self) -> &Symbol {
        &self.symbol
    }

    /// Nothing that could be read.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self.symbol, Symbol::Nothing | Symbol::One(' '))
    }

    /// Any player gives it one cell.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.symbol, Symbol::One(' '..='~'))
    }
}

impl Grid {
    pub(super) fn of(screen: &SafeScreen) -> Self {
        let (lines, columns) = (screen.lines(), screen.columns());
        let glyph = |cell: Cell<'_>| Glyph {
            symbol: Symbol::new(&cell.symbol()),
            width: cell.width(),
            style: cell.style(),
        };
        let mut glyphs = Vec::with_capacity(usize::from(lines) * usize::from(columns));
        for row in 0..lines {
            glyphs.extend(screen.row(row).map(glyph));
        }
        let wraps = (0..lines).map(|row| screen.row_wraps(row)).collect();
        let cursor = screen.cursor();
        Self { lines: lines.into(), columns: columns.into(), glyphs, wraps, cursor }
    }

    /// An empty one of the same size, as a player begins with.
    pub(super) fn blank_like(other: &Self) -> Self {
        Self {
            glyphs: vec![Glyph::blank(); other.glyphs.len()],
            wraps: vec![false; other.lines],
            cursor: Cursor { row: 0, column: 0, visible: true },
            ..*other
        }
    }

    pub(super) fn size(&self) -> (usize, usize) {
        (self.lines, self.columns)
    }

    pub(super) fn glyphs(&self) -> &[Glyph] {
        &self.glyphs
    }

    pub(super) fn row(&self, row: usize) -> &[Glyph] {
        let start = row * self.columns;
        self.glyphs.get(start..start + self.columns).unwrap_or_default()
    }

    pub(super) fn wraps(&self, row: usize) -> bool {
        self.wraps.get(row).copied().unwrap_or_default()
    }

    /// Hides a cell, a wide character as a whole.
    pub(super) fn hide(&mut self, cell: usize) {
        let width = self.glyphs.get(cell).map_or(1, |glyph| glyph.width);
        let cells = match width {
            0 => cell.saturating_sub(1)..cell + 1,
            width => cell..cell + usize::from(width),
        };
        if let Some(glyphs) = self.glyphs.get_mut(cells) {
            glyphs.fill(Glyph::hidden());
        }
    }

    /// The rows of each line, as far as a line is told by `goes_on`.
    pub(super) fn lines_by(&self, goes_on: impl Fn(&Self, usize) -> bool) -> Vec<Range<usize>> {
        let (mut found, mut start) = (Vec::with_capacity(self.lines), 0);
        for row in 0..self.lines {
            if row + 1 == self.lines || !goes_on(self, row) {
                found.push(start..row + 1);
                start = row + 1;
            }
        }
        found
    }

    /// True when a row has text in its last column, wherever that goes on.
    pub(super) fn is_full(&self, row: usize) -> bool {
        self.row(row).last().is_some_and(|glyph| glyph.symbol != Symbol::One(' '))
    }

    /// The text of these cells.
    pub(super) fn text(&self, cells: Range<usize>) -> Line {
        let mut line = Line::default();
        for (cell, glyph) in self.glyphs.iter().enumerate().take(cells.end).skip(cells.start) {
            if glyph.width > 0 {
                line.cells.push((line.text.len(), cell));
                glyph.symbol.push_to(&mut line.text);
            }
        }
        line
    }

    /// The cells of these rows.
    pub(super) fn cells(&self, rows: &Range<usize>) -> Range<usize> {
        rows.start * self.columns..rows.end * self.columns
    }

    /// As a terminal scrolls: so many rows away at the top, empty ones at the bottom.
    pub(super) fn scroll(&mut self, rows: usize) {
        let cells = (rows * self.columns).min(self.glyphs.len());
        self.glyphs.drain(..cells);
        self.glyphs.extend(std::iter::repeat_n(Glyph::blank(), cells));
    }
}

impl Line {
    /// The cells of a part of the text.
    pub(super) fn cells(&self, part: &Range<usize>) -> impl Iterator<Item = usize> {
        let starts = |at: usize| self.cells.partition_point(|(start, _)| *start < at);
        // A part may begin within a character that has combining marks.
        let first = self.cells.partition_point(|(start, _)| *start <= part.start);
        let cells = self.cells.get(first.saturating_sub(1)..starts(part.end));
        cells.unwrap_or_default().iter().map(|(_, cell)| *cell)
    }
}

/// What stands in place of each hidden character.
pub(super) const HIDDEN: char = '\u{2588}';
