//! Draws the list: names and what they are for, and below it the states of sessions, which the screen under
//! it may not show just now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use sudolog_core::session::SessionState;

use super::ThemeList;
use crate::app::App;
use crate::screens::words::{self, fit};
use crate::theme::{Depth, Role, Theme};
use crate::widgets::Modal;

/// Draws the list over the middle of the screen.
pub(in crate::screens) fn view(app: &App, list: &ThemeList, area: Rect, buffer: &mut Buffer) {
    let samples = samples(app);
    let room = usize::from(area.height).saturating_sub(samples.len() + 2).max(1);
    let shown = app.themes.len().min(room);
    let first = list.at().saturating_sub(shown / 2).min(app.themes.len() - shown);
    let width = area.width.saturating_sub(2).min(COLUMNS);
    let height = u16::try_from(shown + samples.len()).unwrap_or(u16::MAX);
    let inside = Modal { title: "Theme", width, height }.draw(&app.theme, area, buffer);
    let rows = app.themes.iter().enumerate().skip(first).take(shown);
    let lines = rows.map(|(at, theme)| row(app, theme, at == list.at(), inside.width));
    for (line, place) in lines.chain(samples).zip(inside.rows()) {
        line.render(place, buffer);
    }
}

/// ` ▸ dark                soft colours on a dark ground `.
fn row(app: &App, theme: &Theme, chosen: bool, width: u16) -> Line<'static> {
    let sign = if chosen { " ▸ " } else { "   " };
    let text = format!("{sign}{} {}", fit(theme.name(), NAME_COLUMNS), theme.about());
    let role = if chosen { Role::Selected } else { Role::Text };
    Line::styled(fit(&text, width.into()), app.theme.style(role))
}

fn samples(app: &App) -> Vec<Line<'static>> {
    let mut states = vec![Span::raw(" ")];
    for state in STATES {
        let style = app.theme.style(Role::of_state(state));
        states.extend([Span::styled(words::state(state), style), Span::raw("  ")]);
    }
    let words = [
        (Role::Ok, "✓ done"),
        (Role::Warn, "careful"),
        (Role::Error, "! failed"),
        (Role::Key, "Key"),
        (Role::Faint, "what it does"),
    ];
    let words = words.map(|(role, text)| Span::styled(format!(" {text} "), app.theme.style(role)));
    let mut lines = vec![Line::default(), Line::from(states), Line::from(words.to_vec())];
    if app.depth == Depth::Mono {
        let text = " There are no colours here: see NO_COLOR, TERM and --color.";
        lines.push(Line::styled(text, app.theme.style(Role::Warn)));
    }
    lines
}

/// In the order in which a session goes through them.
const STATES: [SessionState; 5] = [
    SessionState::Live,
    SessionState::Frozen,
    SessionState::Lagging,
    SessionState::Complete,
    SessionState::Incomplete,
];
const COLUMNS: u16 = 66;
const NAME_COLUMNS: usize = 18;
