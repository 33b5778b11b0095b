//! A recorded screen smaller than it is: each half of a cell stands for several recorded cells, by
//! whether there is text and in which colour. Like [`ScreenView`](super::ScreenView) it draws nothing
//! but what the emulator's cells say (invariant I6).

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Style};
use ratatui::widgets::Widget;
use sudolog_core::term::SafeScreen;

use super::screen::color;

/// Draws all of a screen into its area, keeping its proportions.
pub struct Miniature<'a>(pub &'a SafeScreen);

/// One half of a cell: nothing there, or something in this colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dot {
    Blank(Color),
    Ink(Color),
}

impl Miniature<'_> {
    /// How many recorded columns and rows one dot stands for, so that all of it fits; 1 at least. A
    /// character is about twice as high as wide, and so is a pair of dots.
    fn scale(&self, area: Rect) -> (u16, u16) {
        let parts = |length: u16, room: u16| length.div_ceil(room.max(1)).max(1);
        let columns = parts(self.0.columns(), area.width);
        let rows = parts(self.0.lines(), area.height.saturating_mul(2));
        (columns, rows)
    }

    fn dot(&self, left: u16, top: u16, scale: (u16, u16)) -> Dot {
        let mut blank = None;
        for row in top..top.saturating_add(scale.1).min(self.0.lines()) {
            for column in left..left.saturating_add(scale.0).min(self.0.columns()) {
                let Some(cell) = self.0.cell(row, column) else { continue };
                let style = cell.style();
                let (front, back) = match style.inverse {
                    true => (style.background, style.foreground),
                    false => (style.foreground, style.background),
                };
                let symbol = cell.symbol();
                if !symbol.is_empty() && symbol != " " {
                    return Dot::Ink(color(front));
                }
                let back =
                    if style.inverse { Dot::Ink(color(back)) } else { Dot::Blank(color(back)) };
                if blank.is_none() || matches!(back, Dot::Ink(_)) {
                    blank = Some(back);
                }
            }
        }
        blank.unwrap_or(Dot::Blank(Color::Reset))
    }
}

impl Widget for Miniature<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let scale = self.scale(area);
        for y in 0..area.height {
            for x in 0..area.width {
                let left = x.saturating_mul(scale.0);
                let top = y.saturating_mul(2).saturating_mul(scale.1);
                if left >= self.0.columns() || top >= self.0.lines() {
                    continue;
                }
                let upper = self.dot(left, top, scale);
                let lower = self.dot(left, top.saturating_add(scale.1), scale);
                let at = Position::new(area.x + x, area.y + y);
                if let Some(cell) = buffer.cell_mut(at) {
                    let (symbol, style) = glyph(upper, lower);
                    cell.set_symbol(symbol).set_style(style);
                }
            }
        }
    }
}

/// Shape carries what is there, so that it is seen without colours too.
fn glyph(upper: Dot, lower: Dot) -> (&'static str, Style) {
    let style = |front, back| Style::reset().fg(front).bg(back);
    match (upper, lower) {
        (Dot::Blank(back), Dot::Blank(_)) => (" ", style(Color::Reset, back)),
        (Dot::Ink(front), Dot::Blank(back)) => ("▀", style(front, back)),
        (Dot::Blank(back), Dot::Ink(front)) => ("▄", style(front, back)),
        (Dot::Ink(front), Dot::Ink(back)) if front == back || back == Color::Reset => {
            ("█", style(front, Color::Reset))
        }
        (Dot::Ink(Color::Reset), Dot::Ink(front)) => ("█", style(front, Color::Reset)),
        (Dot::Ink(front), Dot::Ink(back)) => ("▀", style(front, back)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drawn(screen: &SafeScreen, width: u16, height: u16) -> Vec<String> {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        Miniature(screen).render(area, &mut buffer);
        let text = |y| (0..width).map(|x| buffer[(x, y)].symbol().to_owned()).collect::<String>();
        (0..height).map(text).collect()
    }

    #[test]
    fn text_leaves_its_shape() {
        let mut screen = SafeScreen::new(8, 16);
        screen.feed(b"xxxx    xxxx\r\n\r\nxxxx\r\n\r\n\r\n\r\n    \x1b[7m    \x1b[m");
        assert_eq!(drawn(&screen, 8, 2), ["██  ▀▀  ", "  ▄▄    "]);
    }

    proptest! {
        #[test]
        fn no_recorded_control_reaches_the_buffer(bytes: Vec<u8>, width in 0u16..40, height in 0u16..12) {
            let mut screen = SafeScreen::new(24, 80);
            screen.feed(&bytes);
            for line in drawn(&screen, width, height) {
                prop_assert!(line.chars().all(|c| " ▀▄█".contains(c)), "{:?}", line);
            }
        }
    }
}
