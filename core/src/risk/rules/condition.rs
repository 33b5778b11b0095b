//! What a rule that is no regular expression asks for: a fact of the session as a whole, or
//! something that happened to it.

use std::fmt;

use crate::session::{EndReason, IncidentKind};

/// A fact of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// Which.
    pub fact: Fact,
    /// Only with a terminal, or only without one.
    pub tty: Option<bool>,
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// It ended in one of these ways.
    End(Vec<EndKind>),
    /// Host and server disagree about the time by more seconds.
    SkewAbove(u64),
    /// It began outside business hours.
    OutsideHours,
    /// Nothing like it was seen before.
    FirstSeen,
    /// sudo refused the user so often within so many seconds before.
    RejectsAtLeast(u32, u64),
    /// More seconds passed between two inputs.
    IdleAbove(u64),
    /// It lasted more seconds.
    DurationAbove(u64),
    /// It wrote more bytes.
    OutputAbove(u64),
    /// More bytes were pasted.
    PasteAbove(u64),
}

/// How a session can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndKind {
    /// The recording has no end.
    Incomplete,
    /// The command ended by itself.
    Exited,
    /// The command could not be run.
    ExecError,
    /// An operator ordered the end.
    Terminated,
    /// Frozen for longer than the limit.
    FreezeTimeout,
}

/// Something that happened to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// What was recorded is not what ran.
    Divergence,
    /// A process left the session's cgroup, or somebody else thawed it.
    CgroupEscape,
    /// Events are missing.
    SeqGap,
    /// A wrong acknowledgement was seen.
    WrongAck,
    /// sudo ran a command of which there is no recording.
    Unrecorded,
    /// The same, and sudo's own audit was silent too.
    PolicyReplaced,
    /// Root by another way than the known sudo, without a recording.
    OtherRoot,
    /// The kernel's audit did not show the session.
    Unwitnessed,
    /// The kernel's audit of the host was touched while it ran.
    AuditTampered,
    /// What was entered reached the command before the rules had looked at it.
    Unchecked,
    /// Output tried to act on the terminal of whoever looks at it.
    HostileEscape,
}

impl EndKind {
    pub(super) const ALL: [Self; 5] =
        [Self::Incomplete, Self::Exited, Self::ExecError, Self::Terminated, Self::FreezeTimeout];

    /// Its name in rules.
    pub fn name(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::Exited => EndReason::EXITED,
            Self::ExecError => EndReason::EXEC_ERROR,
            Self::Terminated => EndReason::TERMINATED,
            Self::FreezeTimeout => EndReason::FREEZE_TIMEOUT,
        }
    }

    /// What a reason is; `None` for one that rules do not know.
    pub fn of(reason: &EndReason) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == reason.as_str())
    }
}

impl Happening {
    /// What an incident is; `None` for one that rules do not know.
    pub fn of(kind: IncidentKind) -> Option<Self> {
        match kind {
            IncidentKind::Escape => Some(Self::CgroupEscape),
            IncidentKind::BadAck => Some(Self::WrongAck),
            IncidentKind::Divergence => Some(Self::Divergence),
            IncidentKind::SeqGap => Some(Self::SeqGap),
            IncidentKind::Unrecorded => Some(Self::Unrecorded),
            IncidentKind::PolicyReplaced => Some(Self::PolicyReplaced),
            IncidentKind::OtherRoot => Some(Self::OtherRoot),
            IncidentKind::Unwitnessed => Some(Self::Unwitnessed),
            IncidentKind::AuditTampered => Some(Self::AuditTampered),
            IncidentKind::Unchecked => Some(Self::Unchecked),
            _ => None,
        }
    }

    pub(super) const ALL: [Self; 11] = [
        Self::Divergence,
        Self::CgroupEscape,
        Self::SeqGap,
        Self::WrongAck,
        Self::Unrecorded,
        Self::PolicyReplaced,
        Self::OtherRoot,
        Self::Unwitnessed,
        Self::AuditTampered,
        Self::Unchecked,
        Self::HostileEscape,
    ];

    /// Its name in rules.
    pub fn name(self) -> &'static str {
        match self {
            Self::Divergence => "divergence",
            Self::CgroupEscape => "cgroup_escape",
            Self::SeqGap => "seq_gap",
            Self::WrongAck => "wrong_ack",
            Self::Unrecorded => "unrecorded",
            Self::PolicyReplaced => "policy_replaced",
            Self::OtherRoot => "other_root",
            Self::Unwitnessed => "unwitnessed",
            Self::AuditTampered => "audit_tampered",
            Self::Unchecked => "unchecked",
            Self::HostileEscape => "hostile_escape",
        }
    }
}

/// In words, for people.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fact {
            Fact::End(kinds) => {
                let kinds: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
                write!(f, "it ends: {}", kinds.join(", "))?;
            }
            Fact::SkewAbove(s) => write!(f, "the host's clock is off by more than {s} s")?,
            Fact::OutsideHours => f.write_str("it begins outside business hours")?,
            Fact::FirstSeen => f.write_str("it is the first of its kind")?,
            Fact::RejectsAtLeast(count, s) => {
                write!(f, "sudo refused the user {count} times or more in {s} s before")?;
            }
            Fact::IdleAbove(s) => write!(f, "input comes after a pause of more than {s} s")?,
            Fact::DurationAbove(s) => write!(f, "it lasts more than {s} s")?,
            Fact::OutputAbove(bytes) => write!(f, "it writes more than {bytes} bytes")?,
            Fact::PasteAbove(bytes) => write!(f, "more than {bytes} bytes are pasted")?,
        }
        match self.tty {
            Some(true) => f.write_str(", with a terminal"),
            Some(false) => f.write_str(", without a terminal"),
            None => Ok(()),
        }
    }
}
