//! Looks at a screen after every event and keeps the lines that were not there before.
//!
//! Mostly an event writes where the cursor is and below, so that only those rows need to be read. How
//! much reading may cost is bounded, as in the emulator, by the bytes and the recorded time that
//! came: a flood that redraws half a million cells for every byte is looked at now and then.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, DefaultHasher};

use memchr::memmem;

use super::lines::{Lines, harmless};
use super::log::{Fresh, Log, Look};
use super::seen::{Change, Seen, change, left_of};
use super::traces::{Glance, Traces};
use crate::limits::{
    SEARCH_CREDIT_MAX, SEARCH_CREDIT_PER_BYTE, SEARCH_CREDIT_PER_EVENT, SEARCH_CREDIT_PER_MS,
    SEARCH_TRACE_BYTES_MAX,
};
use crate::term::SafeScreen;

/// What was last seen, and what may be spent on looking.
#[derive(Clone)]
pub(super) struct Eye {
    /// By the row at which each line begins, on the main and on the alternate screen.
    shown: [VecDeque<Seen>; 2],
    before: Stand,
    /// A look at the whole screen is owed.
    owes: bool,
    credit: u64,
    missed: u64,
    lines: Lines,
}

/// How the screen stood at the last look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Stand {
    alternate: bool,
    size: (u16, u16),
    resets: u32,
    /// First row of the line with the cursor: those above stay as they are while the screen is
    /// written to as usual.
    row: u16,
    /// Columns from the beginning of that line to the cursor.
    offset: usize,
}

/// The rows that a look reads.
#[derive(Clone, Copy, Debug)]
struct Window {
    first: u16,
    last: u16,
    /// The whole screen, because any row may have changed.
    is_whole: bool,
}

impl Eye {
    pub(super) fn new() -> Self {
        Self {
            shown: [VecDeque::new(), VecDeque::new()],
            before: Stand::default(),
            owes: true,
            credit: SEARCH_CREDIT_MAX,
            missed: 0,
            lines: Lines::default(),
        }
    }

    /// How often something was shown that was not looked at.
    pub(super) fn missed(&self) -> u64 {
        self.missed
    }

    /// Memory that it takes, about.
    #[cfg(feature = "risk")]
    pub(super) fn bytes(&self) -> usize {
        let rows = self.shown.iter().flatten();
        rows.map(|seen| size_of::<Seen>() + seen.text.capacity()).sum::<usize>()
            + self.lines.text().len()
    }

    /// An event has brought so many bytes after such a time.
    pub(super) fn earn(&mut self, bytes: usize, delay_ns: u64) {
        let credit = (bytes as u64).saturating_mul(SEARCH_CREDIT_PER_BYTE)
            + (delay_ns / 1_000_000).saturating_mul(SEARCH_CREDIT_PER_MS)
            + SEARCH_CREDIT_PER_EVENT;
        self.credit = self.credit.saturating_add(credit).min(SEARCH_CREDIT_MAX);
    }

    /// Looks at the screen after an event; later, when that cannot be paid for now.
    pub(super) fn look(&mut self, screen: &mut SafeScreen, look: Look, log: &mut Log) {
        let (stand, glance) = (Stand::of(screen), screen.glance());
        let window = self.window(screen, stand, glance);
        if window.price(screen) > self.credit && glance.bytes < SEARCH_TRACE_BYTES_MAX {
            (self.owes, self.missed) = (true, self.missed + 1);
            return screen.disturb_traces();
        }
        self.look_through(screen, look, log, window);
    }

    /// Looks at what was not looked at yet.
    pub(super) fn settle(&mut self, screen: &mut SafeScreen, look: Look, log: &mut Log) {
        if self.owes {
            self.look_through(screen, look, log, Window::whole(screen));
        }
    }

    fn window(&self, screen: &SafeScreen, stand: Stand, glance: Glance) -> Window {
        let same = Stand { row: stand.row, offset: stand.offset, ..self.before } == stand;
        let Glance { reach, scrolled_rows, .. } = glance;
        if self.owes || !reach.calm || !same || (reach.jumped && scrolled_rows > 0) {
            return Window::whole(screen);
        }
        let up = u16::try_from(scrolled_rows).unwrap_or(u16::MAX);
        if glance.is_flat {
            let first = self.before.row.saturating_sub(up);
            return Window { first, last: stand.row, is_whole: false };
        }
        let (mut first, mut last) = (reach.top, reach.bottom);
        if scrolled_rows > 0 || first > last {
            // Written downwards, from the line in which the cursor stood.
            first = self.before.row.saturating_sub(up).min(stand.row);
            last = screen.cursor().row;
        }
        // Lines that were wrapped are read whole.
        while first > 0 && screen.row_wraps(first - 1) {
            first -= 1;
        }
        while last + 1 < screen.lines() && screen.row_wraps(last) {
            last += 1;
        }
        Window { first, last, is_whole: false }
    }

    fn look_through(&mut self, screen: &mut SafeScreen, look: Look, log: &mut Log, window: Window) {
        self.credit = self.credit.saturating_sub(window.price(screen));
        let stand = Stand::of(screen);
        let mut traces = screen.take_traces(stand.row);
        let switched = stand.alternate != self.before.alternate;
        self.missed += u64::from(traces.cut || traces.written.cut);
        // Rows are told apart by where they stood at the last look.
        let up = if switched { 0 } else { traces.scrolled_rows };
        if switched && stand.alternate {
            self.shown[1].clear();
        }
        if let Some(lines) = traces.written.flat.take() {
            self.lines = lines;
        } else {
            self.lines = std::mem::take(&mut traces.written.gone);
            self.lines.append(std::mem::take(&mut traces.scrolled));
            if switched {
                self.lines.end_line();
            }
            self.lines.add(screen, window.first, window.last, up);
            self.keep_gone(&traces, look, log);
        }
        let seen = self.keep_new(usize::from(stand.alternate), up, look, log, window.is_whole);
        self.remember(stand, up, window, seen);
        self.lay_flat(screen, stand, up);
    }

    /// Lets what comes next be known without another look at the screen, where it can be.
    fn lay_flat(&self, screen: &mut SafeScreen, stand: Stand, up: u32) {
        let (lines, columns) = stand.size;
        let at_the_bottom = stand.row + 1 == lines && stand.offset < columns.into();
        let last = self.lines.last().filter(|(row, text)| {
            *row == up + u32::from(stand.row) && text.is_ascii() && text.len() <= stand.offset
        });
        if let Some((_, text)) = last
            && at_the_bottom
            && !screen.row_wraps(stand.row)
        {
            screen.emulator.lay_flat(stand.row, text, stand.offset);
        } else {
            // The next look may read it.
            screen.catch_up();
        }
    }

    /// Keeps what was written and is not on the screen, nor was it when it scrolled away.
    fn keep_gone(&self, traces: &Traces, look: Look, log: &mut Log) {
        let text = self.lines.text().as_bytes();
        let (mut at, mut leads) = (0, traces.written.leads);
        for run in traces.written.runs.lines() {
            let run = harmless(run);
            let run = run.trim_matches(' ');
            let leading = std::mem::take(&mut leads);
            // Runs mostly come in the order in which they then stand there, one behind the other.
            let rest = text.get(at..).unwrap_or_default();
            let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n')).count();
            let next = rest.get(blanks..).unwrap_or_default();
            if next.starts_with(run.as_bytes()) {
                at += blanks + run.len();
            } else if let Some(found) = memmem::find(next, run.as_bytes()) {
                at += blanks + found + run.len();
            } else if let Some(found) = memmem::find(text, run.as_bytes()) {
                at = found + run.len();
            } else {
                let shown = self.shown.get(usize::from(self.before.alternate));
                let line = shown.and_then(|rows| rows.get(usize::from(self.before.row)));
                let line = line.filter(|_| leading).map_or("", |line| line.text.as_str());
                let left = left_of(line, if leading { self.before.offset } else { 0 });
                let text = format!("{left}{run}");
                if text.trim().len() > 1 {
                    let (from, to, row) = (left.len(), text.len(), 0);
                    log.push(look, Fresh { text: &text, row, from, to, gone: true });
                }
            }
        }
    }

    /// Keeps the lines that were not there before; gives those on the screen as they are remembered.
    fn keep_new(
        &self,
        screen: usize,
        up: u32,
        look: Look,
        log: &mut Log,
        may_have_moved: bool,
    ) -> Vec<(u32, Seen)> {
        let Some(shown) = self.shown.get(screen) else { return Vec::new() };
        let before = |row: u32| shown.get(row as usize);
        let stays = |row: u32, text: &str| before(row).is_some_and(|seen| seen.text == text);
        let stays: Vec<bool> = self.lines.iter().map(|(row, text)| stays(row, text)).collect();
        let mut moved = Moved::default();
        if may_have_moved && stays.contains(&false) {
            shown.iter().for_each(|seen| *moved.entry(&seen.text).or_default() += 1);
            let stay = self.lines.iter().zip(&stays).filter(|(_, stays)| **stays);
            stay.for_each(|((_, text), _)| _ = take(&mut moved, text));
        }
        let mut seen = Vec::new();
        for ((row, text), stays) in self.lines.iter().zip(stays) {
            let id = before(row).and_then(|seen| seen.id);
            let keep = |from, to, log: &mut Log| {
                log.push(look, Fresh { text, row, from, to, gone: false })
            };
            let id = if stays {
                id
            } else if take(&mut moved, text) {
                None
            } else {
                match change(before(row).map_or("", |seen| &seen.text), text) {
                    Change::Nothing => None,
                    Change::Behind(from) => {
                        let added = text.get(from..).unwrap_or_default();
                        let longer = id.and_then(|id| log.go_on(id, look, added));
                        longer.or_else(|| keep(from, text.len(), log))
                    }
                    Change::Within(from, to) => keep(from, to, log),
                }
            };
            if let Some(row) = row.checked_sub(up) {
                seen.push((row, Seen { text: text.to_owned(), id }));
            }
        }
        seen
    }

    fn remember(&mut self, stand: Stand, up: u32, window: Window, seen: Vec<(u32, Seen)>) {
        let lines = usize::from(stand.size.0);
        if let Some(shown) = self.shown.get_mut(usize::from(stand.alternate)) {
            shown.drain(..shown.len().min(up as usize));
            shown.resize_with(lines, Seen::default);
            for row in window.first..=window.last {
                if let Some(row) = shown.get_mut(usize::from(row)) {
                    *row = Seen::default();
                }
            }
            for (row, seen) in seen {
                if let Some(row) = shown.get_mut(row as usize) {
                    *row = seen;
                }
            }
        }
        (self.before, self.owes) = (stand, false);
    }
}

/// Lines that were on the screen at the last look and may stand elsewhere now, and how often. They are
/// compared as they are, so that none can be taken for another.
type Moved<'a> = HashMap<&'a str, usize, BuildHasherDefault<DefaultHasher>>;

fn take(moved: &mut Moved<'_>, text: &str) -> bool {
    let Some(count) = moved.get_mut(text).filter(|count| **count > 0) else { return false };
    *count -= 1;
    true
}

impl Stand {
    fn of(screen: &SafeScreen) -> Self {
        let (cursor, column) = screen.emulator.cursor();
        let mut row = cursor;
        while row > 0 && screen.row_wraps(row - 1) {
            row -= 1;
        }
        let rows_above = usize::from(cursor - row);
        Self {
            alternate: screen.alternate_screen(),
            size: (screen.lines(), screen.columns()),
            resets: screen.resets(),
            row,
            offset: rows_above * usize::from(screen.columns()) + usize::from(column),
        }
    }
}

impl Window {
    fn whole(screen: &SafeScreen) -> Self {
        Self { first: 0, last: screen.lines() - 1, is_whole: true }
    }

    /// What it costs to read it, in units of 10 ns.
    fn price(self, screen: &SafeScreen) -> u64 {
        let rows = u64::from(self.last.saturating_sub(self.first)) + 1;
        rows * u64::from(screen.columns()) / CELLS_PER_UNIT + LOOK_PRICE
    }
}

const CELLS_PER_UNIT: u64 = 2;
const LOOK_PRICE: u64 = 30;
