//! A session's risk as a number.

use std::fmt;

use serde::{Deserialize, Serialize};

/// 0 to 100.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "u8", into = "u8")]
pub struct Score(u8);

/// A number that is no score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a risk is 0 to 100, not {0}")]
pub struct ScoreError(pub u8);

/// The bands in which people speak of scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Below 25.
    Low,
    /// Below 50.
    Medium,
    /// Below 75.
    High,
    /// The rest.
    Critical,
}

impl Score {
    /// Nothing was found.
    pub const NONE: Self = Self(0);
    /// The highest.
    pub const MAX: Self = Self(100);

    /// As many points, 100 at most.
    pub fn capped(points: u32) -> Self {
        Self(u8::try_from(points).unwrap_or(u8::MAX).min(Self::MAX.0))
    }

    /// The number.
    pub fn points(self) -> u8 {
        self.0
    }

    /// The band in which it lies.
    pub fn level(self) -> Level {
        match self.0 {
            0..25 => Level::Low,
            25..50 => Level::Medium,
            50..75 => Level::High,
            _ => Level::Critical,
        }
    }
}

impl Level {
    /// All of them, the lowest first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The lowest score in it.
    pub fn floor(self) -> Score {
        match self {
            Self::Low => Score(0),
            Self::Medium => Score(25),
            Self::High => Score(50),
            Self::Critical => Score(75),
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// A sign for it that needs no colour.
    pub fn letter(self) -> char {
        match self {
            Self::Low => 'L',
            Self::Medium => 'M',
            Self::High => 'H',
            Self::Critical => 'C',
        }
    }
}

impl TryFrom<u8> for Score {
    type Error = ScoreError;

    fn try_from(points: u8) -> Result<Self, ScoreError> {
        if points <= Self::MAX.0 { Ok(Self(points)) } else { Err(ScoreError(points)) }
    }
}

impl From<Score> for u8 {
    fn from(score: Score) -> Self {
        score.0
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_meet_without_a_gap() {
        for points in 0..=100 {
            let score = Score::try_from(points).unwrap();
            let band = Level::ALL.into_iter().rfind(|level| level.floor() <= score).unwrap();
            assert_eq!(score.level(), band, "{points}");
        }
        assert_eq!(Score::try_from(101), Err(ScoreError(101)));
        assert_eq!(Score::capped(1000), Score::MAX);
        assert!(serde_json::from_str::<Score>("101").is_err());
    }
}
