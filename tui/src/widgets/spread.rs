//! One line with something at its left and something at its right end.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

/// A line whose left part gives way: it is cut, with an ellipsis, where the right part begins.
pub struct Spread<'a> {
    /// Cut to what is left.
    pub left: Line<'a>,
    /// Shown whole where the line is at least twice as long, else cut to half of it.
    pub right: Line<'a>,
}

impl Widget for Spread<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let wanted = u16::try_from(self.right.width()).unwrap_or(u16::MAX);
        let right_width = wanted.min(area.width / 2);
        let left_width = area.width - right_width;
        let right = Rect { x: area.x + left_width, width: right_width, ..area };
        let left = Rect { width: left_width.saturating_sub(u16::from(wanted > 0)), ..area };
        render_cut(&self.left, left, buffer);
        render_cut(&self.right, right, buffer);
    }
}

fn render_cut(line: &Line<'_>, area: Rect, buffer: &mut Buffer) {
    line.render(area, buffer);
    let cut = line.width() > usize::from(area.width);
    if let Some(last) = area.columns().next_back().filter(|_| cut) {
        let style = line.spans.last().map_or(line.style, |span: &Span<'_>| span.style);
        buffer.set_string(last.x, last.y, "…", style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(left: &str, right: &str, width: u16) -> String {
        let area = Rect::new(0, 0, width, 1);
        let mut buffer = Buffer::empty(area);
        Spread { left: left.into(), right: right.into() }.render(area, &mut buffer);
        buffer.content.iter().map(|cell| cell.symbol()).collect()
    }

    #[test]
    fn the_left_gives_way_to_the_right() {
        assert_eq!(drawn("abc", "xyz", 10), "abc    xyz");
        assert_eq!(drawn("abcdefghi", "xyz", 10), "abcde… xyz");
        assert_eq!(drawn("abcdefghi", "", 5), "abcd…");
        assert_eq!(drawn("abc", "uvwxyz", 6), "a… uv…");
        assert_eq!(drawn("abc", "x", 0), "");
    }
}
