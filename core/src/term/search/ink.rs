//! What is written to a screen, run by run, whatever becomes of it: so text is found that another text
//! hides before anybody could look.
//!
//! Sees what the filter lets through: whole characters and whole sequences. It tells as well which
//! rows can have been touched, since the others need not be looked at.

use super::flat::Flat;
use super::lines::Lines;
use super::reach::Reach;
use crate::limits::SEARCH_TRACE_BYTES_MAX;

/// The runs since they were last taken.
#[derive(Clone, Debug)]
pub(in crate::term) struct Ink {
    /// Each with a line break behind it, but the one that is being written.
    runs: String,
    /// Where that one begins.
    open: usize,
    /// Nothing moved the cursor before the first run.
    leads: bool,
    reach: Reach,
    /// A part of the screen scrolls by itself.
    region: bool,
    /// There was no room for more.
    full: bool,
    /// While all that was written goes on at the bottom of the screen.
    flat: Option<Flat>,
    /// What of it had scrolled away when it was so no more.
    gone: Lines,
}

/// Which rows that scroll away must be told of: those that are not known otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::term) enum Untold {
    /// None.
    None,
    /// Those that may have been touched since the last look.
    Touched,
    /// All.
    All,
}

/// What was written.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    /// Runs, each with a line break behind it.
    pub(super) runs: String,
    /// The first one goes on where the cursor stood.
    pub(super) leads: bool,
    /// Some runs are missing.
    pub(super) cut: bool,
    /// All that was written went on at the bottom of the screen: these are its lines.
    pub(super) flat: Option<Lines>,
    /// Otherwise, those that scrolled away while it was so.
    pub(super) gone: Lines,
}

impl Ink {
    /// For a blank screen, or for one of which nothing is known.
    pub(in crate::term) fn new(is_blank: bool) -> Self {
        let (runs, open, reach) = (String::new(), 0, Reach::new(false));
        let (flat, gone) = (None, Lines::default());
        Self { runs, open, leads: false, reach, region: !is_blank, full: false, flat, gone }
    }

    /// Sees what is about to be written to a screen of this size with the cursor here, from which so
    /// many rows have scrolled away since the last look. Says which of the next ones must be told of.
    pub(in crate::term) fn see(
        &mut self,
        bytes: &[u8],
        size: (u16, u16),
        cursor: (u16, u16),
        scrolled_rows: u32,
    ) -> Untold {
        self.reach.begin(size, cursor);
        let mut flat = self.flat.take();
        let mut rest = bytes;
        while let Some(&byte) = rest.first() {
            let taken = match byte {
                b' '..=b'~' | 0x80.. => self.text(rest),
                ESC => self.sequence(rest, size.0),
                _ => {
                    self.end_run();
                    self.reach.control(byte);
                    1
                }
            };
            let (seen, further) = rest.split_at_checked(taken).unwrap_or((rest, &[]));
            if flat.as_mut().is_some_and(|flat| !goes_on(flat, seen)) {
                self.give_up(flat.take(), scrolled_rows);
            }
            rest = further;
        }
        self.flat = flat;
        match (&self.flat, self.reach.calm && !self.reach.jumped) {
            (Some(_), _) => Untold::None,
            (None, true) => Untold::Touched,
            (None, false) => Untold::All,
        }
    }

    /// Any row may have been touched, after so many have scrolled away since the last look.
    pub(in crate::term) fn disturb(&mut self, scrolled_rows: u32) {
        self.reach.calm = false;
        let flat = self.flat.take();
        self.give_up(flat, scrolled_rows);
    }

    /// The cursor stands in the last row, behind this line that begins in it. `false` when that does
    /// not help.
    pub(in crate::term) fn lay_flat(&mut self, row: u16, line: &str, at: (usize, u16)) -> bool {
        #[cfg(test)]
        if ALWAYS_LOOK.get() {
            return false;
        }
        self.flat = (!self.region).then(|| Flat::new(row, line, at.0, at.1));
        self.flat.is_some()
    }

    /// All that was written goes on at the bottom of the screen.
    pub(in crate::term) fn is_flat(&self) -> bool {
        self.flat.is_some()
    }

    /// The column of the cursor while that is so.
    pub(in crate::term) fn flat_column(&self) -> Option<u16> {
        self.flat.as_ref().map(Flat::column)
    }

    fn give_up(&mut self, flat: Option<Flat>, scrolled_rows: u32) {
        if let Some(flat) = flat {
            self.gone = flat.gone(scrolled_rows);
        }
    }

    /// Which rows can have been touched.
    pub(super) fn reach(&self) -> Reach {
        self.reach
    }

    /// What is kept, bytes.
    pub(super) fn bytes(&self) -> usize {
        self.runs.len() + self.flat.as_ref().map_or(0, Flat::bytes) + self.gone.text().len()
    }

    /// What was written since this was last called.
    pub(super) fn take(&mut self) -> Written {
        self.end_run();
        let runs = std::mem::take(&mut self.runs);
        let (leads, cut) = (self.leads, self.full);
        (self.open, self.leads, self.full) = (0, true, false);
        self.reach = Reach::new(!self.region);
        let (flat, gone) = (self.flat.take().map(Flat::finish), std::mem::take(&mut self.gone));
        Written { runs, leads, cut, flat, gone }
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
        self.reach.text(length);
        length
    }

    fn sequence(&mut self, rest: &[u8], lines: u16) -> usize {
        let Some(b'[') = rest.get(1) else {
            // RI, save and restore the cursor, reset.
            self.end_run();
            self.reach.calm = false;
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
            last => {
                self.end_run();
                self.reach.sequence(numbers, last.copied().unwrap_or_default());
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

/// Goes on with one text, sequence or control character; `false` when it stands elsewhere.
fn goes_on(flat: &mut Flat, seen: &[u8]) -> bool {
    match seen {
        [ESC, b'[', .., b'm'] | b"\x1b[?25h" | b"\x1b[?25l" => true,
        b"\x1b[K" | b"\x1b[0K" => flat.erase(),
        [b' '..=b'~' | 0x80.., ..] => std::str::from_utf8(seen).is_ok_and(|text| flat.text(text)),
        [control] => flat.control(*control),
        _ => false,
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

#[cfg(test)]
std::thread_local! {
    /// For comparison: nothing is taken from what is written, all lines are read from the screen.
    pub(super) static ALWAYS_LOOK: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

const ESC: u8 = 0x1b;
/// Shorter ones say nothing.
const RUN_CHARACTERS_MIN: usize = 2;
