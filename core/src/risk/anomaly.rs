//! What is out of the ordinary about a session.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One way to be out of the ordinary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anomaly {
    /// The recording has no end.
    Incomplete,
    /// The score is high or critical.
    HighRisk,
    /// A shell as root.
    RootShell,
    /// It began outside business hours, by the site's zone and calendar.
    AfterHours,
    /// It lasted very long.
    VeryLong,
    /// A process left the session's cgroup.
    Escape,
    /// A wrong acknowledgement was seen.
    WrongAck,
    /// A command ran as another user, and there is no recording of it.
    Unrecorded,
    /// This user was never seen with this command on this host.
    FirstSeen,
    /// It was frozen by an outage. No offence: it adds nothing to the score.
    Outage,
    /// What the host holds differs from what is stored.
    Divergence,
    /// Events are missing.
    SeqGap,
    /// Something that was entered was not looked at before it reached the command.
    Unchecked,
    /// Something that this build does not know.
    #[serde(other)]
    Other,
}

impl Anomaly {
    /// All that this build knows.
    pub const ALL: [Self; 13] = [
        Self::Incomplete,
        Self::HighRisk,
        Self::RootShell,
        Self::AfterHours,
        Self::VeryLong,
        Self::Escape,
        Self::WrongAck,
        Self::Unrecorded,
        Self::FirstSeen,
        Self::Outage,
        Self::Divergence,
        Self::SeqGap,
        Self::Unchecked,
    ];

    /// Its name in filters and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::HighRisk => "high_risk",
            Self::RootShell => "root_shell",
            Self::AfterHours => "after_hours",
            Self::VeryLong => "very_long",
            Self::Escape => "escape",
            Self::WrongAck => "wrong_ack",
            Self::Unrecorded => "unrecorded",
            Self::FirstSeen => "first_seen",
            Self::Outage => "outage",
            Self::Divergence => "divergence",
            Self::SeqGap => "seq_gap",
            Self::Unchecked => "unchecked",
            Self::Other => "other",
        }
    }

    /// Its bit in a set that is kept as a number.
    pub fn bit(self) -> u32 {
        match Self::ALL.into_iter().position(|known| known == self) {
            Some(place) => 1 << place,
            None => 0,
        }
    }

    /// The bits of a set.
    pub fn to_bits(set: &[Self]) -> u32 {
        set.iter().fold(0, |bits, anomaly| bits | anomaly.bit())
    }

    /// The set of these bits.
    pub fn from_bits(bits: u32) -> Vec<Self> {
        Self::ALL.into_iter().filter(|anomaly| bits & anomaly.bit() != 0).collect()
    }
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Anomaly {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|anomaly| anomaly.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("an anomaly is {names}, not {text:?}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_bits_come_back() {
        for anomaly in Anomaly::ALL {
            assert_eq!(anomaly.name().parse(), Ok(anomaly));
            assert_eq!(Anomaly::from_bits(anomaly.bit()), [anomaly]);
            let json = serde_json::to_string(&anomaly).unwrap();
            assert_eq!(json, format!("\"{}\"", anomaly.name()));
        }
        assert_eq!(serde_json::from_str::<Anomaly>("\"newer\"").unwrap(), Anomaly::Other);
        assert_eq!(Anomaly::Other.bit(), 0);
    }
}
