//! The queue: a row for each session that somebody should look at, with as many columns as there is room
//! for.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use sudolog_core::triage::{Standing, Verdict};
use sudolog_core::wire::message::SessionRow;

use super::Triage;
use crate::screens::live::words::{command, who};
use crate::screens::words::{self, cell};
use crate::screens::{Hit, Hits, badges};
use crate::theme::{Role, Theme};

/// How wide each column is, with the blank behind it; 0 for those that there is no room for.
struct Columns {
    odd: usize,
    start: usize,
    who: usize,
    command: usize,
}

impl Columns {
    fn of(width: usize) -> Self {
        let (odd, start) = match width {
            ..60 => (0, 0),
            60..90 => (LETTERS, 0),
            90..130 => (LETTERS, START),
            _ => (WORDS, START),
        };
        let rest = width.saturating_sub(FIXED + odd + start);
        let who = (rest * 9 / 20).min(WHO_MAX);
        Self { odd, start, who, command: rest.saturating_sub(who) }
    }
}

/// Draws the names of the columns, then rows, the chosen one in the middle as far as the ends allow.
pub(super) fn draw(
    triage: &Triage,
    theme: &Theme,
    area: Rect,
    buffer: &mut Buffer,
    hits: &mut Hits,
) {
    let columns = Columns::of(area.width.into());
    let mut lines = area.rows();
    if let Some(line) = lines.next() {
        Line::styled(head(&columns), theme.style(Role::Faint)).render(line, buffer);
    }
    let pages = triage.pages();
    for (at, line) in pages.around(area.height.saturating_sub(1)).zip(lines) {
        match pages.row(at) {
            Some(session) => {
                row(triage, session, &columns, theme).render(line, buffer);
                hits.add(line, Hit::Session(session.tsid));
            }
            None => Line::styled("  …", theme.style(Role::Faint)).render(line, buffer),
        }
        if at == pages.at() {
            let chosen = if triage.reads() { Role::Title } else { Role::Selected };
            buffer.set_style(line, theme.style(chosen));
            if triage.reads() {
                buffer.set_string(line.x, line.y, "▸", theme.style(Role::Title));
            }
        }
    }
}

fn head(columns: &Columns) -> String {
    let cells = [
        ("", 4),
        (" RISK", RISK),
        ("TSID", TSID),
        ("SAID", SAID),
        ("ODD", columns.odd),
        ("START", columns.start),
        ("USER@HOST → RUN", columns.who),
        ("COMMAND", columns.command),
    ];
    cells.into_iter().map(|(text, width)| cell(text, width)).collect()
}

fn row(triage: &Triage, row: &SessionRow, columns: &Columns, theme: &Theme) -> Line<'static> {
    let mark = if triage.is_marked(row.tsid) { " *" } else { "  " };
    let state = words::state(row.state);
    let sign: String = state.chars().take(1).collect();
    let odd = match columns.odd {
        WORDS => badges::anomalies(&row.anomalies),
        _ => badges::letters(&row.anomalies),
    };
    Line::from(vec![
        Span::styled(mark, theme.style(Role::Key)),
        Span::styled(cell(&sign, 2), theme.style(Role::of_state(row.state))),
        badges::risk_span(row.risk, theme),
        Span::raw(" "),
        Span::raw(cell(&row.tsid.to_string(), TSID)),
        Span::raw(cell(said(&row.standing), SAID)),
        Span::raw(cell(&odd, columns.odd)),
        Span::raw(cell(&words::local(row.start, &triage.zone, "%m-%d %H:%M"), columns.start)),
        Span::raw(cell(&who(row), columns.who)),
        Span::raw(cell(&command(row), columns.command)),
    ])
}

/// The verdict in a few letters, `?` behind it while it awaits a second operator.
fn said(standing: &Standing) -> &'static str {
    match (standing.verdict, standing.awaits_second) {
        (None, _) if standing.assignee.is_some() => "@",
        (None, _) => "",
        (Some(Verdict::Benign), false) => "ben",
        (Some(Verdict::Benign), true) => "ben?",
        (Some(Verdict::Suspicious), false) => "susp",
        (Some(Verdict::Suspicious), true) => "sus?",
        (Some(Verdict::Incident), false) => "inc",
        (Some(Verdict::Incident), true) => "inc?",
        (Some(Verdict::FalsePositive), false) => "f.p.",
        (Some(Verdict::FalsePositive), true) => "f.p?",
    }
}

const RISK: usize = badges::RISK_COLUMNS + 1;
const TSID: usize = 7;
const SAID: usize = 5;
const LETTERS: usize = 6;
const WORDS: usize = 24;
const START: usize = 12;
const WHO_MAX: usize = 36;
/// The mark and the state, and what is always there.
const FIXED: usize = 4 + RISK + TSID + SAID;
