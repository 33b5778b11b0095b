//! One host's connection: frames in, records to the journal, answers out.
//!
//! Reading never waits for the disk until this host has its share of the journal's queue, so
//! heartbeats are answered while a batch is synced or a stored session is looked for. All answers go
//! through one bounded queue and one writer. Between two messages others have their turn: no host can
//! keep the event loop to itself.
//!
//! Invariant I1: what a session's machine has counted is in the journal's queue. Room there is made
//! before a message is carried out, so nothing waits in between and a connection may be cut anywhere;
//! and the machine is locked until its records are queued, so whoever resumes the session comes
//! after them.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use sudolog_core::limits::{
    HANDSHAKE_DEADLINE, HOST_SILENT, INGEST_REPLIES_MAX, PROTOCOL_VERSION, SESSIONS_PER_HOST_MAX,
};
use sudolog_core::session::{HostName, SessionId, SessionStart};
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{
    Denied, DenyCode, Hello, Notice, NoticeKind, Resume, Resumed, Welcome,
};
use sudolog_core::wire::{DecodeError, Deframer, FrameError, Message};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::sync::{Notify, mpsc};
use tokio::task::coop::consume_budget;
use tokio::task::yield_now;
use tokio::time::timeout;

use super::audits::Audits;
use super::exact::exactly_stored;
use super::hosts::Seat;
use super::incidents::{kept, of_notice};
use super::lookups::Lookups;
use super::queue::Room;
use super::recorder::Recorder;
use crate::clock::now_ns;
use crate::journal::Record;
use crate::sessions::{Machine, Outlet, PeerError, Session};

/// Why a connection ended that should not have.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The network.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Bytes that are no frames.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The first message is not HELLO of our version, or comes too late.
    #[error("no proper HELLO: {0}")]
    Hello(String),
    /// The host sends no heartbeats.
    #[error("the host is silent: no heartbeat has come for {}", HOST_SILENT.as_secs())]
    Silent,
    /// The host does not read its answers.
    #[error("the host does not read its answers")]
    Deaf,
    /// The host has newer connections, more than it needs.
    #[error("the host has connected again too often; its oldest connection is cut")]
    Replaced,
    /// The server ends.
    #[error("the server is stopping")]
    Stopping,
}

/// Serves one host until it hangs up. `host` is what its certificate says.
///
/// # Errors
/// [`ConnectionError`]; the host's sessions stay and can be resumed.
pub async fn serve<S>(stream: S, host: HostName, recorder: Recorder) -> Result<(), ConnectionError>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let (mut reading, writing) = split(stream);
    let (frames, replies) = mpsc::channel(INGEST_REPLIES_MAX);
    let cut = Arc::new(Notify::new());
    let writer = tokio::spawn(write(writing, replies));
    let connection = NEXT_CONNECTION.fetch_add(1, Ordering::Relaxed);
    let outlet = Outlet { connection, instance: None, frames, cut: Arc::clone(&cut) };
    let seat = Arc::new(recorder.hosts().enter(&host, connection));
    let lookups = Lookups::new(recorder.catalog().clone(), host.clone());
    let audits = Audits::new(host.clone(), recorder.clone(), outlet.clone());
    let (streams, seat_of) = (HashMap::new(), Arc::clone(&seat));
    let mut handler = Handler { host, recorder, outlet, streams, lookups, audits, seat: seat_of };
    let result = tokio::select! {
        result = handler.serve(&mut reading) => result,
        () = cut.notified() => Err(ConnectionError::Deaf),
        () = seat.replaced() => Err(ConnectionError::Replaced),
    };
    handler.leave();
    drop(handler);
    // The writer ends when every sender is gone; what waits is still sent.
    let _ = tokio::time::timeout(HANDSHAKE_DEADLINE, writer).await;
    result
}

struct Handler {
    host: HostName,
    recorder: Recorder,
    outlet: Outlet,
    streams: HashMap<u32, Arc<Session>>,
    /// Sessions that are stored and that the host does not know to be.
    lookups: Lookups,
    /// What it says beside its recordings.
    audits: Audits,
    seat: Arc<Seat>,
}

/// Messages in their order, and what they take in memory.
#[derive(Default)]
struct Received {
    messages: Vec<(u32, Result<Message, DecodeError>)>,
    bytes: usize,
}

type Messages = std::iter::Peekable<std::vec::IntoIter<(u32, Result<Message, DecodeError>)>>;

impl Handler {
    async fn serve(
        &mut self,
        reading: &mut (impl AsyncRead + Unpin),
    ) -> Result<(), ConnectionError> {
        let mut deframer = Deframer::new();
        let greeted =
            tokio::time::timeout(HANDSHAKE_DEADLINE, self.greet(reading, &mut deframer)).await;
        greeted.map_err(|_| ConnectionError::Hello("it did not come in time".into()))??;
        loop {
            let received = self.receive(&mut deframer)?;
            if !received.messages.is_empty() {
                let room = self.room(&received).await?;
                self.carry_out(received, &room).await;
                yield_now().await;
                continue;
            }
            let buffer = deframer.buffer_mut();
            if buffer.capacity() - buffer.len() < READ_BYTES_MIN {
                buffer.reserve(READ_BYTES);
            }
            tokio::select! {
                read = timeout(HOST_SILENT, reading.read_buf(buffer)) => match read {
                    Ok(read) => if read? == 0 {
                        return Ok(());
                    },
                    // Its kernel may still be there, but nobody who records.
                    Err(_) => return Err(ConnectionError::Silent),
                },
                answers = self.lookups.answers() => {
                    answers.iter().for_each(|(stream, answer)| self.outlet.send(answer, *stream));
                }
            }
        }
    }

    /// Takes whole frames out of what was read. Heartbeats are answered here, before anything waits.
    fn receive(&self, deframer: &mut Deframer) -> Result<Received, ConnectionError> {
        let mut received = Received::default();
        while received.messages.len() < MESSAGES_AT_ONCE
            && let Some(frame) = deframer.next_frame()?
        {
            let (stream, bytes) = (frame.stream, frame.payload.len());
            match Message::decode(frame) {
                Ok(Message::Heartbeat(nonce)) => {
                    self.outlet.send(&Message::HeartbeatAck(nonce), stream);
                }
                message => {
                    received.bytes += bytes + overhead_bytes(&message);
                    received.messages.push((stream, message));
                }
            }
        }
        Ok(received)
    }

    /// Makes room for all that the messages can bring to the journal.
    async fn room(&self, received: &Received) -> Result<Room, ConnectionError> {
        let share = self.seat.share(received.bytes).await;
        let room = share.and_then(|share| self.recorder.queue().room(share));
        room.ok_or(ConnectionError::Stopping)
    }

    async fn greet(
        &mut self,
        reading: &mut (impl AsyncRead + Unpin),
        deframer: &mut Deframer,
    ) -> Result<(), ConnectionError> {
        let frame = loop {
            if let Some(frame) = deframer.next_frame()? {
                break frame;
            }
            if reading.read_buf(deframer.buffer_mut()).await? == 0 {
                return Err(ConnectionError::Hello("the host hung up".into()));
            }
        };
        match Message::decode(frame) {
            Ok(Message::Hello(hello)) => self.welcome(&hello),
            Ok(other) => Err(ConnectionError::Hello(format!("{} came first", other.name()))),
            Err(error) => Err(ConnectionError::Hello(error.to_string())),
        }
    }

    fn welcome(&mut self, hello: &Hello) -> Result<(), ConnectionError> {
        if hello.protocol != PROTOCOL_VERSION {
            let text =
                format!("protocol {} is not spoken here, only {PROTOCOL_VERSION}", hello.protocol);
            self.deny(0, DenyCode::Malformed, &text);
            return Err(ConnectionError::Hello(text));
        }
        if let Some(name) = hello.host.as_ref().filter(|name| **name != self.host) {
            let text = format!("the certificate is for {}, not for {name}", self.host);
            self.deny(0, DenyCode::Identity, &text);
            return Err(ConnectionError::Hello(text));
        }
        let welcome = Welcome {
            protocol: PROTOCOL_VERSION,
            server_id: concat!("sudolog-server ", env!("CARGO_PKG_VERSION")).to_owned(),
            server_time: Timestamp::from_nanos(now_ns()),
            ack_key_ids: vec![self.recorder.signer().id()],
            role: None,
        };
        self.outlet.send(&Message::Welcome(welcome), 0);
        self.outlet.instance = hello.instance;
        if let Some(instance) = hello.instance {
            self.recorder.started_anew(&self.host, instance);
        }
        Ok(())
    }

    /// Carries the messages out. A fault in one is its own stream's; the others go on.
    async fn carry_out(&mut self, received: Received, room: &Room) {
        let mut messages = received.messages.into_iter().peekable();
        while let Some((stream, message)) = messages.next() {
            consume_budget().await;
            match message {
                Ok(message @ (Message::Event(_) | Message::Close(_))) => {
                    self.run(stream, message, &mut messages, room);
                }
                Ok(Message::Open(start)) => self.open(stream, start, room).await,
                Ok(Message::Resume(resume)) => self.resume(stream, &resume),
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

    async fn open(&mut self, stream: u32, start: Box<SessionStart>, room: &Room) {
        if start.submit_host != self.host {
            let text = format!(
                "this host says it is {}, its certificate says {}",
                start.submit_host, self.host
            );
            tracing::warn!("SECURITY: {text}");
            return self.deny(stream, DenyCode::Identity, &text);
        }
        if self.is_in_use(stream) {
            return self.deny(stream, DenyCode::Malformed, "the stream is in use");
        }
        if let Some(parent) = start.parent.and_then(|id| self.recorder.registry().get(id))
            && parent.start().submit_host != self.host
        {
            tracing::warn!("SECURITY: {} names a session of another host as parent", self.host);
            return self.deny(stream, DenyCode::Session, "its parent is another host's session");
        }
        if self.is_stored(start.session_id).await {
            tracing::warn!("SECURITY: {} uses the id of a recording again", self.host);
            return self.deny(stream, DenyCode::Session, "a session with this id exists");
        }
        let Some(start) = exactly_stored(start).await else {
            let text = "the session cannot be recorded: its start cannot be stored exactly";
            return self.deny(stream, DenyCode::Malformed, text);
        };
        if let Some(complaint) = self.recorder.complaint() {
            return self.deny(stream, DenyCode::Storage, complaint);
        }
        if self.recorder.registry().count(&self.host) >= SESSIONS_PER_HOST_MAX {
            return self.deny(stream, DenyCode::Storage, "this host has too many sessions open");
        }
        let Some(tsid) = self.recorder.next_tsid() else {
            return self.deny(
                stream,
                DenyCode::Storage,
                "the log server has no session numbers left",
            );
        };
        let session = Session::new(tsid, &start);
        session.attach(&self.outlet, stream);
        let Some(session) = self.recorder.registry().insert(session) else {
            return self.deny(stream, DenyCode::Session, "a session with this id exists");
        };
        self.streams.insert(stream, Arc::clone(&session));
        room.submit(&session, vec![Record::Open { tsid, start }]);
    }

    /// True when there is a recording of that id. One that cannot be looked for counts as none: the
    /// index says nothing about durability.
    async fn is_stored(&self, id: SessionId) -> bool {
        let catalog = self.recorder.catalog().clone();
        let find = move || catalog.find(id).is_ok_and(|found| found.is_some());
        tokio::task::spawn_blocking(find).await.unwrap_or(false)
    }

    fn resume(&mut self, stream: u32, resume: &Resume) {
        if self.is_in_use(stream) {
            return self.deny(stream, DenyCode::Malformed, "the stream is in use");
        }
        let Some(session) = self.recorder.registry().get(resume.session_id) else {
            if !self.lookups.find(stream, resume.session_id) {
                let text = "this host resumes more sessions than it can have";
                self.deny(stream, DenyCode::Storage, text);
            }
            return;
        };
        if session.start().submit_host != self.host {
            return self.deny(stream, DenyCode::Session, "this host has no such session");
        }
        // Locked until the session is here: the connection that had it counts nothing after this.
        let machine = session.machine();
        match machine.resume(resume) {
            Ok(next_seq) => {
                let answer = Message::Resumed(Resumed { next_seq });
                session.reattach(&self.outlet, stream, &answer, self.recorder.signer(), now_ns());
                self.streams.insert(stream, Arc::clone(&session));
                drop(machine);
                if session.find() {
                    self.recorder.came_back(&session);
                }
            }
            Err(error) => {
                tracing::error!("{} of {}: {error}", session.tsid(), self.host);
                self.deny(stream, DenyCode::Session, &error.to_string());
            }
        }
    }

    fn notice(&mut self, stream: u32, notice: &Notice, room: &Room) {
        let Some(session) = self.streams.get(&stream).cloned() else { return };
        let (tsid, host, text) = (session.tsid(), &self.host, notice.text.escaped());
        match notice.kind {
            NoticeKind::Frozen => session.set_frozen(true),
            NoticeKind::Thawed => session.set_frozen(false),
            NoticeKind::Gone => {
                tracing::warn!(
                    "SECURITY: session {tsid} of {host} is INCOMPLETE: sudo went away: {text}"
                );
            }
            NoticeKind::BadAck | NoticeKind::Escape => {
                tracing::warn!("SECURITY: session {tsid} of {host}: {:?}: {text}", notice.kind);
            }
            NoticeKind::FreezeTimeout | NoticeKind::Terminating | NoticeKind::Other => {
                tracing::info!("session {tsid} of {host}: {:?}: {text}", notice.kind);
            }
        }
        let mut machine = session.machine();
        if !session.is_held_by(self.outlet.connection) {
            self.streams.remove(&stream);
            return;
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

    fn is_in_use(&self, stream: u32) -> bool {
        stream == 0 || self.streams.contains_key(&stream) || self.lookups.is_busy(stream)
    }

    fn deny(&mut self, stream: u32, code: DenyCode, text: &str) {
        let denied = Message::Denied(Denied { code, text: text.into() });
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
        self.deny(stream, code, text);
    }

    fn leave(&mut self) {
        for session in self.streams.values() {
            session.detach(self.outlet.connection);
        }
    }
}

/// What a message costs in memory beside its payload.
fn overhead_bytes(message: &Result<Message, DecodeError>) -> usize {
    let arguments = match message {
        Ok(Message::Open(start)) => start.argv.len() * ARGUMENT_OVERHEAD_BYTES,
        Ok(Message::Audit(audit)) => audit.entry.argv.len() * ARGUMENT_OVERHEAD_BYTES,
        _ => 0,
    };
    arguments + MESSAGE_OVERHEAD_BYTES
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

/// Sends what waits, as much as possible at once.
async fn write(
    mut writing: impl AsyncWrite + Unpin,
    mut replies: mpsc::Receiver<Bytes>,
) -> std::io::Result<()> {
    let mut waiting = Vec::new();
    let mut out = BytesMut::new();
    while replies.recv_many(&mut waiting, WRITES_AT_ONCE).await > 0 {
        out.clear();
        waiting.drain(..).for_each(|frame| out.extend_from_slice(&frame));
        writing.write_all(&out).await?;
        writing.flush().await?;
    }
    writing.shutdown().await
}

static NEXT_CONNECTION: AtomicU64 = AtomicU64::new(1);
const READ_BYTES: usize = 256 * 1024;
/// With less room than this in its buffer a connection gets a new one. What waits for the journal
/// holds on to the buffer that it came in, so there must not be one for every few bytes.
const READ_BYTES_MIN: usize = 64 * 1024;
const WRITES_AT_ONCE: usize = 256;
/// Messages carried out together.
const MESSAGES_AT_ONCE: usize = 4096;
const MESSAGE_OVERHEAD_BYTES: usize = 256;
const ARGUMENT_OVERHEAD_BYTES: usize = 64;
