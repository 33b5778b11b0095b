//! A box over the middle of a screen.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Flex, Layout, Rect};
use ratatui::text::Span;
use ratatui::widgets::{Block, Clear, Widget as _};

use crate::theme::{Role, Theme};

/// A box with a title. It hides what is under it.
pub struct Modal<'a> {
    /// On its upper edge.
    pub title: &'a str,
    /// Columns of what is in it.
    pub width: u16,
    /// Rows of what is in it.
    pub height: u16,
}

impl Modal<'_> {
    /// Draws it as large as it fits; gives the space in it.
    pub fn draw(&self, theme: &Theme, area: Rect, buffer: &mut Buffer) -> Rect {
        let frame = centred(area, self.width.saturating_add(2), self.height.saturating_add(2));
        Clear.render(frame, buffer);
        buffer.set_style(frame, theme.style(Role::Text));
        let block = Block::bordered()
            .title(Span::styled(format!(" {} ", self.title), theme.style(Role::Title)))
            .border_style(theme.style(Role::Border));
        let inside = block.inner(frame);
        block.render(frame, buffer);
        inside
    }
}

fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let [row] = Layout::vertical([Constraint::Length(height)]).flex(Flex::Center).areas(area);
    let [frame] = Layout::horizontal([Constraint::Length(width)]).flex(Flex::Center).areas(row);
    frame
}
