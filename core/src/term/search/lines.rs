//! Lines of a screen as text.
//!
//! A line is what a program wrote as one: rows that the terminal wrapped are in one piece.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar as _;

use crate::term::SafeScreen;
use crate::untrusted::is_misleading;

/// Lines one after another, each with the row at which it begins.
#[derive(Clone, Debug, Default)]
pub(in crate::term) struct Lines {
    /// Each with a line break behind it, and without blanks at its end.
    text: String,
    /// Where each ends in `text`, without its line break, and its first row.
    ends: Vec<(usize, u32)>,
    /// Where the line that is being written begins.
    from: usize,
    /// Its first row, once it has one.
    row: Option<u32>,
}

impl Lines {
    /// All of it.
    pub(in crate::term) fn text(&self) -> &str {
        &self.text
    }

    /// Every line with its first row.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        let mut from = 0;
        self.ends.iter().map(move |&(end, row)| {
            let line = self.text.get(from..end).unwrap_or_default();
            from = end + 1;
            (row, line)
        })
    }

    /// Goes on with the line that is being written, by a row or a part of it.
    pub(in crate::term) fn go_on(&mut self, row: u32) -> &mut String {
        self.row.get_or_insert(row);
        &mut self.text
    }

    /// Ends that line; nothing when none is begun.
    pub(in crate::term) fn end_line(&mut self) {
        let Some(row) = self.row.take() else { return };
        let line = self.text.get(self.from..).unwrap_or_default();
        let length = line.trim_end_matches(' ').len();
        self.text.truncate(self.from + length);
        self.ends.push((self.text.len(), row));
        self.text.push('\n');
        self.from = self.text.len();
    }

    /// Takes away the lines that begin in this row or below.
    pub(super) fn cut(&mut self, row: u32) {
        let kept = self.ends.partition_point(|&(_, first)| first < row);
        self.ends.truncate(kept);
        self.from = self.ends.last().map_or(0, |&(end, _)| end + 1);
        self.text.truncate(self.from);
        self.row = None;
    }

    /// Adds further lines, which may end with one that is being written.
    pub(super) fn append(&mut self, further: Self) {
        if self.text.is_empty() {
            *self = further;
            return;
        }
        let at = self.text.len();
        self.text.push_str(&further.text);
        self.ends.extend(further.ends.iter().map(|&(end, row)| (at + end, row)));
        (self.from, self.row) = (at + further.from, further.row);
    }

    /// The last line with its first row.
    pub(super) fn last(&self) -> Option<(u32, &str)> {
        let (&(end, row), before) = self.ends.split_last()?;
        let from = before.last().map_or(0, |&(end, _)| end + 1);
        Some((row, self.text.get(from..end)?))
    }

    /// Adds rows `first` to `last` of a screen, their numbers raised by `raised`. A line that is being
    /// written goes on with the first one.
    pub(super) fn add(&mut self, screen: &SafeScreen, first: u16, last: u16, raised: u32) {
        let shown = screen.emulator.screen();
        let contents = shown.contents_between(first, 0, last.saturating_add(1), 0);
        if contents.chars().any(is_intricate) {
            return self.add_by_cells(screen, first, last, raised);
        }
        let mut row = first;
        for line in contents.split_inclusive('\n') {
            self.go_on(raised + u32::from(row)).push_str(line.strip_suffix('\n').unwrap_or(line));
            self.end_line();
            while row < last && screen.row_wraps(row) {
                row += 1;
            }
            row += 1;
        }
    }

    /// The same for characters that a cell may show in another way than they are.
    fn add_by_cells(&mut self, screen: &SafeScreen, first: u16, last: u16, raised: u32) {
        for row in first..=last {
            let text = self.go_on(raised + u32::from(row));
            screen.row(row).for_each(|cell| text.push_str(&cell.symbol()));
            if row == last || !screen.row_wraps(row) {
                self.end_line();
            }
        }
    }
}

/// Text as cells show it, about: what is invisible is left out, what misleads is replaced.
pub(in crate::term) fn harmless(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.chars().any(is_misleading) {
        return text.into();
    }
    let shown = |c: char| match (is_misleading(c), c.width()) {
        (false, _) => Some(c),
        (true, Some(1)) => Some(char::REPLACEMENT_CHARACTER),
        (true, Some(2)) => Some('〓'),
        (true, _) => None,
    };
    text.chars().filter_map(shown).collect::<String>().into()
}

/// The nearest place at or before `at` where text can be cut.
pub(super) fn cut_before(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The nearest place at or behind `at` where text can be cut.
pub(super) fn cut_behind(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

fn is_intricate(c: char) -> bool {
    !c.is_ascii() && (is_misleading(c) || !matches!(c.width(), Some(1 | 2)))
}
