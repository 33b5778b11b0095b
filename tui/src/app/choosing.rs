//! How the console changes while something is chosen from a list.

use super::update::intend;
use super::{App, Effect, Notice, Peek, Route, triaging};
use crate::keymap::{Entry, Intent, Keymap};
use crate::screens::alerts::AlertsAction;
use crate::screens::browse::BrowseAction;
use crate::screens::chooser::{Chooser, ChooserAction, Item, Pick};
use crate::screens::events::EventsAction;
use crate::screens::replay::ReplayAction;
use crate::screens::rules::RulesAction;
use crate::screens::summary::SummaryAction;
use crate::screens::triage::TriageAction;

/// Opens the list of everything that can be done on this screen, with `typed` as if it had been typed.
pub(super) fn open_palette(app: &mut App, typed: &str) {
    let (orders, remarks) = (app.takes_orders(), app.takes_remarks());
    let peeking = app.is_peeking();
    let alarmed = app.alarms.shown().is_some();
    let useless = |entry: &&Entry| {
        let tenth = matches!(entry.intent, Intent::Replay(ReplayAction::Tenth(_)));
        tenth
            || matches!(entry.intent, Intent::Palette | Intent::GoTo)
            || matches!(entry.intent, Intent::Order(_)) && !orders
            || matches!(entry.intent, Intent::Say(_) | Intent::TakeBack) && !remarks
            || matches!(entry.intent, Intent::Peek(peek) if peek != Peek::Open) && !peeking
            || entry.intent == Intent::OpenRules && !app.reads_rules()
            || entry.intent == Intent::OpenAlerts && !app.reads_alerts()
            || entry.intent.is_about_alerts() && !app.acts_on_alerts()
            || entry.intent == Intent::Rules(RulesAction::Enforce) && !app.changes_rules()
            || matches!(entry.intent, Intent::LookAtAlarm | Intent::PutAlarmAway) && !alarmed
    };
    let item = |entry: &Entry| Item {
        label: entry.title.to_owned(),
        detail: app.keymap.keys_shown(app.scope(), entry).join(" "),
        also: entry.name,
        pick: Pick::Do(entry.intent),
    };
    let mut entries: Vec<&Entry> =
        Keymap::entries(app.scope()).filter(|entry| !useless(entry)).collect();
    entries.sort_by_key(|entry| entry.likelihood());
    let items = entries.into_iter().map(item).collect();
    let start = match app.route() {
        Some(Route::Replay(replay)) => Some(replay.about().start),
        _ => None,
    };
    app.chooser = Some(Box::new(Chooser::new("What to do", items, start, typed)));
}

/// Opens the list of lines that the user entered, the one before this moment chosen.
pub(super) fn open_lines(app: &mut App) {
    let now = app.now;
    let Some(Route::Replay(replay)) = app.route() else { return };
    let lines = replay.lines();
    if lines.is_empty() {
        let text = "no line was entered, as far as the recording is read";
        app.notice = Some(Notice::Trouble(text.to_owned()));
        return;
    }
    let here = lines.partition_point(|item| match item.pick {
        Pick::Seek(at) => at <= replay.position(now),
        _ => false,
    });
    let chooser = Chooser::new("Entered lines", lines, Some(replay.about().start), "");
    app.chooser = Some(Box::new(chooser.at(here.saturating_sub(1))));
}

/// Opens the list of the recording's streams.
pub(super) fn open_streams(app: &mut App) {
    let Some(Route::Replay(replay)) = app.route() else { return };
    let (items, start) = (replay.stream_items(), replay.about().start);
    app.chooser = Some(Box::new(Chooser::new("Streams on the screen", items, Some(start), "")));
}

/// Does what the operator wants in the list.
pub(super) fn act(app: &mut App, action: ChooserAction) -> Vec<Effect> {
    let Some(chooser) = &mut app.chooser else { return Vec::new() };
    match action {
        ChooserAction::Move(by) => {
            chooser.go(by);
            Vec::new()
        }
        ChooserAction::Cancel => {
            app.chooser = None;
            Vec::new()
        }
        ChooserAction::Pick => {
            let Some(pick) = chooser.pick() else { return Vec::new() };
            app.chooser = None;
            match pick {
                Pick::Do(intent) => intend(app, intent),
                Pick::Session(tsid) => match app.route() {
                    Some(Route::Triage(_)) => {
                        intend(app, Intent::Triage(TriageAction::Choose(tsid)))
                    }
                    _ => intend(app, Intent::Browse(BrowseAction::Choose(tsid))),
                },
                Pick::Row(at) => match app.route() {
                    Some(Route::Rules(_)) => intend(app, Intent::Rules(RulesAction::Choose(at))),
                    _ => intend(app, Intent::Summary(SummaryAction::Choose(at))),
                },
                Pick::Number(number) => match app.route() {
                    Some(Route::Alerts(_)) => {
                        intend(app, Intent::Alerts(AlertsAction::Choose(number)))
                    }
                    _ => intend(app, Intent::Events(EventsAction::Choose(number))),
                },
                Pick::Facet(facet) => {
                    triaging::toggle_facet(app, &facet);
                    Vec::new()
                }
                Pick::Saved(at) => {
                    triaging::take_saved(app, at);
                    Vec::new()
                }
                Pick::Seek(at) => intend(app, Intent::Replay(ReplayAction::Seek(at))),
            }
        }
    }
}
