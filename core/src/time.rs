//! Points in time and positions in a recording, as values. Nothing here reads a clock.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Wall-clock time since the Unix epoch, to the nanosecond.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Timestamp {
    /// Whole seconds; negative before 1970.
    pub seconds: i64,
    /// Nanoseconds within the second, below 1_000_000_000.
    pub nanoseconds: u32,
}

impl Timestamp {
    /// Nanoseconds since the epoch, clamped to what 64 bits hold (1970 to 2554).
    pub fn as_nanos(self) -> u64 {
        let seconds = u64::try_from(self.seconds).unwrap_or(0);
        seconds.saturating_mul(NANOS_PER_SECOND).saturating_add(self.nanoseconds.into())
    }

    /// The inverse of [`as_nanos`](Self::as_nanos).
    pub fn from_nanos(nanos: u64) -> Self {
        let whole = Duration::from_nanos(nanos);
        Self {
            seconds: i64::try_from(whole.as_secs()).unwrap_or(i64::MAX),
            nanoseconds: whole.subsec_nanos(),
        }
    }
}

/// A position in a recording: time since its start.
///
/// Written `SS.mmm`, `MM:SS` or `HH:MM:SS`, each with optional milliseconds; shown as `MM:SS` or
/// `H:MM:SS`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub Duration);

/// A position that could not be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a time is SS.mmm, MM:SS or HH:MM:SS, not {0:?}")]
pub struct PositionError(String);

impl FromStr for Position {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_position(text).map(Self).ok_or_else(|| PositionError(text.to_owned()))
    }
}

fn parse_position(text: &str) -> Option<Duration> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let fields: Vec<u64> = clock.split(':').map(parse_digits).collect::<Option<_>>()?;
    let seconds = match *fields.as_slice() {
        [s] => s,
        [m, s] if s < 60 => m.checked_mul(60)?.checked_add(s)?,
        [h, m, s] if m < 60 && s < 60 => h.checked_mul(3600)?.checked_add(m * 60 + s)?,
        _ => return None,
    };
    Some(Duration::new(seconds, parse_fraction(fraction)?))
}

fn parse_digits(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// Digits after the point, as nanoseconds; more than nine are cut off.
fn parse_fraction(text: &str) -> Option<u32> {
    parse_digits(text.get(..text.len().min(18))?)?;
    let nine: String = text.chars().chain("00000000".chars()).take(9).collect();
    nine.parse().ok()
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        if h > 0 { write!(f, "{h}:{m:02}:{s:02}") } else { write!(f, "{m:02}:{s:02}") }
    }
}

const NANOS_PER_SECOND: u64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_documented_form() {
        let read = |text: &str| text.parse::<Position>().map(|p| p.0);
        assert_eq!(read("7"), Ok(Duration::from_secs(7)));
        assert_eq!(read("7.25"), Ok(Duration::from_millis(7250)));
        assert_eq!(read("90.001"), Ok(Duration::from_millis(90_001)));
        assert_eq!(read("02:05"), Ok(Duration::from_secs(125)));
        assert_eq!(read("1:02:05.5"), Ok(Duration::from_millis(3_725_500)));
    }

    #[test]
    fn refuses_what_is_not_a_time() {
        for text in [
            "",
            ".",
            "-1",
            "1:60",
            "1:60:00",
            "a",
            "1:2:3:4",
            "99999999999999999999",
            "1.x",
            "+1",
            "1.é",
        ] {
            assert!(text.parse::<Position>().is_err(), "{text}");
        }
    }

    #[test]
    fn timestamps_survive_nanoseconds() {
        let time = Timestamp { seconds: 1_763_000_000, nanoseconds: 123_456_789 };
        assert_eq!(Timestamp::from_nanos(time.as_nanos()), time);
    }
}
