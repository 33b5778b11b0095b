//! Which part of a recorded screen is shown when it is larger than the space for it.

use ratatui::layout::Rect;
use sudolog_core::term::SafeScreen;

use crate::widgets::Crop;

/// How a large screen is shown. The operator's terminal is never resized.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Framing {
    /// The part with the cursor.
    #[default]
    Follow,
    /// The part that begins at this row and column.
    At(u16, u16),
    /// All of it, smaller.
    Whole,
}

impl Framing {
    /// From the part with the cursor to all of it; from anything else to the part with the cursor.
    pub(super) fn zoom(&mut self) {
        *self = match self {
            Self::Follow => Self::Whole,
            Self::At(..) | Self::Whole => Self::Follow,
        };
    }

    /// Goes on from the upper left corner, where the cursor was followed.
    pub(super) fn pan(&mut self, rows: i16, columns: i16) {
        let (row, column) = match self {
            Self::At(row, column) => (*row, *column),
            Self::Follow | Self::Whole => (0, 0),
        };
        let row = row.saturating_add_signed(rows).min(PLACE_MAX);
        *self = Self::At(row, column.saturating_add_signed(columns).min(PLACE_MAX));
    }

    /// The part that fits into `area`; `None` for all of it, smaller.
    pub(super) fn crop(self, screen: &SafeScreen, area: Rect) -> Option<Crop> {
        let followed = Crop::around_cursor(screen, area);
        match self {
            Self::Whole if followed.is_partial(screen) => None,
            Self::At(row, column) => {
                let row = row.min(screen.lines().saturating_sub(followed.lines));
                let column = column.min(screen.columns().saturating_sub(followed.columns));
                Some(Crop { row, column, ..followed })
            }
            Self::Follow | Self::Whole => Some(followed),
        }
    }
}

/// Beyond every screen that is drawn.
const PLACE_MAX: u16 = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_screen_is_followed_panned_or_shown_whole() {
        let mut screen = SafeScreen::new(50, 200);
        screen.feed(b"\x1b[50;200H");
        let area = Rect::new(0, 0, 80, 24);
        let mut framing = Framing::default();
        let shown =
            |framing: Framing| framing.crop(&screen, area).map(|crop| (crop.row, crop.column));
        assert_eq!(shown(framing), Some((26, 120)));
        framing.zoom();
        assert_eq!(shown(framing), None);
        framing.pan(4, 8);
        assert_eq!(shown(framing), Some((4, 8)));
        framing.pan(-90, 900);
        assert_eq!(shown(framing), Some((0, 120)));
        framing.zoom();
        assert_eq!(framing, Framing::Follow);
    }

    #[test]
    fn a_screen_that_fits_is_always_shown_as_it_is() {
        let screen = SafeScreen::new(10, 20);
        let mut framing = Framing::Whole;
        let area = Rect::new(0, 0, 80, 24);
        assert!(framing.crop(&screen, area).is_some());
        framing.pan(9, 9);
        assert_eq!(framing.crop(&screen, area).map(|crop| (crop.row, crop.column)), Some((0, 0)));
    }
}
