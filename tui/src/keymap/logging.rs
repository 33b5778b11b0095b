//! What can be done on the events screen, and how to get there.

use super::Scope;
use super::entry::{Entry, Intent, entry};
use crate::screens::events::EventsAction;

pub(super) const LOGGING: &[Entry] = &[
    events(EventsAction::Open, "event_play", &["Enter", "p"], "play it at that time")
        .hinted("play"),
    events(EventsAction::Hold, "event_hold", &["Space"], "stop, or go along").hinted("stop"),
    events(EventsAction::Scroll(1), "event_down", &["J"], "further down in the entry")
        .hinted("scroll"),
    events(EventsAction::Scroll(-1), "event_up", &["K"], "further up in the entry")
        .hinted("scroll"),
    entry(Intent::OpenEvents, "events", Scope::Live, &["e"], "event log"),
    entry(Intent::OpenEvents, "row_events", Scope::Browse, &["e"], "event log"),
    entry(Intent::OpenEvents, "queue_events", Scope::Triage, &["e"], "event log"),
    entry(Intent::OpenEvents, "alert_events", Scope::Alerts, &["e"], "event log"),
];

const fn events(
    action: EventsAction,
    name: &'static str,
    keys: &'static [&'static str],
    title: &'static str,
) -> Entry {
    entry(Intent::Events(action), name, Scope::Events, keys, title)
}
