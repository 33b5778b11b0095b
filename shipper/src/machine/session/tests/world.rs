//! A session under a clock in memory, and the server that it speaks with.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use sudolog_core::ack::{AckSigner, AckVerifiers, Chain, SignedAck};
use sudolog_core::session::{Event, EventKind, sample};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{NoticeKind, Order, OrderKind, Resumed};

use super::super::Session;
use crate::machine::link::{Link, Outage};
use crate::machine::traffic::{GroupState, Input, Outgoing, Output};

pub(super) const MS: fn(u64) -> Duration = Duration::from_millis;

/// A session, and a server that keeps what reached it.
pub(super) struct World {
    pub(super) t: Instant,
    pub(super) signer: AckSigner,
    pub(super) session: Session,
    pub(super) sent: u64,
    pub(super) head: Chain,
    pub(super) stored: Vec<(u64, Chain)>,
    pub(super) out: Vec<Output>,
    /// sudo is heard all the time.
    pub(super) talks: bool,
}

impl World {
    pub(super) fn new() -> Self {
        let (t, signer, start) = (Instant::now(), AckSigner::from_seed(&[1; 32]), sample::start());
        let keys = Arc::new(AckVerifiers::new(vec![signer.verifier()]));
        let session = Session::new(t, &start, keys, 1, Some(MS(300_000)));
        let head = Chain::start(&start);
        Self {
            t,
            signer,
            session,
            sent: 0,
            head,
            stored: vec![(0, head)],
            out: Vec::new(),
            talks: true,
        }
    }

    /// Handles and polls at `ms`; gives what came out, after the server stored its share.
    pub(super) fn at(&mut self, ms: u64, input: Input) -> Vec<Output> {
        self.session.handle(self.t + MS(ms), input, &mut self.out).unwrap();
        self.poll(ms)
    }

    pub(super) fn poll(&mut self, ms: u64) -> Vec<Output> {
        if self.talks {
            let heard = Input::Heard;
            self.session.handle(self.t + MS(ms), heard, &mut self.out).unwrap();
        }
        self.session.poll(self.t + MS(ms), &mut self.out);
        let out = std::mem::take(&mut self.out);
        out.iter().for_each(|output| self.store(output));
        out
    }

    fn store(&mut self, output: &Output) {
        let Output::ToServer(outgoing) = output else { return };
        let (last, chain) = *self.stored.last().unwrap();
        let next = match outgoing {
            Outgoing::Event(event) => (event.seq(), chain.event(event)),
            Outgoing::Control(message) => match message.as_ref() {
                Message::Close(end) => (end.final_seq + 1, chain.end(end)),
                _ => return,
            },
        };
        assert_eq!(next.0, last + 1, "events reach the server in order");
        self.stored.push(next);
    }

    pub(super) fn event(&mut self, ms: u64, bytes: usize) -> Vec<Output> {
        self.sent += 1;
        let data = Bytes::from(vec![b'x'; bytes]);
        let event = Event::new(self.sent, 1, EventKind::Ttyout, data).unwrap();
        self.head = self.head.event(&event);
        self.at(ms, Input::Event(event))
    }

    pub(super) fn close(&mut self, ms: u64) -> Vec<Output> {
        self.at(ms, Input::Close(sample::end(self.sent)))
    }

    pub(super) fn signed(&self) -> SignedAck {
        let (seq, chain) = *self.stored.last().unwrap();
        SignedAck::sign(&self.signer, self.session.id(), seq, 0, chain)
    }

    pub(super) fn ack(&mut self, ms: u64) -> Vec<Output> {
        let ack = self.signed();
        self.at(ms, Input::Ack(ack))
    }

    pub(super) fn cut(&mut self, ms: u64) -> Vec<Output> {
        let now = self.t + MS(ms);
        let outage = Outage { heard_at: now, since: now, failures: 0, why: "cut".into() };
        self.at(ms, Input::Link(Link::Down(outage)))
    }

    /// A new connection: the server says what it lacks.
    pub(super) fn reconnect(&mut self, ms: u64) -> Vec<Output> {
        let connection = self.session.connection() + 1;
        let out = self.at(ms, Input::Link(Link::Up(connection)));
        assert!(matches!(control(&out), Some(Message::Resume(_))), "{out:?}");
        let next_seq = self.stored.last().unwrap().0 + 1;
        self.at(ms, Input::Resumed(Resumed { next_seq }))
    }

    pub(super) fn order(&mut self, ms: u64, kind: OrderKind) -> Vec<Output> {
        self.at(ms, Input::Order(Order { kind, who: "olga".into(), why: "test".into() }))
    }
}

fn control(out: &[Output]) -> Option<Message> {
    out.iter().find_map(|output| match output {
        Output::ToServer(Outgoing::Control(message)) => Some(message.as_ref().clone()),
        _ => None,
    })
}

/// Notices for the server and for the plugin.
pub(super) fn notices(out: &[Output]) -> (Vec<NoticeKind>, Vec<NoticeKind>) {
    let kind = |message: &Message| match message {
        Message::Notice(notice) => Some(notice.kind),
        _ => None,
    };
    let up = out.iter().filter_map(|output| match output {
        Output::ToServer(Outgoing::Control(message)) => kind(message),
        _ => None,
    });
    let down = out.iter().filter_map(|output| match output {
        Output::ToPlugin(message) => kind(message),
        _ => None,
    });
    (up.collect(), down.collect())
}

pub(super) fn frozen(frozen: bool) -> Input {
    Input::Group(GroupState { populated: true, frozen })
}
