//! A recording without what is to be hidden, as events: what a terminal shows is drawn anew from screens in which
//! it is hidden, and what was typed or piped in is left out.

use std::sync::Arc;

use bytes::Bytes;

use super::draw::{CLEAR, draw};
use super::grid::Grid;
use super::lineage::Lineage;
use super::lines::Lines;
use super::rules::Rules;
use super::secrets::{Hidden, Secrets};
use super::shows;
use crate::limits::EVENT_DATA_BYTES_MAX;
use crate::session::{Event, EventKind};
use crate::term::SafeScreen;

/// All that is to be hidden of one recording.
pub struct Redaction {
    size: (u16, u16),
    secrets: Arc<Secrets>,
    hidden: Arc<Hidden>,
    last: u64,
}

impl Redaction {
    pub(super) fn new(size: (u16, u16), secrets: Secrets, hidden: Hidden, last: u64) -> Self {
        Self { size, secrets: Arc::new(secrets), hidden: Arc::new(hidden), last }
    }

    /// By which rules.
    pub fn rules(&self) -> &Rules {
        self.secrets.rules()
    }

    /// The last event of which that is known.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// A name, or one line of text, without it.
    pub fn hide(&self, text: &str) -> String {
        self.secrets.hide(text)
    }

    /// Text in pieces without it.
    pub fn lines(&self) -> Lines {
        Lines::new(Arc::clone(&self.secrets))
    }

    /// The events without it; all of them must be given, from the first one on.
    pub fn redactor(&self) -> Redactor {
        Redactor {
            secrets: Arc::clone(&self.secrets),
            hidden: Arc::clone(&self.hidden),
            screen: SafeScreen::new(self.size.0, self.size.1),
            lineage: Lineage::default(),
            shown: None,
            resized: false,
            waited_ns: 0,
        }
    }
}

/// A reading of the events of one recording, in order.
pub struct Redactor {
    secrets: Arc<Secrets>,
    hidden: Arc<Hidden>,
    screen: SafeScreen,
    lineage: Lineage,
    /// What whoever plays the new events sees.
    shown: Option<Grid>,
    resized: bool,
    /// Time since the last event that was given out.
    waited_ns: u64,
}

impl Redactor {
    /// What becomes of the next event: none, or several with its number.
    pub fn redact(&mut self, event: &Event) -> Vec<Event> {
        self.waited_ns = self.waited_ns.saturating_add(event.delay_ns());
        self.screen.apply(event);
        let mut events = Vec::new();
        match event.kind() {
            EventKind::Winsize => {
                self.resized = true;
                events.extend(self.event(event.seq(), event.kind(), event.data().clone()));
            }
            EventKind::Suspend => {
                events.extend(self.event(event.seq(), event.kind(), event.data().clone()));
            }
            _ => {}
        }
        if shows(event.kind()) {
            let drawing = Bytes::from(self.drawing());
            for start in (0..drawing.len()).step_by(EVENT_DATA_BYTES_MAX) {
                let piece = drawing.slice(start..drawing.len().min(start + EVENT_DATA_BYTES_MAX));
                events.extend(self.event(event.seq(), EventKind::Ttyout, piece));
            }
        }
        events
    }

    /// What the player has to write for the screen as it is now.
    fn drawing(&mut self) -> String {
        let step = self.lineage.step(Grid::of(&self.screen));
        let Some(grid) = self.masked() else { return String::new() };
        let anew = std::mem::take(&mut self.resized);
        let same_size = self.shown.take().filter(|shown| !anew && shown.size() == grid.size());
        let up = usize::try_from(step.shift).ok().filter(|_| same_size.is_some());
        let mut old = same_size.unwrap_or_else(|| Grid::blank_like(&grid));
        let drawn = draw(&mut old, &grid, up.unwrap_or_default());
        self.shown = Some(grid);
        if anew { CLEAR.to_owned() + &drawn } else { drawn }
    }

    /// The screen without what is to be hidden.
    fn masked(&self) -> Option<Grid> {
        let grid = self.lineage.grid()?;
        let hidden = self.lineage.ids().iter().enumerate().filter(|(_, id)| self.hidden.has(**id));
        let mut cells: Vec<usize> = hidden.map(|(cell, _)| cell).collect();
        if self.secrets.has_texts() {
            self.begun(grid, &mut cells);
        }
        let mut masked = grid.clone();
        for cell in cells {
            if grid.glyphs().get(cell).is_some_and(|glyph| !glyph.is_empty()) {
                masked.hide(cell);
            }
        }
        Some(masked)
    }

    /// Beginnings of hidden texts before the cursor, which may go on there, and what the edges of the
    /// screen cut off of others.
    fn begun(&self, grid: &Grid, cells: &mut Vec<usize>) {
        let (row, column) = (usize::from(grid.cursor.row), usize::from(grid.cursor.column));
        let lines = grid.lines_by(|grid, row| grid.wraps(row) || grid.is_full(row));
        let line = lines.iter().find(|rows| rows.contains(&row));
        let start = line.map_or(0, |rows| grid.cells(rows).start);
        let before = start..grid.cells(&(row..row + 1)).start + column;
        let full = (0..grid.size().0).filter(|row| grid.is_full(*row));
        for part in full.map(|row| grid.cells(&(row..row + 1))).chain([before]) {
            let line = grid.text(part);
            if let Some(at) = self.secrets.begun(&line.text) {
                cells.extend(line.cells(&(at..line.text.len())));
            }
        }
        for row in 0..grid.size().0 {
            let line = grid.text(grid.cells(&(row..row + 1)));
            if let Some(end) = self.secrets.ended(&line.text) {
                cells.extend(line.cells(&(0..end)));
            }
        }
    }

    fn event(&mut self, seq: u64, kind: EventKind, data: Bytes) -> Option<Event> {
        Event::new(seq, std::mem::take(&mut self.waited_ns), kind, data).ok()
    }
}
