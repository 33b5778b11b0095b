//! Which character on a screen is still the one that was there before: what is typed letter by letter is
//! known to be a secret only when the last letter stands, and must be hidden from the first one on.
//!
//! Every character has a number from when it appears, which it keeps while it stands still or moves up or down
//! with its row. The numbers depend on nothing but the screens, so that two readings of one recording give the same.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::grid::{Glyph, Grid};

/// The characters of a screen, as one screen follows another.
#[derive(Default)]
pub(super) struct Lineage {
    grid: Option<Grid>,
    ids: Vec<u64>,
    next: u64,
}

/// How a screen differs from the one before it.
pub(super) struct Step {
    /// So many rows moved up, or down where it is negative.
    pub(super) shift: isize,
    /// Of each row whether it is not as it was.
    pub(super) changed: Vec<bool>,
}

impl Lineage {
    /// Takes the next screen.
    pub(super) fn step(&mut self, grid: Grid) -> Step {
        let (lines, columns) = grid.size();
        let shift = self.grid.as_ref().map_or(0, |before| shift(before, &grid));
        let mut step = Step { shift, changed: vec![true; lines] };
        let mut ids = Vec::with_capacity(lines * columns);
        for (row, changed) in step.changed.iter_mut().enumerate() {
            let moved = row.checked_add_signed(shift);
            *changed = !self.is_same(&grid, row, moved);
            for column in 0..columns {
                let glyph = grid.row(row).get(column);
                let kept = glyph.filter(|glyph| !glyph.is_empty()).and_then(|glyph| {
                    let from = moved.into_iter().chain(Some(row).filter(|_| shift != 0));
                    from.filter_map(|row| self.known(row, column))
                        .find(|(known, _)| known.symbol() == glyph.symbol())
                        .map(|(_, id)| id)
                });
                ids.push(kept.unwrap_or_else(|| {
                    self.next += 1;
                    self.next
                }));
            }
        }
        (self.grid, self.ids) = (Some(grid), ids);
        step
    }

    /// The screen.
    pub(super) fn grid(&self) -> Option<&Grid> {
        self.grid.as_ref()
    }

    /// The number of the character in a cell.
    pub(super) fn id(&self, cell: usize) -> Option<u64> {
        self.ids.get(cell).copied()
    }

    /// The numbers of all cells.
    pub(super) fn ids(&self) -> &[u64] {
        &self.ids
    }

    /// The character that was at a place, and its number.
    fn known(&self, row: usize, column: usize) -> Option<(&Glyph, u64)> {
        let grid = self.grid.as_ref()?;
        let glyph = grid.row(row).get(column)?;
        Some((glyph, self.ids.get(row * grid.size().1 + column).copied()?))
    }

    fn is_same(&self, grid: &Grid, row: usize, before: Option<usize>) -> bool {
        let (Some(old), Some(before)) = (&self.grid, before) else { return false };
        let (before_row, after_row) = (old.row(before), grid.row(row));
        before < old.size().0
            && old.wraps(before) == grid.wraps(row)
            && before_row.iter().map(Glyph::symbol).eq(after_row.iter().map(Glyph::symbol))
    }
}

/// By how many rows most of the text moved up.
fn shift(before: &Grid, after: &Grid) -> isize {
    let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
    for row in 0..before.size().0 {
        if let Some(hash) = hash(before, row) {
            let rows = places.entry(hash).or_default();
            if rows.len() < SAME_ROWS_MAX {
                rows.push(row);
            }
        }
    }
    let mut votes: HashMap<isize, usize> = HashMap::new();
    for row in 0..after.size().0 {
        let from = hash(after, row).and_then(|hash| places.get(&hash));
        for from in from.into_iter().flatten() {
            // No screen has so many rows that this would wrap.
            *votes.entry(*from as isize - row as isize).or_default() += 1;
        }
    }
    let most = votes.into_iter().max_by_key(|(shift, votes)| (*votes, -shift.abs(), *shift));
    most.map_or(0, |(shift, _)| shift)
}

/// Of what can be read in a row; nothing for an empty one.
fn hash(grid: &Grid, row: usize) -> Option<u64> {
    let glyphs = grid.row(row);
    let end = glyphs.iter().rposition(|glyph| !glyph.is_empty())? + 1;
    let mut hasher = DefaultHasher::new();
    glyphs.iter().take(end).for_each(|glyph| glyph.symbol().hash(&mut hasher));
    Some(hasher.finish())
}

/// Rows with the same text tell little about where they went.
const SAME_ROWS_MAX: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::term::SafeScreen;

    fn stepped(screen: &mut SafeScreen, lineage: &mut Lineage, bytes: &[u8]) -> Step {
        screen.feed(bytes);
        lineage.step(Grid::of(screen))
    }

    #[test]
    fn characters_keep_their_numbers_where_they_stand_and_as_they_scroll() {
        let (mut screen, mut lineage) = (SafeScreen::new(3, 10), Lineage::default());
        stepped(&mut screen, &mut lineage, b"one\r\ntwo\r\nthr");
        let (two, thr) = (lineage.id(10), lineage.id(20));
        let step = stepped(&mut screen, &mut lineage, b"ee\r\n");
        assert_eq!((step.shift, step.changed), (1, vec![false, true, true]));
        assert_eq!((lineage.id(0), lineage.id(10)), (two, thr));
        let three = lineage.id(13);
        let step = stepped(&mut screen, &mut lineage, b"\x1bM\x1b[H\x1b[L");
        assert_eq!(step.shift, -1);
        assert_eq!((lineage.id(10), lineage.id(23)), (two, three));
    }

    #[test]
    fn another_character_in_the_same_place_is_another_one() {
        let (mut screen, mut lineage) = (SafeScreen::new(3, 10), Lineage::default());
        stepped(&mut screen, &mut lineage, b"abc");
        let (a, b) = (lineage.id(0), lineage.id(1));
        let step = stepped(&mut screen, &mut lineage, b"\x1b[2GB");
        assert_eq!(step.changed, [true, false, false]);
        assert!(lineage.id(0) == a && lineage.id(1) != b);
    }
}
