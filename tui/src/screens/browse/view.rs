//! Draws the table of all sessions: how many, the filter, the rows, and the chosen command in full.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use sudolog_core::risk::Score;
use sudolog_core::wire::message::SessionRow;

use super::Browse;
use super::table::Table;
use crate::app::App;
use crate::keymap::{Intent, Scope};
use crate::screens::{FilterAction, Hits, badges, words};
use crate::source::server::LinkState;
use crate::theme::{Role, Theme};
use crate::widgets::{Edit, Spread, wrap};

/// Draws the table.
pub(in crate::screens) fn view(
    browse: &Browse,
    app: &App,
    area: Rect,
    buffer: &mut Buffer,
    hits: &mut Hits,
) {
    let theme = &app.theme;
    let details = if area.height >= DETAILS_FROM { DETAILS } else { 0 };
    let [top, filter, body, below] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(browse.filter().lines()),
        Constraint::Min(0),
        Constraint::Length(details),
    ])
    .areas(area);
    draw_status(browse, theme, top, buffer);
    browse.filter().draw(EXAMPLE, theme, filter, buffer);
    Table { browse, theme, now: app.wall_clock() }.draw(body, buffer, hits);
    draw_nothing(browse, app, body, buffer);
    draw_details(browse, theme, below, buffer);
}

/// Where one is in the list, and whether the server is there.
fn draw_status(browse: &Browse, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let pages = browse.pages();
    let place = match pages.total() {
        None => String::new(),
        Some(0) => " no session".to_owned(),
        Some(total) => {
            format!(" {} of {}", words::grouped(u64::from(pages.at()) + 1), words::grouped(total))
        }
    };
    let (sort, reverse) = browse.order();
    let reversed = if reverse { " reversed" } else { "" };
    let left = Line::from(vec![
        Span::styled(" Sudolog browse ", theme.style(Role::Title)),
        Span::raw(place),
        Span::styled(format!("  by {sort}{reversed}"), theme.style(Role::Faint)),
    ]);
    let (text, role) = match (browse.link(), browse.trouble()) {
        (LinkState::Up { .. }, None) if is_asking(browse) => ("asking …".to_owned(), Role::Warn),
        (link, trouble) => words::link(link, trouble, "no rows", area.width),
    };
    Spread { left, right: Line::styled(text, theme.style(role)) }.render(area, buffer);
}

fn draw_nothing(browse: &Browse, app: &App, area: Rect, buffer: &mut Buffer) {
    let says = |scope, intent, what| app.keymap.says(scope, intent, what);
    let text = match (browse.pages().total(), browse.filter().text()) {
        (None, _) => "Asking the server …".to_owned(),
        (Some(0), "") => "There are no recordings yet.".to_owned(),
        (Some(0), filter) => {
            let change = Intent::Filter(FilterAction::Ask);
            let clear = Intent::Edit(Edit::DeleteToStart);
            let hints = [
                says(Scope::Browse, change, "changes the filter"),
                says(Scope::Filter, clear, "there clears it"),
                says(Scope::Browse, Intent::Back, "goes back"),
            ];
            let hints: Vec<String> = hints.into_iter().flatten().collect();
            format!("No session matches {filter}\n{}", hints.join(", "))
        }
        (Some(_), _) => return,
    };
    words::draw_instead(&text, &app.theme, area, buffer);
}

/// All of the chosen command, as far as it fits.
fn draw_details(browse: &Browse, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let mut lines = area.rows();
    let Some(rule) = lines.next() else { return };
    let dashes = "─".repeat(rule.width.into());
    Line::styled(dashes, theme.style(Role::Border)).render(rule, buffer);
    let Some(row) = browse.pages().chosen() else { return };
    draw_badges(row, theme, rule, buffer);
    let command = row.command.escaped().to_string();
    let room = usize::from(area.width.saturating_sub(2));
    for (text, line) in wrap(&command, room, (DETAILS - 1).into()).into_iter().zip(lines) {
        Line::raw(format!(" {text}")).render(line, buffer);
    }
}

/// On the rule: its risk, what is out of the ordinary about it, and what was said of it.
fn draw_badges(row: &SessionRow, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let said = badges::told(row);
    if said.is_empty() && row.risk == Score::NONE {
        return;
    }
    let said = format!(" {said} ");
    let room = usize::from(area.width).saturating_sub(badges::RISK_COLUMNS + 3);
    let said = if Span::raw(&said).width() > room { words::fit(&said, room) } else { said };
    let line = vec![Span::raw(" "), badges::risk_span(row.risk, theme), Span::raw(said)];
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
    Line::from(line).render(area.intersection(*buffer.area()), buffer);
}

/// True while a row that is looked at has not come.
fn is_asking(browse: &Browse) -> bool {
    let pages = browse.pages();
    pages.total().is_none_or(|total| total > 0 && pages.chosen().is_none())
}

const EXAMPLE: &str = "all sessions; user:alice host:web* -command:vim exit:!0 after:2h words";
/// A rule and the command.
const DETAILS: u16 = 3;
const DETAILS_FROM: u16 = 16;
