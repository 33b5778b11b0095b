//! The targets as rows: how each is, what waits, and what it last said wrong.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::TargetStatus;

use super::{Board, health};
use crate::screens::words::{cell, local};
use crate::screens::{Hit, Hits};
use crate::theme::{Role, Theme};

/// How wide the columns are that are not always there, with the blank behind each.
struct Columns {
    name: usize,
    kind: usize,
    sent: usize,
    last: usize,
    error: usize,
}

impl Columns {
    fn of(width: usize) -> Self {
        let [name, kind, sent, last] = match width {
            ..60 => [12, 0, 0, 0],
            60..100 => [16, 9, 8, 0],
            _ => [24, 12, 9, 15],
        };
        let used = 1 + name + kind + HEALTH + COUNT + sent + COUNT + last;
        Self { name, kind, sent, last, error: width.saturating_sub(used) }
    }
}

/// Draws the names of the columns, then the targets around the chosen one.
pub(super) fn draw(board: &Board, theme: &Theme, area: Rect, buffer: &mut Buffer, hits: &mut Hits) {
    let columns = Columns::of(area.width.into());
    let mut lines = area.rows();
    if let Some(line) = lines.next() {
        Line::styled(head(&columns), theme.style(Role::Faint)).render(line, buffer);
    }
    let shown = usize::from(area.height.saturating_sub(1));
    let last = board.targets().len().saturating_sub(shown);
    let first = board.target().saturating_sub(shown / 2).min(last);
    for ((at, target), line) in board.targets().iter().enumerate().skip(first).zip(lines) {
        row(board, target, &columns, theme).render(line, buffer);
        hits.add(line, Hit::Target(at));
        if at == board.target() && board.is_in_targets() {
            buffer.set_style(line, theme.style(Role::Selected));
        }
    }
}

fn head(columns: &Columns) -> String {
    [
        " ".to_owned(),
        cell("TARGET", columns.name),
        cell("KIND", columns.kind),
        cell("  HEALTH", HEALTH),
        cell("WAITING", COUNT),
        cell("SENT", columns.sent),
        cell("DEAD", COUNT),
        cell("LAST SENT", columns.last),
        cell("NOT BEFORE, LAST ERROR", columns.error),
    ]
    .concat()
}

fn row(board: &Board, target: &TargetStatus, columns: &Columns, theme: &Theme) -> Line<'static> {
    let (word, role) = health(target.health);
    let [name, kind] = [&target.name, &target.kind]
        .map(|text| Untrusted::from(text.as_str()).escaped().to_string());
    let last = target.last_sent.map(|at| local(at, &board.zone, "%m-%d %H:%M:%S"));
    let pause = target.not_before.map(|at| local(at, &board.zone, "not before %H:%M:%S  "));
    let error = format!("{}{}", pause.unwrap_or_default(), target.error.escaped());
    let dead = if target.dead > 0 { Role::Error } else { Role::Text };
    Line::from(vec![
        Span::raw(" "),
        Span::raw(cell(&name, columns.name)),
        Span::styled(cell(&kind, columns.kind), theme.style(Role::Faint)),
        Span::styled(cell(word, HEALTH), theme.style(role)),
        Span::raw(number(target.waiting, COUNT)),
        Span::raw(number(target.sent, columns.sent)),
        Span::styled(number(target.dead, COUNT), theme.style(dead)),
        Span::raw(cell(&last.unwrap_or_default(), columns.last)),
        Span::styled(cell(&error, columns.error), theme.style(Role::Error)),
    ])
}

fn number(number: u64, width: usize) -> String {
    cell(&number.to_string(), width)
}

const HEALTH: usize = 11;
const COUNT: usize = 8;
