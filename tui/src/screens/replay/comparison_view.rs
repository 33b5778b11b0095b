//! Draws two moments of a recording: side by side where there is room, else the one that one chooses. What
//! differs stands out by its style, not by colour alone.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use sudolog_core::term::SafeScreen;

use super::comparison::{Comparison, Difference};
use super::lens::differs;
use super::{Replay, ReplayAction};
use crate::app::App;
use crate::deck::Frame;
use crate::keymap::{Intent, Scope};
use crate::theme::{Role, Theme};
use crate::widgets::{Crop, ScreenView};

/// Draws both, or one of them, below a line that says which and how much differs.
pub(super) fn draw(
    replay: &Replay,
    comparison: &Comparison,
    now: &Frame,
    app: &App,
    area: Rect,
    buffer: &mut Buffer,
) {
    let kept = comparison.kept();
    let [title, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    let beside = kept.screen.columns().saturating_add(now.screen.columns()).saturating_add(1);
    if beside <= area.width {
        let halves = [Constraint::Fill(1), Constraint::Length(1), Constraint::Fill(1)];
        let [left_title, _, right_title] = Layout::horizontal(halves).areas(title);
        let [left, border, right] = Layout::horizontal(halves).areas(body);
        for row in border.rows() {
            Line::styled("│", app.theme.style(Role::Border)).render(row, buffer);
        }
        let names = [(left_title, kept, "A"), (right_title, now, "B")];
        for (place, frame, name) in names {
            let text = format!(" {name} {}", replay.moment_of(frame));
            let mut line = Line::styled(text, app.theme.style(Role::Title));
            if name == "B" {
                line.push_span(Span::styled(in_words(kept, now), app.theme.style(Role::Text)));
                add_hint(&mut line, app, false, place.width);
            }
            line.render(place, buffer);
        }
        let crop = crop(replay, &now.screen, right);
        draw_screen(&kept.screen, &now.screen, crop, &app.theme, left, buffer);
        draw_screen(&now.screen, &kept.screen, crop, &app.theme, right, buffer);
        return;
    }
    let (name, shown, other_name, other) = match comparison.is_flipped() {
        true => ("A", kept, "B", now),
        false => ("B", now, "A", kept),
    };
    let text = format!(" {name} {}", replay.moment_of(shown));
    let mut line = Line::styled(text, app.theme.style(Role::Title));
    let with = format!(" with {other_name} {}", replay.moment_of(other));
    line.push_span(Span::styled(with, app.theme.style(Role::Text)));
    line.push_span(Span::styled(in_words(kept, now), app.theme.style(Role::Text)));
    add_hint(&mut line, app, true, title.width);
    line.render(title, buffer);
    let crop = crop(replay, &now.screen, body);
    draw_screen(&shown.screen, &other.screen, crop, &app.theme, body, buffer);
}

/// The same part of both, whichever is larger.
fn crop(replay: &Replay, now: &SafeScreen, area: Rect) -> Crop {
    let crop = replay.framing().crop(now, area).unwrap_or(Crop::around_cursor(now, area));
    Crop { lines: area.height, columns: area.width, ..crop }
}

/// `: 43 cells differ`.
fn in_words(kept: &Frame, now: &Frame) -> String {
    let Difference { cells } = Difference::between(&kept.screen, &now.screen);
    match cells {
        0 => ": nothing differs".to_owned(),
        1 => ": 1 cell differs".to_owned(),
        _ => format!(": {cells} cells differ"),
    }
}

/// Which keys there are, where there is room to say so.
fn add_hint(line: &mut Line<'_>, app: &App, flips: bool, columns: u16) {
    let says = |action, what| app.keymap.says(Scope::Replay, Intent::Replay(action), what);
    let flip = says(ReplayAction::Flip, "flips").filter(|_| flips);
    let hints: Vec<String> = flip.into_iter().chain(says(ReplayAction::Compare, "ends")).collect();
    let text = if hints.is_empty() { String::new() } else { format!(" ({})", hints.join(", ")) };
    if line.width() + text.len() <= usize::from(columns) {
        line.push_span(Span::styled(text, app.theme.style(Role::Faint)));
    }
}

/// One of them, with what is not so on the other one.
fn draw_screen(
    screen: &SafeScreen,
    other: &SafeScreen,
    crop: Crop,
    theme: &Theme,
    area: Rect,
    buffer: &mut Buffer,
) {
    ScreenView::new(screen, crop).render(area, buffer);
    for row in 0..crop.lines {
        for column in 0..crop.columns {
            let (at_row, at_column) = (crop.row + row, crop.column + column);
            let Some(cell) = screen.cell(at_row, at_column) else { continue };
            if !differs(other.cell(at_row, at_column), cell) {
                continue;
            }
            let at = Position::new(area.x + column, area.y + row);
            if let Some(target) = buffer.cell_mut(at).filter(|_| area.contains(at)) {
                target.set_style(theme.style(Role::Text).patch(theme.style(Role::Key)));
                target.modifier.insert(Modifier::REVERSED | Modifier::UNDERLINED);
            }
        }
    }
}
