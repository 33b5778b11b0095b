//! How the console changes by the mouse: it does nothing that a key does not do.

use std::time::Duration;

use ratatui::layout::Rect;
use sudolog_core::session::Tsid;

use super::update::intend;
use super::{App, Effect, Route, copying};
use crate::keymap::{Intent, Scope};
use crate::screens::alerts::AlertsAction;
use crate::screens::browse::BrowseAction;
use crate::screens::chooser::ChooserAction;
use crate::screens::copy::{CopyAction, Motion, Spot};
use crate::screens::events::EventsAction;
use crate::screens::live::LiveAction;
use crate::screens::replay::ReplayAction;
use crate::screens::rules::RulesAction;
use crate::screens::search::SearchAction;
use crate::screens::summary::SummaryAction;
use crate::screens::triage::TriageAction;
use crate::screens::verify::VerifyAction;
use crate::screens::{Hit, Step};

/// What was done with the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointing {
    /// Its button was pressed at this column and row.
    Press(u16, u16),
    /// It was moved there with the button pressed.
    Drag(u16, u16),
    /// Its wheel was turned by so many steps, down or up.
    Wheel(isize),
}

pub(super) fn act(app: &mut App, pointing: Pointing) -> Vec<Effect> {
    if app.plain.is_some() {
        return Vec::new();
    }
    if app.scope() == Scope::Copy
        && let Pointing::Press(column, row) | Pointing::Drag(column, row) = pointing
        && !matches!(app.hits.at(column, row), Some((_, Hit::Picture(_))))
    {
        // Another session or moment than the one that is held.
        return Vec::new();
    }
    match pointing {
        Pointing::Wheel(steps) => wheel(app, steps),
        Pointing::Press(column, row) => match app.hits.at(column, row) {
            Some((place, Hit::Bar)) => seek(app, column.saturating_sub(place.x), place.width),
            Some((place, Hit::Picture(origin))) => {
                copying::press(app, spot(place, origin, column, row));
                Vec::new()
            }
            Some((_, hit)) => go(app, hit),
            None => Vec::new(),
        },
        Pointing::Drag(column, row) => match app.hits.at(column, row) {
            Some((place, Hit::Bar)) => seek(app, column.saturating_sub(place.x), place.width),
            Some((place, Hit::Picture(origin))) => {
                copying::drag(app, spot(place, origin, column, row))
            }
            _ => Vec::new(),
        },
    }
}

/// Goes to what was pointed at.
pub(super) fn go(app: &mut App, hit: Hit) -> Vec<Effect> {
    match hit {
        Hit::Bar | Hit::Picture(_) => Vec::new(),
        Hit::Session(tsid) => choose(app, tsid),
        Hit::Row(at) => choose_row(app, at),
        Hit::Number(number) => choose_number(app, number),
        Hit::Target(at) => intend(app, Intent::Alerts(AlertsAction::ChooseTarget(at))),
        Hit::Choice(at) => pick(app, at),
        Hit::Found(at) => choose_hit(app, at),
        Hit::Alarm => intend(app, Intent::LookAtAlarm),
        Hit::Hint(intent) => intend(app, intent),
    }
}

/// The cell of a recorded screen that is drawn at this place.
fn spot(place: Rect, origin: Spot, column: u16, row: u16) -> Spot {
    Spot {
        row: origin.row.saturating_add(row.saturating_sub(place.y)),
        column: origin.column.saturating_add(column.saturating_sub(place.x)),
    }
}

fn wheel(app: &mut App, steps: isize) -> Vec<Effect> {
    let intent = match app.scope() {
        Scope::Live | Scope::Wall | Scope::Whole => Intent::Live(LiveAction::Move(steps.signum())),
        Scope::Browse | Scope::Triage | Scope::Summary | Scope::Events | Scope::Alerts => {
            Intent::Step(Step::Rows(steps))
        }
        Scope::Replay if steps < 0 => Intent::Replay(ReplayAction::Back),
        Scope::Replay => Intent::Replay(ReplayAction::Forward),
        Scope::Copy => {
            let rows = i16::try_from(steps).unwrap_or_default();
            Intent::CopyMode(CopyAction::Move(Motion::Rows(rows)))
        }
        Scope::Help => Intent::ScrollHelp(steps),
        Scope::Rules => Intent::Rules(RulesAction::Move(steps.signum())),
        Scope::Verify => Intent::Verify(VerifyAction::Scroll(steps)),
        Scope::Chooser => Intent::Choose(ChooserAction::Move(steps)),
        Scope::Hits => Intent::Search(SearchAction::Move(steps)),
        _ => return Vec::new(),
    };
    intend(app, intent)
}

/// To the part of the recording that this column of the bar stands for.
fn seek(app: &mut App, column: u16, columns: u16) -> Vec<Effect> {
    let Some(Route::Replay(replay)) = app.route() else { return Vec::new() };
    let last = columns.saturating_sub(1).max(1);
    let part = f64::from(column) / f64::from(last);
    let to = Duration::from_secs_f64(replay.total().as_secs_f64() * part);
    intend(app, Intent::Replay(ReplayAction::Seek(to)))
}

/// Chooses a session; one that is chosen already is opened.
fn choose(app: &mut App, tsid: Tsid) -> Vec<Effect> {
    if let Some(Route::Browse(browse)) = app.route() {
        let chosen = browse.pages().chosen().is_some_and(|row| row.tsid == tsid);
        let action = if chosen { BrowseAction::Replay } else { BrowseAction::Choose(tsid) };
        return intend(app, Intent::Browse(action));
    }
    if let Some(Route::Triage(triage)) = app.route() {
        let chosen = triage.reviewed() == Some(tsid);
        let action = if chosen { TriageAction::Open } else { TriageAction::Choose(tsid) };
        return intend(app, Intent::Triage(action));
    }
    let Some(Route::Live(live)) = app.route() else { return Vec::new() };
    let chosen = live.sessions().chosen().is_some_and(|row| row.tsid == tsid);
    let action = if chosen { LiveAction::Open } else { LiveAction::Choose(tsid) };
    intend(app, Intent::Live(action))
}

/// Chooses a row; one that is chosen already is gone into.
fn choose_row(app: &mut App, at: u32) -> Vec<Effect> {
    if let Some(Route::Rules(_)) = app.route() {
        return intend(app, Intent::Rules(RulesAction::Choose(at)));
    }
    let Some(Route::Summary(sums)) = app.route() else { return Vec::new() };
    let chosen = sums.pages().at() == at;
    let action = if chosen { SummaryAction::Drill } else { SummaryAction::Choose(at) };
    intend(app, Intent::Summary(action))
}

/// Chooses a row by its number; one that is chosen already is gone into.
fn choose_number(app: &mut App, number: u64) -> Vec<Effect> {
    let intent = match app.route() {
        Some(Route::Events(log)) => {
            let chosen = log.trail().chosen().is_some_and(|entry| entry.number == number);
            let open = chosen && !log.trail().is_at_top();
            Intent::Events(if open { EventsAction::Open } else { EventsAction::Choose(number) })
        }
        Some(Route::Alerts(board)) => {
            let chosen = board.trail().chosen().is_some_and(|message| message.number == number);
            let open = chosen && !board.is_in_targets();
            Intent::Alerts(if open { AlertsAction::Open } else { AlertsAction::Choose(number) })
        }
        _ => return Vec::new(),
    };
    intend(app, intent)
}

/// Chooses a hit; one that is chosen already is gone to.
fn choose_hit(app: &mut App, at: usize) -> Vec<Effect> {
    let chosen = match app.route() {
        Some(Route::Replay(replay)) => replay.chosen_hit(),
        Some(Route::Hunt(hunt)) => Some(hunt.chosen()),
        _ => None,
    };
    let Some(chosen) = chosen else { return Vec::new() };
    let by = isize::try_from(at).unwrap_or(0) - isize::try_from(chosen).unwrap_or(0);
    let action = if by == 0 { SearchAction::Choose } else { SearchAction::Move(by) };
    intend(app, Intent::Search(action))
}

fn pick(app: &mut App, at: usize) -> Vec<Effect> {
    let Some(chooser) = &mut app.chooser else { return Vec::new() };
    let by = isize::try_from(at).unwrap_or(0) - isize::try_from(chooser.chosen()).unwrap_or(0);
    chooser.go(by);
    intend(app, Intent::Choose(ChooserAction::Pick))
}
