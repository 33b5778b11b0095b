//! The orders of a list.

use std::cmp::{Ordering, Reverse};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Subject;
use crate::session::SessionState;

/// Orders of a list; each with the newest first among equals. Reversed, all of it is reversed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortBy {
    /// Latest start first.
    #[default]
    Start,
    /// Longest first.
    Duration,
    /// By submit user.
    User,
    /// By host.
    Host,
    /// By run user.
    RunUser,
    /// By the first 128 bytes of command and arguments.
    Command,
    /// What needs an eye first: frozen, lagging, live, incomplete, complete.
    State,
    /// Ended by a signal first, then the highest exit value, at last those without.
    Exit,
    /// By terminal, those without one first.
    Tty,
    /// Highest TSID first.
    Tsid,
    /// Highest risk first.
    Risk,
    /// One that this build does not know.
    #[serde(other)]
    Unknown,
}

impl SortBy {
    /// All that there are, in the order in which a console goes through them.
    pub const ALL: [Self; 11] = [
        Self::Start,
        Self::Risk,
        Self::State,
        Self::Tsid,
        Self::User,
        Self::Host,
        Self::RunUser,
        Self::Command,
        Self::Duration,
        Self::Exit,
        Self::Tty,
    ];

    /// What of a command counts for the order.
    pub const COMMAND_BYTES: usize = 128;

    /// How two sessions stand to one another. Equal ones have the same start and name.
    pub fn compare(self, a: &Subject<'_>, b: &Subject<'_>) -> Ordering {
        let first = match self {
            Self::Start | Self::Unknown => Ordering::Equal,
            Self::Duration => b.duration_s.total_cmp(&a.duration_s),
            Self::User => a.user.cmp(b.user),
            Self::Host => a.host.cmp(b.host),
            Self::RunUser => a.run_user.cmp(b.run_user),
            Self::Command => head(a.command).cmp(head(b.command)),
            Self::State => Self::urgency(a.state).cmp(&Self::urgency(b.state)),
            Self::Exit => (b.signal, b.exit_value).cmp(&(a.signal, a.exit_value)),
            Self::Tty => a.tty.cmp(&b.tty),
            Self::Tsid => b.name.cmp(&a.name),
            Self::Risk => b.risk.cmp(&a.risk),
        };
        let newest = |subject: &Subject<'_>| Reverse(subject.start);
        first.then_with(|| newest(a).cmp(&newest(b))).then_with(|| b.name.cmp(&a.name))
    }

    /// The place of a state in [`SortBy::State`].
    pub fn urgency(state: SessionState) -> u8 {
        match state {
            SessionState::Frozen => 0,
            SessionState::Lagging => 1,
            SessionState::Live => 2,
            SessionState::Incomplete => 3,
            SessionState::Complete => 4,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Duration => "duration",
            Self::User => "user",
            Self::Host => "host",
            Self::RunUser => "run",
            Self::Command => "command",
            Self::State => "state",
            Self::Exit => "exit",
            Self::Tty => "tty",
            Self::Tsid => "tsid",
            Self::Risk => "risk",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for SortBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for SortBy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|sort| sort.name() == text);
        found.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.into_iter().map(Self::name).collect();
            format!("a list is sorted by {}", names.join(", "))
        })
    }
}

fn head(command: &[u8]) -> &[u8] {
    command.get(..SortBy::COMMAND_BYTES).unwrap_or(command)
}
