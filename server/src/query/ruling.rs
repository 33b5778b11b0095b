//! The rules, for operators: to read them, to try others on the store, to change them.

use std::sync::Arc;

use sudolog_core::limits::{RULES_TRIAL_ROWS_MAX, RULES_TRIED_MAX, SENTENCE_BYTES_MAX};
use sudolog_core::risk::Rules;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{
    Cause, Failure, Outcome, RulesInForce, RulesTrial, RulesTrialRow,
};

use super::clock::now;
use super::gate::{Gate, unreadable};
use super::request::{Asked, failure};
use crate::authz::Right;
use crate::risk::{RulebookError, Step, Trial};

impl Gate {
    /// The rules in force.
    ///
    /// # Errors
    /// What to tell the operator.
    pub(super) fn rules(&self) -> Result<RulesInForce, Failure> {
        let action = Right::Rules.name();
        self.permit(Right::Rules, action, None)?;
        self.log(action, None, "")?;
        Ok(self.rulebook.in_force())
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
        let (places, visible) = (self.recorder.places(), self.operator.visible());
        let begun = Trial::new(Arc::new(rules), places, visible, RULES_TRIED_MAX);
        Ok((Box::new(begun.map_err(unreadable)?), trial))
    }
}

impl Asked {
    /// Tries rules on the newest recordings. Nothing is read while others have the processors.
    pub(super) async fn try_rules(&self, text: String) -> Result<Outcome, Failure> {
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
                Step::Done => return Ok(Outcome::Trial(Box::new(trial))),
            }
        }
    }
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
