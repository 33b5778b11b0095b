//! The table at which the sessions and the link meet.
//!
//! Sessions put messages into one fair queue and find what came for them in an inbox; the link
//! empties the queue and fills the inboxes. Neither ever waits for the other. Invariants: what a
//! session meant for one connection never goes out over a later one; every queue is bounded (a
//! session's events by its window, the rest here).

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use sudolog_core::ack::SignedAck;
use sudolog_core::eventlog::Entry;
use sudolog_core::limits::{FAIR_TURN_BYTES, INBOX_MESSAGES_MAX, SESSIONS_PER_HOST_MAX};
use sudolog_core::session::SessionId;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::Audit;
use tokio::sync::Notify;
use tracing::{info, warn};

use super::spool::Spool;
use crate::machine::fair::FairQueue;
use crate::machine::link::{Link, Outage};
use crate::machine::outbox::Outbox;
use crate::machine::traffic::Outgoing;

/// Shared by all sessions and the link.
#[derive(Debug)]
pub struct Exchange {
    table: Mutex<Table>,
    /// Something waits to be sent.
    work: Notify,
    /// A session wants the link now.
    wanted: Notify,
    /// Where entries outlive this shipper. Taken before the table, never behind it.
    spool: Mutex<Option<Spool>>,
}

#[derive(Debug)]
struct Table {
    link: Link,
    connections: u64,
    queue: FairQueue<Outgoing>,
    outbox: Outbox,
    lines: HashMap<u32, Arc<Inbox>>,
    next_stream: u32,
}

/// What came for one session.
#[derive(Debug, Default)]
struct Inbox {
    mail: Mutex<Mail>,
    news: Notify,
}

/// Messages with the connection over which they came, and the newest acknowledgement.
#[derive(Debug, Default)]
pub struct Mail {
    /// In their order, each with the number of its connection.
    pub messages: VecDeque<(u64, Message)>,
    /// The newest one that came.
    pub ack: Option<SignedAck>,
}

impl Exchange {
    /// No link yet; `why` is what a session is told until there is one.
    pub fn new(now: Instant, why: Arc<str>) -> Arc<Self> {
        let link = Link::Down(Outage { heard_at: now, since: now, failures: 0, why });
        Arc::new(Self {
            table: Mutex::new(Table {
                link,
                connections: 0,
                queue: FairQueue::new(),
                outbox: Outbox::new(run()),
                lines: HashMap::new(),
                next_stream: 1,
            }),
            work: Notify::new(),
            wanted: Notify::new(),
            spool: Mutex::default(),
        })
    }

    /// A line for a new session; `None` when there are [`SESSIONS_PER_HOST_MAX`].
    pub fn line(self: &Arc<Self>) -> Option<Line> {
        let inbox = Arc::new(Inbox::default());
        let mut table = self.table();
        if table.lines.len() >= SESSIONS_PER_HOST_MAX {
            return None;
        }
        while table.next_stream == 0 || table.lines.contains_key(&table.next_stream) {
            table.next_stream = table.next_stream.wrapping_add(1);
        }
        let stream = table.next_stream;
        table.next_stream = stream.wrapping_add(1);
        table.lines.insert(stream, inbox.clone());
        let is_down = matches!(table.link, Link::Down(_));
        drop(table);
        if is_down {
            self.wanted.notify_one();
        }
        Some(Line { exchange: self.clone(), stream, inbox })
    }

    /// The link as it is.
    pub fn link(&self) -> Link {
        self.table().link.clone()
    }

    /// Queues an entry of the event log; it is kept here until the server says that it is stored.
    pub fn audit(&self, event: Audit) {
        let mut spool = self.spool.lock().unwrap_or_else(PoisonError::into_inner);
        let is_long = spool.as_mut().is_some_and(|spool| !spool.add(&event.entry));
        let kind = event.entry.kind;
        let mut table = self.table();
        if !table.outbox.push(event.entry) {
            warn!(kind = kind.name(), "audit events are lost: too many wait for the server");
        }
        if let Some(spool) = spool.as_mut().filter(|_| is_long) {
            spool.begin_anew(table.outbox.entries());
        }
        drop(table);
        self.work.notify_one();
    }

    /// From now on entries outlive this shipper there; those that an earlier one left go first.
    pub fn keep_in(&self, spool: Spool, left: Vec<Entry>) {
        if !left.is_empty() {
            info!(entries = left.len(), "audit events of an earlier shipper wait for the server");
        }
        *self.spool.lock().unwrap_or_else(PoisonError::into_inner) = Some(spool);
        let mut table = self.table();
        for entry in left {
            // What there is no room for is counted.
            table.outbox.push(entry);
        }
        drop(table);
        self.work.notify_one();
    }

    /// The server keeps all entries up to that number.
    pub fn audited(&self, number: u64) {
        let mut spool = self.spool.lock().unwrap_or_else(PoisonError::into_inner);
        let mut table = self.table();
        let more = table.outbox.audited(number);
        if let Some(spool) = spool.as_mut().filter(|_| table.outbox.is_empty()) {
            spool.begin_anew(std::iter::empty());
        }
        drop(table);
        if more {
            self.work.notify_one();
        }
    }

    /// A connection stands; all sessions hear of it. Returns its number.
    pub fn link_up(&self) -> u64 {
        let mut table = self.table();
        table.connections += 1;
        let connection = table.connections;
        table.link = Link::Up(connection);
        table.queue.forget(|_| true);
        table.outbox.again();
        table.tell_lines();
        drop(table);
        self.work.notify_one();
        connection
    }

    /// The connection is gone; all sessions hear of it.
    pub fn link_down(&self, now: Instant, heard_at: Instant, why: Arc<str>) {
        let mut table = self.table();
        table.link = Link::Down(Outage { heard_at, since: now, failures: 0, why });
        table.queue.forget(|_| true);
        table.tell_lines();
    }

    /// A try to connect failed. Returns the number of failures in this outage.
    pub fn link_failed(&self, why: Arc<str>) -> u32 {
        let mut table = self.table();
        let Link::Down(outage) = &mut table.link else { return 0 };
        outage.failures = outage.failures.saturating_add(1);
        outage.why = why;
        let failures = outage.failures;
        table.tell_lines();
        failures
    }

    /// True while there are sessions.
    pub fn has_lines(&self) -> bool {
        !self.table().lines.is_empty()
    }

    /// Waits until a session wants the link.
    pub async fn wanted(&self) {
        self.wanted.notified().await;
    }

    /// Waits until there may be something to send.
    pub async fn work(&self) {
        self.work.notified().await;
    }

    /// Moves about `budget` bytes of what waits to `out`: entries of the event log take their turn
    /// as if they were one session.
    pub fn take(&self, budget: usize, out: &mut Vec<(u32, Outgoing)>) {
        let mut entries = Vec::new();
        let mut table = self.table();
        table.outbox.take(now(), budget.min(FAIR_TURN_BYTES), &mut entries);
        let control = |audit| (0, Outgoing::control(Message::Audit(Box::new(audit))));
        out.extend(entries.into_iter().map(control));
        table.queue.take(budget, out);
    }

    /// Hands what came over a connection to its sessions, and empties the list. What comes for a
    /// session that has ended is dropped.
    pub fn deliver(&self, connection: u64, arrived: &mut Vec<(u32, Message)>) {
        let table = self.table();
        for (stream, message) in arrived.drain(..) {
            if let Some(inbox) = table.lines.get(&stream) {
                inbox.put(stream, connection, message);
            }
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // Every change under the lock is whole before anything in it could panic.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn tell_lines(&self) {
        self.lines.values().for_each(|inbox| inbox.news.notify_one());
    }
}

impl Inbox {
    fn put(&self, stream: u32, connection: u64, message: Message) {
        let mut mail = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        match message {
            // One acknowledgement covers all before it; one that goes back is kept as evidence.
            Message::Ack(ack) if mail.ack.as_ref().is_none_or(|old| ack.seq >= old.seq) => {
                mail.ack = Some(ack);
            }
            message if mail.messages.len() < INBOX_MESSAGES_MAX => {
                mail.messages.push_back((connection, message));
            }
            message => {
                warn!(stream, message = message.name(), "dropped: the server floods a session")
            }
        }
        drop(mail);
        self.news.notify_one();
    }
}

/// One session's place at the table; gives it up when dropped. What it queued is still sent.
#[derive(Debug)]
pub struct Line {
    exchange: Arc<Exchange>,
    stream: u32,
    inbox: Arc<Inbox>,
}

impl Line {
    /// Waits until the link changes or something comes.
    pub async fn news(&self) {
        self.inbox.news.notified().await;
    }

    /// The link as it is.
    pub fn link(&self) -> Link {
        self.exchange.link()
    }

    /// Takes only the oldest message, and leaves proof and the rest.
    pub fn next_message(&self) -> Option<Message> {
        let mut mail = self.inbox.mail.lock().unwrap_or_else(PoisonError::into_inner);
        mail.messages.pop_front().map(|(_, message)| message)
    }

    /// Takes what came.
    pub fn mail(&self) -> Mail {
        std::mem::take(&mut *self.inbox.mail.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Queues messages for that connection and empties the list; when another one or none has
    /// taken its place they are dropped, and the session will hear of it.
    pub fn send(&self, connection: u64, messages: &mut Vec<Outgoing>) {
        if messages.is_empty() {
            return;
        }
        let mut table = self.exchange.table();
        if table.link == Link::Up(connection) {
            for message in messages.drain(..) {
                table.queue.push(self.stream, message.cost(), message);
            }
        }
        drop(table);
        messages.clear();
        self.exchange.work.notify_one();
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.exchange.table().lines.remove(&self.stream);
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

/// A name for this run. Without randomness two runs within a millisecond would share it.
fn run() -> SessionId {
    let mut random = [0; 10];
    let _ = getrandom::fill(&mut random);
    SessionId::v7(now().as_nanos() / 1_000_000, random)
}

#[cfg(test)]
mod tests {
    use sudolog_core::eventlog::{Kind, Source};

    use super::*;

    fn exchange() -> Arc<Exchange> {
        Exchange::new(Instant::now(), "not yet".into())
    }

    fn beat(nonce: u64) -> Vec<Outgoing> {
        vec![Outgoing::control(Message::Heartbeat(nonce))]
    }

    #[test]
    fn what_was_meant_for_one_connection_stays_there() {
        let exchange = exchange();
        let line = exchange.line().unwrap();
        let first = exchange.link_up();
        line.send(first, &mut beat(1));
        exchange.link_down(Instant::now(), Instant::now(), "cut".into());
        let second = exchange.link_up();
        line.send(first, &mut beat(2));
        line.send(second, &mut beat(3));
        let mut out = Vec::new();
        exchange.take(1000, &mut out);
        assert_eq!(out, [(line.stream, beat(3).remove(0))]);
    }

    #[test]
    fn only_the_newest_ack_is_kept_and_floods_are_cut() {
        let exchange = exchange();
        let line = exchange.line().unwrap();
        let signer = sudolog_core::ack::AckSigner::from_seed(&[1; 32]);
        let id = sudolog_core::session::SessionId::from_bytes([1; 16]);
        let chain = sudolog_core::ack::Chain::from_bytes([0; 32]);
        let ack = |seq| Message::Ack(SignedAck::sign(&signer, id, seq, 0, chain));
        let mut arrived: Vec<_> = [1, 5, 3].map(|seq| (line.stream, ack(seq))).into();
        arrived.extend((0..200).map(|n| (line.stream, Message::HeartbeatAck(n))));
        arrived.push((999, ack(1)));
        exchange.deliver(7, &mut arrived);
        let mail = line.mail();
        assert_eq!(mail.ack.map(|ack| ack.seq), Some(5));
        assert_eq!(mail.messages.front(), Some(&(7, ack(3))));
        assert_eq!(mail.messages.len(), INBOX_MESSAGES_MAX);
    }

    #[test]
    fn audit_events_wait_for_the_server_and_go_again_until_it_has_them() {
        let exchange = exchange();
        for n in 1..=3 {
            let id = format!("a.{n}").parse().unwrap();
            let entry = Entry::new(id, Default::default(), Source::Sudo, Kind::Reject);
            exchange.audit(Audit { number: 0, entry });
        }
        let numbers = || {
            let mut out = Vec::new();
            exchange.take(10_000, &mut out);
            let number = |outgoing: &Outgoing| match outgoing {
                Outgoing::Control(message) => match &**message {
                    Message::Audit(audit) => audit.number,
                    _ => 0,
                },
                Outgoing::Event(_) => 0,
            };
            out.iter().map(|(_, outgoing)| number(outgoing)).collect::<Vec<_>>()
        };
        exchange.link_up();
        assert_eq!(numbers(), [1, 2, 3]);
        exchange.audited(1);
        exchange.link_down(Instant::now(), Instant::now(), "cut".into());
        exchange.link_up();
        assert_eq!(numbers(), [2, 3]);
        exchange.audited(3);
        exchange.link_up();
        assert_eq!(numbers(), [] as [u64; 0]);
    }
}
