//! What can be done on the summary screen.

use super::Scope;
use super::entry::{Entry, Intent, entry};
use crate::screens::summary::SummaryAction;

pub(super) const SUMMARISING: &[Entry] = &[
    entry(
        Intent::Summary(SummaryAction::Drill),
        "sessions",
        Scope::Summary,
        &["Enter"],
        "its sessions",
    )
    .hinted("sessions"),
    entry(
        Intent::Summary(SummaryAction::By(1)),
        "by_next",
        Scope::Summary,
        &["Tab"],
        "by user, host, command",
    )
    .hinted("by"),
    entry(
        Intent::Summary(SummaryAction::By(-1)),
        "by_previous",
        Scope::Summary,
        &["Shift-Tab"],
        "the other way round",
    ),
    entry(
        Intent::Summary(SummaryAction::Sort(1)),
        "sum_sort_next",
        Scope::Summary,
        &["s"],
        "sort by the next column",
    )
    .hinted("sort"),
    entry(
        Intent::Summary(SummaryAction::Sort(-1)),
        "sum_sort_previous",
        Scope::Summary,
        &["S"],
        "sort by the one before",
    )
    .hinted("sort"),
    entry(
        Intent::Summary(SummaryAction::Reverse),
        "sum_reverse",
        Scope::Summary,
        &["r"],
        "the other way round",
    )
    .hinted("reverse"),
    entry(Intent::OpenSummary, "summary", Scope::Live, &["s"], "summary of all sessions"),
    entry(Intent::OpenSummary, "queue_summary", Scope::Triage, &["s"], "by user, host, command")
        .hinted("groups"),
];
