//! A part of a recorded screen as text: printable, lines that the terminal wrapped in one piece, no blanks at
//! their ends.

use sudolog_core::term::SafeScreen;

/// A cell of a screen, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// Row.
    pub row: u16,
    /// Column.
    pub column: u16,
}

/// What lies between two cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// The text from one to the other.
    Text,
    /// Whole lines.
    Lines,
    /// The rectangle.
    Block,
}

/// What is copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// The text: no control in it but the ends of lines.
    pub text: String,
    /// So many characters mislead and are not in it as they were recorded.
    pub misleading: usize,
}

/// A part of a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Region {
    /// The first of both cells, by their place in the text; of a block its upper left one.
    from: Spot,
    /// The last one.
    to: Spot,
    shape: Shape,
}

impl Region {
    /// Between two cells of a screen, in any order. Lines that the terminal wrapped are whole.
    pub(super) fn between(screen: &SafeScreen, one: Spot, other: Spot, shape: Shape) -> Self {
        let (mut from, mut to) = (one.min(other), one.max(other));
        match shape {
            Shape::Text => {}
            Shape::Lines => {
                while from.row > 0 && screen.row_wraps(from.row - 1) {
                    from.row -= 1;
                }
                while to.row + 1 < screen.lines() && screen.row_wraps(to.row) {
                    to.row += 1;
                }
                (from.column, to.column) = (0, screen.columns().saturating_sub(1));
            }
            Shape::Block => {
                from.column = one.column.min(other.column);
                to.column = one.column.max(other.column);
            }
        }
        Self { from, to, shape }
    }

    /// All of a screen.
    pub(super) fn all(screen: &SafeScreen) -> Self {
        let last = Spot { row: screen.lines().saturating_sub(1), column: 0 };
        Self::between(screen, Spot::default(), last, Shape::Lines)
    }

    /// True for a cell in it.
    pub(super) fn has(self, spot: Spot) -> bool {
        let Self { from, to, shape } = self;
        match shape {
            Shape::Text | Shape::Lines => from <= spot && spot <= to,
            Shape::Block => {
                (from.row..=to.row).contains(&spot.row)
                    && (from.column..=to.column).contains(&spot.column)
            }
        }
    }

    /// How many rows it goes over.
    pub(super) fn rows(self) -> u16 {
        self.to.row - self.from.row + 1
    }

    /// What is in it.
    pub(super) fn copy(self, screen: &SafeScreen) -> Copied {
        let last = screen.columns().saturating_sub(1);
        let (mut text, mut misleading) = (String::new(), 0);
        for row in self.from.row..=self.to.row {
            let (first, end) = match self.shape {
                Shape::Block => (self.from.column, self.to.column),
                Shape::Text | Shape::Lines => (
                    if row == self.from.row { self.from.column } else { 0 },
                    if row == self.to.row { self.to.column } else { last },
                ),
            };
            let wraps = self.shape != Shape::Block && end == last && screen.row_wraps(row);
            let mut line = String::new();
            // Where the text ends: blanks that nobody wrote do not count, others do where the line goes on.
            let mut kept = 0;
            for cell in
                (whole(screen, row, first)..=end).map_while(|column| screen.cell(row, column))
            {
                line.push_str(&cell.symbol());
                misleading += usize::from(cell.is_deceptive());
                if !cell.is_unwritten() && (wraps || !line.ends_with(' ')) {
                    kept = line.len();
                }
            }
            line.truncate(kept);
            text.push_str(&line);
            if !wraps && row < self.to.row {
                text.push('\n');
            }
        }
        if self.shape == Shape::Lines {
            text.truncate(text.trim_end_matches('\n').len());
            if !text.is_empty() {
                text.push('\n');
            }
        }
        Copied { text, misleading }
    }
}

/// The column at which a character begins.
fn whole(screen: &SafeScreen, row: u16, column: u16) -> u16 {
    let inside = screen.cell(row, column).is_some_and(|cell| cell.width() == 0);
    if inside { column.saturating_sub(1) } else { column }
}

/// All of a screen as text.
pub(crate) fn screen_text(screen: &SafeScreen) -> Copied {
    Region::all(screen).copy(screen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(row: u16, column: u16) -> Spot {
        Spot { row, column }
    }

    fn copied(output: &str, one: Spot, other: Spot, shape: Shape) -> String {
        let mut screen = SafeScreen::new(5, 10);
        screen.feed(output.as_bytes());
        Region::between(&screen, one, other, shape).copy(&screen).text
    }

    #[test]
    fn text_is_taken_from_cell_to_cell_in_either_direction() {
        let output = "first one\r\nsecond\r\nthird";
        assert_eq!(copied(output, at(0, 6), at(2, 1), Shape::Text), "one\nsecond\nth");
        assert_eq!(copied(output, at(2, 1), at(0, 6), Shape::Text), "one\nsecond\nth");
        assert_eq!(copied(output, at(1, 2), at(1, 2), Shape::Text), "c");
        assert_eq!(copied(output, at(0, 3), at(1, 5), Shape::Block), "st\nond");
    }

    #[test]
    fn wrapped_lines_are_one_and_keep_the_blank_at_which_they_were_wrapped() {
        let output = "123456789 abcdefghij klm\r\nnext";
        assert_eq!(copied(output, at(1, 3), at(1, 3), Shape::Lines), "123456789 abcdefghij klm\n");
        assert_eq!(copied(output, at(0, 8), at(1, 0), Shape::Text), "9 a");
    }

    #[test]
    fn wide_characters_are_whole() {
        assert_eq!(copied("日本語", at(0, 1), at(0, 2), Shape::Text), "日本");
    }

    #[test]
    fn what_misleads_is_counted_and_not_copied() {
        let mut screen = SafeScreen::new(3, 20);
        screen.feed("a\u{202e}b\x1b]0;t\x07c \x1b[8mhidden".as_bytes());
        let copied = screen_text(&screen);
        assert_eq!((copied.text.as_str(), copied.misleading), ("abc hidden\n", 1));
        assert!(!copied.text.chars().any(|c| c.is_control() && c != '\n'));
    }
}
