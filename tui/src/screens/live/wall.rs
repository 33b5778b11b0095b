//! The wall: several running sessions side by side, the pinned ones first.

use sudolog_core::session::Tsid;
use sudolog_core::wire::message::SessionRow;

/// How many sessions are on the wall, and which always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wall {
    side: Side,
    pinned: Vec<Tsid>,
    /// What is chosen by itself.
    pub(super) follows: Follow,
    /// Each screen as a whole, smaller; otherwise the part with the cursor.
    pub(super) whole: bool,
}

/// Which session is chosen by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Follow {
    /// None.
    #[default]
    Nothing,
    /// The newest, as soon as it is there.
    Newest,
    /// The running one with the highest risk.
    Riskiest,
}

/// Tiles in a row and in a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// Four sessions.
    #[default]
    Two,
    /// Nine.
    Three,
    /// Sixteen.
    Four,
}

impl Side {
    /// Tiles in a row.
    pub fn tiles(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Three => 3,
            Self::Four => 4,
        }
    }

    /// The next larger one; `None` after the largest.
    pub fn next(self) -> Option<Self> {
        match self {
            Self::Two => Some(Self::Three),
            Self::Three => Some(Self::Four),
            Self::Four => None,
        }
    }
}

impl Wall {
    /// How many tiles there are in a row.
    pub fn side(&self) -> Side {
        self.side
    }

    /// With so many.
    pub(super) fn set_side(&mut self, side: Side) {
        self.side = side;
    }

    /// True for a session that keeps its place on the first page.
    pub fn is_pinned(&self, tsid: Tsid) -> bool {
        self.pinned.contains(&tsid)
    }

    /// Pins a session, or does not any more.
    pub(super) fn toggle_pin(&mut self, tsid: Tsid) {
        match self.pinned.iter().position(|pinned| *pinned == tsid) {
            Some(at) => drop(self.pinned.remove(at)),
            None => self.pinned.push(tsid),
        }
    }

    /// Tiles in a row for so many sessions: fewer than there may be get larger ones.
    pub fn columns(&self, tiles: usize) -> usize {
        (1..self.side.tiles()).find(|side| side * side >= tiles).unwrap_or(self.side.tiles())
    }

    /// The rows as they hang: pinned ones first, in the order in which they were pinned.
    pub fn hang<'a>(&self, rows: &'a [SessionRow]) -> Vec<&'a SessionRow> {
        let place = |row: &&SessionRow| {
            self.pinned.iter().position(|tsid| *tsid == row.tsid).unwrap_or(usize::MAX)
        };
        let mut hung: Vec<&SessionRow> = rows.iter().collect();
        hung.sort_by_key(place);
        hung
    }

    /// Those on the page where the session at `chosen` hangs, with the place of the first one.
    pub fn page<'a>(&self, hung: &[&'a SessionRow], chosen: usize) -> (usize, Vec<&'a SessionRow>) {
        let room = self.side.tiles() * self.side.tiles();
        let first = chosen / room * room;
        (first, hung.iter().skip(first).take(room).copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use sudolog_core::session::SessionState::Live;

    use super::*;
    use crate::screens::live::sample::row;

    #[test]
    fn pinned_sessions_hang_first_and_pages_follow_the_choice() {
        let rows: Vec<_> = (1..=9).rev().map(|number| row(number, Live)).collect();
        let mut wall = Wall::default();
        wall.toggle_pin(rows[6].tsid);
        wall.toggle_pin(rows[0].tsid);
        let hung = wall.hang(&rows);
        let numbers = |rows: &[&SessionRow]| rows.iter().map(|r| r.tsid.seq()).collect::<Vec<_>>();
        assert_eq!(numbers(&hung), [3, 9, 8, 7, 6, 5, 4, 2, 1]);
        let (first, page) = wall.page(&hung, 5);
        assert_eq!((first, numbers(&page)), (4, vec![6, 5, 4, 2]));
        assert_eq!([1, 2, 4, 9].map(|tiles| wall.columns(tiles)), [1, 2, 2, 2]);
        wall.toggle_pin(rows[6].tsid);
        assert!(!wall.is_pinned(rows[6].tsid));
        assert_eq!(numbers(&wall.hang(&rows))[..2], [9, 8]);
    }
}
