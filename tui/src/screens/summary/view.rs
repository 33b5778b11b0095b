//! Draws the summary screen: what is added up, the filter, the rows.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use sudolog_core::wire::message::SummaryBy;

use super::{Sums, table};
use crate::app::App;
use crate::keymap::{Intent, Scope};
use crate::screens::{FilterAction, Hits, words};
use crate::theme::{Role, Theme};
use crate::widgets::Spread;

/// Draws everything but the bottom line.
pub(in crate::screens) fn view(
    sums: &Sums,
    app: &App,
    area: Rect,
    buffer: &mut Buffer,
    hits: &mut Hits,
) {
    let theme = &app.theme;
    let [top, filter, body] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(sums.filter().lines()),
        Constraint::Min(0),
    ])
    .areas(area);
    draw_status(sums, theme, top, buffer);
    sums.filter().draw(EXAMPLE, theme, filter, buffer);
    if sums.pages().total().is_none_or(|total| total == 0) {
        return draw_nothing(sums, app, body, buffer);
    }
    table::draw(sums, theme, body, buffer, hits);
}

/// What is added up, where one is, and whether the server is there.
fn draw_status(sums: &Sums, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let pages = sums.pages();
    let place = match pages.total() {
        None | Some(0) => String::new(),
        Some(total) => format!("  {} of {total}", u64::from(pages.at()) + 1),
    };
    let title = if sums.is_of_queue() { " Sudolog triage " } else { " Sudolog summary " };
    let mut left = vec![Span::styled(title, theme.style(Role::Title))];
    for by in SummaryBy::ALL {
        let name = by.name();
        left.push(match by == sums.by() {
            true => Span::styled(format!("[{name}]"), theme.style(Role::Key)),
            false => Span::styled(format!(" {name} "), theme.style(Role::Faint)),
        });
    }
    let (sort, reverse) = sums.order();
    let reversed = if reverse { " reversed" } else { "" };
    left.push(Span::raw(place));
    left.push(Span::styled(format!("  by {}{reversed}", sort.name()), theme.style(Role::Faint)));
    let (text, role) = words::link(sums.link(), sums.trouble(), "no sums", area.width);
    let right = Line::styled(text, theme.style(role));
    Spread { left: Line::from(left), right }.render(area, buffer);
}

fn draw_nothing(sums: &Sums, app: &App, area: Rect, buffer: &mut Buffer) {
    let says = |intent, what| app.keymap.says(Scope::Summary, intent, what);
    let text = match (sums.pages().total(), sums.trouble(), sums.filter().text()) {
        (None, Some(trouble), _) => {
            let back = says(Intent::Back, "goes back").unwrap_or_default();
            format!("The server has added nothing up: {trouble}\n{back}")
        }
        (None, None, _) => "Asking the server …".to_owned(),
        (Some(_), _, "") => "There are no recordings yet.".to_owned(),
        (Some(_), _, filter) => {
            let change = says(Intent::Filter(FilterAction::Ask), "changes the filter");
            format!("No session matches {filter}\n{}", change.unwrap_or_default())
        }
    };
    words::draw_instead(&text, &app.theme, area, buffer);
}

const EXAMPLE: &str = "all sessions; user:alice host:web* after:1w risk:high verdict:none words";
