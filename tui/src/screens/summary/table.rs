//! The rows of the summary and their columns, as many as there is room for.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use sudolog_core::time::Position;
use sudolog_core::wire::message::{SummaryBy, SummaryRow, SummarySort};

use super::{Sums, trend};
use crate::screens::words::{cell, local};
use crate::screens::{Hit, Hits, badges};
use crate::theme::{Role, Theme};

/// How wide each column is, with the blanks behind it; 0 for those that there is no room for.
struct Columns {
    name: usize,
    time: usize,
    risky: usize,
    trend: usize,
    seen: usize,
}

impl Columns {
    fn of(width: usize) -> Self {
        let (time, risky) = if width >= 60 { (11, 7) } else { (0, 0) };
        let trend = if width >= 75 { SummaryRow::TREND_DAYS + 1 } else { 0 };
        let seen = if width >= 100 { 12 } else { 0 };
        let name = width.saturating_sub(FIXED + time + risky + trend + seen).min(NAME_MAX);
        Self { name, time, risky, trend, seen }
    }
}

/// Draws the names of the columns, then rows, the chosen one in the middle as far as the ends allow.
pub(super) fn draw(sums: &Sums, theme: &Theme, area: Rect, buffer: &mut Buffer, hits: &mut Hits) {
    let columns = Columns::of(area.width.into());
    let mut lines = area.rows();
    if let Some(line) = lines.next() {
        Line::styled(head(sums, &columns), theme.style(Role::Faint)).render(line, buffer);
    }
    let pages = sums.pages();
    for (at, line) in pages.around(area.height.saturating_sub(1)).zip(lines) {
        match pages.row(at) {
            Some(sum) => {
                row(sums, sum, &columns, theme).render(line, buffer);
                hits.add(line, Hit::Row(at));
            }
            None => Line::styled("  …", theme.style(Role::Faint)).render(line, buffer),
        }
        if at == pages.at() {
            buffer.set_style(line, theme.style(Role::Selected));
        }
    }
}

fn head(sums: &Sums, columns: &Columns) -> String {
    let (sort, reverse) = sums.order();
    let name = |text: &str, of: SummarySort, width: usize| {
        let sign = match (sort == of, reverse) {
            (false, _) => "",
            (true, false) => "▼",
            (true, true) => "▲",
        };
        cell(&format!("{text}{sign}"), width)
    };
    let what = match sums.by() {
        SummaryBy::Host => "HOST",
        SummaryBy::Command => "COMMAND",
        SummaryBy::User | SummaryBy::Unknown => "USER",
    };
    [
        " ".to_owned(),
        name(what, SummarySort::Name, columns.name),
        name("SESSIONS", SummarySort::Sessions, SESSIONS),
        name("TIME", SummarySort::Time, columns.time),
        name("RISK", SummarySort::Risk, RISK),
        cell("RISKY", columns.risky),
        name("UNJUDGED", SummarySort::Unjudged, UNJUDGED),
        cell("14 DAYS", columns.trend),
        name("LAST SEEN", SummarySort::LastSeen, columns.seen),
    ]
    .concat()
}

fn row(sums: &Sums, row: &SummaryRow, columns: &Columns, theme: &Theme) -> Line<'static> {
    let length = Duration::try_from_secs_f64(row.time_s).unwrap_or(Duration::MAX);
    let number = |number: u64, width: usize| match width {
        0 => String::new(),
        width => cell(&format!("{number:>0$}", width - 2), width),
    };
    let time = match columns.time {
        0 => String::new(),
        width => cell(&format!("{:>1$}", in_words(length), width - 2), width),
    };
    let unjudged = if row.unjudged > 0 { Role::Warn } else { Role::Text };
    Line::from(vec![
        Span::raw(" "),
        Span::raw(cell(&name(row), columns.name)),
        Span::raw(number(row.sessions, SESSIONS)),
        Span::raw(time),
        badges::risk_span(row.risk, theme),
        Span::raw("  "),
        Span::raw(number(row.risky, columns.risky)),
        Span::styled(number(row.unjudged, UNJUDGED), theme.style(unjudged)),
        Span::raw(cell(&trend::bars(&row.trend), columns.trend)),
        Span::raw(cell(&local(row.last_seen, &sums.zone, "%m-%d %H:%M"), columns.seen)),
    ])
}

/// The name, safe to show.
fn name(row: &SummaryRow) -> String {
    if row.name.is_empty() { "(none)".to_owned() } else { row.name.escaped().to_string() }
}

/// `12:00:06`, or `1234 h` where nobody counts seconds any more.
fn in_words(length: Duration) -> String {
    let hours = length.as_secs() / 3600;
    if hours < 100 { Position(length).to_string() } else { format!("{hours} h") }
}

/// A longer one can be read in the table of its sessions.
const NAME_MAX: usize = 80;
const SESSIONS: usize = 10;
const RISK: usize = badges::RISK_COLUMNS + 2;
const UNJUDGED: usize = 10;
/// A blank at the edge, and what is always there.
const FIXED: usize = 1 + SESSIONS + RISK + UNJUDGED;
