//! One host's connection: frames in, records to the journal, answers out.
//!
//! Reading never waits for the disk until this host has [`INGEST_BYTES_MAX`] in the journal's queue,
//! so heartbeats are answered while a batch is synced. All answers go through one bounded queue and
//! one writer.
//!
//! Invariant I1: what a session's machine has counted is in the journal's queue. Room there is made
//! before a message is carried out, so nothing waits in between and a connection may be cut anywhere;
//! and the machine is locked until its records are queued, so whoever resumes the session comes
//! after them.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use sudolog_core::iolog::LogInfo;
use sudolog_core::limits::{
    HANDSHAKE_DEADLINE, INGEST_BYTES_MAX, INGEST_REPLIES_MAX, PROTOCOL_VERSION,
    SESSIONS_PER_HOST_MAX,
};
use sudolog_core::session::{HostName, SessionStart};
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{
    Denied, DenyCode, Hello, Notice, NoticeKind, Resume, Resumed, Welcome,
};
use sudolog_core::wire::{DecodeError, Deframer, FrameError, Message};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::sync::{Notify, Semaphore, mpsc};

use super::committer::{Room, Submission, now_ns};
use super::recorder::Recorder;
use super::registry::{Outlet, Session};
use super::session::{Machine, PeerError};
use crate::journal::Record;

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
    /// The host does not read its answers.
    #[error("the host does not read its answers")]
    Deaf,
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
    let outlet = Outlet { connection, frames, cut: Arc::clone(&cut) };
    let mut handler = Handler {
        host,
        recorder,
        outlet,
        streams: HashMap::new(),
        budget: Arc::new(Semaphore::new(INGEST_BYTES_MAX)),
    };
    let result = tokio::select! {
        result = handler.serve(&mut reading) => result,
        () = cut.notified() => Err(ConnectionError::Deaf),
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
    budget: Arc<Semaphore>,
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
                let queue = self.recorder.queue().ok_or(ConnectionError::Stopping)?;
                let mut room = self.room(&queue, &received).await?;
                self.carry_out(received, &mut room);
                continue;
            }
            let buffer = deframer.buffer_mut();
            buffer.reserve(READ_BYTES);
            if reading.read_buf(buffer).await? == 0 {
                return Ok(());
            }
        }
    }

    /// Takes whole frames out of what was read. Heartbeats are answered here, before anything waits.
    fn receive(&self, deframer: &mut Deframer) -> Result<Received, ConnectionError> {
        let mut received = Received::default();
        while received.messages.len() < MESSAGES_AT_ONCE
            && let Some(frame) = deframer.next_frame()?
        {
            let (stream, bytes) = (frame.stream, frame.payload.len() + MESSAGE_OVERHEAD_BYTES);
            match Message::decode(frame) {
                Ok(Message::Heartbeat(nonce)) => {
                    self.outlet.send(&Message::HeartbeatAck(nonce), stream);
                }
                message => {
                    received.messages.push((stream, message));
                    received.bytes += bytes;
                }
            }
        }
        Ok(received)
    }

    /// Makes room for all that the messages can bring to the journal.
    async fn room<'a>(
        &self,
        queue: &'a mpsc::Sender<Submission>,
        received: &Received,
    ) -> Result<Room<'a>, ConnectionError> {
        let bytes = u32::try_from(received.bytes.min(INGEST_BYTES_MAX)).unwrap_or(u32::MAX);
        let permit = Arc::clone(&self.budget).acquire_many_owned(bytes).await;
        let slots = queue.reserve_many(received.messages.len()).await;
        match (permit, slots) {
            (Ok(permit), Ok(slots)) => Ok(Room::new(slots, permit)),
            _ => Err(ConnectionError::Stopping),
        }
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

    fn welcome(&self, hello: &Hello) -> Result<(), ConnectionError> {
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
        };
        self.outlet.send(&Message::Welcome(welcome), 0);
        Ok(())
    }

    /// Carries the messages out. A fault in one is its own stream's; the others go on.
    fn carry_out(&mut self, received: Received, room: &mut Room<'_>) {
        let mut messages = received.messages.into_iter().peekable();
        while let Some((stream, message)) = messages.next() {
            match message {
                Ok(message @ (Message::Event(_) | Message::Close(_))) => {
                    self.run(stream, message, &mut messages, room);
                }
                Ok(Message::Open(start)) => self.open(stream, *start, room),
                Ok(Message::Resume(resume)) => self.resume(stream, &resume),
                Ok(Message::Notice(notice)) => self.notice(stream, &notice, room),
                // Newer messages are for newer servers; answers are not for us.
                Ok(_) | Err(DecodeError::Code(_)) => {}
                Err(error) => {
                    tracing::warn!("{}: {error}", self.host);
                    self.drop_stream(stream, DenyCode::Malformed, &error.to_string());
                }
            }
        }
    }

    /// Carries out a message of a session and those of the same session behind it, and queues what
    /// they bring before the session's machine is let go.
    fn run(&mut self, stream: u32, first: Message, rest: &mut Messages, room: &mut Room<'_>) {
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

    fn open(&mut self, stream: u32, start: SessionStart, room: &mut Room<'_>) {
        if start.submit_host != self.host {
            let text = format!(
                "this host says it is {}, its certificate says {}",
                start.submit_host, self.host
            );
            tracing::warn!("SECURITY: {text}");
            return self.deny(stream, DenyCode::Identity, &text);
        }
        if stream == 0 || self.streams.contains_key(&stream) {
            return self.deny(stream, DenyCode::Malformed, "the stream is in use");
        }
        if !comes_back_exactly(&start) {
            let text = "the session cannot be recorded: its start cannot be stored exactly";
            return self.deny(stream, DenyCode::Malformed, text);
        }
        if !self.recorder.is_healthy() {
            return self.deny(
                stream,
                DenyCode::Storage,
                "the log server cannot store at present; its disk may be full",
            );
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
        room.submit(&session, vec![Record::Open { tsid, start: Box::new(start) }]);
    }

    fn resume(&mut self, stream: u32, resume: &Resume) {
        if stream == 0 || self.streams.contains_key(&stream) {
            return self.deny(stream, DenyCode::Malformed, "the stream is in use");
        }
        let Some(session) = self.recorder.registry().get(resume.session_id) else {
            return self.resume_stored(stream, resume);
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
            }
            Err(error) => {
                tracing::error!("{} of {}: {error}", session.tsid(), self.host);
                self.deny(stream, DenyCode::Session, &error.to_string());
            }
        }
    }

    /// A session that ended before this server started: its last proof is beside the recording.
    fn resume_stored(&self, stream: u32, resume: &Resume) {
        let catalog = self.recorder.catalog();
        let found =
            catalog.find(resume.session_id).ok().flatten().map(|tsid| catalog.directory(tsid));
        let stored = found.and_then(|dir| {
            let (start, end) = dir.session()?;
            let last = dir.acks(1).pop()?;
            (start.submit_host == self.host).then_some((end?, last))
        });
        match stored {
            Some((end, ack)) => {
                let next_seq = end.final_seq.saturating_add(2);
                self.outlet.send(&Message::Resumed(Resumed { next_seq }), stream);
                self.outlet.send(&Message::Ack(ack), stream);
            }
            None => self.deny(stream, DenyCode::Session, "this host has no such session"),
        }
    }

    fn notice(&mut self, stream: u32, notice: &Notice, room: &mut Room<'_>) {
        let Some(session) = self.streams.get(&stream).cloned() else { return };
        let (tsid, host, text) = (session.tsid(), &self.host, notice.text.escaped());
        match notice.kind {
            NoticeKind::Frozen => session.set_frozen(true),
            NoticeKind::Thawed => session.set_frozen(false),
            NoticeKind::Gone => {
                tracing::warn!(
                    "SECURITY: session {tsid} of {host} is INCOMPLETE: sudo went away: {text}"
                );
                let mut machine = session.machine();
                if session.is_held_by(self.outlet.connection) {
                    let gone =
                        machine.give_up("sudo went away without saying how the command ended");
                    room.submit(&session, gone.into_iter().collect());
                }
                drop(machine);
                self.streams.remove(&stream);
            }
            NoticeKind::BadAck | NoticeKind::Escape => {
                tracing::warn!("SECURITY: session {tsid} of {host}: {:?}: {text}", notice.kind);
            }
            NoticeKind::FreezeTimeout | NoticeKind::Terminating | NoticeKind::Other => {
                tracing::info!("session {tsid} of {host}: {:?}: {text}", notice.kind);
            }
        }
    }

    fn deny(&self, stream: u32, code: DenyCode, text: &str) {
        self.outlet.send(&Message::Denied(Denied { code, text: text.into() }), stream);
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

/// Invariant I8: the files must give back exactly this start, or nobody could verify the recording.
fn comes_back_exactly(start: &SessionStart) -> bool {
    let stored = LogInfo::parse(&LogInfo::encode(start, None)).ok();
    let read = stored.and_then(|info| info.to_session(start.session_id));
    start.submit_time.nanoseconds < NANOS_PER_SECOND
        && read.is_some_and(|(read, end)| read == *start && end.is_none())
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
const WRITES_AT_ONCE: usize = 256;
/// Messages carried out together; fewer than the journal's queue has slots.
const MESSAGES_AT_ONCE: usize = 4096;
/// What a message costs in memory beside its payload.
const MESSAGE_OVERHEAD_BYTES: usize = 128;
const NANOS_PER_SECOND: u32 = 1_000_000_000;
