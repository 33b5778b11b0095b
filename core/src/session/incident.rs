//! What happened to a session from outside: outages, orders, escapes. Not part of what was recorded,
//! so the chain does not cover it; kept beside the recording and drawn on its timeline.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;
use crate::untrusted::Untrusted;
use crate::wire::message::OrderKind;

/// One line of the file `incidents`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// When, by the server's clock.
    pub at: Timestamp,
    /// Number of the last event before it; 0 before the first.
    pub after_seq: u64,
    /// What.
    pub kind: IncidentKind,
    /// The operator who ordered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<Untrusted>,
    /// Why, or more about it, for people.
    #[serde(default)]
    pub text: Untrusted,
}

/// Kinds of incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentKind {
    /// The command was stopped.
    Frozen,
    /// It went on.
    Thawed,
    /// Frozen for too long: it was ended.
    FreezeTimeout,
    /// A process left the session's cgroup, or somebody else thawed it.
    Escape,
    /// The session was being ended.
    Terminating,
    /// A wrong acknowledgement was seen.
    BadAck,
    /// What the host holds differs from what is stored.
    Divergence,
    /// Events are missing: of the recording, or of the kernel's audit of its host.
    SeqGap,
    /// What was entered reached the command before the rules had looked at it.
    Unchecked,
    /// Host and server disagreed about the time when it began: `at` says what the server thought.
    ClockSkew,
    /// sudo ran a command, and nothing recorded it.
    Unrecorded,
    /// The same, and sudo's own audit was silent too: its plugins were replaced.
    PolicyReplaced,
    /// A program became root by another way than the known sudo, and nothing recorded it.
    OtherRoot,
    /// The kernel's audit did not show the session.
    Unwitnessed,
    /// The kernel's audit of its host was touched while it ran.
    AuditTampered,
    /// The host was lost with the session open.
    Lost,
    /// The host came back.
    Resumed,
    /// An operator ordered a freeze.
    OrderFreeze,
    /// An operator ordered a thaw.
    OrderThaw,
    /// An operator ordered the end.
    OrderTerminate,
    /// An operator wrote to the user.
    OrderMessage,
    /// A kind that this build does not know.
    #[serde(other)]
    Other,
}

/// What incidents are counted by: one sort in plenty leaves no other out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncidentSort {
    /// Whoever is recorded can cause it.
    Caused,
    /// Outages, and what they bring.
    Suffered,
    /// What casts doubt on the proof.
    Doubted,
    /// Seen by others than those who record.
    Witnessed,
    /// Ordered by an operator or a rule. None is ever left out, since what is kept is carried out.
    Ordered,
    /// Said of the others: that there are more, or something that this build does not know.
    Remarked,
}

impl IncidentKind {
    /// The sort that it is counted with.
    pub fn sort(self) -> IncidentSort {
        match self {
            Self::FreezeTimeout | Self::Escape | Self::Terminating => IncidentSort::Caused,
            Self::Frozen | Self::Thawed | Self::Lost | Self::Resumed => IncidentSort::Suffered,
            Self::BadAck | Self::Divergence | Self::SeqGap => IncidentSort::Doubted,
            Self::Unchecked
            | Self::ClockSkew
            | Self::Unrecorded
            | Self::PolicyReplaced
            | Self::OtherRoot
            | Self::Unwitnessed
            | Self::AuditTampered => IncidentSort::Witnessed,
            Self::OrderFreeze | Self::OrderThaw | Self::OrderTerminate | Self::OrderMessage => {
                IncidentSort::Ordered
            }
            Self::Other => IncidentSort::Remarked,
        }
    }

    /// What an order of that kind is; `None` for one that this build does not know.
    pub fn of_order(kind: OrderKind) -> Option<Self> {
        match kind {
            OrderKind::Freeze => Some(Self::OrderFreeze),
            OrderKind::Thaw => Some(Self::OrderThaw),
            OrderKind::Terminate => Some(Self::OrderTerminate),
            OrderKind::Message => Some(Self::OrderMessage),
            OrderKind::Other => None,
        }
    }

    /// The order that it stands for.
    pub fn order(self) -> Option<OrderKind> {
        match self {
            Self::OrderFreeze => Some(OrderKind::Freeze),
            Self::OrderThaw => Some(OrderKind::Thaw),
            Self::OrderTerminate => Some(OrderKind::Terminate),
            Self::OrderMessage => Some(OrderKind::Message),
            _ => None,
        }
    }

    /// True for what makes the session or its recording doubtful, whatever the recording proves.
    pub fn is_doubtful(self) -> bool {
        match self {
            Self::FreezeTimeout
            | Self::Escape
            | Self::BadAck
            | Self::Lost
            | Self::Divergence
            | Self::SeqGap
            | Self::Unchecked
            | Self::Unrecorded
            | Self::PolicyReplaced
            | Self::OtherRoot
            | Self::Unwitnessed
            | Self::AuditTampered => true,
            Self::Frozen
            | Self::Thawed
            | Self::Terminating
            | Self::ClockSkew
            | Self::Resumed
            | Self::OrderFreeze
            | Self::OrderThaw
            | Self::OrderTerminate
            | Self::OrderMessage
            | Self::Other => false,
        }
    }

    /// In words, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Frozen => "frozen",
            Self::Thawed => "thawed",
            Self::FreezeTimeout => "frozen for too long, ended",
            Self::Escape => "escape",
            Self::Terminating => "being ended",
            Self::BadAck => "wrong acknowledgement",
            Self::Divergence => "the recording differs",
            Self::SeqGap => "events are missing",
            Self::Unchecked => "released unchecked",
            Self::ClockSkew => "the clocks differ",
            Self::Unrecorded => "not recorded",
            Self::PolicyReplaced => "not recorded, plugins replaced",
            Self::OtherRoot => "root without sudo, not recorded",
            Self::Unwitnessed => "not seen by the kernel's audit",
            Self::AuditTampered => "the kernel's audit was touched",
            Self::Lost => "host lost",
            Self::Resumed => "host is back",
            Self::OrderFreeze => "freeze ordered",
            Self::OrderThaw => "thaw ordered",
            Self::OrderTerminate => "end ordered",
            Self::OrderMessage => "message to the user",
            Self::Other => "incident",
        }
    }
}
