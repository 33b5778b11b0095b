//! The screens of the console, and what lies around and over each of them.

pub mod alerts;
pub(crate) mod badges;
pub mod browse;
pub mod chooser;
pub mod copy;
pub mod events;
pub mod export;
mod filter_line;
mod help;
mod hints;
mod hits;
pub mod hunt;
mod jump;
pub mod live;
pub mod order;
mod pages;
mod perusal;
pub mod plain;
pub mod remark;
pub mod replay;
pub mod rules;
pub mod search;
#[cfg(test)]
pub(crate) mod snapshot;
pub mod summary;
pub mod themes;
mod trail;
#[cfg(test)]
mod trail_tests;
pub mod triage;
pub mod verify;
mod words;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Widget as _;

pub use filter_line::{FilterAction, FilterLine};
pub use hits::{Hit, Hits};
pub use jump::{Jump, Typed};
pub use pages::{Keyed, Pages, Step};
pub use perusal::Perusal;
use sudolog_core::wire::message::SessionRow;
pub use trail::{Answer, Numbered, Stretch, Trail};
pub(crate) use words::grouped;

use crate::app::{Alarm, App, Route};
use crate::keymap::Intent;
use crate::theme::Role;
use crate::widgets::Spread;

/// A session for a list to choose from: what it is, and its TSID. Safe to show.
pub(crate) fn row_in_words(row: &SessionRow) -> (String, String) {
    let label = format!("{}  {}", live::words::who(row), row.command.escaped());
    (label, row.tsid.to_string())
}

/// Above the bottom line, until it is looked at or put away.
fn draw_alarm(alarm: &Alarm, app: &App, area: Rect, buffer: &mut Buffer) {
    let says = |intent, what| app.keymap.says(app.scope(), intent, what);
    let hints = [says(Intent::LookAtAlarm, "looks"), says(Intent::PutAlarmAway, "puts away")];
    // In a narrow terminal there is no room for more than the alarm.
    let has_room = area.width >= ROOMY_COLUMNS;
    let hints: Vec<String> = hints.into_iter().flatten().filter(|_| has_room).collect();
    let earlier = match app.alarms.earlier() {
        0 => String::new(),
        earlier => format!(" (and {earlier} before)"),
    };
    let style = app.theme.style(Role::of_level(alarm.level));
    let left = Line::styled(format!(" ! {}{earlier}", alarm.text), style);
    let right = Line::styled(hints.join(", "), app.theme.style(Role::Faint));
    Spread { left, right }.render(area, buffer);
}

const ROOMY_COLUMNS: u16 = 60;

/// Draws the console, or plain text in its place; gives what can be pointed at.
pub fn view(app: &App, area: Rect, buffer: &mut Buffer) -> Hits {
    let hits = match &app.plain {
        None => view_screens(app, area, buffer),
        Some(held) => {
            if !plain::view(held, app, area, buffer) {
                view_screens(app, area, buffer);
                plain::strip(buffer);
            }
            Hits::default()
        }
    };
    app.depth.reduce(buffer);
    app.glyphs.reduce(buffer);
    hits
}

fn view_screens(app: &App, area: Rect, buffer: &mut Buffer) -> Hits {
    let mut hits = Hits::default();
    buffer.set_style(area, app.theme.style(Role::Text));
    let [body, alarm, bottom] = Layout::vertical([
        Constraint::Min(0),
        Constraint::Length(app.alarms.shown().is_some().into()),
        Constraint::Length(1),
    ])
    .areas(area);
    if let Some(shown) = app.alarms.shown() {
        draw_alarm(shown, app, alarm, buffer);
        hits.add(alarm, Hit::Alarm);
    }
    view_route(app, body, buffer, &mut hits);
    match app.prompt() {
        Some(prompt) => search::draw_prompt(prompt, app, bottom, buffer),
        None => hints::view(app, bottom, buffer, &mut hits),
    }
    if let Some(dialog) = &app.dialog {
        order::view(dialog, app, body, buffer);
    }
    if let Some(refused) = &app.refused {
        order::view_refused(refused, app, body, buffer);
    }
    if let Some(remarking) = &app.remarking {
        remark::view(remarking, app, body, buffer);
    }
    if let Some(exporting) = &app.exporting {
        export::view(exporting, app, body, buffer);
    }
    if let Some(Route::Rules(book)) = app.route()
        && let Some(reason) = book.reason()
    {
        rules::view_reason(reason, app, body, buffer);
    }
    if let Some(list) = &app.theme_list {
        themes::view(app, list, body, buffer);
    }
    if let Some(chooser) = &app.chooser {
        chooser::view(chooser, app, body, buffer, &mut hits);
    }
    if let Some(scrolled) = app.help {
        help::view(app, scrolled, area, buffer);
        hits.cover();
    }
    if let Some(jump) = &app.jump {
        jump::draw(jump, app, &hits, buffer);
    }
    hits
}

/// The screen itself.
fn view_route(app: &App, body: Rect, buffer: &mut Buffer, hits: &mut Hits) {
    match app.route() {
        Some(Route::Live(live)) => {
            let view = live::LiveView {
                theme: &app.theme,
                keymap: &app.keymap,
                now: app.wall_clock(),
                copying: app.copying.as_deref(),
                banner: app.banner.as_deref(),
            };
            view.draw(live, body, buffer, hits);
        }
        Some(Route::Replay(player)) => match app.routes.as_slice() {
            [.., Route::Triage(triage), _] if app.is_peeking() => {
                triage::view_with_player(triage, player, app, body, buffer, hits);
            }
            _ => replay::view(player, app, body, buffer, hits),
        },
        Some(Route::Browse(table)) => browse::view(table, app, body, buffer, hits),
        Some(Route::Triage(triage)) => triage::view(triage, app, body, buffer, hits),
        Some(Route::Summary(sums)) => summary::view(sums, app, body, buffer, hits),
        Some(Route::Events(log)) => events::view(log, app, body, buffer, hits),
        Some(Route::Alerts(board)) => alerts::view(board, app, body, buffer, hits),
        Some(Route::Rules(book)) => rules::view(book, app, body, buffer, hits),
        Some(Route::Hunt(hunt)) => hunt::view(hunt, app, body, buffer, hits),
        Some(Route::Verify(verify)) => verify::view(verify, &app.theme, body, buffer),
        None => {}
    }
    if app.is_covered() {
        hits.cover();
    }
}
