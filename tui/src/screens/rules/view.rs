//! Draws the rules screen: which rules are in force, the list, and beside it or below it what is read.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;

use super::{Book, Pane, Reason, ReasonAction, Rulebook, list, words};
use crate::app::App;
use crate::keymap::{Intent, Scope};
use crate::screens::{Hits, words as common};
use crate::theme::{Role, Theme};
use crate::widgets::{Modal, Spread, Window, wrap};

/// Draws everything but the bottom line.
pub(in crate::screens) fn view(
    screen: &Rulebook,
    app: &App,
    area: Rect,
    buffer: &mut Buffer,
    hits: &mut Hits,
) {
    let theme = &app.theme;
    let warning = warning(screen);
    let [top, second, body] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(warning.is_some().into()),
        Constraint::Min(0),
    ])
    .areas(area);
    draw_status(screen, theme, top, buffer);
    if let Some(warning) = warning {
        let line = Line::styled(format!(" ! {warning}"), theme.style(Role::Error));
        Spread { left: line, right: Line::default() }.render(second, buffer);
    }
    if screen.book().is_none() {
        return common::draw_instead("Asking the server …", theme, body, buffer);
    }
    if body.width >= BESIDE_COLUMNS_MIN {
        let [left, border, right] =
            Layout::horizontal([Constraint::Fill(1), Constraint::Length(1), Constraint::Fill(1)])
                .areas(body);
        list::draw(screen, theme, left, buffer, hits);
        for row in border.rows() {
            Line::styled("│", theme.style(Role::Border)).render(row, buffer);
        }
        return draw_text(screen, theme, right, buffer);
    }
    // What is gone through has more room.
    let part = if screen.pane() == Pane::Rule { body.height / 2 } else { body.height / 4 };
    let [above, rule, below] = Layout::vertical([
        Constraint::Length(part.max(LIST_LINES_MIN)),
        Constraint::Length(1),
        Constraint::Min(0),
    ])
    .areas(body);
    list::draw(screen, theme, above, buffer, hits);
    let dashes = "─".repeat(rule.width.into());
    Line::styled(dashes, theme.style(Role::Border)).render(rule, buffer);
    draw_text(screen, theme, below, buffer);
}

/// Which rules, whether they are assessed by, and how far the draft is from them.
fn draw_status(screen: &Rulebook, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let mut left = vec![Span::styled(" Sudolog rules ", theme.style(Role::Title))];
    if let Some(book) = screen.book() {
        left.push(Span::raw(in_force(screen, book)));
        if book.draft.is_changed() {
            let changed = book.draft.changed();
            let comes = changed.iter().filter(|line| line.comes).count();
            let text = format!("  draft +{comes} -{}", changed.len() - comes);
            left.push(Span::styled(text, theme.style(Role::Key)));
        }
    }
    let (text, role) = common::link(screen.link(), None, "", area.width);
    let right = Line::styled(text, theme.style(role));
    Spread { left: Line::from(left), right }.render(area, buffer);
}

/// `3 of 68  hash 0123456789ab  file  assessing 12 of 40`
fn in_force(screen: &Rulebook, book: &Book) -> String {
    let rules = &book.in_force;
    let place = match screen.rules() {
        Some(known) if !known.is_empty() => format!("{} of {}", screen.chosen() + 1, known.len()),
        _ => "none".to_owned(),
    };
    let kept = if rules.is_writable { "file" } else { "built in" };
    let done = match (screen.awaits(), rules.left) {
        (true, _) => "  coming into force …".to_owned(),
        (false, 0) => String::new(),
        (false, left) => {
            format!("  assessing {} of {}", rules.done, rules.done.saturating_add(left))
        }
    };
    format!(" {place}  hash {}  {kept}{done}", words::short(&rules.hash))
}

fn warning(screen: &Rulebook) -> Option<String> {
    let overtaken = "the rules were changed meanwhile: the difference is to those in force now";
    screen.trouble().or_else(|| screen.is_overtaken().then(|| overtaken.to_owned()))
}

fn draw_text(screen: &Rulebook, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let [top, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    let columns = usize::from(body.width.saturating_sub(2));
    let (heading, lines) = words::lines(screen, theme, columns);
    Line::styled(format!(" {heading}"), theme.style(Role::Title)).render(top, buffer);
    let room = usize::from(body.height);
    let first = screen.scrolled().min(lines.len().saturating_sub(room));
    let below = lines.len().saturating_sub(first + room);
    for (line, row) in lines.into_iter().skip(first).zip(body.rows()) {
        let row = Rect { x: row.x + 1, width: row.width.saturating_sub(1), ..row };
        Spread { left: line, right: Line::default() }.render(row.intersection(body), buffer);
    }
    if let (true, Some(last)) = (below > 0, body.rows().next_back()) {
        let more = Span::styled(format!(" {below} more below "), theme.style(Role::Selected));
        Line::from(more).right_aligned().render(last, buffer);
    }
}

/// Draws the dialog that asks for a reason.
pub(in crate::screens) fn view_reason(reason: &Reason, app: &App, area: Rect, buffer: &mut Buffer) {
    let theme = &app.theme;
    let width = area.width.saturating_sub(2).min(REASON_COLUMNS_MAX);
    let columns = usize::from(width.saturating_sub(2));
    let label = "Why: ";
    let room = columns.saturating_sub(label.len());
    let Window { before, under, after } = reason.input().window(room);
    let under = if under.is_empty() { " " } else { under };
    let input = Line::from(vec![
        Span::styled(label, theme.style(Role::Key)),
        Span::raw(before),
        Span::styled(under, theme.style(Role::Selected)),
        Span::raw(after),
    ]);
    let (text, role) = match (reason.is_sent(), reason.trouble()) {
        (true, _) => ("… waiting for the server".to_owned(), Role::Title),
        (false, Some(trouble)) => (format!("! {trouble}"), Role::Error),
        (false, None) => {
            let send = Intent::Reason(ReasonAction::Send);
            let says = app.keymap.says(Scope::Reason, send, "puts the draft into force.");
            (says.unwrap_or_default(), Role::Faint)
        }
    };
    let told = "Every recording is assessed anew by the draft.";
    let mut lines: Vec<Line<'_>> = wrap(told, columns, 2).into_iter().map(Line::raw).collect();
    lines.extend([Line::default(), input, Line::default()]);
    let below = wrap(&text, columns, TROUBLE_LINES);
    lines.extend(below.into_iter().map(|line| Line::styled(line, theme.style(role))));
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let inside = Modal { title: "Rules", width, height }.draw(theme, area, buffer);
    for (line, row) in lines.into_iter().zip(inside.rows()) {
        let row = Rect { x: row.x + 1, width: row.width.saturating_sub(1), ..row };
        line.render(row.intersection(inside), buffer);
    }
}

/// From this width on what is read stands beside the list.
const BESIDE_COLUMNS_MIN: u16 = 100;
/// The names of the columns and three rows.
const LIST_LINES_MIN: u16 = 4;
const REASON_COLUMNS_MAX: u16 = 60;
/// A server may have much to say.
const TROUBLE_LINES: usize = 3;
