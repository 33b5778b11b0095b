//! The rules, as an operator reads, tries and changes them.

use serde::{Deserialize, Serialize};

use super::console::SessionRow;
use crate::risk::Score;
use crate::time::Timestamp;
use crate::untrusted::Untrusted;

/// The rules in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesInForce {
    /// SHA-256 of the file, in hexadecimal.
    pub hash: String,
    /// The file: YAML (`docs/risk.md`).
    pub text: String,
    /// They can be changed from a console: the server has a file of its own for them.
    #[serde(default)]
    pub is_writable: bool,
    /// How many recordings were assessed by them since they came into force.
    #[serde(default)]
    pub done: u64,
    /// How many recordings are left to assess.
    #[serde(default)]
    pub left: u64,
    /// How they came to be what they are, the newest change first.
    #[serde(default)]
    pub changes: Vec<RulesChange>,
    /// How often each found something, among the sessions that the operator may see.
    #[serde(default)]
    pub tallies: Vec<RuleTally>,
}

/// How often a rule found something, and what people made of those sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleTally {
    /// The rule.
    pub rule: String,
    /// Sessions in which it found something, by the assessment in force.
    pub sessions: u64,
    /// Of those: judged benign.
    #[serde(default)]
    pub benign: u64,
    /// Judged a false positive.
    #[serde(default)]
    pub false_positive: u64,
    /// Judged suspicious.
    #[serde(default)]
    pub suspicious: u64,
    /// Judged an incident.
    #[serde(default)]
    pub incident: u64,
}

impl RuleTally {
    /// Sessions with a verdict.
    pub fn judged(&self) -> u64 {
        let with = [self.benign, self.false_positive, self.suspicious, self.incident];
        with.into_iter().fold(0, u64::saturating_add)
    }

    /// How many of a hundred judged sessions were worth a look (suspicious or an incident); `None` while
    /// none was judged.
    pub fn agreement(&self) -> Option<u8> {
        let right = u128::from(self.suspicious) + u128::from(self.incident);
        let percent = (right * 100).checked_div(u128::from(self.judged()))?;
        u8::try_from(percent.min(100)).ok()
    }
}

/// Rules that were changed from a console. A line of the file `rules.log`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesChange {
    /// When, by the server's clock.
    pub at: Timestamp,
    /// The operator.
    pub who: Untrusted,
    /// Why.
    pub why: Untrusted,
    /// SHA-256 of the file before, in hexadecimal.
    pub from: String,
    /// SHA-256 of the file afterwards.
    pub to: String,
}

/// What other rules would change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RulesTrial {
    /// So many of the newest recordings were assessed by them.
    pub tried: u64,
    /// So many would have another risk.
    pub changed: u64,
    /// Some of those, the largest differences first.
    #[serde(default)]
    pub rows: Vec<RulesTrialRow>,
    /// Examples that the rules themselves bring and do not live up to, in words.
    #[serde(default)]
    pub faults: Vec<Untrusted>,
}

/// A recording that would have another risk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RulesTrialRow {
    /// As it stands by the rules in force.
    pub row: SessionRow,
    /// Its risk by the rules on trial.
    pub risk: Score,
}
