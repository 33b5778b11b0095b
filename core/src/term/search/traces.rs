//! What happened on a screen since the last look: what was written, and what scrolled away.

use super::ink::{Ink, Written};
use super::lines::Lines;
use super::reach::Reach;
use crate::term::SafeScreen;

/// Everything since the last look.
#[derive(Clone, Debug, Default)]
pub(in crate::term) struct Traces {
    pub(super) written: Written,
    /// Rows that scrolled off the top.
    pub(in crate::term) scrolled_rows: u32,
    /// Those of them that may have been touched; rows are counted from the top of the screen as it
    /// was at the last look. The last one may go on in the first row of the screen.
    pub(in crate::term) scrolled: Lines,
    /// Some rows are missing.
    pub(in crate::term) cut: bool,
}

impl SafeScreen {
    /// Leaves traces of what happens from now on; `is_blank` when nothing has happened yet.
    pub(in crate::term) fn leave_traces(&mut self, is_blank: bool) {
        self.emulator.leave_traces(Ink::new(is_blank));
    }

    /// Leaves them as this screen does, of which it is a copy; what only scrolls by is put off.
    pub(in crate::term) fn trace_as(&mut self, other: &Self) {
        self.emulator.trace_as(&other.emulator);
        self.defer();
    }

    /// Leaves none any more.
    pub(in crate::term) fn leave_no_traces(&mut self) {
        self.emulator.leave_no_traces();
    }

    /// What happened since this was last called. Of the rows that scroll away next, those above `row`
    /// are known and need not be told of, as long as nothing but that row and those below is touched.
    pub(super) fn take_traces(&mut self, row: u16) -> Traces {
        let traces = self.emulator.scrolled().take_traces(row);
        let written = self.emulator.ink().map(Ink::take).unwrap_or_default();
        Traces { written, ..traces }
    }

    /// Nothing is known any more of the rows on the screen.
    pub(super) fn disturb_traces(&mut self) {
        self.emulator.disturb_traces();
    }

    /// What is there to take.
    pub(super) fn glance(&mut self) -> Glance {
        let ink = self.emulator.ink();
        let (reach, written, is_flat) = ink
            .map_or((Reach::new(false), 0, false), |ink| (ink.reach(), ink.bytes(), ink.is_flat()));
        let traces = self.emulator.scrolled().traces();
        let (scrolled_rows, scrolled) =
            traces.map_or((0, 0), |traces| (traces.scrolled_rows, traces.scrolled.text().len()));
        Glance { reach, is_flat, scrolled_rows, bytes: written + scrolled }
    }
}

/// Traces in short.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glance {
    /// Which rows can have been touched.
    pub(super) reach: Reach,
    /// All that was written went on at the bottom of the screen.
    pub(super) is_flat: bool,
    /// Rows that scrolled off the top.
    pub(super) scrolled_rows: u32,
    /// What is kept.
    pub(super) bytes: usize,
}
