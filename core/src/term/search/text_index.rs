//! The index of what one recording showed, built while its events are played in order, as long as there
//! is room.

use std::time::Duration;

use super::eye::Eye;
use super::find::{Found, Place};
use super::log::{Log, Look};
use super::pattern::Pattern;
#[cfg(feature = "risk")]
use super::shown::ShownLine;
use super::whole_lines::WholeLine;
use crate::session::{Event, EventKind};
use crate::term::SafeScreen;

/// What was shown, as far as the events were played.
pub struct TextIndex {
    eye: Eye,
    log: Log,
    last: Look,
}

/// What of a recording a search goes through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// So often something was shown too briefly and too expensively to be looked at. What was written
    /// is searched all the same, but not how it was put together on the screen.
    pub missed: u64,
}

impl TextIndex {
    /// Nothing was shown yet. The screen that is played on must [leave
    /// traces](SafeScreen::leave_traces).
    pub(in crate::term) fn new() -> Self {
        Self { eye: Eye::new(), log: Log::default(), last: Look::new(0, Duration::ZERO) }
    }

    /// The same without the lines that were kept, to go on with on a copy of the screen.
    pub(super) fn without_lines(&self) -> Self {
        Self { eye: self.eye.clone(), log: self.log.emptied(), last: self.last }
    }

    /// Looks at the screen after an event.
    pub(in crate::term) fn look(
        &mut self,
        screen: &mut SafeScreen,
        event: &Event,
        elapsed: Duration,
    ) {
        self.eye.earn(event.data().len(), event.delay_ns());
        self.last = Look::new(event.seq(), elapsed);
        if !shows(event.kind()) {
            return;
        }
        self.eye.look(screen, self.last, &mut self.log);
    }

    /// Looks at what there was no time for, once no more events come.
    pub(in crate::term) fn settle(&mut self, screen: &mut SafeScreen) {
        self.eye.settle(screen, self.last, &mut self.log);
    }

    /// Searches on from a place, through about so many bytes and to so many hits at most.
    pub fn find(&self, pattern: &Pattern, from: Place, bytes_max: usize, hits_max: usize) -> Found {
        self.log.find(pattern, from, bytes_max, hits_max)
    }

    /// Gives the lines from a place on, about so many bytes of them; gives where to go on, and whether
    /// those were all.
    pub(super) fn whole_lines(
        &self,
        from: Place,
        bytes_max: usize,
        look: impl FnMut(WholeLine<'_>),
    ) -> (Place, bool) {
        self.log.whole_lines(from, bytes_max, look)
    }

    /// What of the recording is searched.
    pub fn coverage(&self) -> Coverage {
        Coverage { missed: self.eye.missed() }
    }

    /// Memory taken, about.
    pub fn bytes(&self) -> usize {
        self.log.bytes()
    }

    /// Gives the lines that were kept, in the order of time, and forgets them.
    #[cfg(feature = "risk")]
    pub(in crate::term) fn take_lines(&mut self, look: impl FnMut(ShownLine<'_>)) {
        self.log.lines(look);
        self.empty();
    }

    /// Memory that the last look at the screen takes, about.
    #[cfg(feature = "risk")]
    pub(in crate::term) fn eye_bytes(&self) -> usize {
        self.eye.bytes()
    }

    /// Forgets the lines that were kept, not what is on the screen.
    pub(super) fn empty(&mut self) {
        self.log.empty();
    }
}

fn shows(kind: EventKind) -> bool {
    match kind {
        EventKind::Ttyout | EventKind::Stdout | EventKind::Stderr | EventKind::Winsize => true,
        EventKind::Stdin | EventKind::Ttyin | EventKind::Suspend => false,
    }
}
