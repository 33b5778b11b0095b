//! Two moments of a recording compared: one that was kept, and the one that the player shows.

use std::sync::Arc;
use std::time::Duration;

use sudolog_core::term::{SafeScreen, Track as _};
use sudolog_core::time::Position;

use super::Replay;
use super::lens::differs;
use crate::deck::Frame;

/// A moment that was kept, to compare others with.
#[derive(Clone)]
pub(super) struct Comparison {
    kept: Arc<Frame>,
    /// The kept moment is shown, where there is no room for both.
    flipped: bool,
}

/// How two screens differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    /// So many cells.
    pub(super) cells: usize,
}

impl Difference {
    /// Between all of both, also where only one of them has any.
    pub(super) fn between(one: &SafeScreen, other: &SafeScreen) -> Self {
        let columns = one.columns().max(other.columns());
        let mut difference = Self::default();
        for row in 0..one.lines().max(other.lines()) {
            let differs = |column: &u16| match (one.cell(row, *column), other.cell(row, *column)) {
                (before, Some(now)) => differs(before, now),
                (Some(_), None) => true,
                (None, None) => false,
            };
            difference.cells += (0..columns).filter(differs).count();
        }
        difference
    }
}

impl Comparison {
    /// The kept moment.
    pub(super) fn kept(&self) -> &Frame {
        &self.kept
    }

    /// True when that one is shown, where there is no room for both.
    pub(super) fn is_flipped(&self) -> bool {
        self.flipped
    }
}

impl Replay {
    /// Keeps what is shown, to compare other moments with it; or compares nothing any more.
    pub(super) fn toggle_comparison(&mut self) {
        let kept = self.frame.clone().filter(|_| self.comparison.is_none());
        self.comparison = kept.map(|kept| Comparison { kept, flipped: false });
    }

    /// Shows the other one of both moments.
    pub(super) fn flip(&mut self) {
        if let Some(comparison) = &mut self.comparison {
            comparison.flipped = !comparison.flipped;
        }
    }

    /// Two moments are compared.
    pub fn compares(&self) -> bool {
        self.comparison.is_some()
    }

    /// Compares nothing any more.
    pub fn end_comparison(&mut self) {
        self.comparison = None;
    }

    /// The moment of a picture: `03:20.4 event 77`.
    pub(super) fn moment_of(&self, frame: &Frame) -> String {
        let at = self.tape().elapsed(frame.seq);
        let tenths = at.subsec_millis() / 100;
        format!("{}.{tenths} event {}", Position(Duration::from_secs(at.as_secs())), frame.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_counted_also_where_one_screen_has_nothing() {
        let mut one = SafeScreen::new(4, 20);
        one.feed(b"abc\r\n\r\nsame");
        let mut other = SafeScreen::new(4, 20);
        other.feed(b"axc\r\n\r\nsame\x1b[4;20H\x1b[41m ");
        assert_eq!(Difference::between(&one, &other), Difference { cells: 2 });
        assert_eq!(Difference::between(&other, &one), Difference { cells: 2 });
        assert_eq!(Difference::between(&one, &one), Difference::default());
        let wider = SafeScreen::new(4, 25);
        assert_eq!(Difference::between(&one, &wider), Difference { cells: 7 + 20 });
        assert_eq!(Difference::between(&wider, &one), Difference { cells: 7 + 20 });
    }
}
