//! What can be done on the alerts screen, and how to get there.

use super::Scope;
use super::entry::{Entry, Intent, entry};
use crate::screens::alerts::{AlertsAction, QuestionAction};

pub(super) const ALERTING: &[Entry] = &[
    alerts(AlertsAction::Open, "alert_open", &["Enter"], "its entries, its messages")
        .hinted("open"),
    alerts(AlertsAction::Switch, "targets", &["Tab"], "to the targets and back").hinted("targets"),
    alerts(AlertsAction::Retry, "retry", &["r"], "try it again").hinted("retry"),
    alerts(AlertsAction::Discard, "discard_dead", &["x"], "forget it: dead ones").hinted("discard"),
    alerts(AlertsAction::Test, "test", &["T"], "test the target").hinted("test"),
    alerts(AlertsAction::Mark, "alert_mark", &["Space"], "mark, or not").hinted("mark"),
    alerts(AlertsAction::MarkAll, "alert_mark_all", &["*"], "all, or none"),
    alerts(AlertsAction::Scroll(1), "alert_down", &["J"], "further down in the text"),
    alerts(AlertsAction::Scroll(-1), "alert_up", &["K"], "further up in the text"),
    entry(Intent::OpenAlerts, "alerts", Scope::Live, &["A"], "alerts"),
    entry(Intent::OpenAlerts, "row_alerts", Scope::Browse, &["A"], "alerts"),
    entry(Intent::OpenAlerts, "event_alerts", Scope::Events, &["A"], "alerts").hinted("alerts"),
    entry(Intent::Question(QuestionAction::Do), "yes", Scope::Question, &["Enter", "y"], "do it")
        .hinted("do it"),
    entry(
        Intent::Question(QuestionAction::Cancel),
        "no",
        Scope::Question,
        &["Esc", "n", "q"],
        "do nothing",
    )
    .hinted("cancel"),
];

const fn alerts(
    action: AlertsAction,
    name: &'static str,
    keys: &'static [&'static str],
    title: &'static str,
) -> Entry {
    entry(Intent::Alerts(action), name, Scope::Alerts, keys, title)
}
