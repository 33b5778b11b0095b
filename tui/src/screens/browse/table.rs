//! The rows of the table and their columns, as many as there is room for.

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use sudolog_core::filter::SortBy;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::SessionRow;

use super::Browse;
use crate::screens::live::words::{age, command, has_failed, place_or_end, who};
use crate::screens::words::{self, cell};
use crate::screens::{Hit, Hits, badges};
use crate::theme::{Role, Theme};

/// How wide each column is, with the blanks behind it; 0 for those that there is no room for.
struct Columns {
    state: usize,
    tsid: usize,
    risk: usize,
    odd: usize,
    start: usize,
    who: usize,
    command: usize,
    length: usize,
    end: usize,
}

impl Columns {
    fn of(width: usize) -> Self {
        let wide = width >= WIDE;
        let state = if wide { 13 } else { 2 };
        let (start, length, end) = match width {
            ..60 => (0, 0, 0),
            60..WIDE => (12, 9, 9),
            _ => (21, 10, 10),
        };
        let odd = match width {
            ..WIDE => 0,
            WIDE..VERY_WIDE => LETTERS,
            _ => WORDS,
        };
        let rest = width.saturating_sub(state + TSID + RISK + odd + start + length + end + 1);
        let who = (rest * 9 / 20).min(WHO_MAX);
        let command = rest.saturating_sub(who);
        Self { state, tsid: TSID, risk: RISK, odd, start, who, command, length, end }
    }
}

/// The table's rows, with what they are drawn with.
pub(super) struct Table<'a> {
    pub(super) browse: &'a Browse,
    pub(super) theme: &'a Theme,
    pub(super) now: Timestamp,
}

impl Table<'_> {
    /// Draws names of columns, then rows, the chosen one in the middle as far as the ends allow.
    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer, hits: &mut Hits) {
        let columns = Columns::of(area.width.into());
        let mut lines = area.rows();
        if let Some(head) = lines.next() {
            self.head(&columns).render(head, buffer);
        }
        let pages = self.browse.pages();
        for (at, line) in pages.around(area.height.saturating_sub(1)).zip(lines) {
            match pages.row(at) {
                Some(row) => {
                    self.row(row, &columns).render(line, buffer);
                    hits.add(line, Hit::Session(row.tsid));
                }
                None => Line::styled("  …", self.theme.style(Role::Faint)).render(line, buffer),
            }
            if at == pages.at() {
                buffer.set_style(line, self.theme.style(Role::Selected));
            }
        }
    }

    fn head(&self, columns: &Columns) -> Line<'static> {
        let (sort, reverse) = self.browse.order();
        let name = |text: &str, of: &[SortBy], width: usize| {
            let sign = if reverse { "▲" } else { "▼" };
            let sign = if of.contains(&sort) { sign } else { "" };
            cell(&format!("{text}{sign}"), width)
        };
        let state = if columns.state > 2 { "STATE" } else { "" };
        let people = [SortBy::User, SortBy::Host, SortBy::RunUser];
        let text = [
            " ".to_owned(),
            name(state, &[SortBy::State], columns.state),
            name("TSID", &[SortBy::Tsid], columns.tsid),
            name("RISK", &[SortBy::Risk], columns.risk),
            name("ODD", &[], columns.odd),
            name("START", &[SortBy::Start], columns.start),
            name("USER@HOST → RUN", &people, columns.who),
            name("COMMAND", &[SortBy::Command], columns.command),
            name("LENGTH", &[SortBy::Duration], columns.length),
            name("END", &[SortBy::Exit, SortBy::Tty], columns.end),
        ];
        Line::styled(text.concat(), self.theme.style(Role::Faint))
    }

    fn row(&self, row: &SessionRow, columns: &Columns) -> Line<'static> {
        let state = words::state(row.state);
        let state = if columns.state > 2 { state } else { state.get(..sign(state)).unwrap_or("") };
        let end = if has_failed(row) { Role::Error } else { Role::Text };
        let end = Span::styled(cell(&place_or_end(row), columns.end), self.theme.style(end));
        let length = columns.length.saturating_sub(2);
        Line::from(vec![
            Span::raw(" "),
            Span::styled(cell(state, columns.state), self.theme.style(Role::of_state(row.state))),
            Span::raw(cell(&row.tsid.to_string(), columns.tsid)),
            badges::risk_span(row.risk, self.theme),
            Span::raw(" "),
            Span::raw(cell(&odd(row, columns.odd), columns.odd)),
            Span::raw(cell(&start(row.start, columns.start, &self.browse.zone), columns.start)),
            Span::raw(cell(&who(row), columns.who)),
            Span::raw(cell(&self.command(row, columns), columns.command)),
            Span::raw(cell(&format!("{:>length$}", age(row, self.now)), columns.length)),
            end,
        ])
    }

    /// The command, with its full path where there is room for it, from the column on that it is scrolled to.
    fn command(&self, row: &SessionRow, columns: &Columns) -> String {
        let text = match columns.command < FULL_COMMAND {
            true => command(row),
            false => row.command.escaped().to_string(),
        };
        text.chars().skip(self.browse.shift()).collect()
    }
}

/// What is out of the ordinary, in as many words as there is room for.
fn odd(row: &SessionRow, columns: usize) -> String {
    if columns > LETTERS {
        badges::anomalies(&row.anomalies)
    } else {
        badges::letters(&row.anomalies)
    }
}

/// Where the sign of a state ends.
fn sign(state: &str) -> usize {
    state.find(' ').unwrap_or(state.len())
}

fn start(time: Timestamp, width: usize, zone: &TimeZone) -> String {
    let format = if width > 12 { "%Y-%m-%d %H:%M:%S" } else { "%m-%d %H:%M" };
    words::local(time, zone, format)
}

const WIDE: usize = 110;
const VERY_WIDE: usize = 150;
/// The number, the letter, a blank.
const RISK: usize = badges::RISK_COLUMNS + 1;
const LETTERS: usize = 6;
const WORDS: usize = 24;
const TSID: usize = 7;
const WHO_MAX: usize = 36;
/// Narrower commands begin with the program's name.
const FULL_COMMAND: usize = 40;
