//! A recorded terminal's screen that survives any input and gives out only what is safe to draw.

use super::cell::Cell;
use super::emulator::Emulator;
use super::facts::Facts;
use super::filter::Filter;
use super::streams::Streams;
use crate::session::{Event, EventKind};

/// The screen of a recording.
///
/// Feed it events or bytes; read rows, cells and the cursor. It never panics, holds no more than
/// its size allows, and keeps recorded bytes to itself: only [`Cell`]s come out.
pub struct SafeScreen {
    pub(super) emulator: Emulator,
    pub(super) filter: Filter,
    pub(super) inexact: bool,
    pub(super) resets_before: u32,
    /// The emulator holds two screens from when the second was used.
    pub(super) used_alternate: bool,
}

/// Where the cursor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Row from 0, on the screen.
    pub row: u16,
    /// Column from 0, on the screen.
    pub column: u16,
    /// False while the program hides it.
    pub visible: bool,
}

/// Everything that a screen is, to continue from later.
#[derive(Clone)]
pub struct Snapshot {
    screen: vt100::Screen,
    filter: Filter,
    inexact: bool,
    resets: u32,
    used_alternate: bool,
}

impl SafeScreen {
    /// A blank screen, its size clamped to
    /// [`SCREEN_SIDE_MIN`](crate::limits::SCREEN_SIDE_MIN),
    /// [`SCREEN_LINES_MAX`](crate::limits::SCREEN_LINES_MAX) and
    /// [`SCREEN_COLUMNS_MAX`](crate::limits::SCREEN_COLUMNS_MAX).
    pub fn new(lines: u16, columns: u16) -> Self {
        let emulator = Emulator::new(lines, columns);
        Self {
            emulator,
            filter: Filter::default(),
            inexact: false,
            resets_before: 0,
            used_alternate: false,
        }
    }

    /// Continues from a snapshot.
    pub fn from_snapshot(snapshot: &Snapshot) -> Self {
        Self {
            emulator: Emulator::from_screen(snapshot.screen.clone()),
            filter: snapshot.filter.clone(),
            inexact: snapshot.inexact,
            resets_before: snapshot.resets,
            used_alternate: snapshot.used_alternate,
        }
    }

    /// All of its state, at any point, even within a sequence.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            screen: self.emulator.screen().clone(),
            filter: self.filter.clone(),
            inexact: self.inexact,
            resets: self.resets(),
            used_alternate: self.used_alternate,
        }
    }

    /// Output of the recorded command, any bytes cut anywhere.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.filter.feed(bytes, &mut self.emulator, u64::MAX);
        self.used_alternate |= self.alternate_screen();
    }

    /// What only scrolls by may be shown later from now on: after feeding it, nothing but
    /// the size may be asked for before [`catch_up`](Self::catch_up).
    pub(super) fn defer(&mut self) {
        self.emulator.defer();
    }

    /// Shows all that was fed.
    pub(super) fn catch_up(&mut self) {
        self.emulator.catch_up();
    }

    /// Time passed in the recording before what is fed next: it pays for expensive sequences.
    /// Whoever feeds bytes instead of events must tell it, or sees more left out than others do.
    pub fn pass(&mut self, delay_ns: u64) {
        self.filter.purse.wait(delay_ns);
    }

    /// Like [`feed`](Self::feed), but stops after about `work` units, each about what one byte of
    /// plain text costs (10 to 20 ns). Returns how many bytes were taken; the rest is the caller's
    /// to feed next. This is how a flood of expensive sequences stays interruptible.
    pub fn feed_within(&mut self, bytes: &[u8], work: u64) -> usize {
        let end = self.emulator.work().saturating_add(work.max(1));
        let taken = self.filter.feed(bytes, &mut self.emulator, end);
        self.used_alternate |= self.alternate_screen();
        taken
    }

    /// Shows one event: terminal output as it is, output to pipes and files with line ends as a
    /// terminal would show them, and new window sizes. Other events change nothing.
    pub fn apply(&mut self, event: &Event) {
        let mut taken = 0;
        while !self.apply_within(event, &mut taken, u64::MAX) {}
    }

    /// Like [`apply`](Self::apply), with these streams on the screen.
    pub fn show(&mut self, event: &Event, streams: Streams) {
        match streams.shown(event) {
            Some(shown) => self.apply(&shown),
            None => self.pass(event.delay_ns()),
        }
    }

    /// Like [`apply`](Self::apply), but stops after about `work` units as
    /// [`feed_within`](Self::feed_within) does. `taken` is 0 at the first call for an event and
    /// kept by the caller between calls. `true` when all of the event is shown.
    pub fn apply_within(&mut self, event: &Event, taken: &mut usize, work: u64) -> bool {
        if *taken == 0 {
            self.pass(event.delay_ns());
        }
        let rest = event.data().get(*taken..).unwrap_or_default();
        *taken += match event.kind() {
            EventKind::Ttyout => self.feed_within(rest, work),
            EventKind::Stdout | EventKind::Stderr => self.feed_lines_within(rest, work),
            EventKind::Winsize => {
                if let Some((lines, columns)) = event.winsize() {
                    self.resize(lines, columns);
                }
                rest.len()
            }
            EventKind::Stdin | EventKind::Ttyin | EventKind::Suspend => rest.len(),
        };
        *taken >= event.data().len()
    }

    /// A new window size, clamped as in [`new`](Self::new).
    pub fn resize(&mut self, lines: u16, columns: u16) {
        self.emulator.resize(lines, columns);
        self.filter.resized();
    }

    /// Rows of the screen.
    pub fn lines(&self) -> u16 {
        self.emulator.size().0
    }

    /// Columns of the screen.
    pub fn columns(&self) -> u16 {
        self.emulator.size().1
    }

    /// The cell at a row and column from 0; `None` outside the screen.
    pub fn cell(&self, row: u16, column: u16) -> Option<Cell<'_>> {
        self.emulator.screen().cell(row, column).map(Cell)
    }

    /// The cells of a row, from the left; none outside the screen.
    pub fn row(&self, row: u16) -> impl Iterator<Item = Cell<'_>> {
        (0..self.columns()).map_while(move |column| self.cell(row, column))
    }

    /// A row as text, without the blanks at its end.
    pub fn row_text(&self, row: u16) -> String {
        let mut text = String::with_capacity(self.columns().into());
        self.row(row).for_each(|cell| text.push_str(&cell.symbol()));
        text.truncate(text.trim_end_matches(' ').len());
        text
    }

    /// All rows as text.
    pub fn text_lines(&self) -> Vec<String> {
        (0..self.lines()).map(|row| self.row_text(row)).collect()
    }

    /// True when the terminal wrapped a line at the end of this row: the next row goes on with it.
    pub fn row_wraps(&self, row: u16) -> bool {
        self.emulator.row_wraps(row)
    }

    /// Keeps what scrolls off the top of the main screen from now on. Take it away after every
    /// few kilobytes: nothing else bounds it.
    pub fn keep_scrolled(&mut self) {
        self.emulator.scrolled().keep();
    }

    /// What scrolled away since this was last called: printable lines, those that the terminal
    /// wrapped in one piece. The line break after the last one comes with the next.
    pub fn take_scrolled(&mut self) -> String {
        self.emulator.scrolled().take()
    }

    /// What scrolled off the alternate screen since this was last called, where what scrolls away is kept:
    /// a printable line for each row.
    pub fn take_scrolled_alternate(&mut self) -> String {
        self.emulator.scrolled().take_alternate()
    }

    /// Where the cursor is; on the last column while it waits to wrap.
    pub fn cursor(&self) -> Cursor {
        let (row, column) = self.emulator.cursor();
        let column = column.min(self.columns().saturating_sub(1));
        Cursor { row, column, visible: !self.emulator.screen().hide_cursor() }
    }

    /// True while a full-screen program shows the alternate screen.
    pub fn alternate_screen(&self) -> bool {
        self.emulator.alternate_screen()
    }

    /// How often the emulator gave up and was rebuilt: worth a visible mark, because the screen
    /// may differ from what the user saw.
    pub fn resets(&self) -> u32 {
        self.resets_before.saturating_add(self.emulator.resets())
    }

    /// True when this screen comes from a dump that had to leave things out for its size.
    pub fn is_inexact(&self) -> bool {
        self.inexact
    }

    /// True when expensive sequences were left out because the recording asked for more of them
    /// than can be shown in time. It ends when the screen is cleared as a whole.
    pub fn is_approximate(&self) -> bool {
        let [main, alternate] = self.filter.approximate;
        if self.alternate_screen() { alternate } else { main }
    }

    /// Bells, titles, prompt marks and the like since this was last called.
    pub fn take_facts(&mut self) -> Facts {
        self.filter.take_facts()
    }

    /// Line feeds begin a new line, as a terminal makes it of what a pipe gets.
    fn feed_lines_within(&mut self, bytes: &[u8], work: u64) -> usize {
        let end = self.emulator.work().saturating_add(work.max(1));
        let mut taken = 0;
        for line in bytes.split_inclusive(|b| *b == b'\n') {
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            let shown = self.filter.feed(text, &mut self.emulator, end);
            taken += shown;
            if shown < text.len() || (self.emulator.work() >= end && taken > 0) {
                break;
            }
            if text.len() < line.len() {
                self.feed(b"\r\n");
                taken += 1;
            }
        }
        taken
    }
}

impl Snapshot {
    /// Lines and columns.
    pub fn size(&self) -> (u16, u16) {
        let (lines, columns) = self.screen.size();
        (lines.get(), columns.get())
    }

    /// Memory that it takes, about.
    pub fn bytes(&self) -> usize {
        let (lines, columns) = self.size();
        let cells = usize::from(lines) * usize::from(columns);
        let screens = 1 + usize::from(self.used_alternate);
        screens * cells * CELL_BYTES + OVERHEAD_BYTES
    }
}

impl Clone for SafeScreen {
    fn clone(&self) -> Self {
        Self::from_snapshot(&self.snapshot())
    }
}

/// A session without a terminal has no size: its output is shown on a usual one.
pub fn usual_size(lines: u16, columns: u16) -> (u16, u16) {
    (if lines == 0 { 24 } else { lines }, if columns == 0 { 80 } else { columns })
}

const CELL_BYTES: usize = 32;
const OVERHEAD_BYTES: usize = 1024;
