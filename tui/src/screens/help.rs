//! The help: every key of the screen it lies over.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;

use crate::app::App;
use crate::keymap::{Entry, Keymap};
use crate::theme::Role;
use crate::widgets::Modal;

/// Draws the help over the middle of the console, in as many columns as its height needs.
pub(super) fn view(app: &App, area: Rect, buffer: &mut Buffer) {
    let entries: Vec<&Entry> = Keymap::entries(app.scope()).collect();
    let lines_max = usize::from(area.height.saturating_sub(2)).max(1);
    // More columns than can be seen would only cost time.
    let columns_max = usize::from(area.width.div_ceil(COLUMN_WIDTH)).max(1);
    let columns = entries.len().div_ceil(lines_max).min(columns_max);
    let lines = entries.len().div_ceil(columns.max(1));
    let width = COLUMN_WIDTH.saturating_mul(u16::try_from(columns).unwrap_or(u16::MAX));
    let height = u16::try_from(lines).unwrap_or(u16::MAX);
    let modal = Modal { title: "Keys", width, height };
    let inside = modal.draw(&app.theme, area, buffer);
    let areas = Layout::horizontal(vec![Constraint::Fill(1); columns]).split(inside);
    for (chunk, column) in entries.chunks(lines.max(1)).zip(areas.iter()) {
        for (entry, row) in chunk.iter().zip(column.rows()) {
            line(app, entry).render(row, buffer);
        }
    }
}

fn line<'a>(app: &App, entry: &Entry) -> Line<'a> {
    let keys = entry.keys_shown().join(" ");
    Line::from(vec![
        Span::styled(format!(" {keys:<KEYS_WIDTH$} "), app.theme.style(Role::Key)),
        Span::raw(entry.title),
    ])
}

const KEYS_WIDTH: usize = 11;
const COLUMN_WIDTH: u16 = 39;
