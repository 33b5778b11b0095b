//! What sequences cost beyond their bytes, in units of work: one is about what a byte of text costs,
//! 10 ns. Measured with `vt100` 0.18 between 24x80 and 500x1000 and rounded up.

use crate::term::emulator::Emulator;

/// The prices on a screen of one size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prices {
    lines: u64,
    columns: u64,
}

impl Prices {
    pub(super) fn of(emulator: &Emulator) -> Self {
        let (lines, columns) = emulator.size();
        Self { lines: lines.into(), columns: columns.into() }
    }

    /// Rows that come in blank while the others move: LF, RI, IL, DL, SU, SD.
    pub(super) fn scroll(self, rows: u16) -> u64 {
        1 + (u64::from(rows).min(self.lines) * self.columns + self.lines) / 25
    }

    /// ED over whole rows.
    pub(super) fn clear(self, rows: u16) -> u64 {
        1 + u64::from(rows) * self.columns / 10
    }

    /// A row that is cleared as one: EL 2.
    pub(super) fn clear_row(self) -> u64 {
        1 + self.columns / 12
    }

    /// A row that is cleared cell by cell: EL 0, EL 1.
    pub(super) fn erase_row(self) -> u64 {
        1 + self.columns / 3
    }

    /// ECH.
    pub(super) fn erase(self, cells: u16) -> u64 {
        1 + u64::from(cells).min(self.columns) / 3
    }

    /// ICH, DCH and each character of insert mode: the rest of a row moves.
    pub(super) fn shift(self) -> u64 {
        1 + self.columns / 16
    }

    /// REP, and how often the last row scrolls for it.
    pub(super) fn print(self, characters: u32) -> u64 {
        let characters = u64::from(characters);
        characters * 3 / 2 + characters / self.columns * self.scroll(1)
    }

    /// REP where every character is looked at.
    pub(super) fn print_slowly(self, characters: u32) -> u64 {
        self.print(characters) + u64::from(characters) * 15
    }

    /// DECALN: every cell is printed, and every row is gone to.
    pub(super) fn fill(self) -> u64 {
        self.cells() * 3 / 2 + self.lines * 40
    }

    /// 1049: the alternate screen is cleared.
    pub(super) fn enter(self) -> u64 {
        1 + self.cells() / 15
    }

    /// RIS: both screens are given back to the system.
    pub(super) fn reset(self) -> u64 {
        self.cells() * 5 / 4
    }

    fn cells(self) -> u64 {
        self.lines * self.columns
    }
}
