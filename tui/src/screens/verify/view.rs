//! Draws the check from its state: which session, how far it is, or what was found.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;

use super::words::{self, Row};
use super::{Stage, Verify};
use crate::theme::{Role, Theme};
use crate::verification::{Progress, Report, Verdict};
use crate::widgets::{Spread, wrap};

/// Draws everything but the bottom line.
pub(in crate::screens) fn view(verify: &Verify, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let [top, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    draw_heading(verify, theme, top, buffer);
    let columns = usize::from(body.width.saturating_sub(2));
    let lines = match verify.stage() {
        Stage::Checking(progress) => checking(*progress, theme, columns),
        Stage::Failed(reason) => failed(reason, theme, columns),
        Stage::Done(report, key_file) => found(report, key_file, theme, columns),
    };
    let room = usize::from(body.height);
    let first = verify.scrolled().min(lines.len().saturating_sub(room));
    let below = lines.len().saturating_sub(first + room);
    for (line, row) in lines.into_iter().skip(first).zip(body.rows()) {
        let row = Rect { x: row.x + 1, width: row.width.saturating_sub(1), ..row };
        line.render(row.intersection(body), buffer);
    }
    if let (true, Some(last)) = (below > 0, body.rows().next_back()) {
        let more = Span::styled(format!(" {below} more below "), theme.style(Role::Selected));
        Line::from(more).right_aligned().render(last, buffer);
    }
}

fn draw_heading(verify: &Verify, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let about = verify.about();
    let (user, host) = (about.user.escaped(), about.host.escaped());
    let left = Line::from(vec![
        Span::styled(" Verify ", theme.style(Role::Title)),
        Span::styled(format!(" {} ", about.name.escaped()), theme.style(Role::Key)),
        Span::raw(format!(" {user}@{host} → {}  ", about.run_user.escaped())),
        Span::raw(about.command.escaped().to_string()),
    ]);
    let (text, role) = match verify.stage() {
        Stage::Checking(_) => ("… checking", Role::Title),
        Stage::Failed(_) => ("! not checked", Role::Error),
        Stage::Done(report, _) => words::badge(report.verdict()),
    };
    Spread { left, right: Line::styled(format!("{text} "), theme.style(role)) }
        .render(area, buffer);
}

fn checking(progress: Progress, theme: &Theme, columns: usize) -> Vec<Line<'static>> {
    let text = "Chain and signatures of the whole recording are being checked.";
    let mut lines = vec![Line::default()];
    lines.extend(wrapped(text, theme, Role::Text, columns));
    if let Some((read, total)) = progress.filter(|(_, total)| *total > 0) {
        let read = read.min(total);
        let percent = u128::from(read) * 100 / u128::from(total);
        let cells = columns.saturating_sub(PERCENT_COLUMNS).min(BAR_COLUMNS_MAX);
        let done = share(read, total, cells);
        lines.push(Line::default());
        lines.push(Line::from(vec![
            Span::styled("█".repeat(done), theme.style(Role::BarDone)),
            Span::styled("░".repeat(cells - done), theme.style(Role::BarRest)),
            Span::styled(format!(" {percent:>3} %"), theme.style(Role::Title)),
        ]));
    }
    lines
}

fn failed(reason: &str, theme: &Theme, columns: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    lines.extend(wrapped("It cannot be checked:", theme, Role::Text, columns));
    lines.extend(wrapped(reason, theme, Role::Error, columns));
    lines
}

fn found(report: &Report, key_file: &str, theme: &Theme, columns: usize) -> Vec<Line<'static>> {
    let (badge, role) = words::badge(report.verdict());
    let mut lines = vec![Line::default()];
    lines.extend(wrapped(&format!("{badge}. {}", words::sentence(report)), theme, role, columns));
    lines.push(Line::default());
    if columns >= ROOMY_COLUMNS {
        lines.extend(reach(report, theme, columns));
    }
    for row in words::rows(report, key_file) {
        lines.extend(labelled(&row, theme, columns));
    }
    lines
}

/// How far the proof reaches, drawn: what is proven, what is broken and what nothing covers, and a legend.
fn reach(report: &Report, theme: &Theme, columns: usize) -> Vec<Line<'static>> {
    let found = &report.found;
    let total = found.events.max(report.gap().map_or(0, |(_, last)| last));
    if report.verdict() == Verdict::Unsigned || total == 0 {
        return Vec::new();
    }
    let cells = columns.min(BAR_COLUMNS_MAX);
    let done = match found.last_seq < total {
        // What is not proven is seen however little it is.
        true => share(found.last_seq, total, cells).min(cells.saturating_sub(1)),
        false => cells,
    };
    let (sign, word, role) = match found.ok {
        true => ("·", "not proven", Role::Warn),
        false => ("!", "not to be trusted", Role::Error),
    };
    let bar = Line::from(vec![
        Span::styled("█".repeat(done), theme.style(Role::Ok)),
        Span::styled(sign.repeat(cells - done), theme.style(role)),
    ]);
    let mut legend = vec![Span::styled("█ proven", theme.style(Role::Ok))];
    if done < cells {
        legend.push(Span::styled(format!("   {sign} {word}"), theme.style(role)));
    }
    vec![bar, Line::from(legend), Line::default()]
}

/// A row with its label before it; above it where there is little room.
fn labelled(row: &Row, theme: &Theme, columns: usize) -> Vec<Line<'static>> {
    let faint = theme.style(Role::Faint);
    if columns < ROOMY_COLUMNS {
        let text = format!("{}: {}", row.label, row.text);
        return wrapped(&text, theme, row.role, columns);
    }
    let texts = wrapped(&row.text, theme, row.role, columns.saturating_sub(LABEL_COLUMNS));
    let labels = std::iter::once(row.label).chain(std::iter::repeat(""));
    let line = |(mut line, label): (Line<'static>, &str)| {
        line.spans.insert(0, Span::styled(format!("{label:<LABEL_COLUMNS$}"), faint));
        line
    };
    texts.into_iter().zip(labels).map(line).collect()
}

fn wrapped(text: &str, theme: &Theme, role: Role, columns: usize) -> Vec<Line<'static>> {
    let style = theme.style(role);
    let lines = wrap(text, columns, TEXT_LINES_MAX);
    lines.into_iter().map(|line| Line::from(Span::styled(line, style))).collect()
}

/// So many of the cells as a part is of the whole.
fn share(part: u64, whole: u64, cells: usize) -> usize {
    let share = u128::from(part) * cells as u128 / u128::from(whole.max(1));
    usize::try_from(share).unwrap_or(cells).min(cells)
}

const LABEL_COLUMNS: usize = 13;
/// From this width on labels stand in a column of their own.
const ROOMY_COLUMNS: usize = 60;
const BAR_COLUMNS_MAX: usize = 100;
const PERCENT_COLUMNS: usize = 6;
/// A reason may be long, and the operator can scroll.
const TEXT_LINES_MAX: usize = 12;
