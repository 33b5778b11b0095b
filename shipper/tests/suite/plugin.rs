//! A stand-in for the plugin: one session, with every acknowledgement verified.

use std::path::Path;

use bytes::{Bytes, BytesMut};
use sudolog_core::ack::{AckVerifiers, Window};
use sudolog_core::session::{Event, EventKind, SessionId, SessionStart, sample};
use sudolog_core::wire::message::{Denied, Hello, NoticeKind, Opened};
use sudolog_core::wire::{Deframer, Message};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::world::PATIENCE;

pub struct Plugin {
    pub id: SessionId,
    pub opened: Opened,
    pub window: Window,
    wire: Wire,
    keys: AckVerifiers,
    seq: u64,
}

/// Messages over the unix socket.
pub struct Wire {
    pub socket: UnixStream,
    deframer: Deframer,
}

impl Wire {
    /// Connects and greets.
    pub async fn greet(socket: &Path) -> Self {
        Self::greet_with(socket, &hello(1)).await
    }

    /// The same in other words.
    pub async fn greet_with(socket: &Path, hello: &Message) -> Self {
        let socket = UnixStream::connect(socket).await.unwrap();
        let mut wire = Self { socket, deframer: Deframer::new() };
        wire.send(hello).await;
        assert!(matches!(wire.receive().await, Some(Message::Welcome(_))));
        wire
    }

    /// Greets and does not wait for an answer.
    pub async fn greet_and_go(socket: &Path) -> Self {
        let socket = UnixStream::connect(socket).await.unwrap();
        let mut wire = Self { socket, deframer: Deframer::new() };
        wire.send(&hello(1)).await;
        wire
    }

    pub async fn send(&mut self, message: &Message) {
        let bytes = message.to_bytes(0);
        timeout(PATIENCE, self.socket.write_all(&bytes)).await.expect("time").unwrap();
    }

    /// The next message; `None` at the end of the connection.
    pub async fn receive(&mut self) -> Option<Message> {
        loop {
            if let Some(frame) = self.deframer.next_frame().unwrap() {
                return Some(Message::decode(frame).unwrap());
            }
            let read = self.socket.read_buf(self.deframer.buffer_mut());
            match timeout(PATIENCE, read).await.expect("a message in time") {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }
}

impl Plugin {
    /// Opens session `number`, or gives back the refusal.
    pub async fn open(socket: &Path, keys: &AckVerifiers, number: u8) -> Result<Self, Denied> {
        Self::open_as(socket, keys, start(number)).await
    }

    pub async fn open_as(
        socket: &Path,
        keys: &AckVerifiers,
        mut start: SessionStart,
    ) -> Result<Self, Denied> {
        let mut wire = Wire::greet(socket).await;
        wire.send(&Message::Open(Box::new(start.clone()))).await;
        match wire.receive().await {
            Some(Message::Opened(opened)) => {
                start.parent = opened.parent;
                let window = Window::new(&start);
                Ok(Self { id: start.session_id, opened, window, wire, keys: keys.clone(), seq: 0 })
            }
            Some(Message::Denied(denied)) => Err(denied),
            other => panic!("{other:?} in answer to OPEN"),
        }
    }

    pub async fn event(&mut self, data: &[u8]) {
        let message = self.make_event(data);
        self.wire.send(&message).await;
    }

    /// Many events in one write, as a busy command makes them.
    pub async fn events(&mut self, data: &[u8], count: usize) {
        let mut bytes = BytesMut::new();
        (0..count).for_each(|_| self.make_event(data).encode(0, &mut bytes));
        timeout(PATIENCE, self.wire.socket.write_all(&bytes)).await.expect("time").unwrap();
    }

    pub fn make_event(&mut self, data: &[u8]) -> Message {
        self.seq += 1;
        let data = Bytes::copy_from_slice(data);
        let event = Event::new(self.seq, 1, EventKind::Ttyout, data).unwrap();
        self.window.push(event.clone()).unwrap();
        Message::Event(event)
    }

    /// Waits until everything sent is proven. Each acknowledgement that the shipper lets through
    /// must be right.
    pub async fn settle(&mut self) {
        while !self.window.is_settled() {
            self.receive().await;
        }
    }

    pub async fn close(&mut self) {
        let end = sample::end(self.seq);
        self.window.push_end(end.clone()).unwrap();
        self.wire.send(&Message::Close(end)).await;
        self.settle().await;
    }

    /// Waits for a notice, verifying what comes before it.
    pub async fn notice(&mut self, wanted: NoticeKind) {
        while !matches!(self.receive().await, Message::Notice(notice) if notice.kind == wanted) {}
    }

    pub async fn receive(&mut self) -> Message {
        let message = self.wire.receive().await.expect("the shipper hung up");
        if let Message::Ack(ack) = &message {
            self.window.acknowledge(ack, &self.keys).unwrap();
        }
        message
    }

    pub async fn beat(&mut self, nonce: u64) {
        self.wire.send(&Message::Heartbeat(nonce)).await;
    }

    /// The socket, for what a plugin must not do.
    pub fn wire(&mut self) -> &mut Wire {
        &mut self.wire
    }
}

pub fn hello(protocol: u16) -> Message {
    Message::Hello(Hello {
        protocol,
        version: "test".into(),
        host: None,
        boot_id: None,
        instance: None,
    })
}

pub fn start(number: u8) -> SessionStart {
    SessionStart { tty: None, sudo_pid: std::process::id(), ..sample::start_of(number) }
}
