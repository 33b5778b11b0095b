//! Searches a recording while it is read, in memory that does not grow with it: from its beginning, or
//! from where an index has kept enough.

use std::time::Duration;

use super::find::Place;
use super::harvest::Harvest;
use super::text_index::{Coverage, TextIndex};
use crate::session::Event;
use crate::term::{SafeScreen, Streams};

/// One pass over a recording.
pub struct Scan {
    reel: Reel,
    harvest: Harvest,
}

/// How far a recording was played, and what is remembered of its screen.
pub(in crate::term) struct Reel {
    screen: SafeScreen,
    text: TextIndex,
    seq: u64,
    elapsed: Duration,
    streams: Streams,
}

impl Reel {
    /// A screen that was looked at after this event, with all that was seen on it and no text.
    pub(in crate::term) fn of(
        screen: &mut SafeScreen,
        text: &TextIndex,
        seq: u64,
        elapsed: Duration,
        streams: Streams,
    ) -> Self {
        Self { screen: traced(screen), text: text.without_lines(), seq, elapsed, streams }
    }

    /// Searches what comes behind it. It is left as it is.
    pub(in crate::term) fn scan(&self, harvest: Harvest) -> Scan {
        let Self { seq, elapsed, streams, .. } = *self;
        // Nothing was written since it was looked at.
        let mut screen = self.screen.clone();
        screen.trace_as(&self.screen);
        let reel = Self { screen, text: self.text.without_lines(), seq, elapsed, streams };
        Scan { reel, harvest }
    }
}

impl Scan {
    /// Begins at the beginning of a recording, with the window size that it starts with.
    pub fn new(harvest: Harvest, lines: u16, columns: u16) -> Self {
        let mut screen = SafeScreen::new(lines, columns);
        screen.leave_traces(true);
        screen.defer();
        let (text, streams) = (TextIndex::new(), Streams::default());
        let reel = Reel { screen, text, seq: 0, elapsed: Duration::ZERO, streams };
        Self { reel, harvest }
    }

    /// The same with these streams on the screen.
    #[must_use]
    pub fn with_streams(mut self, streams: Streams) -> Self {
        self.reel.streams = streams;
        self
    }

    /// Takes the next event. Events already covered (not above [`seq`](Self::seq)) are ignored.
    pub fn push(&mut self, event: &Event) {
        if event.seq() <= self.reel.seq {
            return;
        }
        let Reel { screen, text, seq, elapsed, streams } = &mut self.reel;
        *seq = event.seq();
        *elapsed = elapsed.saturating_add(Duration::from_nanos(event.delay_ns()));
        let shown = streams.shown(event);
        match &shown {
            Some(shown) => screen.apply(shown),
            None => screen.pass(event.delay_ns()),
        }
        text.look(screen, shown.as_deref().unwrap_or(event), *elapsed);
        if text.bytes() >= self.harvest.slice_bytes() {
            self.search();
        }
    }

    /// The last event pushed.
    pub fn seq(&self) -> u64 {
        self.reel.seq
    }

    /// The recording has no more events, for now or for good.
    pub fn settle(&mut self) {
        self.reel.text.settle(&mut self.reel.screen);
        self.search();
        self.harvest.settle();
    }

    /// What was found. Hits may come later than their event was pushed.
    pub fn harvest(&mut self) -> &mut Harvest {
        &mut self.harvest
    }

    /// What of the recording was searched.
    pub fn coverage(&self) -> Coverage {
        self.reel.text.coverage()
    }

    fn search(&mut self) {
        let mut place = Place::default();
        loop {
            let (next, caught_up) = self.harvest.search(&self.reel.text, place);
            place = next;
            if caught_up || self.harvest.is_full() {
                return self.reel.text.empty();
            }
        }
    }
}

/// A copy of a screen with nothing put off, which leaves traces as the other does.
fn traced(screen: &mut SafeScreen) -> SafeScreen {
    screen.catch_up();
    let mut copy = screen.clone();
    copy.trace_as(screen);
    copy
}
