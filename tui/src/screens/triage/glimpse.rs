//! Draws what the recording showed at the chosen reason, below the review: the moment itself, before
//! anything is opened.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget as _;

use super::Triage;
use crate::theme::{Role, Theme};
use crate::widgets::{Crop, ScreenView, wrap};

/// Where the review is drawn and where the moment: nowhere, when there is no room for both.
pub(super) fn split(area: Rect) -> (Rect, Rect) {
    let lines = if area.height < FROM_LINES { 0 } else { area.height / 2 };
    let [above, below] =
        Layout::vertical([Constraint::Min(0), Constraint::Length(lines)]).areas(area);
    (above, below)
}

/// Draws it, or why it is not here.
pub(super) fn draw(triage: &Triage, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let Some((_, seq)) = triage.glimpsed().filter(|_| !area.is_empty()) else { return };
    let [rule, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    let place = match seq {
        u64::MAX => "at its end".to_owned(),
        seq => format!("at event {seq}"),
    };
    let title = format!("─ what it showed {place} ");
    let dashes = usize::from(rule.width).saturating_sub(title.chars().count());
    let line = format!("{title}{}", "─".repeat(dashes));
    Line::styled(line, theme.style(Role::Border)).render(rule, buffer);
    match triage.glimpse().map(|glimpse| &glimpse.screen) {
        Some(Ok(screen)) => {
            ScreenView::new(screen, Crop::around_cursor(screen, body)).render(body, buffer);
        }
        Some(Err(error)) => {
            let lines = wrap(&error.to_string(), usize::from(body.width), body.height.into());
            for (text, row) in lines.into_iter().zip(body.rows()) {
                Line::styled(text, theme.style(Role::Faint)).render(row, buffer);
            }
        }
        None => {}
    }
}

/// Below this height the reasons need every line.
const FROM_LINES: u16 = 24;
