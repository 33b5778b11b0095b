//! What the messages of one host do to its sessions, one after the other.
//!
//! A session's machine is locked until its records are queued, so whoever resumes the session comes
//! after them.

use std::collections::HashMap;
use std::sync::Arc;

use sudolog_core::session::HostName;
use sudolog_core::wire::message::{Denied, DenyCode, Notice, NoticeKind};
use sudolog_core::wire::{DecodeError, Message};
use tokio::task::coop::consume_budget;

use super::received::{Messages, Received};
use crate::clock::now_ns;
use crate::ingest::audits::Audits;
use crate::ingest::incidents::{kept, of_fault, of_notice};
use crate::ingest::lookups::Lookups;
use crate::ingest::queue::Room;
use crate::ingest::recorder::Recorder;
use crate::journal::Record;
use crate::sessions::{Machine, Outlet, PeerError, Session};

/// One connection's end of everything that its messages touch.
pub(super) struct Handler {
    pub(super) host: HostName,
    pub(super) recorder: Recorder,
    pub(super) outlet: Outlet,
    /// The sessions that this connection holds, by stream.
    pub(super) streams: HashMap<u32, Arc<Session>>,
    /// Sessions that are stored and that the host does not know to be.
    pub(super) lookups: Lookups,
    /// What it says beside its recordings.
    audits: Audits,
}

impl Handler {
    /// Nothing has been said yet.
    pub(super) fn new(host: HostName, recorder: Recorder, outlet: Outlet) -> Self {
        let lookups = Lookups::new(recorder.catalog().clone(), host.clone());
        let audits = Audits::new(host.clone(), recorder.clone(), outlet.clone());
        Self { host, recorder, outlet, streams: HashMap::new(), lookups, audits }
    }

    /// Carries the messages out. A fault in one is its own stream's; the others go on.
    pub(super) async fn carry_out(&mut self, received: Received, room: &Room) {
        let mut messages = received.into_messages();
        while let Some((stream, message)) = messages.next() {
            consume_budget().await;
            match message {
                Ok(message @ (Message::Event(_) | Message::Close(_))) => {
                    self.run(stream, message, &mut messages, room);
                }
                Ok(Message::Open(start)) => {
                    if let Err(denied) = self.open(stream, start, room).await {
                        self.deny(stream, denied);
                    }
                }
                Ok(Message::Resume(resume)) => {
                    if let Err(denied) = self.resume(stream, &resume) {
                        self.deny(stream, denied);
                    }
                }
                Ok(Message::Notice(notice)) => self.notice(stream, &notice, room),
                Ok(Message::Audit(audit)) => self.audits.take(*audit),
                // Newer messages are for newer servers; answers are not for us.
                Ok(_) | Err(DecodeError::Code(_)) => {}
                Err(error) => {
                    tracing::warn!("{}: {error}", self.host);
                    // Beside the sessions a refusal would cut the link, and it would come again.
                    if stream == 0 {
                        continue;
                    }
                    self.drop_stream(stream, DenyCode::Malformed, &error.to_string());
                }
            }
        }
    }

    /// Carries out a message of a session and those of the same session behind it, and queues what
    /// they bring before the session's machine is let go.
    fn run(&mut self, stream: u32, first: Message, rest: &mut Messages, room: &Room) {
        let Some(session) = self.streams.get(&stream).cloned() else { return };
        let mut machine = session.machine();
        if !session.is_held_by(self.outlet.connection) {
            self.streams.remove(&stream);
            return;
        }
        let (mut records, mut fault) = (Vec::new(), None);
        let mut next = Some(first);
        while let Some(message) = next.take() {
            match step(&mut machine, message) {
                Ok(record) => records.extend(record),
                Err(error) => {
                    fault = Some(error);
                    break;
                }
            }
            let same = |(other, message): &(u32, _)| *other == stream && is_step(message);
            next = rest.next_if(same).and_then(|(_, message)| message.ok());
        }
        // After its end only the proof of it goes this way, and that goes by the session.
        let ended = matches!(records.last(), Some(Record::Close { .. }));
        let doubt = fault.as_ref().and_then(|error| of_fault(error, machine.seq(), now_ns()));
        let doubt = doubt.filter(|_| !ended).and_then(|incident| kept(&session, incident));
        records.extend(doubt.map(Record::Incident));
        room.submit(&session, records);
        drop(machine);
        if ended {
            self.streams.remove(&stream);
        }
        if let Some(error) = fault {
            tracing::warn!("{} of {}: {error}", session.tsid(), self.host);
            self.drop_stream(stream, DenyCode::Session, &error.to_string());
        }
    }

    fn notice(&mut self, stream: u32, notice: &Notice, room: &Room) {
        let Some(session) = self.streams.get(&stream).cloned() else { return };
        let mut machine = session.machine();
        // What an older connection left behind says nothing about now.
        if !session.is_held_by(self.outlet.connection) {
            self.streams.remove(&stream);
            return;
        }
        let (tsid, host, text) = (session.tsid(), &self.host, notice.text.escaped());
        match notice.kind {
            NoticeKind::Frozen => session.set_frozen(true),
            NoticeKind::Thawed => session.set_frozen(false),
            NoticeKind::Gone => {
                tracing::warn!(
                    "SECURITY: session {tsid} of {host} is INCOMPLETE: sudo went away: {text}"
                );
            }
            NoticeKind::BadAck | NoticeKind::Escape | NoticeKind::Unchecked => {
                tracing::warn!("SECURITY: session {tsid} of {host}: {:?}: {text}", notice.kind);
            }
            NoticeKind::FreezeTimeout | NoticeKind::Terminating | NoticeKind::Other => {
                tracing::info!("session {tsid} of {host}: {:?}: {text}", notice.kind);
            }
        }
        if notice.kind == NoticeKind::Gone {
            let gone = machine.give_up("sudo went away without saying how the command ended");
            room.submit(&session, gone.into_iter().collect());
            self.streams.remove(&stream);
        } else if let Some(incident) = of_notice(notice, machine.seq(), now_ns())
            && let Some(incident) = kept(&session, incident)
        {
            room.submit(&session, vec![Record::Incident(incident)]);
        }
    }

    /// Says no, behind what else is still to be said on that stream.
    pub(super) fn deny(&mut self, stream: u32, denied: Denied) {
        let denied = Message::Denied(denied);
        if !self.lookups.is_busy(stream) {
            self.outlet.send(&denied, stream);
        } else if !self.lookups.say_behind(stream, denied) {
            self.outlet.cut.notify_one();
        }
    }

    /// Ends one session's right to go on here. What is stored stays.
    fn drop_stream(&mut self, stream: u32, code: DenyCode, text: &str) {
        if let Some(session) = self.streams.remove(&stream) {
            session.detach(self.outlet.connection);
        }
        self.deny(stream, denied(code, text));
    }

    /// The connection is gone; its sessions may be resumed.
    pub(super) fn leave(&mut self) {
        for session in self.streams.values() {
            session.detach(self.outlet.connection);
        }
    }
}

/// A refusal.
pub(super) fn denied(code: DenyCode, text: &str) -> Denied {
    Denied { code, text: text.into() }
}

/// True for the messages that a session's machine takes.
fn is_step(message: &Result<Message, DecodeError>) -> bool {
    matches!(message, Ok(Message::Event(_) | Message::Close(_)))
}

fn step(machine: &mut Machine, message: Message) -> Result<Option<Record>, PeerError> {
    match message {
        Message::Event(event) => machine.event(event),
        Message::Close(end) => machine.close(end),
        _ => Ok(None),
    }
}
