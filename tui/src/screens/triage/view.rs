//! Draws the triage screen: how many, the filter, the queue, and beside it or below it the review.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;

use super::review::ReviewView;
use super::{Triage, glimpse, queue};
use crate::app::App;
use crate::keymap::{Intent, Scope};
use crate::screens::replay::{self, Replay};
use crate::screens::{FilterAction, Hits, words};
use crate::theme::{Role, Theme};
use crate::widgets::Spread;

/// Draws everything but the bottom line.
pub(in crate::screens) fn view(
    triage: &Triage,
    app: &App,
    area: Rect,
    buffer: &mut Buffer,
    hits: &mut Hits,
) {
    draw(triage, None, app, area, buffer, hits);
}

/// The same with a player beside the reasons; where there is no room for both, in their place.
pub(in crate::screens) fn view_with_player(
    triage: &Triage,
    player: &Replay,
    app: &App,
    area: Rect,
    buffer: &mut Buffer,
    hits: &mut Hits,
) {
    draw(triage, Some(player), app, area, buffer, hits);
}

fn draw(
    triage: &Triage,
    player: Option<&Replay>,
    app: &App,
    area: Rect,
    buffer: &mut Buffer,
    hits: &mut Hits,
) {
    let theme = &app.theme;
    let [top, filter, body] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(triage.filter().lines()),
        Constraint::Min(0),
    ])
    .areas(area);
    draw_status(triage, theme, top, buffer);
    triage.filter().draw(EXAMPLE, theme, filter, buffer);
    if triage.pages().total().is_none_or(|total| total == 0) {
        return draw_nothing(triage, app, body, buffer);
    }
    let now = app.wall_clock();
    let review = ReviewView { triage, theme };
    if body.height < BOTH_LINES_MIN {
        // No room for both: Tab goes from one to the other.
        match (player, triage.reads()) {
            (Some(player), _) => replay::view(player, app, body, buffer, hits),
            (None, true) => review.draw(body, buffer),
            (None, false) => queue::draw(triage, now, theme, body, buffer, hits),
        }
        return;
    }
    if body.width >= BESIDE_COLUMNS_MIN {
        let [left, border, right] =
            Layout::horizontal([Constraint::Fill(1), Constraint::Length(1), Constraint::Fill(1)])
                .areas(body);
        queue::draw(triage, now, theme, left, buffer, hits);
        for row in border.rows() {
            Line::styled("│", theme.style(Role::Border)).render(row, buffer);
        }
        return draw_right(triage, player, app, right, buffer, hits);
    }
    // What is gone through has more room.
    let part = match (player, triage.reads()) {
        (Some(_), _) => QUEUE_LINES_MIN,
        (None, true) => body.height / 4,
        (None, false) => body.height / 2,
    };
    let [above, rule, below] = Layout::vertical([
        Constraint::Length(part.max(QUEUE_LINES_MIN)),
        Constraint::Length(1),
        Constraint::Min(0),
    ])
    .areas(body);
    queue::draw(triage, now, theme, above, buffer, hits);
    let Some(player) = player else {
        draw_rule(theme, Role::Border, rule, buffer);
        return review.draw(below, buffer);
    };
    draw_rule(theme, Role::Title, rule, buffer);
    replay::view(player, app, below, buffer, hits);
}

/// The reasons, and below them the moment of the chosen one or the player.
fn draw_right(
    triage: &Triage,
    player: Option<&Replay>,
    app: &App,
    right: Rect,
    buffer: &mut Buffer,
    hits: &mut Hits,
) {
    let theme = &app.theme;
    let review = ReviewView { triage, theme };
    let Some(player) = player else {
        let (above, below) = glimpse::split(right);
        review.draw(above, buffer);
        return glimpse::draw(triage, theme, below, buffer);
    };
    let [above, rule, below] = Layout::vertical([
        Constraint::Length(REASONS_LINES.min(right.height / 3)),
        Constraint::Length(1),
        Constraint::Min(0),
    ])
    .areas(right);
    review.draw(above, buffer);
    draw_rule(theme, Role::Title, rule, buffer);
    replay::view(player, app, below, buffer, hits);
}

fn draw_rule(theme: &Theme, role: Role, area: Rect, buffer: &mut Buffer) {
    let dashes = "─".repeat(area.width.into());
    Line::styled(dashes, theme.style(role)).render(area, buffer);
}

/// Where one is in the queue, and whether the server is there.
fn draw_status(triage: &Triage, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let pages = triage.pages();
    let place = match pages.total() {
        None => String::new(),
        Some(0) => " nothing to look at".to_owned(),
        Some(total) => format!(" {} of {total}", u64::from(pages.at()) + 1),
    };
    let marked = match triage.marked() {
        0 => String::new(),
        marked => format!("  {marked} marked"),
    };
    let left = Line::from(vec![
        Span::styled(" Sudolog triage ", theme.style(Role::Title)),
        Span::raw(place),
        Span::styled(marked, theme.style(Role::Key)),
        Span::styled("  by risk and age", theme.style(Role::Faint)),
    ]);
    let (text, role) = words::link(triage.link(), triage.trouble(), "no rows", area.width);
    Spread { left, right: Line::styled(text, theme.style(role)) }.render(area, buffer);
}

fn draw_nothing(triage: &Triage, app: &App, area: Rect, buffer: &mut Buffer) {
    let text = match (triage.pages().total(), triage.trouble()) {
        (None, Some(_)) => String::new(),
        (None, None) => "Asking the server …".to_owned(),
        (Some(_), _) => {
            let says = |intent, what| app.keymap.says(Scope::Triage, intent, what);
            let hints = [
                says(Intent::Filter(FilterAction::Ask), "changes the filter"),
                says(Intent::Back, "goes back"),
            ];
            let hints: Vec<String> = hints.into_iter().flatten().collect();
            let what = match triage.filter().text() {
                super::UNSETTLED => {
                    "Nothing to look at: every session with a risk or anything out of the ordinary \
                     has its verdict."
                        .to_owned()
                }
                filter => format!(
                    "No session with a risk or anything out of the ordinary matches {filter}"
                ),
            };
            format!("{what}\n{}", hints.join(", "))
        }
    };
    words::draw_instead(&text, &app.theme, area, buffer);
}

const EXAMPLE: &str = "all with a risk; user:alice anomaly:root_shell risk:high verdict:none";
/// From this width on the review stands beside the queue.
const BESIDE_COLUMNS_MIN: u16 = 100;
/// Below this height either the queue or the review is drawn.
const BOTH_LINES_MIN: u16 = 12;
/// The heading and six reasons, beside a player.
const REASONS_LINES: u16 = 8;
/// The names of the columns and three rows.
const QUEUE_LINES_MIN: u16 = 4;
