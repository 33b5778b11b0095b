//! A recording's files: what was written, and how much of it a power cut cannot take.

use sudolog_core::ack::Chain;
use sudolog_core::session::{Event, SessionEnd, SessionStart, Tsid};
use sudolog_server::journal::Position;

use crate::random::Random;

/// One recording.
#[derive(Clone, Debug)]
pub struct Iolog {
    pub tsid: Tsid,
    pub start: SessionStart,
    pub events: Vec<Event>,
    at: Position,
    /// `None` while the session runs, then how it ended; without an end it is INCOMPLETE.
    ended: Option<Option<SessionEnd>>,
    /// Whether the directory, how many events and whether the end are synced.
    synced: (bool, usize, bool),
}

impl Iolog {
    pub fn new(tsid: Tsid, start: SessionStart) -> Self {
        let at = Position::start(&start);
        Self { tsid, start, events: Vec::new(), at, ended: None, synced: (false, 0, false) }
    }

    /// Takes the next event; one that the files have is passed over.
    pub fn push(&mut self, event: Event, chain: Chain) {
        if event.seq() <= self.at.seq {
            return;
        }
        assert_eq!(event.seq(), self.at.seq + 1, "an event is missing in the recording");
        self.at.advance(&event, chain);
        self.events.push(event);
    }

    pub fn end(&mut self, end: Option<SessionEnd>) {
        self.ended = Some(end);
    }

    pub fn is_over(&self) -> bool {
        self.ended.is_some()
    }

    /// How it ended, when that is known.
    pub fn how(&self) -> Option<&SessionEnd> {
        self.ended.as_ref()?.as_ref()
    }

    pub fn position(&self) -> &Position {
        &self.at
    }

    pub fn sync(&mut self) {
        self.synced = (true, self.events.len(), self.ended.is_some());
    }

    /// Cuts the files to a position that the journal carries.
    pub fn cut_to(&mut self, at: &Position) {
        let count = usize::try_from(at.seq).unwrap();
        assert!(count <= self.events.len(), "{} of {count} synced events", self.events.len());
        self.events.truncate(count);
        self.at = *at;
        self.ended = None;
    }

    /// What was not synced is left in any part; false when nothing is left.
    pub fn lose_power(&mut self, random: &mut Random) -> bool {
        let (there, events, over) = self.synced;
        if !there && random.chance(50) {
            return false;
        }
        let kept = events + random.index(self.events.len() - events + 1);
        self.events.truncate(kept);
        if !over {
            self.ended = None;
        }
        let start = Position::start(&self.start);
        self.at = self.events.iter().fold(start, |mut at, event| {
            at.advance(event, at.chain.event(event));
            at
        });
        true
    }
}
