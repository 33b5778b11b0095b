//! The entries as rows, with as many columns as there is room for.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use sudolog_core::eventlog::{Entry, Stored};

use super::words::shortened;
use super::{Log, SIGN, severity_in, what};
use crate::screens::words::{cell, local};
use crate::screens::{Hit, Hits};
use crate::theme::{Role, Theme};

/// How wide each column is, with the blank behind it; 0 for those that there is no room for.
struct Columns {
    time: usize,
    severity: usize,
    source: usize,
    kind: usize,
    host: usize,
    user: usize,
    what: usize,
}

impl Columns {
    fn of(width: usize) -> Self {
        let [time, severity, source, kind, host, user] = match width {
            ..60 => [TIME, SIGN, 0, 12, 0, 0],
            60..76 => [TIME, SIGN, 0, 14, 10, 8],
            76..96 => [TIME, SEVERITY, SOURCE, KIND, 10, 8],
            96..130 => [DATE_TIME, SEVERITY, SOURCE, KIND, 13, 10],
            _ => [DATE_TIME, SEVERITY, SOURCE, KIND, 20, 16],
        };
        let used = 1 + time + severity + source + kind + host + user;
        Self { time, severity, source, kind, host, user, what: width.saturating_sub(used) }
    }

    fn of_cells(&self, cells: [&str; 7]) -> [String; 7] {
        let widths =
            [self.time, self.severity, self.source, self.kind, self.host, self.user, self.what];
        let mut widths = widths.into_iter();
        cells.map(|text| cell(text, widths.next().unwrap_or(0)))
    }
}

/// Draws the names of the columns, then rows, the chosen one in the middle as far as the ends allow.
pub(super) fn draw(log: &Log, theme: &Theme, area: Rect, buffer: &mut Buffer, hits: &mut Hits) {
    let columns = Columns::of(area.width.into());
    let mut lines = area.rows();
    if let Some(line) = lines.next() {
        let severity = if columns.severity > SIGN { "  SEVERITY" } else { "" };
        let names = ["TIME", severity, "SOURCE", "WHAT", "HOST", "USER", "COMMAND, TEXT"];
        let head = format!(" {}", columns.of_cells(names).concat());
        Line::styled(head, theme.style(Role::Faint)).render(line, buffer);
    }
    let chosen = log.trail().chosen().map(|entry| entry.number);
    for (entry, line) in log.trail().around(area.height.saturating_sub(1)).zip(lines) {
        row(log, entry, &columns, theme).render(line, buffer);
        hits.add(line, Hit::Number(entry.number));
        if Some(entry.number) == chosen {
            buffer.set_style(line, theme.style(Role::Selected));
        }
    }
}

fn row(log: &Log, stored: &Stored, columns: &Columns, theme: &Theme) -> Line<'static> {
    let Entry { time, source, kind, host, user, .. } = &stored.entry;
    let (sign, role) = severity_in(stored.entry.severity, columns.severity);
    let format = if columns.time == TIME { "%H:%M:%S" } else { "%m-%d %H:%M:%S" };
    let mut cells = columns.of_cells([
        &local(*time, &log.zone, format),
        "",
        source.name(),
        kind.name(),
        &shortened(host),
        &shortened(user),
        &what(&stored.entry),
    ]);
    if let Some(cell) = cells.get_mut(1) {
        *cell = sign;
    }
    let styles = [Role::Faint, role, Role::Faint, Role::Text, Role::Text, Role::Text, Role::Text];
    let spans =
        cells.into_iter().zip(styles).map(|(text, role)| Span::styled(text, theme.style(role)));
    Line::from_iter(std::iter::once(Span::raw(" ")).chain(spans))
}

const TIME: usize = 9;
const DATE_TIME: usize = 15;
const SEVERITY: usize = 11;
const SOURCE: usize = 8;
const KIND: usize = 16;
