//! What can be done on the triage screen, and what can be said of sessions.

use super::Scope;
use super::entry::{Entry, Intent, entry};
use crate::app::Peek;
use crate::screens::remark::{RemarkAction, Say};
use crate::screens::triage::TriageAction;

pub(super) const TRIAGING: &[Entry] = &[
    entry(
        Intent::Triage(TriageAction::Open),
        "look",
        Scope::Triage,
        &["Enter", "p"],
        "play it at the reason",
    )
    .hinted("play"),
    entry(Intent::Say(Say::Verdict), "verdict", Scope::Triage, &["v"], "verdict").hinted("verdict"),
    entry(Intent::Triage(TriageAction::Mark), "mark", Scope::Triage, &["Space"], "mark, or not")
        .hinted("mark"),
    entry(
        Intent::Triage(TriageAction::Switch),
        "reasons",
        Scope::Triage,
        &["Tab"],
        "to the reasons and back",
    )
    .hinted("reasons"),
    entry(Intent::Peek(Peek::Open), "beside", Scope::Triage, &["Right", "l"], "play it beside")
        .hinted("beside"),
    entry(
        Intent::Triage(TriageAction::NextUnsettled(1)),
        "next_unsettled",
        Scope::Triage,
        &["n"],
        "next without a verdict",
    )
    .hinted("next"),
    entry(
        Intent::Triage(TriageAction::NextUnsettled(-1)),
        "previous_unsettled",
        Scope::Triage,
        &["N"],
        "the one before",
    ),
    entry(Intent::Say(Say::Tag), "tag", Scope::Triage, &["#"], "tag, or -tag to take off")
        .hinted("tag"),
    entry(Intent::Say(Say::Assign), "assign", Scope::Triage, &["@"], "who shall look")
        .hinted("assign"),
    entry(Intent::Say(Say::Note), "note", Scope::Triage, &["A"], "note at the moment")
        .hinted("note"),
    entry(Intent::TakeBack, "take_back", Scope::Triage, &["u"], "take back what I said last")
        .hinted("undo"),
    entry(Intent::Triage(TriageAction::MarkAll), "mark_all", Scope::Triage, &["*"], "all, or none"),
    entry(Intent::Facets, "facets", Scope::Triage, &["F"], "filter by what they share")
        .hinted("facets"),
    entry(Intent::SavedFilters, "saved", Scope::Triage, &["o"], "a saved filter").hinted("saved"),
    entry(Intent::Peek(Peek::Whole), "whole", Scope::Replay, &["Enter"], "on the whole screen")
        .hinted("whole"),
    entry(
        Intent::Peek(Peek::Reason(1)),
        "reason_next",
        Scope::Replay,
        &["Ctrl-n"],
        "to the next reason",
    )
    .hinted("reason"),
    entry(
        Intent::Peek(Peek::Reason(-1)),
        "reason_previous",
        Scope::Replay,
        &["Ctrl-p"],
        "to the reason before",
    )
    .hinted("reason"),
    entry(Intent::Say(Say::Verdict), "verdict_here", Scope::Replay, &["v"], "verdict")
        .hinted("verdict"),
    entry(Intent::Say(Say::Note), "note_here", Scope::Replay, &["A"], "note at this moment")
        .hinted("note"),
    entry(Intent::TakeBack, "take_back_here", Scope::Replay, &["u"], "take back what I said"),
    entry(Intent::OpenTriage, "triage", Scope::Live, &["R"], "triage: risks, verdicts")
        .hinted("triage"),
    entry(Intent::OpenTriage, "row_triage", Scope::Browse, &["R"], "triage: risks, verdicts"),
    entry(Intent::LookAtAlarm, "alarm", Scope::Screen, &["!"], "look at the alarm"),
    entry(Intent::PutAlarmAway, "alarm_away", Scope::Screen, &["X"], "alarm seen: put it away"),
    entry(Intent::Remark(RemarkAction::Send), "say", Scope::Remark, &["Enter"], "record it")
        .hinted("record"),
    entry(Intent::Remark(RemarkAction::Cancel), "unsaid", Scope::Remark, &["Esc"], "say nothing")
        .hinted("cancel"),
];
