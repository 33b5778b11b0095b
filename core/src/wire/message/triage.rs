//! What a console asks to triage sessions, and what it is told.

use serde::{Deserialize, Serialize};

use super::console::{Query, SessionRow};
use super::control::Role;
use crate::filter::Condition;
use crate::risk::{Anomaly, Finding, Score};
use crate::session::Tsid;
use crate::time::Timestamp;
use crate::triage::{Remark, RemarkKind};
use crate::untrusted::Untrusted;

/// Something said of sessions, all at once: one act of one operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// Of which sessions: 1 to [`JUDGED_MAX`](crate::limits::JUDGED_MAX).
    pub tsids: Vec<Tsid>,
    /// Chosen at random by the console, so that the act can be taken back.
    pub act: u64,
    /// What is said.
    #[serde(flatten)]
    pub kind: RemarkKind,
}

/// All that is known of one session's risk, and all that was said of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// As in the list.
    pub row: SessionRow,
    /// The assessments, the one in force first; none while it was not assessed.
    #[serde(default)]
    pub assessments: Vec<Assessment>,
    /// What was said, oldest first.
    #[serde(default)]
    pub remarks: Vec<Remark>,
    /// Other operators who look at it now.
    #[serde(default)]
    pub watchers: Vec<Untrusted>,
}

/// What the rules make of a session. A line of the file `risk` beside the recording.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// SHA-256 of the rules' file, in hexadecimal.
    pub rules: String,
    /// When, by the server's clock.
    pub at: Timestamp,
    /// The last event that was looked at.
    pub seq: u64,
    /// The score.
    pub risk: Score,
    /// What is out of the ordinary.
    #[serde(default)]
    pub anomalies: Vec<Anomaly>,
    /// What was found, in the order of time; what counts for the score is among it.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// So many findings more there was no room for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u64,
}

/// CHANGE: a session stands differently than before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// As it stands now.
    pub row: SessionRow,
    /// What the rules have found since the last change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What was said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<Remark>,
}

/// Which views are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewsQuery {
    /// Of which session; absent for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tsid: Option<Tsid>,
    /// How many at most; the server gives [`VIEWS_MAX`](crate::limits::VIEWS_MAX) at most.
    #[serde(default)]
    pub limit: u32,
}

/// What operators looked at and did, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Views {
    /// As far as the server looks back, and as fit into a frame.
    pub entries: Vec<View>,
}

/// One line of the access log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// When it was written down, before it took effect.
    pub at: Timestamp,
    /// Who.
    pub operator: Untrusted,
    /// What they were allowed to do then.
    pub role: Role,
    /// Address, or "local".
    pub from: Untrusted,
    /// What: `list`, `play`, `judge`, `freeze`…, or the same and `refused`.
    pub action: Untrusted,
    /// Of which session.
    #[serde(default)]
    pub tsid: Option<Tsid>,
    /// More about it, for people.
    #[serde(default)]
    pub detail: Untrusted,
}

/// Which sums are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryQuery {
    /// Sessions of what are added up.
    #[serde(default)]
    pub by: SummaryBy,
    /// Words as in a [`Query`](super::Query).
    #[serde(default)]
    pub text: String,
    /// Conditions that the sessions must all fulfil.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Only those with a risk or anything out of the ordinary: the triage queue.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub queue: bool,
    /// The order.
    #[serde(default)]
    pub sort: SummarySort,
    /// All of the order is reversed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reverse: bool,
    /// How many rows to skip.
    #[serde(default)]
    pub offset: u32,
    /// How many rows at most; the server gives 1,000 at most.
    #[serde(default)]
    pub limit: u32,
}

/// What sessions are added up by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SummaryBy {
    /// Submit user.
    #[default]
    User,
    /// Submit host.
    Host,
    /// The command without its arguments.
    Command,
    /// Something that this build does not know.
    #[serde(other)]
    Unknown,
}

/// Orders of sums; equals by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SummarySort {
    /// Highest risk first, then the most risky sessions.
    #[default]
    Risk,
    /// Most sessions first.
    Sessions,
    /// Most time first.
    Time,
    /// Last seen first.
    LastSeen,
    /// Most that nobody has judged first.
    Unjudged,
    /// By name.
    Name,
    /// One that this build does not know.
    #[serde(other)]
    Unknown,
}

/// A page of sums.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// How many rows there are in all.
    pub total: u64,
    /// The page.
    pub rows: Vec<SummaryRow>,
}

/// The sum of the sessions of one user, host or command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SummaryRow {
    /// The user, host or command.
    pub name: Untrusted,
    /// How many sessions.
    pub sessions: u64,
    /// Their length together, seconds.
    pub time_s: f64,
    /// The highest risk among them.
    pub risk: Score,
    /// How many have a high or critical risk.
    pub risky: u64,
    /// How many have a risk or anything out of the ordinary, and no verdict or one that awaits a second
    /// operator: as many as the triage queue shows.
    pub unjudged: u64,
    /// Start of the latest.
    pub last_seen: Timestamp,
    /// Sessions that began on each of the last [`Self::TREND_DAYS`] days of 24 hours, the oldest
    /// first.
    #[serde(default)]
    pub trend: Vec<u32>,
}

impl SummaryQuery {
    /// The sessions that are added up, as a list would have them.
    pub fn sessions(&self) -> Query {
        let (text, conditions) = (self.text.clone(), self.conditions.clone());
        Query { text, conditions, ..Query::default() }
    }

    /// What keeps this build from answering it, in a sentence.
    ///
    /// # Errors
    /// The sentence.
    pub fn check(&self) -> Result<(), String> {
        self.sessions().check()?;
        if self.by == SummaryBy::Unknown || self.sort == SummarySort::Unknown {
            return Err("this server cannot add up or sort like that".to_owned());
        }
        Ok(())
    }
}

impl SummaryRow {
    /// How far the trend goes back.
    pub const TREND_DAYS: usize = 14;
}

impl SummaryBy {
    /// All that there are, in the order in which a console goes through them.
    pub const ALL: [Self; 3] = [Self::User, Self::Host, Self::Command];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Host => "host",
            Self::Command => "command",
            Self::Unknown => "unknown",
        }
    }
}

impl SummarySort {
    /// All that there are, in the order in which a console goes through them.
    pub const ALL: [Self; 6] =
        [Self::Risk, Self::Sessions, Self::Time, Self::LastSeen, Self::Unjudged, Self::Name];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Risk => "risk",
            Self::Sessions => "sessions",
            Self::Time => "time",
            Self::LastSeen => "last seen",
            Self::Unjudged => "unjudged",
            Self::Name => "name",
            Self::Unknown => "unknown",
        }
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
