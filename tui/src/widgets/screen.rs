//! A recorded screen inside the operator's: only the emulator's cells are drawn (invariant I6).
//!
//! The operator's terminal is never resized. A screen larger than the space for it is cropped, and
//! the part with the cursor is shown.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::widgets::Widget;
use sudolog_core::term::{self, SafeScreen};

/// Draws a screen from the upper left corner of its area.
pub struct ScreenView<'a> {
    screen: &'a SafeScreen,
    crop: Crop,
    has_cursor: bool,
}

/// Which part of a screen is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    /// First row shown.
    pub row: u16,
    /// First column shown.
    pub column: u16,
    /// Rows shown.
    pub lines: u16,
    /// Columns shown.
    pub columns: u16,
}

impl Crop {
    /// The part that fits into `area` and has the cursor in it; the upper left part while the
    /// program hides the cursor, which is then left behind anywhere.
    pub fn around_cursor(screen: &SafeScreen, area: Rect) -> Self {
        let cursor = screen.cursor();
        let (row, column) = if cursor.visible { (cursor.row, cursor.column) } else { (0, 0) };
        let (row, lines) = window(row, screen.lines(), area.height);
        let (column, columns) = window(column, screen.columns(), area.width);
        Self { row, column, lines, columns }
    }

    /// True when not all of the screen is shown.
    pub fn is_partial(self, screen: &SafeScreen) -> bool {
        self.lines < screen.lines() || self.columns < screen.columns()
    }
}

impl<'a> ScreenView<'a> {
    /// A view on the part of the screen that `crop` names.
    pub fn new(screen: &'a SafeScreen, crop: Crop) -> Self {
        Self { screen, crop, has_cursor: true }
    }

    /// The same without the recorded cursor.
    #[must_use]
    pub fn without_cursor(self) -> Self {
        Self { has_cursor: false, ..self }
    }

    /// Where the recorded cursor is drawn in `area`; `None` while it is hidden or cropped away.
    pub fn cursor(&self, area: Rect) -> Option<Position> {
        let cursor = self.screen.cursor();
        let row = cursor.row.checked_sub(self.crop.row)?;
        let column = cursor.column.checked_sub(self.crop.column)?;
        let shown = cursor.visible && row < self.crop.lines && column < self.crop.columns;
        shown.then_some(Position::new(area.x + column, area.y + row))
    }
}

impl Widget for ScreenView<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let (lines, columns) =
            (self.crop.lines.min(area.height), self.crop.columns.min(area.width));
        for line in 0..lines {
            for column in 0..columns {
                let Some(cell) = self.screen.cell(self.crop.row + line, self.crop.column + column)
                else {
                    continue;
                };
                let at = Position::new(area.x + column, area.y + line);
                let Some(target) = buffer.cell_mut(at) else { continue };
                let symbol = cell.symbol();
                // A wide character that is cut by the edge is shown as a blank.
                let fits = !symbol.is_empty() && column + cell.width() <= columns;
                target.set_symbol(if fits { &symbol } else { " " });
                target.set_style(style(cell.style()));
            }
        }
        let cursor = self.cursor(area).filter(|_| self.has_cursor);
        if let Some(cell) = cursor.and_then(|at| buffer.cell_mut(at)) {
            // Not the operator's own cursor: that one cannot be in two places.
            cell.modifier.toggle(Modifier::REVERSED);
        }
    }
}

/// First place and number of places shown of `length`, so that `cursor` is among them.
fn window(cursor: u16, length: u16, space: u16) -> (u16, u16) {
    let shown = length.min(space);
    let first = (cursor + 1).saturating_sub(shown).min(length - shown);
    (first, shown)
}

fn style(recorded: term::Style) -> Style {
    let modifiers = [
        (recorded.bold, Modifier::BOLD),
        (recorded.dim, Modifier::DIM),
        (recorded.italic, Modifier::ITALIC),
        (recorded.underline, Modifier::UNDERLINED),
        (recorded.inverse, Modifier::REVERSED),
    ];
    let base = Style::reset().fg(color(recorded.foreground)).bg(color(recorded.background));
    modifiers
        .into_iter()
        .filter_map(|(set, modifier)| set.then_some(modifier))
        .fold(base, Style::add_modifier)
}

pub(super) fn color(recorded: term::Color) -> Color {
    match recorded {
        term::Color::Default => Color::Reset,
        term::Color::Indexed(index) => Color::Indexed(index),
        term::Color::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drawn(screen: &SafeScreen, area: Rect) -> Vec<String> {
        let mut buffer = Buffer::empty(area);
        ScreenView::new(screen, Crop::around_cursor(screen, area)).render(area, &mut buffer);
        let row = |y| (area.left()..area.right()).map(move |x| (x, y));
        let text = |y| row(y).map(|at| buffer[at].symbol().to_owned()).collect::<String>();
        (area.top()..area.bottom()).map(text).collect()
    }

    #[test]
    fn a_large_screen_is_cropped_around_its_cursor() {
        let mut screen = SafeScreen::new(10, 10);
        screen.feed(b"first\r\n\n\n\n\n\n\n\n\nlast");
        assert_eq!(drawn(&screen, Rect::new(0, 0, 6, 2)), ["      ", "last  "]);
        screen.feed(b"\x1b[?25l");
        assert_eq!(drawn(&screen, Rect::new(0, 0, 6, 1)), ["first "]);
        screen.feed(b"\x1b[?25h\x1b[H");
        assert_eq!(drawn(&screen, Rect::new(0, 0, 6, 1)), ["first "]);
        let crop = Crop::around_cursor(&screen, Rect::new(0, 0, 80, 24));
        assert_eq!((crop.lines, crop.columns, crop.is_partial(&screen)), (10, 10, false));
    }

    #[test]
    fn wide_characters_are_whole_or_not_there() {
        let mut screen = SafeScreen::new(2, 6);
        screen.feed("日本語\x1b[H".as_bytes());
        assert_eq!(drawn(&screen, Rect::new(0, 0, 5, 1)), ["日 本  "]);
    }

    #[test]
    fn the_cursor_is_drawn_where_the_program_shows_it() {
        let mut screen = SafeScreen::new(4, 10);
        screen.feed(b"ab");
        let area = Rect::new(5, 3, 10, 4);
        let view = ScreenView::new(&screen, Crop::around_cursor(&screen, area));
        assert_eq!(view.cursor(area), Some(Position::new(7, 3)));
        screen.feed(b"\x1b[?25l");
        let view = ScreenView::new(&screen, Crop::around_cursor(&screen, area));
        assert_eq!(view.cursor(area), None);
    }

    proptest! {
        #[test]
        fn no_recorded_control_reaches_the_buffer(bytes: Vec<u8>, width in 1u16..40, height in 1u16..12) {
            let mut screen = SafeScreen::new(6, 20);
            screen.feed(&bytes);
            for line in drawn(&screen, Rect::new(0, 0, width, height)) {
                prop_assert!(!line.chars().any(char::is_control), "{:?}", line);
            }
        }
    }
}
