//! The queue: a row for each session that somebody should look at, with as many columns as there is room
//! for.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use sudolog_core::time::Timestamp;
use sudolog_core::triage::{Standing, Verdict};
use sudolog_core::wire::message::SessionRow;

use super::Triage;
use crate::screens::live::words::{command, who};
use crate::screens::words::{self, cell};
use crate::screens::{Hit, Hits, badges};
use crate::theme::{Role, Theme};

/// How wide each column is, with the blank behind it; 0 for those that there is no room for.
struct Columns {
    tsid: usize,
    said: usize,
    odd: usize,
    age: usize,
    start: usize,
    who: usize,
    command: usize,
}

impl Columns {
    fn of(width: usize) -> Self {
        // Whose it is and what it was comes first: the TSID stands with the reasons as well.
        let (tsid, said, odd, age, start) = match width {
            ..50 => (0, 0, 0, 0, 0),
            50..70 => (0, SAID, 0, AGE, 0),
            70..100 => (TSID, SAID, LETTERS, AGE, 0),
            100..130 => (TSID, SAID, LETTERS, 0, START),
            _ => (TSID, SAID, WORDS, 0, START),
        };
        let rest = width.saturating_sub(FIXED + tsid + said + odd + age + start);
        let who = (rest * 9 / 20).min(WHO_MAX);
        Self { tsid, said, odd, age, start, who, command: rest.saturating_sub(who) }
    }
}

/// Draws the names of the columns, then rows, the chosen one in the middle as far as the ends allow.
pub(super) fn draw(
    triage: &Triage,
    now: Timestamp,
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
                row(triage, now, session, &columns, theme).render(line, buffer);
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
        ("TSID", columns.tsid),
        ("SAID", columns.said),
        ("ODD", columns.odd),
        ("AGE", columns.age),
        ("START", columns.start),
        (if columns.who < WHO_AND_RUN { "USER@HOST" } else { "USER@HOST → RUN" }, columns.who),
        ("COMMAND", columns.command),
    ];
    cells.into_iter().map(|(text, width)| cell(text, width)).collect()
}

fn row(
    triage: &Triage,
    now: Timestamp,
    row: &SessionRow,
    columns: &Columns,
    theme: &Theme,
) -> Line<'static> {
    let mark = if triage.is_marked(row.tsid) { " *" } else { "  " };
    let state = words::state(row.state);
    let sign: String = state.chars().take(1).collect();
    let odd = match columns.odd {
        WORDS => badges::anomalies(&row.anomalies),
        _ => badges::letters(&row.anomalies),
    };
    let people = match columns.who < WHO_AND_RUN {
        true => format!("{}@{}", row.user.escaped(), row.host.escaped()),
        false => who(row),
    };
    Line::from(vec![
        Span::styled(mark, theme.style(Role::Key)),
        Span::styled(cell(&sign, 2), theme.style(Role::of_state(row.state))),
        badges::risk_span(row.risk, theme),
        Span::raw(" "),
        Span::raw(cell(&row.tsid.to_string(), columns.tsid)),
        Span::raw(cell(said(&row.standing), columns.said)),
        Span::raw(cell(&odd, columns.odd)),
        Span::raw(cell(&age(row.start, now), columns.age)),
        Span::raw(cell(&words::local(row.start, &triage.zone, "%m-%d %H:%M"), columns.start)),
        Span::raw(cell(&people, columns.who)),
        Span::raw(cell(&command(row), columns.command)),
    ])
}

/// How long ago it began, in the largest unit of which there is one: `3h`.
fn age(start: Timestamp, now: Timestamp) -> String {
    let seconds = now.seconds.saturating_sub(start.seconds).max(0);
    let unit = UNITS.into_iter().find(|(length, _)| seconds >= *length);
    unit.map_or_else(|| "now".to_owned(), |(length, name)| format!("{:>2}{name}", seconds / length))
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
/// The mark, the state and the risk: always there.
const FIXED: usize = 4 + RISK;
const AGE: usize = 5;
/// From this width on there is room for the run user.
const WHO_AND_RUN: usize = 16;
/// Seconds in each, the longest first.
const UNITS: [(i64, &str); 5] =
    [(31_557_600, "y"), (86_400, "d"), (3600, "h"), (60, "m"), (1, "s")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_one_unit_and_is_never_negative() {
        let at = |seconds| Timestamp { seconds, nanoseconds: 0 };
        let ages = [0, 59, 60, 7200, 86_400 * 40, 31_557_600 * 30].map(|ago| age(at(0), at(ago)));
        assert_eq!(ages, ["now", "59s", " 1m", " 2h", "40d", "30y"]);
        assert_eq!(age(at(9), at(0)), "now");
        assert_eq!(age(at(i64::MIN), at(i64::MAX)).chars().count(), 13, "cut to its column");
    }
}
