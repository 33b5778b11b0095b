//! A session that a host records, every acknowledgement verified.

use std::sync::atomic::{AtomicU8, Ordering};

use bytes::BytesMut;
use sudolog_core::ack::{AckVerifiers, Window};
use sudolog_core::limits::{ALPN_SHIP, EVENT_DATA_BYTES_MAX};
use sudolog_core::session::{
    Event, EventKind, HostName, SessionEnd, SessionId, SessionStart, Tsid, sample,
};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Checked, Notice, Order, Resume};

use super::peer::Peer;
use super::world::{Client, World};

/// A running session.
pub struct Recording {
    host: Peer,
    name: HostName,
    session_id: SessionId,
    keys: AckVerifiers,
    window: Window,
    seq: u64,
    out: BytesMut,
    pub tsid: Tsid,
    /// Lines wait for the rules, as OPENED says.
    pub opened_waiting: bool,
}

impl Recording {
    /// A session on a terminal of 5 rows and 40 columns.
    pub async fn start(world: &World, host: &str, user: &str) -> Self {
        Self::start_as(world, start(host, user)).await
    }

    pub async fn start_as(world: &World, start: SessionStart) -> Self {
        let client = Client::new(&world.pki(), start.submit_host.as_str(), ALPN_SHIP);
        let mut host = Peer::dial(world, &client).await.unwrap().greeted().await.beating();
        let (window, name) = (Window::new(&start), start.submit_host.clone());
        let session_id = start.session_id;
        host.send(&Message::Open(Box::new(start)), STREAM).await;
        let (tsid, opened_waiting) = match host.receive().await.unwrap() {
            Some((STREAM, Message::Opened(opened))) => (opened.tsid, opened.wait),
            other => panic!("{other:?}"),
        };
        let (keys, out) = (world.keys(), BytesMut::new());
        Self { host, name, session_id, keys, window, seq: 0, out, tsid, opened_waiting }
    }

    /// The host is back, at this server, which must have all that was acknowledged.
    pub async fn resume(&mut self, world: &World) {
        let client = Client::new(&world.pki(), self.name.as_str(), ALPN_SHIP);
        self.host = Peer::dial(world, &client).await.unwrap().greeted().await.beating();
        let (acked, chain) = self.window.acked();
        let resume = Resume { session_id: self.session_id, first_seq: acked + 1, chain };
        self.host.send(&Message::Resume(resume), STREAM).await;
        match self.host.receive().await.unwrap() {
            Some((STREAM, Message::Resumed(resumed))) => assert_eq!(resumed.next_seq, acked + 1),
            other => panic!("{other:?}"),
        }
    }

    /// Sends output and waits until it is proven stored.
    pub async fn write(&mut self, text: &str) {
        self.push(EventKind::Ttyout, text.as_bytes());
        self.settle().await;
    }

    /// Queues an event.
    pub fn push(&mut self, kind: EventKind, data: &[u8]) -> Event {
        self.push_delayed(1_000_000, kind, data)
    }

    /// Queues an event that comes so many seconds after the one before it.
    pub fn push_after(&mut self, seconds: u64, kind: EventKind, data: &[u8]) -> Event {
        self.push_delayed(seconds * 1_000_000_000, kind, data)
    }

    fn push_delayed(&mut self, delay_ns: u64, kind: EventKind, data: &[u8]) -> Event {
        assert!(data.len() <= EVENT_DATA_BYTES_MAX);
        self.seq += 1;
        let event = Event::new(self.seq, delay_ns, kind, data.to_vec().into()).unwrap();
        self.window.push(event.clone()).unwrap();
        Message::Event(event.clone()).encode(STREAM, &mut self.out);
        event
    }

    /// Sends what is queued and waits until it is proven stored.
    pub async fn settle(&mut self) {
        self.host.send_bytes(&self.out.split()).await;
        while !self.window.is_settled() {
            self.acknowledged().await;
        }
    }

    /// Sends what is queued and waits for an operator's order.
    pub async fn ordered(&mut self) -> Order {
        self.host.send_bytes(&self.out.split()).await;
        loop {
            match self.host.receive().await.unwrap() {
                Some((STREAM, Message::Order(order))) => return order,
                Some((STREAM, Message::Ack(_) | Message::Checked(_))) => {}
                other => panic!("no order: {other:?}"),
            }
        }
    }

    /// Sends what is queued and waits for what the rules say.
    pub async fn checked(&mut self) -> Checked {
        self.host.send_bytes(&self.out.split()).await;
        loop {
            match self.host.receive().await.unwrap() {
                Some((STREAM, Message::Checked(checked))) => return checked,
                Some((STREAM, Message::Ack(_))) => {}
                other => panic!("nothing of the rules: {other:?}"),
            }
        }
    }

    /// Says what the host did or saw.
    pub async fn notice(&mut self, notice: Notice) {
        self.host.send(&Message::Notice(notice), STREAM).await;
    }

    /// Sends an event whose number is not the next one.
    pub async fn skip(&mut self, kind: EventKind, data: &[u8]) {
        let event = Event::new(self.seq + 2, 1, kind, data.to_vec().into()).unwrap();
        self.host.send(&Message::Event(event), STREAM).await;
    }

    /// Ends the session and waits for the proof of it.
    pub async fn end(mut self) {
        let end = SessionEnd { exit_value: Some(3), ..sample::end(self.seq) };
        self.window.push_end(end.clone()).unwrap();
        self.host.send(&Message::Close(end), STREAM).await;
        while !self.window.is_complete() {
            self.acknowledged().await;
        }
    }

    async fn acknowledged(&mut self) {
        match self.host.receive().await.unwrap() {
            Some((STREAM, Message::Ack(ack))) => {
                self.window.acknowledge(&ack, &self.keys).unwrap();
            }
            Some((STREAM, Message::Checked(_))) => {}
            other => panic!("no proof: {other:?}"),
        }
    }
}

pub fn start(host: &str, user: &str) -> SessionStart {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    SessionStart {
        submit_host: host.parse().unwrap(),
        submit_user: user.into(),
        submit_time: Default::default(),
        command: "/bin/sh".into(),
        argv: vec!["sh".into()],
        lines: 5,
        columns: 40,
        ..sample::start_of(number)
    }
}

static NUMBER: AtomicU8 = AtomicU8::new(1);
const STREAM: u32 = 1;
