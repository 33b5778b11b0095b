//! Searches a recording while it is read, in memory that does not grow with it.

use std::sync::Arc;
use std::time::Duration;

use super::find::{Hit, Place};
use super::pattern::Pattern;
use super::text_index::{Coverage, TextIndex};
use crate::limits::SEARCH_SLICE_BYTES;
use crate::session::Event;
use crate::term::{SafeScreen, Streams};

/// One pass over a recording.
pub struct Scan {
    pattern: Arc<Pattern>,
    screen: SafeScreen,
    text: TextIndex,
    elapsed: Duration,
    hits: Vec<Hit>,
    streams: Streams,
}

impl Scan {
    /// Begins at the beginning of a recording, with the window size that it starts with.
    pub fn new(pattern: Arc<Pattern>, lines: u16, columns: u16) -> Self {
        let mut screen = SafeScreen::new(lines, columns);
        screen.leave_traces(true);
        screen.defer();
        let (text, elapsed) = (TextIndex::new(), Duration::ZERO);
        let streams = Streams::default();
        Self { pattern, screen, text, elapsed, hits: Vec::new(), streams }
    }

    /// The same with these streams on the screen.
    #[must_use]
    pub fn with_streams(mut self, streams: Streams) -> Self {
        self.streams = streams;
        self
    }

    /// Takes the next event.
    pub fn push(&mut self, event: &Event) {
        let delay = Duration::from_nanos(event.delay_ns());
        self.elapsed = self.elapsed.saturating_add(delay);
        let shown = self.streams.shown(event);
        match &shown {
            Some(shown) => self.screen.apply(shown),
            None => self.screen.pass(event.delay_ns()),
        }
        self.text.look(&mut self.screen, shown.as_deref().unwrap_or(event), self.elapsed);
        if self.text.bytes() >= SEARCH_SLICE_BYTES {
            self.search();
        }
    }

    /// The recording has no more events, for now or for good.
    pub fn settle(&mut self) {
        self.text.settle(&mut self.screen);
        self.search();
    }

    /// The hits since this was last called. They may come later than their event was pushed.
    pub fn take_hits(&mut self) -> Vec<Hit> {
        std::mem::take(&mut self.hits)
    }

    /// What of the recording was searched.
    pub fn coverage(&self) -> Coverage {
        self.text.coverage()
    }

    fn search(&mut self) {
        let found = self.text.find(&self.pattern, Place::default(), usize::MAX, usize::MAX);
        self.hits.extend(found.hits);
        self.text.empty();
    }
}
