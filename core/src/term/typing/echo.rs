//! Which of the typed characters the terminal has shown.
//!
//! A terminal echoes in order and at once. So only what stands left of the cursor soon after it was
//! typed was echoed, and who guesses a password on the screen learns nothing.

use std::collections::VecDeque;
use std::time::Duration;

use crate::limits::{ECHO_WAIT, KEYSTROKES_PENDING_MAX};
use crate::term::line::row_above;
use crate::term::screen::SafeScreen;

/// Characters that may still appear: their numbers among all keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Echo(VecDeque<(u64, char)>);

impl Echo {
    /// The key of that number types this character.
    pub(super) fn expect(&mut self, number: u64, c: char) {
        self.0.push_back((number, c));
        if self.0.len() > KEYSTROKES_PENDING_MAX {
            self.0.pop_front();
        }
    }

    /// The number of the first key that may still appear.
    pub(super) fn first(&self) -> Option<u64> {
        self.0.front().map(|(number, _)| *number)
    }

    /// Nothing before that number appears any more.
    pub(super) fn settle_before(&mut self, number: u64) {
        self.0.retain(|(at, _)| *at >= number);
    }

    /// Nothing appears any more.
    pub(super) fn settle(&mut self) {
        self.0.clear();
    }

    /// The characters that this screen shows, and that will not be asked for again. `typed_at` says
    /// when a key was pressed.
    pub(super) fn take(
        &mut self,
        elapsed: Duration,
        screen: &SafeScreen,
        typed_at: impl Fn(u64) -> Option<Duration>,
    ) -> Vec<(u64, char)> {
        let late = |(number, _): &(u64, char)| {
            typed_at(*number).is_none_or(|at| elapsed.saturating_sub(at) > ECHO_WAIT)
        };
        while self.0.front().is_some_and(late) {
            self.0.pop_front();
        }
        if self.0.is_empty() {
            return Vec::new();
        }
        let left = left_of_cursor(screen, self.0.len());
        let echoed = (1..=self.0.len().min(left.len()))
            .rev()
            .find(|count| {
                let tail = left.iter().skip(left.len() - count);
                self.0.iter().take(*count).map(|(_, c)| c).eq(tail)
            })
            .unwrap_or(0);
        if echoed == 0 {
            // What shows something else echoes nothing.
            self.0.clear();
        }
        self.0.drain(..echoed).collect()
    }
}

/// The characters left of the cursor on its line, at most so many, the nearest last.
fn left_of_cursor(screen: &SafeScreen, count: usize) -> Vec<char> {
    let cursor = screen.cursor();
    let mut left = VecDeque::new();
    let mut row = cursor.row;
    let mut end = cursor.column;
    // A cursor that waits to wrap stands on the character that was printed last.
    if cursor.column + 1 == screen.columns()
        && screen.cell(row, cursor.column).is_some_and(|cell| cell.symbol() != " ")
    {
        end = screen.columns();
    }
    loop {
        for column in (0..end).rev() {
            let symbol = screen.cell(row, column).map(|cell| cell.symbol());
            let Some(c) = symbol.as_ref().and_then(|symbol| symbol.chars().next()) else {
                continue;
            };
            left.push_front(c);
            if left.len() >= count {
                return left.into();
            }
        }
        match row_above(screen, row) {
            Some(above) => (row, end) = (above, screen.columns()),
            None => return left.into(),
        }
    }
}
