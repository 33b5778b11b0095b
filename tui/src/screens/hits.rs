//! What can be pointed at, and where it was drawn last.

use ratatui::layout::{Position, Rect};
use sudolog_core::session::Tsid;

use super::copy::Spot;
use crate::keymap::Intent;

/// Something to point at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// A recording's time bar.
    Bar,
    /// A recorded screen, shown from this cell on.
    Picture(Spot),
    /// A session in a list or on the wall.
    Session(Tsid),
    /// A row of a table, by its place.
    Row(u32),
    /// A row of a list of numbered things, by its number.
    Number(u64),
    /// A target of alerts, by its place.
    Target(usize),
    /// An answer in the list to choose from.
    Choice(usize),
    /// A hit of a search, by its place in the list.
    Found(usize),
    /// The line of an alarm.
    Alarm,
    /// What the bottom line offers.
    Hint(Intent),
}

impl Hit {
    /// True for what one goes to, and not along or by a key that stands there.
    pub fn is_place(self) -> bool {
        !matches!(self, Self::Bar | Self::Hint(_) | Self::Picture(_))
    }
}

/// The places of one frame.
#[derive(Clone, Debug, Default)]
pub struct Hits(Vec<(Rect, Hit)>);

impl Hits {
    /// Something is drawn here, over what was there.
    pub fn add(&mut self, place: Rect, hit: Hit) {
        self.0.push((place, hit));
    }

    /// Something lies over all of it.
    pub fn cover(&mut self) {
        self.0.clear();
    }

    /// How many rows of a list can be pointed at.
    pub fn rows(&self) -> usize {
        self.0
            .iter()
            .filter(|(_, hit)| matches!(hit, Hit::Session(_) | Hit::Row(_) | Hit::Number(_)))
            .count()
    }

    /// All of them, each with its place.
    pub fn all(&self) -> impl Iterator<Item = (Rect, Hit)> {
        self.0.iter().copied()
    }

    /// The recorded screen that was drawn last: its place, and the cell from which on it is shown.
    pub fn picture(&self) -> Option<(Rect, Spot)> {
        self.0.iter().rev().find_map(|(place, hit)| match hit {
            Hit::Picture(spot) => Some((*place, *spot)),
            _ => None,
        })
    }

    /// What is at a place, and all of the place that it has.
    pub fn at(&self, column: u16, row: u16) -> Option<(Rect, Hit)> {
        let place = Position::new(column, row);
        self.0.iter().rev().find(|(rect, _)| rect.contains(place)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drawn_last_is_hit() {
        let mut hits = Hits::default();
        hits.add(Rect::new(0, 0, 10, 10), Hit::Bar);
        hits.add(Rect::new(2, 2, 2, 1), Hit::Choice(3));
        assert_eq!(hits.at(3, 2).unwrap().1, Hit::Choice(3));
        assert_eq!(hits.at(4, 2).unwrap().1, Hit::Bar);
        assert!(hits.at(10, 0).is_none());
        hits.cover();
        assert!(hits.at(3, 2).is_none());
    }
}
