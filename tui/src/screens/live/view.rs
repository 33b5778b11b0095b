//! Draws the live screen from its state: the list above the chosen session's screen, or beside it
//! where there is room, or that screen alone.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};
use sudolog_core::time::{Position, Timestamp};
use sudolog_core::wire::message::SessionRow;

use super::Scope;
use super::list::ListView;
use super::state::{End, Focus, Live};
use super::styles;
use super::words::{command, glyph, place_or_end, who};
use crate::source::server::LinkState;
use crate::widgets::{Crop, ScreenView};

/// What the screen is drawn with beside its state.
#[derive(Clone, Copy, Debug)]
pub struct LiveView<'a> {
    /// Now, for ages.
    pub now: Timestamp,
    /// What the operator should know about where he is: the embedded mode says it here.
    pub banner: Option<&'a str>,
}

impl LiveView<'_> {
    /// Draws everything but the line of hints.
    pub fn draw(&self, live: &Live, area: Rect, buffer: &mut Buffer) {
        let [top, banner, body] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(self.banner.is_some().into()),
            Constraint::Min(0),
        ])
        .areas(area);
        draw_status(live, top, buffer);
        if let Some(text) = self.banner {
            Line::styled(format!(" {text}"), styles::banner()).render(banner, buffer);
        }
        match (live.focus(), live.sessions().chosen()) {
            (Focus::Screen, Some(row)) => draw_session(live, row, body, buffer),
            _ => self.draw_both(live, body, buffer),
        }
    }

    fn draw_both(&self, live: &Live, area: Rect, buffer: &mut Buffer) {
        let beside = area.width >= BESIDE_COLUMNS_MIN;
        let list = ListView { sessions: live.sessions(), now: self.now, two_lines: beside };
        let [list_area, rest] = if beside {
            let width =
                area.width.saturating_sub(SCREEN_COLUMNS).clamp(LIST_COLUMNS.0, LIST_COLUMNS.1);
            Layout::horizontal([Constraint::Length(width), Constraint::Min(0)]).areas(area)
        } else {
            let lines = list.lines().clamp(LIST_LINES.0, LIST_LINES.1).min(area.height / 2);
            Layout::vertical([Constraint::Length(lines), Constraint::Min(0)]).areas(area)
        };
        if live.sessions().rows().is_empty() {
            draw_empty(live, list_area, buffer);
        } else {
            list.render(list_area, buffer);
        }
        let screen = if beside { beside_border(rest, buffer) } else { rest };
        if let Some(row) = live.sessions().chosen() {
            draw_session(live, row, screen, buffer);
        }
    }
}

/// How many sessions, and whether the server is there.
fn draw_status(live: &Live, area: Rect, buffer: &mut Buffer) {
    let sessions = live.sessions();
    let running = sessions.rows().iter().filter(|row| row.state.is_open()).count();
    let mut spans = vec![
        Span::styled(" Sudolog live ", styles::title()),
        Span::raw(format!("  {running} running")),
    ];
    if sessions.scope() == Scope::All {
        let finished = sessions.rows().len() - running;
        spans.push(Span::raw(format!(", {finished} finished")));
    }
    let shown = sessions.rows().len() as u64;
    if sessions.total() > shown {
        spans.push(Span::styled(
            format!(" (the first {shown} of {})", sessions.total()),
            styles::quiet(),
        ));
    }
    let (text, style) = match (live.link(), live.list_trouble()) {
        (LinkState::Down { reason }, _) => {
            (format!("○ not connected, trying again: {reason}"), styles::warning())
        }
        (LinkState::Up { .. }, Some(trouble)) => (format!("no list: {trouble}"), styles::warning()),
        (LinkState::Up { server_id }, None) => (server_id.clone(), styles::quiet()),
    };
    draw_spread(spans, Span::styled(text, style), area, buffer);
}

/// One line: `right` at the right edge, up to three quarters of it, and `left` in what is left.
fn draw_spread(left: Vec<Span<'_>>, right: Span<'_>, area: Rect, buffer: &mut Buffer) {
    let width = u16::try_from(right.width() + 2).unwrap_or(u16::MAX).min(area.width / 4 * 3);
    let [left_area, _, right_area, _] = Layout::horizontal([
        Constraint::Min(0),
        Constraint::Length(1),
        Constraint::Length(width.saturating_sub(2)),
        Constraint::Length(1),
    ])
    .areas(area);
    Line::from(left).render(left_area, buffer);
    right.render(right_area, buffer);
}

fn draw_empty(live: &Live, area: Rect, buffer: &mut Buffer) {
    let text = match (live.sessions().is_known(), live.sessions().scope()) {
        (false, _) => " Asking the server …",
        (true, Scope::Running) => " No session is running. Press a to list finished ones too.",
        (true, Scope::All) => " There are no recordings yet.",
    };
    Paragraph::new(text).style(styles::quiet()).wrap(Wrap { trim: false }).render(area, buffer);
}

/// One session: a line that names it, and its screen or why there is none.
fn draw_session(live: &Live, row: &SessionRow, area: Rect, buffer: &mut Buffer) {
    let [title, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    let picture = live.picture();
    let crop = picture.map(|picture| Crop::around_cursor(&picture.screen, body));
    let name = vec![
        Span::styled(format!(" {} {} ", glyph(row.state), row.state), styles::state(row.state)),
        Span::styled(format!("{}  {}  ", row.tsid, who(row)), styles::title()),
        Span::raw(command(row)),
    ];
    let measures = picture.zip(crop).map(|(picture, crop)| measures(picture, crop));
    buffer.set_style(title, styles::bar());
    draw_spread(name, Span::raw(measures.unwrap_or_default()), title, buffer);
    match (picture, crop) {
        (Some(picture), Some(crop)) => {
            ScreenView::new(&picture.screen, crop).render(body, buffer);
            draw_note(live, row, body, buffer);
        }
        _ => draw_card(live, row, body, buffer),
    }
}

/// `100x28 rows 5-18  01:05`, and what makes the picture doubtful.
fn measures(picture: &crate::source::server::Picture, crop: Crop) -> String {
    let screen = &picture.screen;
    let mut text = format!("{}x{}", screen.columns(), screen.lines());
    if crop.is_partial(screen) {
        text.push_str(&format!(" rows {}-{}", crop.row + 1, crop.row + crop.lines));
    }
    text.push_str(&format!("  {}", Position(picture.elapsed)));
    if screen.resets() > 0 || screen.is_inexact() {
        text.push_str("  ! the screen may differ from what the user saw");
    }
    text
}

/// Over the last line of a picture that does not grow any more: why.
fn draw_note(live: &Live, row: &SessionRow, area: Rect, buffer: &mut Buffer) {
    let Some(note) = end_note(live, row) else { return };
    let Some(last) = area.rows().next_back() else { return };
    buffer.set_style(last, styles::bar());
    let line = Line::styled(format!(" {note}"), styles::note());
    Paragraph::new(line).style(styles::bar()).render(last, buffer);
}

fn end_note(live: &Live, row: &SessionRow) -> Option<String> {
    match live.end() {
        Some(End::Refused(reason)) => Some(format!("not shown: {reason}")),
        Some(End::Ended) => Some(format!("ended {}: Enter replays it", place_or_end(row))),
        None if matches!(live.link(), LinkState::Down { .. }) => {
            Some("the connection is lost: this is the last that was seen".to_owned())
        }
        None => None,
    }
}

/// In place of a picture that is not there (yet).
fn draw_card(live: &Live, row: &SessionRow, area: Rect, buffer: &mut Buffer) {
    let ended = !row.state.is_open() || live.end() == Some(&End::Ended);
    let first = match end_note(live, row) {
        Some(note) => note,
        None if ended => format!("ended {}: Enter replays it", place_or_end(row)),
        None => "joining …".to_owned(),
    };
    let lines = [
        Line::default(),
        Line::styled(format!("  {first}"), styles::note()),
        Line::default(),
        Line::raw(format!("  {}", who(row))),
        Line::raw(format!("  {}", row.command.escaped())),
        Line::raw(format!("  {} events, {:.1} s", row.events, row.duration_s)),
    ];
    Paragraph::new(Vec::from(lines)).wrap(Wrap { trim: false }).render(area, buffer);
}

/// Draws the border left of the screen and gives what is left.
fn beside_border(area: Rect, buffer: &mut Buffer) -> Rect {
    let [border, rest] =
        Layout::horizontal([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    for row in border.rows() {
        buffer.set_string(row.x, row.y, "│", styles::quiet());
    }
    rest
}

/// From this width on the list stands beside the screen.
const BESIDE_COLUMNS_MIN: u16 = 124;
/// What a screen of the usual size and its border need.
const SCREEN_COLUMNS: u16 = 81;
/// Fewest and most columns of a list beside the screen.
const LIST_COLUMNS: (u16, u16) = (42, 64);
/// Fewest and most lines of a list above the screen.
const LIST_LINES: (u16, u16) = (2, 7);
