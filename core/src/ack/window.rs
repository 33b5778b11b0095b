//! The events that were sent and wait for proof: bounded, in memory only, kept for a resume.
//!
//! Invariant: the window holds every event behind the last proof, with the chain's value at each,
//! so an acknowledgement can be compared with what was really sent.

use std::collections::VecDeque;

use super::{AckError, AckVerifiers, Chain, SignedAck, VerifiedAck};
use crate::limits::{UNACKED_BYTES_MAX, UNACKED_EVENT_OVERHEAD_BYTES, UNACKED_EVENTS_MAX};
use crate::session::{Event, SessionEnd, SessionId, SessionStart};

/// An event that does not fit on the end of the window.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WindowError {
    /// Not the next number.
    #[error("event {got} where event {want} is next")]
    Gap {
        /// The number that came.
        got: u64,
        /// The number that must come.
        want: u64,
    },
    /// The session has ended.
    #[error("an event after the end of the session")]
    Ended,
}

/// One session's unacknowledged events.
#[derive(Debug)]
pub struct Window {
    session: SessionId,
    events: VecDeque<(Event, Chain)>,
    end: Option<(SessionEnd, Chain)>,
    /// Chain and number of the last thing sent.
    head: (u64, Chain),
    /// Chain and number of the last thing proven.
    acked: (u64, Chain),
    bytes: usize,
}

impl Window {
    /// An empty window at the start of a session.
    pub fn new(start: &SessionStart) -> Self {
        let at = (0, Chain::start(start));
        Self {
            session: start.session_id,
            events: VecDeque::new(),
            end: None,
            head: at,
            acked: at,
            bytes: 0,
        }
    }

    /// True when another event must wait. The limit is soft by one event: what was already taken
    /// from the user is never refused.
    pub fn is_full(&self) -> bool {
        self.is_full_beyond(0)
    }

    /// The same, for limits that are `extra_bytes` higher.
    pub fn is_full_beyond(&self, extra_bytes: usize) -> bool {
        self.bytes >= UNACKED_BYTES_MAX + extra_bytes
            || self.events.len() >= UNACKED_EVENTS_MAX + extra_bytes / UNACKED_EVENT_OVERHEAD_BYTES
    }

    /// Appends the next event and gives the chain's value at it.
    ///
    /// # Errors
    /// [`WindowError`] when it is not the next one.
    pub fn push(&mut self, event: Event) -> Result<Chain, WindowError> {
        self.expect(event.seq())?;
        let chain = self.head.1.event(&event);
        self.head = (event.seq(), chain);
        self.bytes += cost(&event);
        self.events.push_back((event, chain));
        Ok(chain)
    }

    /// Appends the end of the session.
    ///
    /// # Errors
    /// [`WindowError`] when events are missing before it or it came before.
    pub fn push_end(&mut self, end: SessionEnd) -> Result<Chain, WindowError> {
        let seq = end.final_seq.saturating_add(1);
        self.expect(seq)?;
        let chain = self.head.1.end(&end);
        self.head = (seq, chain);
        self.end = Some((end, chain));
        Ok(chain)
    }

    /// Checks an acknowledgement completely (key, signature, order, chain) and lets go of what it
    /// covers. Repeating the last one is legal: the server may answer a resume with it.
    ///
    /// # Errors
    /// [`AckError`]; the window is then unchanged.
    pub fn acknowledge(
        &mut self,
        ack: &SignedAck,
        keys: &AckVerifiers,
    ) -> Result<VerifiedAck, AckError> {
        let ack = ack.verify(keys, self.session)?;
        let seq = ack.seq();
        if seq < self.acked.0 {
            return Err(AckError::Backwards { seq, acked: self.acked.0 });
        }
        let ours = self.chain_at(seq).ok_or(AckError::Future { seq, last: self.head.0 })?;
        if ours != ack.chain() {
            return Err(AckError::Chain(seq));
        }
        self.acked = (seq, ours);
        while self.events.front().is_some_and(|(event, _)| event.seq() <= seq) {
            self.bytes -= self.events.pop_front().map_or(0, |(event, _)| cost(&event));
        }
        Ok(ack)
    }

    /// The chain's value after event `seq`, when that is between the last proof and the head.
    pub fn chain_at(&self, seq: u64) -> Option<Chain> {
        if seq == self.acked.0 {
            return Some(self.acked.1);
        }
        if seq == self.head.0 {
            return Some(self.head.1);
        }
        let index = usize::try_from(seq.checked_sub(self.acked.0)?.checked_sub(1)?).ok()?;
        self.events.get(index).map(|(_, chain)| *chain)
    }

    /// What must be sent again from event `next_seq` on: the events, then the end if it is known.
    pub fn resend_from(
        &self,
        next_seq: u64,
    ) -> (impl Iterator<Item = &Event>, Option<&SessionEnd>) {
        let events =
            self.events.iter().map(|(event, _)| event).filter(move |e| e.seq() >= next_seq);
        (events, self.end.as_ref().map(|(end, _)| end))
    }

    /// The last number sent and the chain there.
    pub fn head(&self) -> (u64, Chain) {
        self.head
    }

    /// The last number proven and the chain there.
    pub fn acked(&self) -> (u64, Chain) {
        self.acked
    }

    /// True when everything sent is proven.
    pub fn is_settled(&self) -> bool {
        self.head.0 == self.acked.0
    }

    /// True when the end of the session is proven.
    pub fn is_complete(&self) -> bool {
        self.end.is_some() && self.is_settled()
    }

    /// Bytes held, with what each event costs beside its data.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn expect(&self, got: u64) -> Result<(), WindowError> {
        let want = self.head.0 + 1;
        if self.end.is_some() {
            Err(WindowError::Ended)
        } else if got != want {
            Err(WindowError::Gap { got, want })
        } else {
            Ok(())
        }
    }
}

fn cost(event: &Event) -> usize {
    event.data().len() + UNACKED_EVENT_OVERHEAD_BYTES
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::ack::AckSigner;
    use crate::session::{EventKind, sample};

    fn event(seq: u64) -> Event {
        Event::new(seq, 1, EventKind::Ttyout, Bytes::from(vec![b'x'; 1000])).unwrap()
    }

    struct Server(AckSigner);

    impl Server {
        fn ack(&self, session: SessionId, seq: u64, chain: Chain) -> SignedAck {
            SignedAck::sign(&self.0, session, seq, 0, chain)
        }
        fn keys(&self) -> AckVerifiers {
            AckVerifiers::new(vec![self.0.verifier()])
        }
    }

    #[test]
    fn proof_moves_forward_only() {
        let (start, server) = (sample::start(), Server(AckSigner::from_seed(&[1; 32])));
        let mut window = Window::new(&start);
        let chains: Vec<_> = (1..=3).map(|seq| window.push(event(seq)).unwrap()).collect();
        let ack = |seq, chain| server.ack(start.session_id, seq, chain);

        assert_eq!(window.acknowledge(&ack(2, chains[0]), &server.keys()), Err(AckError::Chain(2)));
        assert_eq!(
            window.acknowledge(&ack(4, chains[2]), &server.keys()),
            Err(AckError::Future { seq: 4, last: 3 })
        );
        assert_eq!(window.bytes(), 3 * (1000 + UNACKED_EVENT_OVERHEAD_BYTES));
        window.acknowledge(&ack(2, chains[1]), &server.keys()).unwrap();
        assert_eq!((window.acked(), window.is_settled()), ((2, chains[1]), false));
        assert_eq!(
            window.acknowledge(&ack(1, chains[0]), &server.keys()),
            Err(AckError::Backwards { seq: 1, acked: 2 })
        );
        window.acknowledge(&ack(2, chains[1]), &server.keys()).unwrap();
        window.acknowledge(&ack(3, chains[2]), &server.keys()).unwrap();
        assert_eq!((window.bytes(), window.is_settled()), (0, true));
    }

    #[test]
    fn complete_means_the_end_is_proven() {
        let (start, server) = (sample::start(), Server(AckSigner::from_seed(&[1; 32])));
        let mut window = Window::new(&start);
        window.push(event(1)).unwrap();
        assert_eq!(window.push_end(sample::end(2)), Err(WindowError::Gap { got: 3, want: 2 }));
        let last = window.push_end(sample::end(1)).unwrap();
        assert_eq!(window.push(event(3)), Err(WindowError::Ended));
        assert!(!window.is_complete());
        window.acknowledge(&server.ack(start.session_id, 2, last), &server.keys()).unwrap();
        assert!(window.is_complete());
    }

    #[test]
    fn resend_starts_where_the_server_wants() {
        let mut window = Window::new(&sample::start());
        (1..=5).for_each(|seq| {
            window.push(event(seq)).unwrap();
        });
        let (events, end) = window.resend_from(4);
        assert_eq!(events.map(Event::seq).collect::<Vec<_>>(), [4, 5]);
        assert_eq!(end, None);
    }

    #[test]
    fn full_by_bytes_and_by_count() {
        let mut window = Window::new(&sample::start());
        let mut seq = 0;
        while !window.is_full() {
            seq += 1;
            let data = Bytes::from(vec![0; 60_000]);
            window.push(Event::new(seq, 0, EventKind::Stdout, data).unwrap()).unwrap();
        }
        assert!(window.bytes() < UNACKED_BYTES_MAX + 70_000);
    }
}
