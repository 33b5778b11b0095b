//! The help: every key of the screen it lies over.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;

use crate::app::App;
use crate::keymap::{Entry, Intent, Keymap, Scope};
use crate::theme::Role;
use crate::widgets::Modal;

/// Draws the help over the middle of the console, from line `scrolled` on where not all of it fits.
pub(super) fn view(app: &App, scrolled: usize, area: Rect, buffer: &mut Buffer) {
    let scope = app.scope_under_help();
    let shown = |entry: &'static Entry| (entry, app.keymap.keys_shown(scope, entry).join(" "));
    let entries: Vec<(&Entry, String)> =
        Keymap::entries(scope).map(shown).filter(|(_, keys)| !keys.is_empty()).collect();
    let columns = usize::from(area.width.saturating_sub(2) / COLUMN_WIDTH).max(1);
    // No more columns than its length needs.
    let room = usize::from(area.height.saturating_sub(2)).max(1);
    let columns = columns.min(entries.len().div_ceil(room)).max(1);
    let lines = entries.len().div_ceil(columns);
    let width = COLUMN_WIDTH.saturating_mul(u16::try_from(columns).unwrap_or(u16::MAX));
    let height = u16::try_from(lines).unwrap_or(u16::MAX);
    let more = app.keymap.says(Scope::Help, Intent::ScrollHelp(1), "shows more");
    let title = match more.filter(|_| lines > room) {
        Some(more) => format!("Keys: {more}"),
        None => "Keys".to_owned(),
    };
    let inside = Modal { title: &title, width, height }.draw(&app.theme, area, buffer);
    let first = scrolled.min(lines.saturating_sub(inside.height.into()));
    for (at, column) in entries.chunks(lines.max(1)).enumerate() {
        let x = inside.x + COLUMN_WIDTH * u16::try_from(at).unwrap_or(0);
        for ((entry, keys), row) in column.iter().skip(first).zip(inside.rows()) {
            let place = Rect { x, width: COLUMN_WIDTH, ..row };
            line(app, entry, keys).render(place.intersection(inside), buffer);
        }
    }
}

fn line<'a>(app: &App, entry: &Entry, keys: &str) -> Line<'a> {
    Line::from(vec![
        Span::styled(format!(" {keys:<KEYS_WIDTH$} "), app.theme.style(Role::Key)),
        Span::raw(entry.title),
    ])
}

const KEYS_WIDTH: usize = 11;
const COLUMN_WIDTH: u16 = 39;
