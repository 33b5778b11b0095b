//! What is written to a screen, run by run, whatever becomes of it: so text is found that another text
//! hides before anybody could look.
//!
//! Sees what the filter lets through: whole characters and whole sequences. It tells as well whether
//! the cursor can have gone back up, since otherwise most rows need not be looked at.

use crate::limits::SEARCH_TRACE_BYTES_MAX;

/// The runs since they were last taken.
#[derive(Debug)]
pub(in crate::term) struct Ink {
    /// Each with a line break behind it, but the one that is being written.
    runs: String,
    /// Where that one begins.
    open: usize,
    /// Nothing moved the cursor before the first run.
    leads: bool,
    /// Only the row of the cursor and those below it were touched.
    calm: bool,
    /// A part of the screen scrolls by itself.
    region: bool,
    /// There was no room for more.
    full: bool,
}

/// What was written.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Runs, each with a line break behind it.
    pub(super) runs: String,
    /// The first one goes on where the cursor stood.
    pub(super) leads: bool,
    /// Some runs are missing.
    pub(super) cut: bool,
}

impl Ink {
    /// For a blank screen, or for one of which nothing is known.
    pub(in crate::term) fn new(is_blank: bool) -> Self {
        let (runs, open) = (String::new(), 0);
        Self { runs, open, leads: false, calm: false, region: !is_blank, full: false }
    }

    /// Sees what is about to be written to a screen of so many rows. `false` from the moment on at
    /// which any row may be touched.
    pub(in crate::term) fn see(&mut self, bytes: &[u8], lines: u16) -> bool {
        let mut rest = bytes;
        while let Some(&byte) = rest.first() {
            let taken = match byte {
                b' '..=b'~' | 0x80.. => self.text(rest),
                ESC => self.sequence(rest, lines),
                _ => {
                    self.end_run();
                    1
                }
            };
            rest = rest.get(taken..).unwrap_or_default();
        }
        self.calm
    }

    /// Any row may have been touched.
    pub(in crate::term) fn disturb(&mut self) {
        self.calm = false;
    }

    /// Only the row where the cursor stood and those below it were touched.
    pub(super) fn is_calm(&self) -> bool {
        self.calm
    }

    /// What is kept, bytes.
    pub(super) fn bytes(&self) -> usize {
        self.runs.len()
    }

    /// What was written since this was last called.
    pub(super) fn take(&mut self) -> Written {
        self.end_run();
        let runs = std::mem::take(&mut self.runs);
        let (leads, cut) = (self.leads, self.full);
        (self.open, self.leads, self.calm, self.full) = (0, true, !self.region, false);
        Written { runs, leads, cut }
    }

    fn text(&mut self, rest: &[u8]) -> usize {
        let is_text = |byte: &u8| matches!(byte, b' '..=b'~' | 0x80..);
        let length = rest.iter().position(|byte| !is_text(byte)).unwrap_or(rest.len());
        let text = rest.get(..length).and_then(|text| std::str::from_utf8(text).ok());
        if self.runs.len() + length > SEARCH_TRACE_BYTES_MAX {
            self.full = true;
        } else {
            self.runs.push_str(text.unwrap_or_default());
        }
        length
    }

    fn sequence(&mut self, rest: &[u8], lines: u16) -> usize {
        let Some(b'[') = rest.get(1) else {
            // RI, save and restore the cursor, reset.
            self.end_run();
            self.calm = false;
            self.region &= rest.get(1) != Some(&b'c');
            return 2;
        };
        let body = rest.get(2..).unwrap_or_default();
        let length = body.iter().position(|byte| matches!(byte, b'@'..=b'~'));
        let Some(length) = length else { return rest.len() };
        let (numbers, last) = (body.get(..length).unwrap_or_default(), body.get(length));
        match last {
            Some(b'm') => {}
            Some(b'h' | b'l') if numbers == b"?25" => {}
            // They stay in the row, or go down.
            Some(b'K' | b'@' | b'P' | b'X' | b'C' | b'D' | b'G' | b'B' | b'b') => self.end_run(),
            _ => {
                self.end_run();
                self.calm = false;
            }
        }
        if last == Some(&b'r') {
            self.region = !is_whole(numbers, lines);
        }
        length + 3
    }

    fn end_run(&mut self) {
        let run = self.runs.get(self.open..).unwrap_or_default();
        let length = run.trim_end_matches(' ').len();
        // What goes on from before may be the last character of a word.
        let shortest = if self.open == 0 && self.leads { 1 } else { RUN_CHARACTERS_MIN };
        if run.trim_matches(' ').chars().nth(shortest - 1).is_some() {
            self.runs.truncate(self.open + length);
            self.runs.push('\n');
        } else {
            self.runs.truncate(self.open);
            self.leads &= self.open > 0;
        }
        self.open = self.runs.len();
    }
}

/// True when all rows scroll: the filter always names both ends.
fn is_whole(numbers: &[u8], lines: u16) -> bool {
    numbers.is_empty()
        || std::str::from_utf8(numbers)
            .ok()
            .and_then(|text| text.split_once(';'))
            .is_some_and(|(top, bottom)| top == "1" && bottom.parse() == Ok(lines))
}

const ESC: u8 = 0x1b;
/// Shorter ones say nothing.
const RUN_CHARACTERS_MIN: usize = 2;
