//! Sessions that ended before this server started: a host that resumes one gets its last proof from
//! the recording.
//!
//! That takes milliseconds of the disk's time for each, so it is done off the event loop, one after
//! another, while the connection goes on reading and answering heartbeats. What else is to be said
//! on a stream whose session is being looked for comes behind the answer.

use std::collections::{HashMap, VecDeque};

use sudolog_core::ack::SignedAck;
use sudolog_core::limits::SESSIONS_PER_HOST_MAX;
use sudolog_core::session::{HostName, SessionId};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Denied, DenyCode, Resumed};
use tokio::task::JoinHandle;

use crate::store::Catalog;

/// What one connection waits for.
pub(super) struct Lookups {
    catalog: Catalog,
    host: HostName,
    waiting: VecDeque<(u32, Step)>,
    /// The work on the first of `waiting`.
    running: Option<JoinHandle<Option<Proof>>>,
    /// How often a stream is in `waiting`.
    streams: HashMap<u32, usize>,
}

#[derive(Clone)]
enum Step {
    Find(SessionId),
    Say(Message),
}

/// How a session ended that is stored whole.
struct Proof {
    next_seq: u64,
    ack: SignedAck,
}

impl Lookups {
    /// Nothing to be looked for.
    pub(super) fn new(catalog: Catalog, host: HostName) -> Self {
        let (waiting, streams) = (VecDeque::new(), HashMap::new());
        Self { catalog, host, waiting, running: None, streams }
    }

    /// True while something is still to be said on that stream from here.
    pub(super) fn is_busy(&self, stream: u32) -> bool {
        self.streams.contains_key(&stream)
    }

    /// Looks for a session. False when too many are being looked for: more than a host can have.
    pub(super) fn find(&mut self, stream: u32, session: SessionId) -> bool {
        if self.streams.len() >= SESSIONS_PER_HOST_MAX {
            return false;
        }
        self.push(stream, Step::Find(session));
        true
    }

    /// Says this behind the answer that the stream waits for. False when the host has caused more
    /// of that than can be kept.
    pub(super) fn say_behind(&mut self, stream: u32, message: Message) -> bool {
        let room = self.waiting.len() < 2 * SESSIONS_PER_HOST_MAX;
        if room {
            self.push(stream, Step::Say(message));
        }
        room
    }

    /// The next answers; waits for ever while there is nothing to do. Safe to drop while it waits.
    pub(super) async fn answers(&mut self) -> Vec<(u32, Message)> {
        let Some((stream, Step::Find(session))) = self.waiting.front() else {
            return std::future::pending().await;
        };
        let (stream, session) = (*stream, *session);
        let running = self.running.get_or_insert_with(|| {
            let (catalog, host) = (self.catalog.clone(), self.host.clone());
            tokio::task::spawn_blocking(move || find(&catalog, &host, session))
        });
        let found = running.await;
        self.running = None;
        self.waiting.pop_front();
        self.done(stream);
        let mut answers = match found {
            Ok(Some(Proof { next_seq, ack })) => {
                vec![(stream, Message::Resumed(Resumed { next_seq })), (stream, Message::Ack(ack))]
            }
            Ok(None) | Err(_) => {
                let text = "this host has no such session".into();
                vec![(stream, Message::Denied(Denied { code: DenyCode::Session, text }))]
            }
        };
        while let Some((stream, Step::Say(message))) = self.waiting.front().cloned() {
            self.waiting.pop_front();
            self.done(stream);
            answers.push((stream, message));
        }
        answers
    }

    fn push(&mut self, stream: u32, step: Step) {
        *self.streams.entry(stream).or_default() += 1;
        self.waiting.push_back((stream, step));
    }

    fn done(&mut self, stream: u32) {
        if let Some(count) = self.streams.get_mut(&stream) {
            *count -= 1;
            if *count == 0 {
                self.streams.remove(&stream);
            }
        }
    }
}

/// Blocks.
fn find(catalog: &Catalog, host: &HostName, session: SessionId) -> Option<Proof> {
    let directory = catalog.directory(catalog.find(session).ok().flatten()?);
    let (start, end) = directory.session()?;
    let ack = directory.acks(1).pop()?;
    let next_seq = end?.final_seq.saturating_add(2);
    (start.submit_host == *host).then_some(Proof { next_seq, ack })
}
