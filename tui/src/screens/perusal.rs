//! What every screen knows that goes through a log of the server: the filter, the rows, whether the server is
//! there, and how far the chosen row is scrolled.

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;

use super::{FilterLine, Trail};
use crate::source::server::LinkState;
use crate::theme::{Role, Theme};

/// Rows of a log and how they are looked at.
pub struct Perusal<Q, R> {
    pub(super) filter: FilterLine<Q>,
    pub(super) trail: Trail<R>,
    pub(super) link: LinkState,
    pub(super) trouble: Option<String>,
    pub(super) scrolled: usize,
    pub(super) zone: TimeZone,
}

impl<Q, R> Perusal<Q, R>
where
    FilterLine<Q>: Default,
    Trail<R>: Default,
{
    /// One that has not heard anything yet.
    pub(super) fn new(link: LinkState) -> Self {
        Self {
            filter: FilterLine::default(),
            trail: Trail::default(),
            link,
            trouble: None,
            scrolled: 0,
            zone: TimeZone::system(),
        }
    }

    /// Begins anew, with what another filter lets through.
    pub(super) fn begin_anew(&mut self) {
        (self.trail, self.trouble, self.scrolled) = (Trail::default(), None, 0);
    }
}

impl<Q, R> Perusal<Q, R> {
    /// The rows.
    pub fn trail(&self) -> &Trail<R> {
        &self.trail
    }

    /// The filter.
    pub fn filter(&self) -> &FilterLine<Q> {
        &self.filter
    }

    /// The same, to change it while it is typed.
    pub fn filter_mut(&mut self) -> &mut FilterLine<Q> {
        &mut self.filter
    }

    /// Whether the server can be asked.
    pub fn link(&self) -> &LinkState {
        &self.link
    }

    /// Why rows could not be had, escaped.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Lines of the chosen row that lie above the first one shown, if there are as many.
    pub fn scrolled(&self) -> usize {
        self.scrolled
    }

    /// Goes so many lines down in the chosen row.
    pub(super) fn scroll(&mut self, by: isize) {
        self.scrolled = self.scrolled.saturating_add_signed(by).min(LINES_MAX);
    }

    /// Draws lines that tell of the chosen row, a column in, and how many lie below.
    pub(super) fn draw_lines<'l>(
        &self,
        lines: impl FnOnce(u16) -> Vec<Line<'l>>,
        theme: &Theme,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let area =
            Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area }.intersection(area);
        let lines = lines(area.width);
        let shown = usize::from(area.height);
        let first = self.scrolled.min(lines.len().saturating_sub(shown));
        let below = lines.len().saturating_sub(first + shown);
        for (line, row) in lines.into_iter().skip(first).zip(area.rows()) {
            line.render(row, buffer);
        }
        if let Some(last) = area.rows().next_back().filter(|_| below > 0) {
            let more = Span::styled(format!(" {below} more below "), theme.style(Role::Selected));
            Line::from(more).right_aligned().render(last, buffer);
        }
    }
}

/// Nothing has as many lines as somebody would scroll through.
const LINES_MAX: usize = 5000;
