//! What can happen.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Severity;

/// Who noticed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// sudo's audit API (`sudo_plugin(5)`, Audit plugin API).
    Sudo,
    /// The kernel's audit stream, by `sudolog-audisp`.
    Kernel,
    /// The host's shipper.
    Shipper,
    /// The server.
    Server,
    /// A word that this build does not know.
    #[serde(other)]
    Other,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// sudo was called.
    Start,
    /// With this command, without sudo's own options.
    Request,
    /// A plugin, or sudo itself in the end, accepted it.
    Accept,
    /// A plugin refused it.
    Reject,
    /// Something failed on the way.
    Error,
    /// sudo has ended, in one of five ways.
    Exit,
    /// A session is recorded.
    SessionStart,
    /// Its command has ended.
    SessionEnd,
    /// A recording ended without saying how.
    Incomplete,
    /// A command is stopped: its recording is not proven.
    Frozen,
    /// It goes on.
    Thawed,
    /// Frozen for too long: it was ended.
    FreezeTimeout,
    /// A process left its session's cgroup.
    Escape,
    /// A wrong acknowledgement was seen.
    BadAck,
    /// What the host holds differs from what is stored.
    Divergence,
    /// Events of a recording are missing.
    SeqGap,
    /// What was entered reached the command before the rules had looked at it.
    Unchecked,
    /// An operator, or a rule, gave an order.
    Order,
    /// A rule found something in a session.
    Finding,
    /// An operator settled what a session is.
    Verdict,
    /// An audit record with a key that somebody waits for.
    KeyMatch,
    /// sudo ran a command, and no session has it (tier A).
    Unrecorded,
    /// The same, and sudo's own audit says nothing of it either: its plugins were replaced (tier B).
    PolicyReplaced,
    /// Root by a setuid program that is not the known sudo (tier C).
    OtherRoot,
    /// A session whose sudo the kernel's audit has not seen (tier D).
    WitnessMissing,
    /// The kernel's audit was switched off, its rules changed, or its records lost (tier E).
    AuditTampered,
    /// Records or events that there was no room for.
    Lost,
    /// A disk that is full, a certificate that ends, a part that fails.
    Trouble,
    /// A word that this build does not know.
    #[serde(other)]
    Other,
}

impl Source {
    /// Those that there are.
    pub const ALL: [Self; 4] = [Self::Sudo, Self::Kernel, Self::Shipper, Self::Server];

    /// Its word, as on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sudo => "sudo",
            Self::Kernel => "kernel",
            Self::Shipper => "shipper",
            Self::Server => "server",
            Self::Other => "other",
        }
    }
}

impl Kind {
    /// Those that there are.
    pub const ALL: [Self; 28] = [
        Self::Start,
        Self::Request,
        Self::Accept,
        Self::Reject,
        Self::Error,
        Self::Exit,
        Self::SessionStart,
        Self::SessionEnd,
        Self::Incomplete,
        Self::Frozen,
        Self::Thawed,
        Self::FreezeTimeout,
        Self::Escape,
        Self::BadAck,
        Self::Divergence,
        Self::SeqGap,
        Self::Unchecked,
        Self::Order,
        Self::Finding,
        Self::Verdict,
        Self::KeyMatch,
        Self::Unrecorded,
        Self::PolicyReplaced,
        Self::OtherRoot,
        Self::WitnessMissing,
        Self::AuditTampered,
        Self::Lost,
        Self::Trouble,
    ];

    /// Its word, as on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Request => "request",
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Error => "error",
            Self::Exit => "exit",
            Self::SessionStart => "session_start",
            Self::SessionEnd => "session_end",
            Self::Incomplete => "incomplete",
            Self::Frozen => "frozen",
            Self::Thawed => "thawed",
            Self::FreezeTimeout => "freeze_timeout",
            Self::Escape => "escape",
            Self::BadAck => "bad_ack",
            Self::Divergence => "divergence",
            Self::SeqGap => "seq_gap",
            Self::Unchecked => "unchecked",
            Self::Order => "order",
            Self::Finding => "finding",
            Self::Verdict => "verdict",
            Self::KeyMatch => "key_match",
            Self::Unrecorded => "unrecorded",
            Self::PolicyReplaced => "policy_replaced",
            Self::OtherRoot => "other_root",
            Self::WitnessMissing => "witness_missing",
            Self::AuditTampered => "audit_tampered",
            Self::Lost => "lost",
            Self::Trouble => "trouble",
            Self::Other => "other",
        }
    }
}

impl Kind {
    /// True when that source can notice such a thing: nobody speaks for another.
    pub fn is_of(self, source: Source) -> bool {
        match (source, self) {
            (Source::Server, _) => true,
            (Source::Other, _) => false,
            // There may be no room anywhere, and a newer host may know more words.
            (_, Self::Lost | Self::Other) => true,
            (Source::Sudo, kind) => matches!(
                kind,
                Self::Start
                    | Self::Request
                    | Self::Accept
                    | Self::Reject
                    | Self::Error
                    | Self::Exit
            ),
            (Source::Kernel, kind) => kind.is_witnessed(),
            (Source::Shipper, kind) => kind.is_witnessed() || kind == Self::Trouble,
        }
    }

    /// The most that it may matter when a host says so: whoever is root there chooses the words, and must not make
    /// what everybody does as loud as what nobody should.
    pub fn severity_most(self) -> Severity {
        match self {
            Self::Start | Self::Request | Self::Accept | Self::Other => Severity::Notice,
            Self::Reject | Self::Error | Self::Exit => Severity::Warning,
            Self::Lost | Self::Trouble | Self::WitnessMissing => Severity::High,
            _ => Severity::Critical,
        }
    }

    /// True for what the kernel's audit shows, or what is missing beside it.
    fn is_witnessed(self) -> bool {
        matches!(
            self,
            Self::KeyMatch
                | Self::Unrecorded
                | Self::PolicyReplaced
                | Self::OtherRoot
                | Self::WitnessMissing
                | Self::AuditTampered
        )
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Source {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|source| source.name() == word);
        known.ok_or_else(|| format!("a source is sudo, kernel, shipper or server, not {word:?}"))
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == word);
        known.ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|kind| kind.name()).collect();
            format!("an event is one of {}, not {word:?}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_speaks_for_another() {
        assert!(Kind::Reject.is_of(Source::Sudo) && !Kind::Reject.is_of(Source::Kernel));
        assert!(Kind::KeyMatch.is_of(Source::Kernel) && !Kind::KeyMatch.is_of(Source::Sudo));
        for source in [Source::Sudo, Source::Kernel, Source::Shipper] {
            assert!(Kind::Lost.is_of(source));
            for kind in [Kind::Verdict, Kind::Finding, Kind::Order, Kind::SessionStart] {
                assert!(!kind.is_of(source), "{kind} of {source}");
            }
        }
        assert!(!Kind::Start.is_of(Source::Other));
    }

    #[test]
    fn a_word_is_the_same_everywhere() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        for source in Source::ALL {
            assert_eq!(serde_json::to_string(&source).unwrap(), format!("\"{source}\""));
            assert_eq!(source.name().parse(), Ok(source));
        }
        assert_eq!(serde_json::from_str::<Kind>("\"newer\"").unwrap(), Kind::Other);
    }
}
