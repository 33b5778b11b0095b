//! Which rows an event can have touched, as far as can be told from what is written: so that a look
//! need not read the others.
//!
//! An upper bound: the cursor is known where a write begins, and from there on it is followed with what
//! it may have passed at most.

/// The rows touched since the last look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    /// Rows stayed where they are, but for scrolling off the top.
    pub(super) calm: bool,
    /// The cursor went up, or rows were erased beside its own.
    pub(super) jumped: bool,
    /// The first row touched; behind the last one when none was.
    pub(super) top: u16,
    /// The last row touched.
    pub(super) bottom: u16,
    /// The cursor's row is one of these.
    lo: u16,
    hi: u16,
    /// The cursor is not behind this column of the last of them.
    column: u16,
    lines: u16,
    columns: u16,
}

impl Reach {
    /// Nothing was touched yet.
    pub(super) fn new(calm: bool) -> Self {
        let (top, bottom) = (u16::MAX, 0);
        let (lo, hi, column, lines, columns) = (0, 0, 0, 1, 1);
        Self { calm, jumped: false, top, bottom, lo, hi, column, lines, columns }
    }

    /// Something is about to be written here.
    pub(super) fn begin(&mut self, size: (u16, u16), cursor: (u16, u16)) {
        (self.lines, self.columns) = (size.0.max(1), size.1.max(1));
        (self.lo, self.hi, self.column) = (cursor.0, cursor.0, cursor.1);
    }

    /// Text of so many bytes, which takes no more columns than that.
    pub(super) fn text(&mut self, bytes: usize) {
        let columns = usize::from(self.columns);
        let end = usize::from(self.column) + bytes;
        let rows = u16::try_from(end / columns).unwrap_or(u16::MAX);
        self.hi = self.hi.saturating_add(rows).min(self.last());
        self.column = u16::try_from(end % columns).unwrap_or(0);
        self.touch(self.lo, self.hi);
    }

    /// A control character.
    pub(super) fn control(&mut self, byte: u8) {
        match byte {
            b'\n' => self.go(1),
            b'\r' => self.column = 0,
            _ => self.column = self.columns - 1,
        }
    }

    /// A control sequence with these numbers and this final byte.
    pub(super) fn sequence(&mut self, numbers: &[u8], last: u8) {
        let mut fields = numbers.split(|byte| *byte == b';').map(number);
        let first = fields.next().flatten();
        let count = i32::from(first.unwrap_or(1).max(1));
        match last {
            b'K' | b'@' | b'P' | b'X' => self.touch(self.lo, self.hi),
            b'C' | b'D' | b'G' => self.column = self.columns - 1,
            b'B' => self.go(count),
            b'A' => {
                self.jumped = true;
                self.go(-count);
            }
            b'H' | b'd' => {
                self.jumped = true;
                let row = first.unwrap_or(1).max(1) - 1;
                (self.lo, self.hi) = (row.min(self.last()), row.min(self.last()));
                let column = match last {
                    b'H' => fields.next().flatten().unwrap_or(1).max(1) - 1,
                    _ => self.columns - 1,
                };
                self.column = column.min(self.columns - 1);
            }
            b'J' => {
                self.jumped = true;
                match first.unwrap_or(0) {
                    0 => self.touch(self.lo, self.last()),
                    1 => self.touch(0, self.hi),
                    2 => self.touch(0, self.last()),
                    _ => {}
                }
            }
            _ => self.calm = false,
        }
    }

    fn go(&mut self, rows: i32) {
        let last = self.last();
        let moved = |row: u16| {
            let row = i32::from(row).saturating_add(rows).clamp(0, i32::from(last));
            u16::try_from(row).unwrap_or(last)
        };
        (self.lo, self.hi) = (moved(self.lo), moved(self.hi));
    }

    fn touch(&mut self, from: u16, to: u16) {
        (self.top, self.bottom) = (self.top.min(from), self.bottom.max(to));
    }

    fn last(&self) -> u16 {
        self.lines - 1
    }
}

/// A number of a sequence; absent where there is none.
fn number(digits: &[u8]) -> Option<u16> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}
