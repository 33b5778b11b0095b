//! The messages as rows, with as many columns as there is room for.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::Delivery;

use super::{Board, state};
use crate::screens::events::{SIGN, severity_in};
use crate::screens::words::{cell, local};
use crate::screens::{Hit, Hits};
use crate::theme::{Role, Theme};

/// How wide the columns are, with the blank behind each; 0 for those that there is no room for.
struct Columns {
    made: usize,
    target: usize,
    severity: usize,
    tries: usize,
    next: usize,
    title: usize,
}

impl Columns {
    fn of(width: usize) -> Self {
        let [made, target, severity, tries, next] = match width {
            ..60 => [0, 8, SIGN, 0, 0],
            60..90 => [9, 12, SIGN, 6, 9],
            _ => [15, 18, SEVERITY, 6, 15],
        };
        let used = MARK + made + target + STATE + severity + tries + next;
        Self { made, target, severity, tries, next, title: width.saturating_sub(used) }
    }
}

/// Draws the names of the columns, then rows, the chosen one in the middle as far as the ends allow.
pub(super) fn draw(board: &Board, theme: &Theme, area: Rect, buffer: &mut Buffer, hits: &mut Hits) {
    let columns = Columns::of(area.width.into());
    let mut lines = area.rows();
    if let Some(line) = lines.next() {
        Line::styled(head(&columns), theme.style(Role::Faint)).render(line, buffer);
    }
    let chosen = board.trail().chosen().map(|delivery| delivery.number);
    for (delivery, line) in board.trail().around(area.height.saturating_sub(1)).zip(lines) {
        row(board, delivery, &columns, theme).render(line, buffer);
        hits.add(line, Hit::Number(delivery.number));
        if Some(delivery.number) == chosen {
            let role = if board.is_in_targets() { Role::Title } else { Role::Selected };
            buffer.set_style(line, theme.style(role));
        }
    }
}

fn head(columns: &Columns) -> String {
    let severity = if columns.severity > SIGN { "  SEVERITY" } else { "" };
    [
        cell("", MARK),
        cell("MADE", columns.made),
        cell("TARGET", columns.target),
        cell("  STATE", STATE),
        cell(severity, columns.severity),
        cell("TRIES", columns.tries),
        cell("NEXT TRY", columns.next),
        cell("SUBJECT", columns.title),
    ]
    .concat()
}

fn row(board: &Board, delivery: &Delivery, columns: &Columns, theme: &Theme) -> Line<'static> {
    let mark = if board.is_marked(delivery.number) { " * " } else { "   " };
    let format = if columns.made == TIME { "%H:%M:%S" } else { "%m-%d %H:%M:%S" };
    let time = |at| local(at, &board.zone, format);
    let target = Untrusted::from(delivery.target.as_str()).escaped().to_string();
    let (word, role) = state(delivery.state);
    let (level, level_role) = severity_in(delivery.severity, columns.severity);
    Line::from(vec![
        Span::styled(mark, theme.style(Role::Key)),
        Span::styled(cell(&time(delivery.made), columns.made), theme.style(Role::Faint)),
        Span::raw(cell(&target, columns.target)),
        Span::styled(cell(word, STATE), theme.style(role)),
        Span::styled(level, theme.style(level_role)),
        Span::raw(cell(&delivery.tries.to_string(), columns.tries)),
        Span::raw(cell(&delivery.next.map(time).unwrap_or_default(), columns.next)),
        Span::raw(cell(&delivery.title.escaped().to_string(), columns.title)),
    ])
}

const MARK: usize = 3;
const TIME: usize = 9;
const STATE: usize = 11;
const SEVERITY: usize = 11;
