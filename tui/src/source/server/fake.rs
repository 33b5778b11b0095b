//! A server for tests that says exactly what the test wants, on a unix socket in a directory of
//! its own.

use std::time::Duration;

use sudolog_core::limits::PROTOCOL_VERSION;
use sudolog_core::session::{Event, EventKind};
use sudolog_core::term::SafeScreen;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{
    Failure, Outcome, Reply, Request, RequestBody, ScreenDump, Welcome,
};
use sudolog_core::wire::{Deframer, Message};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use super::Address;

/// The listening side.
pub(crate) struct FakeServer {
    directory: tempfile::TempDir,
    listener: UnixListener,
}

impl FakeServer {
    pub(crate) fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join("console.sock")).unwrap();
        Self { directory, listener }
    }

    pub(crate) fn address(&self) -> Address {
        Address::Socket(self.directory.path().join("console.sock"))
    }

    /// Accepts a connection without a word.
    pub(crate) async fn accept(&self) -> Peer {
        Peer { socket: self.listener.accept().await.unwrap().0, deframer: Deframer::new() }
    }

    /// Accepts a connection and shakes hands.
    pub(crate) async fn welcome(&self) -> Peer {
        let mut peer = self.accept().await;
        assert!(matches!(peer.next().await, Some(Message::Hello(hello)) if hello.protocol == 1));
        peer.say(0, &Message::Welcome(welcome(PROTOCOL_VERSION))).await;
        peer
    }
}

/// One accepted connection.
pub(crate) struct Peer {
    socket: UnixStream,
    deframer: Deframer,
}

impl Peer {
    /// The next message, `None` when the console hung up.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        loop {
            if let Some(frame) = self.deframer.next_frame().unwrap() {
                return Some(Message::decode(frame).unwrap());
            }
            if !matches!(self.socket.read_buf(self.deframer.buffer_mut()).await, Ok(1..)) {
                return None;
            }
        }
    }

    /// The next message, which must be a request.
    pub(crate) async fn request(&mut self) -> (u32, RequestBody) {
        match self.next().await {
            Some(Message::Request(Request { id, body })) => (id, body),
            other => panic!("{other:?} in place of a request"),
        }
    }

    pub(crate) async fn say(&mut self, stream: u32, message: &Message) {
        // A client that has what it wanted may be gone, as it may from a real server.
        let _ = self.socket.write_all(&message.to_bytes(stream)).await;
    }

    pub(crate) async fn reply(&mut self, id: u32, outcome: Outcome) {
        self.say(0, &Message::Reply(Reply { id, warning: None, outcome })).await;
    }

    pub(crate) async fn fail(&mut self, id: u32, failure: Failure) {
        self.reply(id, Outcome::Failed(failure)).await;
    }
}

pub(crate) fn welcome(protocol: u16) -> Welcome {
    Welcome {
        protocol,
        server_id: "fake".to_owned(),
        server_time: Timestamp::default(),
        ack_key_ids: Vec::new(),
        role: None,
    }
}

pub(crate) fn event(seq: u64, text: &'static str) -> Event {
    Event::new(seq, 1, EventKind::Ttyout, bytes::Bytes::from_static(text.as_bytes())).unwrap()
}

pub(crate) fn keyframe(seq: u64, text: &str) -> ScreenDump {
    let mut screen = SafeScreen::new(24, 80);
    screen.feed(text.as_bytes());
    screen.to_wire(seq, Duration::ZERO)
}
