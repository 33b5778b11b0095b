//! The speed of a player.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How fast: 0.25 to 16 times, kept in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speed(u32);

/// A speed that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a speed is a number from 0.25 to 16, not {0:?}")]
pub struct SpeedError(String);

impl Speed {
    /// As recorded.
    pub const NORMAL: Self = Self(100);
    /// Twice as fast.
    pub const TWICE: Self = Self(200);
    /// What the faster and slower keys go through.
    pub const STEPS: [Self; 7] =
        [Self(25), Self(50), Self::NORMAL, Self::TWICE, Self(400), Self(800), Self(1600)];

    /// The next higher step, or the same at the top.
    pub fn faster(self) -> Self {
        Self::STEPS.into_iter().find(|step| *step > self).unwrap_or(self)
    }

    /// The next lower step, or the same at the bottom.
    pub fn slower(self) -> Self {
        Self::STEPS.into_iter().rev().find(|step| *step < self).unwrap_or(self)
    }

    /// How much of a recording goes by in this time of the viewer's.
    pub fn recorded(self, watched: Duration) -> Duration {
        let nanos = watched.as_nanos().saturating_mul(self.0.into()) / 100;
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// Recorded time in the viewer's time.
    pub(super) fn scale(self, recorded: Duration) -> Duration {
        let nanos = recorded.as_nanos().saturating_mul(100) / u128::from(self.0.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

impl FromStr for Speed {
    type Err = SpeedError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let factor: Option<f64> = text.trim_end_matches('x').parse().ok();
        match factor.filter(|factor| (0.25..=16.0).contains(factor)) {
            // In range by the check above.
            Some(factor) => Ok(Self((factor * 100.0).round() as u32)),
            None => Err(SpeedError(text.to_owned())),
        }
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x", f64::from(self.0) / 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_there_and_back() {
        let (fast, minute) = (Speed::STEPS[6], Duration::from_secs(60));
        assert_eq!(fast.recorded(minute), minute * 16);
        assert_eq!(fast.scale(fast.recorded(minute)), minute);
        assert_eq!(fast.recorded(Duration::MAX), Duration::from_nanos(u64::MAX));
    }

    #[test]
    fn speeds_read_and_step() {
        assert_eq!("0.25".parse(), Ok(Speed::STEPS[0]));
        assert_eq!("1.5x".parse::<Speed>().unwrap().faster(), Speed::STEPS[3]);
        assert_eq!(
            (Speed::STEPS[6].faster(), Speed::STEPS[0].slower()),
            (Speed::STEPS[6], Speed::STEPS[0])
        );
        for text in ["", "0", "0.2", "17", "-1", "NaN", "inf", "fast"] {
            assert!(text.parse::<Speed>().is_err(), "{text}");
        }
    }
}
