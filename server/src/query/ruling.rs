//! The rules, for operators: to read them, to try others on the store, to change them.

use std::sync::Arc;

use serde::Serialize;
use sudolog_core::limits::{
    FRAME_PAYLOAD_BYTES_MAX, RULES_TRIAL_ROWS_MAX, RULES_TRIED_MAX, SENTENCE_BYTES_MAX,
};
use sudolog_core::risk::Rules;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{
    Cause, Failure, Outcome, RulesInForce, RulesTrial, RulesTrialRow,
};

use super::gate::{Gate, unreadable};
use super::request::{Asked, failure};
use crate::authz::Right;
use crate::clock::now;
use crate::risk::{RulebookError, Sight, Step, Trial};

impl Gate {
    /// The rules in force.
    ///
    /// # Errors
    /// What to tell the operator.
    pub(super) fn rules(&self) -> Result<RulesInForce, Failure> {
        let action = Right::Rules.name();
        self.permit(Right::Rules, action, None)?;
        self.glance(&self.rules_read, &(), || self.log(action, None, ""))?;
        let count = || self.catalog.tallies(&self.operator.visible());
        let tallies = self.tallies.get(count).map_err(unreadable)?;
        fitting_rules(RulesInForce { tallies, ..self.rulebook.in_force() })
    }

    /// Other rules come into force: written down, then done.
    ///
    /// # Errors
    /// What to tell the operator.
    pub(super) fn set_rules(&self, base: &str, text: &str, why: &Untrusted) -> Result<(), Failure> {
        let action = Right::SetRules.name();
        self.permit(Right::SetRules, action, None)?;
        if why.as_bytes().trim_ascii().is_empty() || why.len() > SENTENCE_BYTES_MAX {
            let text = format!("other rules need a reason of 1 to {SENTENCE_BYTES_MAX} bytes");
            return Err(failure(Cause::Malformed, &text));
        }
        self.log(action, None, &why.escaped().to_string())?;
        let who = (self.operator.name.as_str(), why);
        self.rulebook.change(base, text, who, now()).map_err(|error| {
            let cause = match &error {
                RulebookError::Rules(_) | RulebookError::Outdated => Cause::Malformed,
                RulebookError::BuiltIn => Cause::Forbidden,
                RulebookError::Disk { .. } => {
                    tracing::error!("{error}");
                    Cause::Storage
                }
            };
            failure(cause, &error.to_string())
        })
    }

    /// Begins to try rules on what the operator may see.
    fn begin_trial(&self, text: &str) -> Result<(Box<Trial>, RulesTrial), Failure> {
        let action = Right::Rules.name();
        self.permit(Right::Rules, action, None)?;
        let rules = Rules::parse(text.as_bytes())
            .map_err(|error| failure(Cause::Malformed, &error.to_string()))?;
        self.log(action, None, &format!("try {}", rules.hash()))?;
        let faults = rules.examine().into_iter().map(|fault| fault.to_string().into()).collect();
        let trial = RulesTrial { faults, ..RulesTrial::default() };
        let (places, operator) = (self.recorder.places(), self.operator.clone());
        let conditions = operator.visible();
        let sight = Sight { conditions, may_see: Box::new(move |row| operator.may_see(row)) };
        let begun = Trial::new(Arc::new(rules), places, sight, RULES_TRIED_MAX);
        Ok((Box::new(begun.map_err(unreadable)?), trial))
    }
}

impl Asked {
    /// Tries rules on the newest recordings. Nothing is read while others have the processors.
    pub(super) async fn try_rules(&self, text: String) -> Result<Outcome, Failure> {
        let _place = self.gate.rulebook.place_for_trial().await;
        let (mut run, mut trial) = self.at_gate(move |gate| gate.begin_trial(&text)).await?;
        loop {
            let place = self.place_at_work().await;
            let slice = move || {
                let step = run.step();
                (run, step)
            };
            let (next, step) = self.at_work(slice).await?;
            drop(place);
            run = next;
            match step.map_err(unreadable)? {
                Step::More => {}
                Step::Tried(row) => take(&mut trial, *row),
                Step::Done => return Ok(Outcome::Trial(Box::new(fitting(trial)))),
            }
        }
    }
}

/// As many of the tallies and of the newest changes as fit into a frame beside the rules.
fn fitting_rules(mut rules: RulesInForce) -> Result<RulesInForce, Failure> {
    let changes = std::mem::take(&mut rules.changes);
    let tallies = std::mem::take(&mut rules.tallies);
    let mut room = ROOM_BYTES.checked_sub(bytes(&rules)).ok_or_else(|| {
        failure(
            Cause::Storage,
            "the file of rules is too long to be shown; look at it on the server",
        )
    })?;
    rules.tallies = within(tallies, &mut room);
    rules.changes = within(changes, &mut room);
    Ok(rules)
}

/// As much of a trial as fits into a frame: whoever is recorded decides how long a row is.
fn fitting(mut trial: RulesTrial) -> RulesTrial {
    let mut room = ROOM_BYTES / 2;
    trial.faults = within(trial.faults, &mut room);
    room += ROOM_BYTES / 2;
    trial.rows = within(trial.rows, &mut room);
    trial
}

/// The first of these, as many as there is room for.
fn within<T: Serialize>(items: Vec<T>, room: &mut usize) -> Vec<T> {
    let fits = |item: &T| match room.checked_sub(bytes(item) + 1) {
        Some(rest) => {
            *room = rest;
            true
        }
        None => false,
    };
    items.into_iter().take_while(fits).collect()
}

fn bytes(value: &impl Serialize) -> usize {
    serde_json::to_vec(value).map_or(FRAME_PAYLOAD_BYTES_MAX, |json| json.len())
}

fn take(trial: &mut RulesTrial, row: RulesTrialRow) {
    trial.tried += 1;
    if row.risk == row.row.risk {
        return;
    }
    trial.changed += 1;
    let by = |row: &RulesTrialRow| row.risk.points().abs_diff(row.row.risk.points());
    let place = trial.rows.partition_point(|other| by(other) >= by(&row));
    trial.rows.insert(place, row);
    trial.rows.truncate(RULES_TRIAL_ROWS_MAX);
}

/// A reply has a few fields around what it holds.
const ROOM_BYTES: usize = FRAME_PAYLOAD_BYTES_MAX - 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample;
    use sudolog_core::risk::Score;
    use sudolog_core::session::SessionState;
    use sudolog_core::wire::Message;
    use sudolog_core::wire::message::{Reply, RuleTally, RulesChange, SessionRow};

    fn row() -> RulesTrialRow {
        let row = SessionRow {
            state: SessionState::Complete,
            command: "\u{1}".repeat(4096).into(),
            ..sample::row()
        };
        RulesTrialRow { row, risk: Score::capped(9) }
    }

    fn fits(outcome: Outcome) -> bool {
        let reply = Message::Reply(Reply { id: u32::MAX, warning: None, outcome });
        reply.to_bytes(0).len() <= FRAME_PAYLOAD_BYTES_MAX
    }

    #[test]
    fn rules_and_trials_always_fit() {
        let trial = |rows, faults| RulesTrial {
            rows: vec![row(); rows],
            faults: vec!["\u{1}".repeat(4096).into(); faults],
            ..RulesTrial::default()
        };
        assert_eq!(fitting(trial(3, 3)), trial(3, 3));
        let long = fitting(trial(RULES_TRIAL_ROWS_MAX, 100));
        assert!(long.rows.len() > 10 && long.faults.len() > 10);
        assert!(fits(Outcome::Trial(Box::new(long))));

        let change = RulesChange {
            at: Default::default(),
            who: "olga".into(),
            why: "\u{1}".repeat(SENTENCE_BYTES_MAX).into(),
            from: String::new(),
            to: String::new(),
        };
        let rules = |text: &str| RulesInForce {
            hash: String::new(),
            text: text.repeat(500 * 1024),
            is_writable: true,
            done: 0,
            left: 0,
            changes: vec![change.clone(); 50],
            tallies: vec![RuleTally { rule: "r".repeat(64), ..RuleTally::default() }; 500],
        };
        let told = fitting_rules(rules("x")).unwrap();
        assert!(!told.changes.is_empty() && fits(Outcome::Rules(Box::new(told))));
        assert!(fitting_rules(rules("\u{1}")).is_err());
    }
}
