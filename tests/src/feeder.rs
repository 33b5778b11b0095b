//! A stand-in for the plugin: records made-up events through the real shipper and the real server,
//! with every acknowledgement verified. For load, not for what sudo does.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use bytes::{Bytes, BytesMut};
use sudolog_core::ack::{AckVerifiers, Window};
use sudolog_core::limits::PROTOCOL_VERSION;
use sudolog_core::session::{Event, EventKind, SessionId, SessionStart, sample};
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{Hello, NoticeKind};
use sudolog_core::wire::{Deframer, Message};

/// One session that is being fed.
pub struct Feeder {
    socket: UnixStream,
    deframer: Deframer,
    window: Window,
    keys: AckVerifiers,
    out: BytesMut,
    seq: u64,
    freezes: u64,
}

impl Feeder {
    /// Opens a session and waits until it may start. `number` makes its id unique.
    ///
    /// # Errors
    /// When the shipper or server refuses.
    pub fn open(
        socket: &Path,
        keys: &AckVerifiers,
        host: &str,
        number: u64,
    ) -> anyhow::Result<Self> {
        let start = start(host, number)?;
        let socket = UnixStream::connect(socket)?;
        socket.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut feeder = Self {
            socket,
            deframer: Deframer::new(),
            window: Window::new(&start),
            keys: keys.clone(),
            out: BytesMut::new(),
            seq: 0,
            freezes: 0,
        };
        let hello = Hello {
            protocol: PROTOCOL_VERSION,
            version: "feeder".into(),
            host: None,
            boot_id: None,
            instance: None,
        };
        Message::Hello(hello).encode(0, &mut feeder.out);
        Message::Open(Box::new(start)).encode(0, &mut feeder.out);
        feeder.flush()?;
        loop {
            match feeder.receive()? {
                Message::Opened(_) => return Ok(feeder),
                Message::Welcome(_) => {}
                other => anyhow::bail!("{} instead of OPENED: {other:?}", other.name()),
            }
        }
    }

    /// Queues one event; sends when enough has gathered, and waits while the window is full.
    ///
    /// # Errors
    /// When the session breaks.
    pub fn feed(&mut self, kind: EventKind, delay_ns: u64, data: Bytes) -> anyhow::Result<()> {
        self.seq += 1;
        let event = Event::new(self.seq, delay_ns, kind, data)?;
        self.window.push(event.clone())?;
        Message::Event(event).encode(0, &mut self.out);
        if self.out.len() >= SEND_BYTES || self.window.is_full() {
            self.flush()?;
        }
        while self.window.is_full() {
            self.take_ack()?;
        }
        Ok(())
    }

    /// Ends the session and waits until the end is acknowledged.
    ///
    /// # Errors
    /// When an acknowledgement is wrong or does not come.
    pub fn close(mut self) -> anyhow::Result<u64> {
        let end = sample::end(self.seq);
        self.window.push_end(end.clone())?;
        Message::Close(end).encode(0, &mut self.out);
        self.flush()?;
        while !self.window.is_complete() {
            self.take_ack()?;
        }
        Ok(self.seq)
    }

    /// Sends what is queued and waits until all of it is acknowledged.
    ///
    /// # Errors
    /// When an acknowledgement is wrong or does not come.
    pub fn settle(&mut self) -> anyhow::Result<()> {
        while !self.is_settled() {
            self.advance()?;
        }
        Ok(())
    }

    /// Sends what is queued and waits for one message.
    ///
    /// # Errors
    /// When an acknowledgement is wrong or does not come.
    pub fn advance(&mut self) -> anyhow::Result<()> {
        self.flush()?;
        self.take_ack()
    }

    /// True when everything is acknowledged.
    pub fn is_settled(&self) -> bool {
        self.window.is_settled()
    }

    /// Number of the last event that is acknowledged, and verified to be.
    pub fn acked(&self) -> u64 {
        self.window.acked().0
    }

    /// How often the shipper has said that the session is frozen.
    pub fn freezes(&self) -> u64 {
        self.freezes
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        self.socket.write_all(&self.out)?;
        self.out.clear();
        Ok(())
    }

    fn take_ack(&mut self) -> anyhow::Result<()> {
        match self.receive()? {
            Message::Ack(ack) => {
                self.window.acknowledge(&ack, &self.keys)?;
                Ok(())
            }
            Message::Notice(notice) if notice.kind == NoticeKind::Frozen => {
                self.freezes += 1;
                Ok(())
            }
            Message::Denied(denied) => anyhow::bail!("denied: {}", denied.text.escaped()),
            _ => Ok(()),
        }
    }

    fn receive(&mut self) -> anyhow::Result<Message> {
        let mut buffer = [0; 16 * 1024];
        loop {
            if let Some(frame) = self.deframer.next_frame()? {
                return Ok(Message::decode(frame)?);
            }
            let count = self.socket.read(&mut buffer).context("waiting for the shipper")?;
            anyhow::ensure!(count > 0, "the shipper hung up");
            self.deframer.push(buffer.get(..count).unwrap_or_default());
        }
    }
}

fn start(host: &str, number: u64) -> anyhow::Result<SessionStart> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
    let random = [0, 0, 0, a ^ b ^ c, d, e, f, g, h, 1];
    Ok(SessionStart {
        session_id: SessionId::v7(u64::try_from(now.as_millis())?, random),
        submit_host: host.parse()?,
        submit_time: Timestamp::from_nanos(u64::try_from(now.as_nanos())?),
        command: "/usr/bin/load".into(),
        argv: vec!["load".into(), number.to_string().into()],
        // The shipper asks the kernel whose process it is.
        sudo_pid: std::process::id(),
        ..sample::start()
    })
}

const SEND_BYTES: usize = 128 * 1024;
