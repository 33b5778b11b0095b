//! The plugin's side of the protocol for one scripted session: HELLO, OPEN, EVENT…, CLOSE over the
//! shipper's socket, with every acknowledgement verified as the plugin verifies it.

use std::path::Path;

use bytes::Bytes;
use sudolog_core::ack::{AckError, AckVerifiers, Window, WindowError};
use sudolog_core::limits::{CLOSE_DEADLINE, PROTOCOL_VERSION, START_DEADLINE};
use sudolog_core::session::{
    Event, EventError, EventKind, HostName, SessionEnd, SessionStart, Tsid,
};
use sudolog_core::wire::message::{Denied, Hello, NoticeKind, OrderKind};
use sudolog_core::wire::{DecodeError, Deframer, FrameError, Message};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::Instant;

/// A session that is being recorded.
pub(super) struct Recorder {
    incoming: Incoming,
    outgoing: OwnedWriteHalf,
    window: Window,
    keys: AckVerifiers,
    tsid: Tsid,
    started: Instant,
    last_event: Instant,
}

/// A recording that cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecorderError {
    /// The socket.
    #[error("the shipper's socket: {0}")]
    Socket(#[from] std::io::Error),
    /// Not a frame.
    #[error("the shipper sent no frame: {0}")]
    Frame(#[from] FrameError),
    /// Not a message.
    #[error("the shipper sent no message: {0}")]
    Message(#[from] DecodeError),
    /// Refused.
    #[error("refused: {}", .0.text.escaped())]
    Denied(Denied),
    /// A message that has no place there.
    #[error("the shipper sent {0}, which has no place here")]
    Unexpected(&'static str),
    /// A proof that proves nothing.
    #[error(transparent)]
    Ack(#[from] AckError),
    /// An event that cannot be recorded.
    #[error(transparent)]
    Event(#[from] EventError),
    /// An event out of order.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// No answer in time.
    #[error("no answer from the shipper within {0} s")]
    Deadline(u64),
}

/// What the shipper wants to be known.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// The recording goes on.
    GoOn,
    /// The session must end.
    Terminate,
    /// The command must stand still.
    Frozen,
    /// It may go on.
    Thawed,
}

impl Recorder {
    /// Asks for a session and waits until it may start.
    pub(super) async fn open(
        socket: &Path,
        keys: AckVerifiers,
        start: SessionStart,
    ) -> Result<Self, RecorderError> {
        let opening = Self::open_unbounded(socket, keys, start);
        let late = |_| RecorderError::Deadline(START_DEADLINE.as_secs());
        tokio::time::timeout(START_DEADLINE, opening).await.map_err(late)?
    }

    async fn open_unbounded(
        socket: &Path,
        keys: AckVerifiers,
        mut start: SessionStart,
    ) -> Result<Self, RecorderError> {
        let (read, mut outgoing) = UnixStream::connect(socket).await?.into_split();
        let mut incoming = Incoming { socket: read, deframer: Deframer::new() };
        outgoing.write_all(&hello(start.submit_host.clone()).to_bytes(STREAM)).await?;
        match incoming.next().await? {
            Message::Welcome(_) => {}
            other => return Err(refusal(other)),
        }
        outgoing.write_all(&Message::Open(Box::new(start.clone())).to_bytes(STREAM)).await?;
        let opened = match incoming.next().await? {
            Message::Opened(opened) => opened,
            other => return Err(refusal(other)),
        };
        // The chain covers the parent that the shipper found.
        start.parent = opened.parent;
        let window = Window::new(&start);
        let now = Instant::now();
        let tsid = opened.tsid;
        Ok(Self { incoming, outgoing, window, keys, tsid, started: now, last_event: now })
    }

    /// The session's number in the log directory.
    pub(super) fn tsid(&self) -> Tsid {
        self.tsid
    }

    /// True when no more may be taken from the program until something is acknowledged.
    pub(super) fn is_full(&self) -> bool {
        self.window.is_full()
    }

    /// Records what just happened. Data must not be above one event's limit.
    pub(super) async fn record(
        &mut self,
        kind: EventKind,
        data: Bytes,
    ) -> Result<(), RecorderError> {
        let now = Instant::now();
        let delay = now.duration_since(self.last_event).as_nanos();
        let delay_ns = u64::try_from(delay).unwrap_or(u64::MAX);
        let event = Event::new(self.window.head().0 + 1, delay_ns, kind, data)?;
        self.last_event = now;
        self.window.push(event.clone())?;
        Ok(self.outgoing.write_all(&Message::Event(event).to_bytes(STREAM)).await?)
    }

    /// Waits for the shipper's next word and checks it. Safe to cancel.
    pub(super) async fn listen(&mut self) -> Result<Heard, RecorderError> {
        match self.incoming.next().await? {
            Message::Ack(ack) => {
                self.window.acknowledge(&ack, &self.keys)?;
                Ok(Heard::GoOn)
            }
            Message::Order(order) if order.kind == OrderKind::Terminate => Ok(Heard::Terminate),
            Message::Notice(notice) if notice.kind == NoticeKind::Frozen => Ok(Heard::Frozen),
            Message::Notice(notice) if notice.kind == NoticeKind::Thawed => Ok(Heard::Thawed),
            // What a script types waits for nobody's rules: no rule of the demonstration forbids anything.
            Message::Order(_) | Message::Notice(_) | Message::Checked(_) => Ok(Heard::GoOn),
            other => Err(refusal(other)),
        }
    }

    /// Says how it ended and waits for the proof that all of it is stored. `end` is given the
    /// number of the last event and the run time in nanoseconds.
    pub(super) async fn close(
        mut self,
        end: impl FnOnce(u64, u64) -> SessionEnd,
    ) -> Result<(), RecorderError> {
        let run_time_ns = u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let end = end(self.window.head().0, run_time_ns);
        self.window.push_end(end.clone())?;
        self.outgoing.write_all(&Message::Close(end).to_bytes(STREAM)).await?;
        let proven = async {
            while !self.window.is_complete() {
                self.listen().await?;
            }
            Ok(())
        };
        let late = |_| RecorderError::Deadline(CLOSE_DEADLINE.as_secs());
        tokio::time::timeout(CLOSE_DEADLINE, proven).await.map_err(late)?
    }
}

struct Incoming {
    socket: OwnedReadHalf,
    deframer: Deframer,
}

impl Incoming {
    async fn next(&mut self) -> Result<Message, RecorderError> {
        loop {
            if let Some(frame) = self.deframer.next_frame()? {
                return Ok(Message::decode(frame)?);
            }
            if self.socket.read_buf(self.deframer.buffer_mut()).await? == 0 {
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
            }
        }
    }
}

fn hello(host: HostName) -> Message {
    Message::Hello(Hello {
        protocol: PROTOCOL_VERSION,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: Some(host),
        boot_id: None,
        instance: None,
    })
}

fn refusal(message: Message) -> RecorderError {
    match message {
        Message::Denied(denied) => RecorderError::Denied(denied),
        other => RecorderError::Unexpected(other.name()),
    }
}

/// On the shipper's socket a connection is a session.
const STREAM: u32 = 0;
