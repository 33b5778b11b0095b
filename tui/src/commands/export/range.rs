//! The part of a recording that is exported.
//!
//! A range is open at its beginning and closed at its end: what happened exactly at a time belongs to the
//! part that ends there, as `screen --at` shows it. So two ranges that meet have every event once.

use std::time::Duration;

use sudolog_core::time::Position;

use crate::commands::Failure;

/// From when to when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Range {
    from: Duration,
    to: Option<Duration>,
}

/// Where an event lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Before,
    Within,
    Behind,
}

impl Range {
    /// From the start, or from here; to the end, or to here.
    pub(super) fn new(from: Option<Position>, to: Option<Position>) -> Result<Self, Failure> {
        let (from, to) = (from.unwrap_or_default().0, to.map(|to| to.0));
        if to.is_some_and(|to| to < from) {
            return Err(Failure::Usage("--to is earlier than --from".to_owned()));
        }
        Ok(Self { from, to })
    }

    /// Where it begins.
    pub(super) fn from(self) -> Duration {
        self.from
    }

    /// Where it ends, unless at the end of the recording.
    pub(super) fn to(self) -> Option<Duration> {
        self.to
    }

    /// Where an event at this time lies.
    pub(super) fn place(self, at: Duration) -> Place {
        if at <= self.from && !self.from.is_zero() {
            Place::Before
        } else if self.to.is_some_and(|to| at > to) {
            Place::Behind
        } else {
            Place::Within
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_nothing_and_leave_nothing_out() {
        let range = |from: Option<&str>, to: Option<&str>| {
            let position = |text: &str| text.parse::<Position>().unwrap();
            Range::new(from.map(position), to.map(position)).map_err(|error| error.to_string())
        };
        let (first, second) = (range(None, Some("2")).unwrap(), range(Some("2"), None).unwrap());
        for (millis, places) in [
            (0, (Place::Within, Place::Before)),
            (2000, (Place::Within, Place::Before)),
            (2001, (Place::Behind, Place::Within)),
        ] {
            let at = Duration::from_millis(millis);
            assert_eq!((first.place(at), second.place(at)), places, "{millis}");
        }
        assert_eq!(range(Some("0"), None), Ok(Range::default()));
        assert!(range(Some("3"), Some("2")).unwrap_err().contains("--to"));
    }
}
