//! What the list knows: where it is, and what to go back to.

use crate::theme::Theme;

/// The list of themes.
#[derive(Clone, Debug)]
pub struct ThemeList {
    count: usize,
    at: usize,
    before: Theme,
}

/// What the operator does in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ThemeAction {
    /// Looks at another one, so many below.
    Move(isize),
    /// Takes the one that is looked at.
    Keep,
    /// Goes back to the one that was in force.
    Restore,
}

impl ThemeList {
    /// A list of so many themes, the one at a place chosen, the one before kept.
    pub fn new(count: usize, at: usize, before: Theme) -> Self {
        Self { count, at, before }
    }

    /// The place of the theme that is looked at.
    pub fn at(&self) -> usize {
        self.at
    }

    /// What was in force when the list was opened.
    pub fn before(&self) -> &Theme {
        &self.before
    }

    /// Goes so many places down, or up, not beyond the ends.
    pub fn move_by(&mut self, rows: isize) {
        self.at = self.at.saturating_add_signed(rows).min(self.count.saturating_sub(1));
    }
}
