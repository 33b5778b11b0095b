//! What can be done on the rules screen.

use super::Scope;
use super::entry::{Entry, Intent, entry};
use crate::screens::rules::{ReasonAction, RulesAction};

pub(super) const RULING: &[Entry] = &[
    rules(RulesAction::Move(-1), "rule_up", &["Up", "k"], "rule above, or scrolls")
        .hinted("choose"),
    rules(RulesAction::Move(1), "rule_down", &["Down", "j"], "rule below, or scrolls")
        .hinted("choose"),
    rules(RulesAction::Move(-10), "rules_up", &["PgUp"], "ten up"),
    rules(RulesAction::Move(10), "rules_down", &["PgDn"], "ten down"),
    rules(RulesAction::Move(isize::MIN), "rule_first", &["g", "Home"], "first rule"),
    rules(RulesAction::Move(isize::MAX), "rule_last", &["G", "End"], "last rule"),
    rules(RulesAction::Scroll(1), "text_down", &["J"], "further down in the text"),
    rules(RulesAction::Scroll(-1), "text_up", &["K"], "further up in the text"),
    entry(Intent::Narrow, "find_rule", Scope::Rules, &["f"], "find by a few letters"),
    rules(RulesAction::Switch, "switch", &["x"], "off, or on, in the draft").hinted("on/off"),
    rules(RulesAction::Edit, "edit", &["e"], "edit the draft").hinted("edit"),
    rules(RulesAction::Difference, "difference", &["d"], "what the draft changes").hinted("diff"),
    rules(RulesAction::Try, "try", &["T"], "try it on the recordings").hinted("try"),
    rules(RulesAction::Enforce, "enforce", &["w"], "put the draft into force").hinted("in force"),
    rules(RulesAction::Discard, "discard", &["D"], "throw the draft away"),
    rules(RulesAction::History, "history", &["h"], "who changed the rules").hinted("history"),
    rules(RulesAction::Again, "rules_again", &["r"], "ask the server again"),
    entry(
        Intent::Reason(ReasonAction::Send),
        "give_reason",
        Scope::Reason,
        &["Enter"],
        "put it into force",
    )
    .hinted("put into force"),
    entry(
        Intent::Reason(ReasonAction::Cancel),
        "no_reason",
        Scope::Reason,
        &["Esc"],
        "change nothing",
    )
    .hinted("cancel"),
    entry(Intent::OpenRules, "rules", Scope::Live, &["E"], "the rules"),
    entry(Intent::OpenRules, "queue_rules", Scope::Triage, &["E"], "the rules").hinted("rules"),
];

const fn rules(
    action: RulesAction,
    name: &'static str,
    keys: &'static [&'static str],
    title: &'static str,
) -> Entry {
    entry(Intent::Rules(action), name, Scope::Rules, keys, title)
}
