//! Draws the list of sessions: one line each, or two where it stands beside the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::SessionRow;

use super::words::{age, command, has_failed, place_or_end, short, standing, who};
use super::{Live, Sessions};
use crate::screens::words::fit;
use crate::screens::{Hit, Hits, badges};
use crate::theme::{Role, Theme};

/// The list, scrolled so that the chosen session is in it.
#[derive(Clone, Copy)]
pub(super) struct ListView<'a> {
    pub(super) live: &'a Live,
    pub(super) theme: &'a Theme,
    pub(super) now: Timestamp,
    /// Two lines a session in place of one.
    pub(super) two_lines: bool,
}

impl ListView<'_> {
    /// Lines that the whole list would take.
    pub(super) fn lines(&self) -> u16 {
        u16::try_from(self.sessions().rows().len())
            .unwrap_or(u16::MAX)
            .saturating_mul(self.height())
    }

    fn sessions(&self) -> &Sessions {
        self.live.sessions()
    }

    /// Columns of the state: what is not known takes more words.
    fn state_columns(&self) -> usize {
        if self.live.stale_for().is_some() { STALE_COLUMNS } else { STATE_COLUMNS }
    }

    fn height(&self) -> u16 {
        if self.two_lines { 2 } else { 1 }
    }

    fn first_shown(&self, shown: usize) -> usize {
        let chosen = self.sessions().chosen_index().unwrap_or(0);
        let last = self.sessions().rows().len().saturating_sub(shown);
        // The chosen one in the middle, as far as the ends allow.
        chosen.saturating_sub(shown / 2).min(last)
    }

    fn entry(&self, row: &SessionRow, width: u16) -> Vec<Line<'static>> {
        match self.two_lines {
            true => self.entry_of_two(row, width.into()),
            false if width < ROOMY_COLUMNS => vec![self.entry_in_short(row, width.into())],
            false => vec![self.entry_of_one(row, width.into())],
        }
    }

    fn entry_of_one(&self, row: &SessionRow, width: usize) -> Line<'static> {
        let fixed = self.state_columns() + RISK_COLUMNS + AGE_COLUMNS + PLACE_COLUMNS;
        let rest = width.saturating_sub(fixed);
        let who_columns = (rest * 2 / 5).min(WHO_COLUMNS_MAX);
        Line::from(vec![
            self.state(row),
            badges::risk_span(row.risk, self.theme),
            Span::raw("  "),
            Span::raw(fit(&who(row), who_columns)),
            Span::raw("  "),
            Span::raw(fit(&command(row), rest.saturating_sub(who_columns + 2))),
            self.age(row),
            self.place(row),
        ])
    }

    /// Who and what before all else: the state in two letters, where it runs not at all.
    fn entry_in_short(&self, row: &SessionRow, width: usize) -> Line<'static> {
        let (text, role) = standing(self.live, row, self.now);
        let risk = badges::risk_span(row.risk, self.theme);
        let rest = width.saturating_sub(SHORT_STATE_COLUMNS + badges::RISK_COLUMNS + 2);
        let rest = rest.saturating_sub(SHORT_AGE_COLUMNS);
        let name = format!("{}@{}", row.user.escaped(), row.host.escaped());
        let who_columns = Span::raw(name.as_str()).width().min(rest / 2);
        Line::from(vec![
            Span::styled(format!(" {} ", short(&text)), self.theme.style(role)),
            risk,
            Span::raw(" "),
            Span::raw(fit(&name, who_columns)),
            Span::raw(" "),
            Span::raw(fit(&command(row), rest.saturating_sub(who_columns))),
            Span::raw(format!(" {:>width$}", age(row, self.now), width = SHORT_AGE_COLUMNS - 1)),
        ])
    }

    fn entry_of_two(&self, row: &SessionRow, width: usize) -> Vec<Line<'static>> {
        let rest = width.saturating_sub(self.state_columns() + AGE_COLUMNS + PLACE_COLUMNS);
        let what = Span::raw(fit(&command(row), rest));
        let first = vec![self.state(row), what, self.age(row), self.place(row)];
        let rest = width.saturating_sub(self.state_columns());
        let letters = self.state_columns().saturating_sub(badges::RISK_COLUMNS + 2);
        let faint = self.theme.style(Role::Faint);
        let second = vec![
            Span::raw(" "),
            badges::risk_span(row.risk, self.theme),
            Span::raw(format!(" {}", fit(&badges::letters(&row.anomalies), letters))),
            Span::styled(fit(&who(row), rest), faint),
        ];
        vec![Line::from(first), Line::from(second)]
    }

    fn state(&self, row: &SessionRow) -> Span<'static> {
        let (text, role) = standing(self.live, row, self.now);
        let text = format!(" {text:width$}", width = self.state_columns() - 1);
        Span::styled(text, self.theme.style(role))
    }

    fn place(&self, row: &SessionRow) -> Span<'static> {
        let gone = row.state.is_open() && self.sessions().is_gone(row.tsid);
        let place = if gone { String::new() } else { place_or_end(row) };
        let text = format!("  {}", fit(&place, PLACE_COLUMNS - 2));
        let role = if has_failed(row) { Role::Error } else { Role::Text };
        Span::styled(text, self.theme.style(role))
    }

    fn age(&self, row: &SessionRow) -> Span<'static> {
        Span::raw(format!(" {:>width$}", age(row, self.now), width = AGE_COLUMNS - 1))
    }
}

impl ListView<'_> {
    /// Draws as many as there is room for.
    pub(super) fn draw(&self, area: Rect, buffer: &mut Buffer, hits: &mut Hits) {
        let height = self.height();
        let shown = usize::from(area.height / height);
        let first = self.first_shown(shown);
        let chosen = self.sessions().chosen_index();
        let mut place = Rect { height, ..area };
        for (index, row) in self.sessions().rows().iter().enumerate().skip(first).take(shown) {
            for (line, at) in self.entry(row, area.width).into_iter().zip(place.rows()) {
                line.render(at, buffer);
            }
            if Some(index) == chosen {
                buffer.set_style(place, self.theme.style(Role::Selected));
            }
            hits.add(place, Hit::Session(row.tsid));
            place.y += height;
        }
    }
}

/// `? last seen 12:30:05`, with blanks around.
const STALE_COLUMNS: usize = 22;
/// `100 C` and two blanks.
const RISK_COLUMNS: usize = badges::RISK_COLUMNS + 2;
/// Glyph and word, with blanks around.
const STATE_COLUMNS: usize = 14;
/// `1:02:03` and a blank.
const AGE_COLUMNS: usize = 9;
/// `pts/12` or `exit 127`, and two blanks.
const PLACE_COLUMNS: usize = 11;
const WHO_COLUMNS_MAX: usize = 32;
/// From this width on there is room for whole words.
const ROOMY_COLUMNS: u16 = 66;
/// Sign and letter, with blanks around.
const SHORT_STATE_COLUMNS: usize = 4;
/// `1:02:03` and a blank.
const SHORT_AGE_COLUMNS: usize = 8;
