//! Draws the alerts screen: what is wrong, the filter, the targets, the messages, and beside those or below
//! them what is known of the chosen one; over it the question.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::AlertAct;

use super::{Board, Question, QuestionAction, detail, table, targets};
use crate::app::App;
use crate::keymap::{Intent, Scope};
use crate::screens::{FilterAction, Hits, words};
use crate::theme::{Role, Theme};
use crate::widgets::{Modal, Split, Spread, wrap};

/// Draws everything but the bottom line.
pub(in crate::screens) fn view(
    board: &Board,
    app: &App,
    area: Rect,
    buffer: &mut Buffer,
    hits: &mut Hits,
) {
    draw_board(board, app, area, buffer, hits);
    if let Some(question) = board.question() {
        draw_question(question, app, area, buffer);
    }
}

fn draw_board(board: &Board, app: &App, area: Rect, buffer: &mut Buffer, hits: &mut Hits) {
    let theme = &app.theme;
    let wrong = wrong(board, area);
    let list = targets_lines(board, area, wrong.len());
    let [top, banner, filter, above, rule, body] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(u16::try_from(wrong.len()).unwrap_or(0)),
        Constraint::Length(board.filter().lines()),
        Constraint::Length(list),
        Constraint::Length(u16::from(list > 0)),
        Constraint::Min(0),
    ])
    .areas(area);
    draw_status(board, theme, top, buffer);
    for (line, row) in wrong.into_iter().zip(banner.rows()) {
        Line::styled(format!(" {line}"), theme.style(Role::Error)).render(row, buffer);
    }
    board.filter().draw(EXAMPLE, theme, filter, buffer);
    targets::draw(board, theme, above, buffer, hits);
    Line::styled("─".repeat(rule.width.into()), theme.style(Role::Border)).render(rule, buffer);
    if board.trail().is_empty() && !board.is_in_targets() {
        return draw_nothing(board, app, body, buffer);
    }
    draw_lists(board, theme, body, buffer, hits);
}

/// Lines for the targets and their head. Where there is no room for both they give way to the messages, unless
/// the keys go through them.
fn targets_lines(board: &Board, area: Rect, wrong: usize) -> u16 {
    if board.targets().is_empty() {
        return 0;
    }
    let list = u16::try_from(board.targets().len()).unwrap_or(u16::MAX).saturating_add(1);
    let list = list.min((area.height / 3).max(2));
    let above = 1 + u16::try_from(wrong).unwrap_or(0) + board.filter().lines();
    let left = area.height.saturating_sub(above + list + 1);
    if left < TABLE_LINES_MIN && !board.is_in_targets() { 0 } else { list }
}

/// The messages, and what is known of the chosen one.
fn draw_lists(board: &Board, theme: &Theme, body: Rect, buffer: &mut Buffer, hits: &mut Hits) {
    let split = Split { table_lines_min: TABLE_LINES_MIN, border: theme.style(Role::Border) };
    let (list, rest) = split.draw(body, buffer);
    table::draw(board, theme, list, buffer, hits);
    board.draw_lines(|columns| detail::lines(board, theme, columns.into()), theme, rest, buffer);
}

/// How many are marked, and whether the server is there.
fn draw_status(board: &Board, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let marked = match board.marked() {
        0 => String::new(),
        marked => format!("  {marked} marked"),
    };
    let sum = |of: fn(&sudolog_core::wire::message::TargetStatus) -> u64| -> u64 {
        board.targets().iter().map(of).fold(0, u64::saturating_add)
    };
    let (waiting, dead) = (sum(|target| target.waiting), sum(|target| target.dead));
    let dead_role = if dead > 0 { Role::Error } else { Role::Text };
    let left = Line::from(vec![
        Span::styled(" Sudolog alerts ", theme.style(Role::Title)),
        Span::raw(format!(" {waiting} waiting")),
        Span::styled(format!("  {dead} dead"), theme.style(dead_role)),
        Span::styled(marked, theme.style(Role::Key)),
    ]);
    let (text, role) = words::link(board.link(), board.trouble(), "no alerts", area.width);
    Spread { left, right: Line::styled(text, theme.style(role)) }.render(area, buffer);
}

/// What an operator must not overlook, in lines.
fn wrong(board: &Board, area: Rect) -> Vec<String> {
    let mut lines = Vec::new();
    let columns = usize::from(area.width).saturating_sub(2);
    let most = if area.height < SMALL_LINES { 1 } else { WRONG_LINES };
    if !board.outbox().is_empty() {
        let text = format!("! the outbox: {}", board.outbox().escaped());
        lines.extend(wrap(&text, columns, most));
    }
    if board.collapsed() > 0 {
        let text = format!(
            "! {} alerts were left out for want of room since the server started",
            board.collapsed()
        );
        lines.extend(wrap(&text, columns, most));
    }
    lines
}

fn draw_nothing(board: &Board, app: &App, area: Rect, buffer: &mut Buffer) {
    let says = |intent, what| app.keymap.says(Scope::Alerts, intent, what).unwrap_or_default();
    let text = match (board.trail().is_known(), board.trouble(), board.filter().text()) {
        (false, Some(trouble), _) => {
            format!("The alerts could not be had: {trouble}\n{}", says(Intent::Back, "goes back"))
        }
        (false, None, _) => "Asking the server …".to_owned(),
        (true, _, "") if board.targets().is_empty() => {
            "Nobody is told of anything: [alerts] in server.toml names no targets.".to_owned()
        }
        (true, _, "") => "No message was made yet.".to_owned(),
        (true, _, filter) => {
            let change = says(Intent::Filter(FilterAction::Ask), "changes the filter");
            format!("No message matches {filter}\n{change}")
        }
    };
    words::draw_instead(&text, &app.theme, area, buffer);
}

/// Draws the question.
fn draw_question(question: &Question, app: &App, area: Rect, buffer: &mut Buffer) {
    let theme = &app.theme;
    let width = area.width.saturating_sub(2).min(QUESTION_COLUMNS_MAX);
    let columns = usize::from(width.saturating_sub(2));
    let (title, asks, does) = asked(question.act());
    let (text, role) = match (question.is_sent(), question.trouble()) {
        (true, _) => ("… waiting for the server".to_owned(), Role::Title),
        (false, Some(trouble)) => (format!("! {trouble}"), Role::Error),
        (false, None) => {
            let says = |action, what| {
                app.keymap.says(Scope::Question, Intent::Question(action), what).unwrap_or_default()
            };
            let hints = [says(QuestionAction::Do, does), says(QuestionAction::Cancel, "does not.")];
            (hints.join(", "), Role::Faint)
        }
    };
    let mut lines: Vec<Line<'_>> =
        wrap(&asks, columns, ASKED_LINES).into_iter().map(Line::raw).collect();
    lines.push(Line::default());
    let below = wrap(&text, columns, ASKED_LINES);
    lines.extend(below.into_iter().map(|line| Line::styled(line, theme.style(role))));
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let inside = Modal { title, width, height }.draw(theme, area, buffer);
    for (line, row) in lines.into_iter().zip(inside.rows()) {
        let row = Rect { x: row.x + 1, width: row.width.saturating_sub(1), ..row };
        line.render(row.intersection(inside), buffer);
    }
}

/// The heading, the question, and what the key for yes does.
fn asked(act: &AlertAct) -> (&'static str, String, &'static str) {
    match act {
        AlertAct::Test { target } => {
            let name = Untrusted::from(target.as_str());
            let asks = format!("Send {} a message that says that it is a test?", name.escaped());
            ("Test", asks, "sends it")
        }
        AlertAct::Discard { numbers } => {
            let what = match numbers.as_slice() {
                [number] => format!("message {number}"),
                numbers => format!("{} messages", numbers.len()),
            };
            let asks = format!("Forget {what}? Nobody will be told of what is in there any more.");
            ("Discard", asks, "forgets")
        }
        AlertAct::Retry { .. } | AlertAct::Unknown => ("Alerts", String::new(), "does it"),
    }
}

const EXAMPLE: &str = "all messages; target:mail state:dead,retrying words";
/// The names of the columns and two rows.
const TABLE_LINES_MIN: u16 = 3;
const WRONG_LINES: usize = 2;
/// In a lower terminal there is room for the beginning of what is wrong.
const SMALL_LINES: u16 = 16;
const QUESTION_COLUMNS_MAX: u16 = 60;
const ASKED_LINES: usize = 4;
