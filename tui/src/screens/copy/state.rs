//! What copy mode knows and how it changes: a cursor, what is selected, and which part of a large screen is
//! shown.

use ratatui::layout::Rect;
use sudolog_core::term::SafeScreen;

use super::region::{Copied, Region, Shape, Spot, screen_text};
use crate::widgets::Crop;

/// A recorded screen that is held, and what is chosen of it.
pub struct CopyMode {
    screen: SafeScreen,
    /// What it is the screen of; safe to show.
    name: String,
    cursor: Spot,
    /// Where the selection began, and its shape.
    selection: Option<(Spot, Shape)>,
    /// The upper left cell that was shown when it was held.
    origin: Spot,
}

/// What the operator does in copy mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CopyAction {
    /// Moves the cursor.
    Move(Motion),
    /// Selects from the cursor on in this shape, or nothing any more.
    Select(Shape),
    /// To the other end of the selection.
    OtherEnd,
    /// Copies what is selected, or the screen.
    Yank,
    /// Copies the line of the cursor.
    YankLine,
    /// Writes what is selected, or the screen, into a file.
    ToFile,
    /// Copies nothing.
    Leave,
}

/// Where the cursor goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Motion {
    /// So many columns to the right.
    Columns(i16),
    /// So many rows down.
    Rows(i16),
    /// To the first column.
    LineStart,
    /// To the last character of the row.
    LineEnd,
    /// To the first row.
    Top,
    /// To the last row that is not blank.
    Bottom,
    /// To the beginning of the next word.
    Word,
    /// To the beginning of a word before.
    WordBack,
}

impl CopyMode {
    /// Holds a screen of which the part from `origin` on is shown.
    pub fn new(screen: SafeScreen, name: String, origin: Spot) -> Self {
        let at = screen.cursor();
        let cursor = Spot { row: at.row, column: at.column };
        Self { screen, name, cursor, selection: None, origin }
    }

    /// The screen.
    pub fn screen(&self) -> &SafeScreen {
        &self.screen
    }

    /// What it is the screen of.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the cursor is.
    pub fn cursor(&self) -> Spot {
        self.cursor
    }

    /// Moves the cursor, or changes what is selected.
    pub fn act(&mut self, action: CopyAction) {
        match action {
            CopyAction::Move(motion) => self.go(motion),
            CopyAction::Select(shape) => {
                self.selection = match self.selection {
                    Some((_, same)) if same == shape => None,
                    Some((from, _)) => Some((from, shape)),
                    None => Some((self.cursor, shape)),
                };
            }
            CopyAction::OtherEnd => {
                if let Some((from, _)) = &mut self.selection {
                    std::mem::swap(from, &mut self.cursor);
                }
            }
            CopyAction::Yank | CopyAction::YankLine | CopyAction::ToFile | CopyAction::Leave => {}
        }
    }

    /// Puts the cursor on a cell, with nothing selected.
    pub fn point(&mut self, spot: Spot) {
        (self.cursor, self.selection) = (self.inside(spot), None);
    }

    /// Selects up to a cell.
    pub fn drag(&mut self, spot: Spot) {
        self.selection.get_or_insert((self.cursor, Shape::Text));
        self.cursor = self.inside(spot);
    }

    /// What is selected; all of it where nothing is.
    pub fn copy(&self) -> Copied {
        match self.region() {
            Some(region) => region.copy(&self.screen),
            None => screen_text(&self.screen),
        }
    }

    /// The line of the cursor.
    pub fn copy_line(&self) -> Copied {
        Region::between(&self.screen, self.cursor, self.cursor, Shape::Lines).copy(&self.screen)
    }

    /// What is selected.
    pub(super) fn region(&self) -> Option<Region> {
        let (from, shape) = self.selection?;
        Some(Region::between(&self.screen, from, self.cursor, shape))
    }

    /// In which shape.
    pub(super) fn shape(&self) -> Option<Shape> {
        self.selection.map(|(_, shape)| shape)
    }

    /// The part of the screen that fits into an area: as it was shown, or as near to that as the cursor allows.
    pub(in crate::screens) fn crop(&self, area: Rect) -> Crop {
        let (row, lines) =
            window(self.origin.row, self.cursor.row, self.screen.lines(), area.height);
        let (column, columns) =
            window(self.origin.column, self.cursor.column, self.screen.columns(), area.width);
        Crop { row, column, lines, columns }
    }

    fn inside(&self, spot: Spot) -> Spot {
        Spot {
            row: spot.row.min(self.screen.lines().saturating_sub(1)),
            column: spot.column.min(self.screen.columns().saturating_sub(1)),
        }
    }

    fn go(&mut self, motion: Motion) {
        let Spot { row, column } = self.cursor;
        let to = match motion {
            Motion::Columns(by) => Spot { row, column: column.saturating_add_signed(by) },
            Motion::Rows(by) => Spot { row: row.saturating_add_signed(by), column },
            Motion::LineStart => Spot { row, column: 0 },
            Motion::LineEnd => Spot { row, column: self.last_written(row) },
            Motion::Top => Spot { row: 0, column: 0 },
            Motion::Bottom => {
                let written = |row: &u16| !self.screen.row_text(*row).is_empty();
                let last = (0..self.screen.lines()).rev().find(written).unwrap_or(0);
                Spot { row: last, column: 0 }
            }
            Motion::Word => self.word_after(self.cursor),
            Motion::WordBack => self.word_before(self.cursor),
        };
        self.cursor = self.inside(to);
        // To the right of the left half of a wide character lies its right half, on which nobody stands.
        let on_half = |spot: Spot| {
            self.screen.cell(spot.row, spot.column).is_some_and(|cell| cell.width() == 0)
        };
        if on_half(self.cursor) {
            let by = if motion == Motion::Columns(1) { 1 } else { -1 };
            let aside =
                Spot { column: self.cursor.column.saturating_add_signed(by), ..self.cursor };
            self.cursor = self.inside(aside);
        }
    }

    fn last_written(&self, row: u16) -> u16 {
        let blank = |column: &u16| self.is_blank(Spot { row, column: *column });
        (0..self.screen.columns()).rev().find(|column| !blank(column)).unwrap_or(0)
    }

    fn is_blank(&self, spot: Spot) -> bool {
        let cell = self.screen.cell(spot.row, spot.column);
        cell.is_none_or(|cell| cell.width() > 0 && cell.symbol().trim().is_empty())
    }

    /// True where a word begins.
    fn begins(&self, spot: Spot) -> bool {
        let before = spot.column.checked_sub(1).map(|column| Spot { column, ..spot });
        !self.is_blank(spot) && before.is_none_or(|before| self.is_blank(before))
    }

    fn spots(&self) -> impl DoubleEndedIterator<Item = Spot> {
        let columns = self.screen.columns();
        (0..self.screen.lines())
            .flat_map(move |row| (0..columns).map(move |column| Spot { row, column }))
    }

    fn word_after(&self, from: Spot) -> Spot {
        self.spots().find(|spot| *spot > from && self.begins(*spot)).unwrap_or(from)
    }

    fn word_before(&self, from: Spot) -> Spot {
        self.spots().rev().find(|spot| *spot < from && self.begins(*spot)).unwrap_or(from)
    }
}

/// First place and number of places shown of `length`: from `origin` on, moved until `cursor` is among them.
fn window(origin: u16, cursor: u16, length: u16, space: u16) -> (u16, u16) {
    let shown = length.min(space);
    let least = (cursor + 1).saturating_sub(shown);
    (origin.clamp(least.min(cursor), cursor.max(least)).min(length - shown), shown)
}
