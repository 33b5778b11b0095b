//! What became of alerts, on the wire.

use serde::{Deserialize, Serialize};

use crate::eventlog::Severity;
use crate::time::Timestamp;
use crate::untrusted::Untrusted;

/// Which messages are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertsQuery {
    /// Words that must all occur in target, title, error or state; empty for all.
    #[serde(default)]
    pub text: String,
    /// Only to this target; empty for all.
    #[serde(default)]
    pub target: String,
    /// Only in these states; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<DeliveryState>,
    /// Only those with a smaller number, 0 for all: the page that follows.
    #[serde(default)]
    pub before: u64,
    /// How many at most; the server gives [`ALERTS_MAX`](crate::limits::ALERTS_MAX) at most.
    #[serde(default)]
    pub limit: u32,
}

impl AlertsQuery {
    /// Only the message with that number, with its whole text.
    pub fn whole(number: u64) -> Self {
        Self { before: number.saturating_add(1), limit: 1, ..Self::default() }
    }
}

/// The targets, and messages to them, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alerts {
    /// All targets of the configuration.
    pub targets: Vec<TargetStatus>,
    /// Messages, as many as fit into a frame.
    pub deliveries: Vec<Delivery>,
    /// There are more before the last one.
    #[serde(default)]
    pub more: bool,
    /// Alerts for which there was no room, since the server started.
    #[serde(default)]
    pub collapsed: u64,
    /// What is wrong with the outbox itself, in a sentence; empty when nothing is.
    #[serde(default)]
    pub trouble: Untrusted,
}

/// One message to one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its number in the outbox, from 1.
    pub number: u64,
    /// To which target.
    pub target: String,
    /// How it stands.
    pub state: DeliveryState,
    /// The most severe thing in it.
    #[serde(default)]
    pub severity: Severity,
    /// Its subject line.
    pub title: Untrusted,
    /// Its text, shortened for a list.
    #[serde(default)]
    pub body: Untrusted,
    /// So many bytes of it were left out; the answer to a query for one message has them.
    #[serde(default)]
    pub body_left: u64,
    /// Numbers of the log's entries in it, the first of them.
    #[serde(default)]
    pub entries: Vec<u64>,
    /// How many entries it stands for.
    #[serde(default)]
    pub count: u64,
    /// When it was made.
    pub made: Timestamp,
    /// How often it was tried.
    #[serde(default)]
    pub tries: u32,
    /// When last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried: Option<Timestamp>,
    /// When next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
    /// What the last try said, in a sentence without secrets.
    #[serde(default)]
    pub error: Untrusted,
}

/// How a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Not tried yet.
    Waiting,
    /// A try failed, another will follow.
    Retrying,
    /// The target took it.
    Sent,
    /// Given up; an operator may try it again.
    Dead,
    /// Left out, for want of room.
    Dropped,
    /// A word that this build does not know.
    #[serde(other)]
    Other,
}

/// How a target stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetStatus {
    /// Its name in the configuration.
    pub name: String,
    /// What it is: `webhook`, `smtp`, …
    pub kind: String,
    /// Where it leads, without secrets.
    #[serde(default)]
    pub place: Untrusted,
    /// How it is.
    pub health: TargetHealth,
    /// Messages that wait.
    #[serde(default)]
    pub waiting: u64,
    /// Messages that it took, ever.
    #[serde(default)]
    pub sent: u64,
    /// Messages given up.
    #[serde(default)]
    pub dead: u64,
    /// When it last took one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sent: Option<Timestamp>,
    /// It asked not to be troubled before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// What it last said wrong, in a sentence without secrets.
    #[serde(default)]
    pub error: Untrusted,
}

/// How a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetHealth {
    /// It takes what it is given, as far as is known.
    Ok,
    /// It asked for a pause.
    Limited,
    /// The last try failed; it will be tried again.
    Failing,
    /// It refuses what it is given: something is set up wrongly.
    Broken,
    /// A word that this build does not know.
    #[serde(other)]
    Other,
}

/// What an operator does about alerts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum AlertAct {
    /// Sends a message that says that it is a test.
    Test {
        /// To which target.
        target: String,
    },
    /// Tries these messages again, dead ones or waiting ones, at once.
    Retry {
        /// Their numbers.
        numbers: Vec<u64>,
    },
    /// Forgets these dead messages.
    Discard {
        /// Their numbers.
        numbers: Vec<u64>,
    },
    /// A word that this build does not know.
    #[serde(other)]
    Unknown,
}
