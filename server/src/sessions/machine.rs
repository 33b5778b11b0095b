//! What may happen in one session, and in which order. Pure: no socket, no disk, no clock.

use sudolog_core::ack::Chain;
use sudolog_core::session::{Event, SessionEnd};
use sudolog_core::wire::message::Resume;

use crate::journal::{Position, Record};

/// Legal bytes in an illegal order: the host's fault.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PeerError {
    /// Not the next event.
    #[error("event {got} where event {want} is next")]
    Gap {
        /// What came.
        got: u64,
        /// What must come.
        want: u64,
    },
    /// The session has ended.
    #[error("the session has ended")]
    Ended,
    /// The end counts other events than came.
    #[error("the end counts {got} events, {want} came")]
    EndCount {
        /// What the end says.
        got: u64,
        /// What came.
        want: u64,
    },
    /// The host let go of events that are not stored here: an acknowledgement was false, or this
    /// server lost its journal.
    #[error("SECURITY: the host holds events from {first} on, but only {have} are stored")]
    Lost {
        /// The first event that the host still has.
        first: u64,
        /// The last one that is stored.
        have: u64,
    },
    /// The host's chain differs from ours.
    #[error("SECURITY: the host's recording differs from the stored one at event {0}")]
    Differs(u64),
}

/// One session's progress as far as it was taken in (and not yet as far as it is durable).
#[derive(Clone, Debug)]
pub struct Machine {
    seq: u64,
    chain: Chain,
    fate: Fate,
}

/// Whether more can come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Open,
    /// The end came.
    Ended,
    /// No end will come.
    GivenUp,
}

impl Machine {
    /// A session that starts, with the chain's first value.
    pub fn new(start: Chain) -> Self {
        Self { seq: 0, chain: start, fate: Fate::Open }
    }

    /// A session that the journal brought back.
    pub fn recovered(at: &Position) -> Self {
        Self { seq: at.seq, chain: at.chain, fate: Fate::Open }
    }

    /// Takes an event. `None` when it was taken before: a host sends again what it has no proof for.
    ///
    /// # Errors
    /// [`PeerError`]
    pub fn event(&mut self, event: Event) -> Result<Option<Record>, PeerError> {
        if event.seq() <= self.seq {
            return Ok(None);
        }
        if self.is_over() {
            return Err(PeerError::Ended);
        }
        if event.seq() != self.seq + 1 {
            return Err(PeerError::Gap { got: event.seq(), want: self.seq + 1 });
        }
        self.seq = event.seq();
        self.chain = self.chain.event(&event);
        Ok(Some(Record::Event { event, chain: self.chain }))
    }

    /// Takes the end; `None` when it was taken before.
    ///
    /// # Errors
    /// [`PeerError`]
    pub fn close(&mut self, end: SessionEnd) -> Result<Option<Record>, PeerError> {
        if self.is_over() {
            return Ok(None);
        }
        if end.final_seq != self.seq {
            return Err(PeerError::EndCount { got: end.final_seq, want: self.seq });
        }
        self.fate = Fate::Ended;
        self.chain = self.chain.end(&end);
        Ok(Some(Record::Close { end, chain: self.chain }))
    }

    /// Gives the session up; `None` when it is over already.
    pub fn give_up(&mut self, reason: &str) -> Option<Record> {
        if self.is_over() {
            return None;
        }
        self.fate = Fate::GivenUp;
        Some(Record::Gone { reason: reason.into() })
    }

    /// Where a host that comes back must go on: `final seq + 2` when the end is known as well.
    ///
    /// # Errors
    /// [`PeerError::Lost`], [`PeerError::Differs`]; [`PeerError::Ended`] when it was given up: a command that
    /// nobody records must not be told to go on.
    pub fn resume(&self, resume: &Resume) -> Result<u64, PeerError> {
        if self.fate == Fate::GivenUp {
            return Err(PeerError::Ended);
        }
        let next = self.seq + 1 + u64::from(self.fate == Fate::Ended);
        if resume.first_seq > next {
            return Err(PeerError::Lost { first: resume.first_seq, have: self.seq });
        }
        let is_here = resume.first_seq == self.seq + 1 && self.fate != Fate::Ended;
        if is_here && resume.chain != self.chain {
            return Err(PeerError::Differs(self.seq));
        }
        Ok(next)
    }

    /// Number of the last event that was taken.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// True when it has ended or was given up.
    pub fn is_over(&self) -> bool {
        self.fate != Fate::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::record::tests::{sample_end, sample_start};
    use sudolog_core::session::EventKind;

    fn event(seq: u64) -> Event {
        Event::new(seq, 1, EventKind::Ttyout, b"x".as_slice().into()).unwrap()
    }

    #[test]
    fn events_come_in_order_and_once() {
        let start = sample_start(1);
        let mut machine = Machine::new(Chain::start(&start));
        let chain = Chain::start(&start).event(&event(1));
        assert_eq!(machine.event(event(1)), Ok(Some(Record::Event { event: event(1), chain })));
        assert_eq!(machine.event(event(1)), Ok(None));
        assert_eq!(machine.event(event(3)), Err(PeerError::Gap { got: 3, want: 2 }));
        assert_eq!(machine.close(sample_end(0)), Err(PeerError::EndCount { got: 0, want: 1 }));
        assert!(machine.close(sample_end(1)).unwrap().is_some());
        assert_eq!(machine.close(sample_end(1)), Ok(None));
        assert_eq!(machine.event(event(2)), Err(PeerError::Ended));
        assert_eq!(machine.give_up("late"), None);
    }

    #[test]
    fn a_resume_goes_on_where_the_server_is() {
        let start = sample_start(1);
        let mut machine = Machine::new(Chain::start(&start));
        (1..=5).for_each(|seq| {
            machine.event(event(seq)).unwrap();
        });
        let resume = |first_seq, chain| Resume { session_id: start.session_id, first_seq, chain };
        let here = (1..=5).fold(Chain::start(&start), |chain, seq| chain.event(&event(seq)));
        let other = Chain::from_bytes([0; 32]);
        assert_eq!(machine.resume(&resume(3, other)), Ok(6));
        assert_eq!(machine.resume(&resume(6, here)), Ok(6));
        assert_eq!(machine.resume(&resume(6, other)), Err(PeerError::Differs(5)));
        assert_eq!(machine.resume(&resume(7, here)), Err(PeerError::Lost { first: 7, have: 5 }));
        let mut ended = machine.clone();
        ended.close(sample_end(5)).unwrap();
        assert_eq!(ended.resume(&resume(6, here)), Ok(7));
        machine.give_up("sudo went away");
        assert_eq!(machine.resume(&resume(6, here)), Err(PeerError::Ended), "it must not thaw");
        assert_eq!(machine.event(event(6)), Err(PeerError::Ended));
    }
}
