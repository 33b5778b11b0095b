//! Colours of the live screen.

use ratatui::style::{Color, Modifier, Style};
use sudolog_core::session::SessionState;
use sudolog_core::wire::message::SessionRow;

pub(super) fn title() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

pub(super) fn quiet() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

pub(super) fn bar() -> Style {
    Style::new().add_modifier(Modifier::REVERSED)
}

pub(super) fn banner() -> Style {
    Style::new().fg(Color::Cyan)
}

pub(super) fn warning() -> Style {
    Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD)
}

pub(super) fn note() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

pub(super) fn chosen() -> Style {
    Style::new().add_modifier(Modifier::REVERSED)
}

pub(super) fn state(state: SessionState) -> Style {
    Style::new().fg(match state {
        SessionState::Live => Color::Green,
        SessionState::Frozen => Color::Cyan,
        SessionState::Lagging | SessionState::Incomplete => Color::Yellow,
        SessionState::Complete => Color::Reset,
    })
}

pub(super) fn end(row: &SessionRow) -> Style {
    match (row.exit_value, &row.signal) {
        (Some(0) | None, None) => Style::new(),
        _ => Style::new().fg(Color::Red),
    }
}
