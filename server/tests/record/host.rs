//! A stand-in for a host's shipper: keeps what it sent, verifies what it is told.

use std::collections::BTreeMap;
use std::io;

use bytes::{Bytes, BytesMut};
use sudolog_core::ack::{AckSigner, AckVerifiers, Window};
use sudolog_core::limits::PROTOCOL_VERSION;
use sudolog_core::session::{
    Event, EventKind, HostName, SessionEnd, SessionId, SessionStart, Tsid, sample,
};
use sudolog_core::wire::message::{Denied, Hello, Resume};
use sudolog_core::wire::{Deframer, Message};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// One session as its host knows it.
#[derive(Debug)]
pub struct Sent {
    pub start: SessionStart,
    pub window: Window,
    pub events: Vec<Event>,
    pub end: Option<SessionEnd>,
    pub tsid: Option<Tsid>,
    pub denied: Option<Denied>,
    /// What the server asked for after RESUME.
    pub wanted: Option<u64>,
}

/// All sessions of a host by stream; they outlive its connections.
pub type Sessions = BTreeMap<u32, Sent>;

/// One connection of the host.
pub struct Host<S> {
    connection: S,
    deframer: Deframer,
    out: BytesMut,
    keys: AckVerifiers,
    pub sessions: Sessions,
    pub heartbeats: Vec<u64>,
}

impl Sent {
    pub fn new(start: SessionStart) -> Self {
        let window = Window::new(&start);
        let (events, end, tsid, denied, wanted) = (Vec::new(), None, None, None, None);
        Self { start, window, events, end, tsid, denied, wanted }
    }

    /// The last event that is proven, and whether the end is.
    pub fn proven(&self) -> (u64, bool) {
        let seq = self.window.acked().0;
        let last = self.events.len() as u64;
        (seq.min(last), self.end.is_some() && seq > last)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Host<S> {
    /// Says HELLO and waits for WELCOME.
    pub async fn connect(connection: S, sessions: Sessions) -> io::Result<Self> {
        let keys = AckVerifiers::new(vec![signer().verifier()]);
        let (deframer, out) = (Deframer::new(), BytesMut::new());
        let mut host = Self { connection, deframer, out, keys, sessions, heartbeats: Vec::new() };
        let hello = Hello {
            protocol: PROTOCOL_VERSION,
            version: "test".into(),
            host: Some(host_name()),
            boot_id: None,
            instance: None,
        };
        host.put(0, &Message::Hello(hello));
        host.flush().await?;
        match host.receive().await? {
            (0, Message::Welcome(_)) => Ok(host),
            other => panic!("{other:?}"),
        }
    }

    pub fn put(&mut self, stream: u32, message: &Message) {
        message.encode(stream, &mut self.out);
    }

    pub async fn flush(&mut self) -> io::Result<()> {
        self.connection.write_all(&self.out.split()).await?;
        self.connection.flush().await
    }

    /// Opens a session and waits for the answer.
    pub async fn open(&mut self, stream: u32, start: SessionStart) -> io::Result<()> {
        self.put(stream, &Message::Open(Box::new(start.clone())));
        self.sessions.insert(stream, Sent::new(start));
        self.flush().await?;
        self.until(|s| s[&stream].tsid.is_some() || s[&stream].denied.is_some()).await
    }

    /// Queues the next event of a session.
    pub fn event(&mut self, stream: u32, kind: EventKind, data: impl Into<Bytes>) {
        let sent = self.sessions.get_mut(&stream).unwrap();
        let seq = sent.events.len() as u64 + 1;
        let event = Event::new(seq, seq * 1_000_003, kind, data.into()).unwrap();
        sent.window.push(event.clone()).unwrap();
        sent.events.push(event.clone());
        self.put(stream, &Message::Event(event));
    }

    /// Queues the end of a session.
    pub fn close(&mut self, stream: u32) {
        let sent = self.sessions.get_mut(&stream).unwrap();
        let end = sample::end(sent.events.len() as u64);
        sent.window.push_end(end.clone()).unwrap();
        sent.end = Some(end.clone());
        self.put(stream, &Message::Close(end));
    }

    /// Resumes every session that is not proven to its end, and sends again what is wanted.
    pub async fn resume_all(&mut self) -> io::Result<()> {
        let unproven: Vec<u32> = self
            .sessions
            .iter()
            .filter(|(_, s)| s.tsid.is_some() && s.denied.is_none() && !s.window.is_complete())
            .map(|(stream, _)| *stream)
            .collect();
        for stream in &unproven {
            let sent = self.sessions.get_mut(stream).unwrap();
            sent.wanted = None;
            let (acked, chain) = sent.window.acked();
            let session_id = sent.start.session_id;
            let resume = Resume { session_id, first_seq: acked + 1, chain };
            self.put(*stream, &Message::Resume(resume));
        }
        self.flush().await?;
        let answered = |s: &Sent| s.wanted.is_some() || s.denied.is_some();
        self.until(|sessions| unproven.iter().all(|stream| answered(&sessions[stream]))).await?;
        for stream in unproven {
            let sent = &self.sessions[&stream];
            let Some(wanted) = sent.wanted else { continue };
            assert!(wanted > sent.window.acked().0, "what is acknowledged is never asked for");
            let (events, end) = sent.window.resend_from(wanted);
            let mut again: Vec<Message> = events.cloned().map(Message::Event).collect();
            let known = sent.events.len() as u64 + 1 < wanted;
            again.extend(end.filter(|_| !known).cloned().map(Message::Close));
            again.iter().for_each(|message| message.encode(stream, &mut self.out));
        }
        self.flush().await
    }

    /// Waits until everything that was sent is proven.
    pub async fn settle(&mut self) -> io::Result<()> {
        self.flush().await?;
        self.until(|s| s.values().all(|s| s.denied.is_some() || s.window.is_settled())).await
    }

    /// Takes answers until that is true of the sessions.
    pub async fn until(&mut self, done: impl Fn(&Sessions) -> bool) -> io::Result<()> {
        while !done(&self.sessions) {
            self.take().await?;
        }
        Ok(())
    }

    /// Takes one answer. A wrong acknowledgement fails the test.
    pub async fn take(&mut self) -> io::Result<()> {
        let (stream, message) = self.receive().await?;
        if let Message::HeartbeatAck(nonce) = message {
            self.heartbeats.push(nonce);
            return Ok(());
        }
        let Some(sent) = self.sessions.get_mut(&stream) else { return Ok(()) };
        match message {
            Message::Opened(opened) => sent.tsid = Some(opened.tsid),
            Message::Denied(denied) => sent.denied = Some(denied),
            Message::Resumed(resumed) => sent.wanted = Some(resumed.next_seq),
            Message::Ack(ack) => drop(sent.window.acknowledge(&ack, &self.keys).unwrap()),
            other => panic!("{other:?}"),
        }
        Ok(())
    }

    /// Takes one answer and gives its stream; looks at no acknowledgement.
    pub async fn take_unverified(&mut self) -> io::Result<u32> {
        let (stream, message) = self.receive().await?;
        match (message, self.sessions.get_mut(&stream)) {
            (Message::HeartbeatAck(nonce), _) => self.heartbeats.push(nonce),
            (Message::Denied(denied), Some(sent)) => sent.denied = Some(denied),
            (Message::Resumed(resumed), Some(sent)) => sent.wanted = Some(resumed.next_seq),
            _ => {}
        }
        Ok(stream)
    }

    async fn receive(&mut self) -> io::Result<(u32, Message)> {
        loop {
            if let Some(frame) = self.deframer.next_frame().unwrap() {
                let stream = frame.stream;
                return Ok((stream, Message::decode(frame).unwrap()));
            }
            if self.connection.read_buf(self.deframer.buffer_mut()).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

pub fn signer() -> AckSigner {
    AckSigner::from_seed(&[42; 32])
}

pub fn host_name() -> HostName {
    "web1".parse().unwrap()
}

/// A session start that differs by number.
pub fn start(number: u32) -> SessionStart {
    let [a, b, c, d] = number.to_be_bytes();
    let session_id = SessionId::v7(1_763_000_000_000, [0, 0, 0, a, b, c, d, 0, 0, 1]);
    let argv = vec!["id".into(), number.to_string().into()];
    SessionStart { session_id, argv, ..sample::start() }
}
