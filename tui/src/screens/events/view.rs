//! Draws the events screen: whether it goes along, the filter, the entries, and beside them or below them the
//! chosen one.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;

use super::{EventsAction, Log, detail, table};
use crate::app::App;
use crate::keymap::{Intent, Scope};
use crate::screens::{FilterAction, Hits, words};
use crate::theme::Role;
use crate::widgets::{Split, Spread};

/// Draws everything but the bottom line.
pub(in crate::screens) fn view(
    log: &Log,
    app: &App,
    area: Rect,
    buffer: &mut Buffer,
    hits: &mut Hits,
) {
    let theme = &app.theme;
    let [top, filter, body] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(log.filter().lines()),
        Constraint::Min(0),
    ])
    .areas(area);
    draw_status(log, app, top, buffer);
    log.filter().draw(EXAMPLE, theme, filter, buffer);
    if log.trail().is_empty() {
        return draw_nothing(log, app, body, buffer);
    }
    let split = Split { table_lines_min: TABLE_LINES_MIN, border: theme.style(Role::Border) };
    let (list, entry) = split.draw(body, buffer);
    table::draw(log, theme, list, buffer, hits);
    if let Some(chosen) = log.trail().chosen() {
        let lines = |columns: u16| detail::lines(chosen, &log.zone, theme, columns.into());
        log.draw_lines(lines, theme, entry, buffer);
    }
}

/// Whether it goes along with what is new, and whether the server is there.
fn draw_status(log: &Log, app: &App, area: Rect, buffer: &mut Buffer) {
    let theme = &app.theme;
    let says = |what| {
        let hold = Intent::Events(EventsAction::Hold);
        app.keymap.says(Scope::Events, hold, what).unwrap_or_default()
    };
    let missed = log.missed();
    let more = if missed.is_least { " or more" } else { "" };
    let (state, role, hint) = match (log.trail().is_at_top(), missed.count) {
        (true, _) => ("● as it happens".to_owned(), Role::StateLive, String::new()),
        (false, 0) => ("■ stopped".to_owned(), Role::Text, says("goes along")),
        (false, count) => (format!("■ stopped, {count}{more} new"), Role::Warn, says("shows them")),
    };
    let left = Line::from(vec![
        Span::styled(" Sudolog events ", theme.style(Role::Title)),
        Span::styled(state, theme.style(role)),
        Span::styled(format!("  {hint}"), theme.style(Role::Faint)),
    ]);
    let (text, role) = words::link(log.link(), log.trouble(), "no entries", area.width);
    Spread { left, right: Line::styled(text, theme.style(role)) }.render(area, buffer);
}

fn draw_nothing(log: &Log, app: &App, area: Rect, buffer: &mut Buffer) {
    let says = |intent, what| app.keymap.says(Scope::Events, intent, what).unwrap_or_default();
    let text = match (log.trail().is_known(), log.trouble(), log.filter().text()) {
        (false, Some(trouble), _) => {
            format!("The log could not be had: {trouble}\n{}", says(Intent::Back, "goes back"))
        }
        (false, None, _) => "Asking the server …".to_owned(),
        (true, _, "") => "Nothing has happened yet.".to_owned(),
        (true, _, filter) => {
            let change = says(Intent::Filter(FilterAction::Ask), "changes the filter");
            format!("No event matches {filter}\n{change}")
        }
    };
    words::draw_instead(&text, &app.theme, area, buffer);
}

const EXAMPLE: &str = "all events; kind:reject severity:high host:web1 user:alice after:2h words";
/// The names of the columns and three rows.
const TABLE_LINES_MIN: u16 = 4;
