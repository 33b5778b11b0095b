//! The recording thread: sends what waits, takes what comes, checks every proof.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf as _, BytesMut};
use sudolog_core::limits::{PLUGIN_POLL, TERMINATE_GRACE};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Notice, NoticeKind, OrderKind};
use sudolog_core::wire::{Deframer, Message};

use crate::recorder::Shared;
use crate::sys;
use crate::transport::Connection;

/// The connection's two directions, driven by one thread at a time.
pub(crate) struct Pump {
    socket: UnixStream,
    deframer: Deframer,
    shared: Arc<Shared>,
    cgroup: Option<PathBuf>,
    /// Taken from the shared state, on its way into the socket.
    sending: BytesMut,
}

impl Pump {
    pub(crate) fn new(
        connection: Connection,
        shared: Arc<Shared>,
        cgroup: Option<PathBuf>,
    ) -> io::Result<Self> {
        let Connection { socket, deframer, .. } = connection;
        socket.set_nonblocking(true)?;
        Ok(Self { socket, deframer, shared, cgroup, sending: BytesMut::new() })
    }

    /// The thread's life: until the session is done or cannot go on.
    pub(crate) fn run(mut self) {
        while !self.shared.lock().done {
            if let Err(why) = self.turn(PLUGIN_POLL) {
                self.give_up(why);
                return;
            }
        }
    }

    /// Without a thread: sends and takes until the end is proven or the deadline has passed.
    pub(crate) fn settle(&mut self, deadline: Instant) {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let state = self.shared.lock();
            if left.is_zero() || state.window.is_complete() || state.broken.is_some() {
                return;
            }
            drop(state);
            if let Err(why) = self.turn(left) {
                self.shared.lock().broken = Some(why);
            }
        }
    }

    /// One round: waits at most `limit` for something to do, and does it.
    fn turn(&mut self, limit: Duration) -> Result<(), String> {
        self.send()?;
        let (readable, _) =
            sys::poll(&self.socket, &self.shared.wake, !self.sending.is_empty(), limit)
                .map_err(|e| format!("sudolog: poll: {e}"))?;
        if readable { self.receive() } else { Ok(()) }
    }

    /// Writes until nothing waits any more or the socket is full.
    fn send(&mut self) -> Result<(), String> {
        loop {
            if self.sending.is_empty() {
                self.sending.clear();
                std::mem::swap(&mut self.sending, &mut self.shared.lock().out);
                if self.sending.is_empty() {
                    return Ok(());
                }
            }
            match self.socket.write(&self.sending) {
                Ok(count) => self.sending.advance(count),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(lost(&e.to_string())),
            }
        }
    }

    fn receive(&mut self) -> Result<(), String> {
        let mut buffer = [0; 16 * 1024];
        match self.socket.read(&mut buffer) {
            Ok(0) => return Err(lost("it ended")),
            Ok(count) => self.deframer.push(buffer.get(..count).unwrap_or_default()),
            Err(e)
                if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) =>
            {
                return Ok(());
            }
            Err(e) => return Err(lost(&e.to_string())),
        }
        while let Some(frame) = self.deframer.next_frame().map_err(|e| lost(&e.to_string()))? {
            let message = Message::decode(frame).map_err(|e| lost(&e.to_string()))?;
            self.take(message)?;
        }
        self.shared.notify();
        Ok(())
    }

    fn take(&mut self, message: Message) -> Result<(), String> {
        match message {
            Message::Ack(ack) => {
                let result = self.shared.lock().window.acknowledge(&ack, &self.shared.keys);
                if let Err(error) = result {
                    self.report_bad_ack(&error.to_string());
                    return Err(format!("sudolog: the recording is not proven: {error}"));
                }
            }
            Message::Denied(denied) => {
                return Err(format!(
                    "sudolog: the log server ended the session: {}",
                    denied.text.escaped()
                ));
            }
            Message::Notice(notice) => tell_user(&notice),
            Message::Order(order) if order.kind == OrderKind::Message => {
                say(&format!("{}", order.why.escaped()))
            }
            // Orders are carried out by the shipper, which owns the cgroup. Newer messages are
            // for newer plugins.
            _ => {}
        }
        Ok(())
    }

    /// Tells the other side, as far as it still listens.
    fn report_bad_ack(&mut self, text: &str) {
        let notice = Notice { kind: NoticeKind::BadAck, text: Untrusted::from(text) };
        let _ = self.socket.write(&Message::Notice(notice).to_bytes(0));
    }

    /// Nothing can be recorded any more: the command ends, first asked, then killed.
    fn give_up(self, why: String) {
        let over = {
            let mut state = self.shared.lock();
            let over = state.done || state.window.is_complete();
            state.broken = Some(why.clone());
            over
        };
        self.shared.notify();
        if over {
            return;
        }
        say(&why);
        sys::terminate_sudo();
        let deadline = Instant::now() + TERMINATE_GRACE;
        while Instant::now() < deadline && !self.shared.lock().done {
            std::thread::sleep(PLUGIN_POLL);
        }
        if let Some(cgroup) = &self.cgroup {
            let _ = std::fs::write(cgroup.join("cgroup.kill"), "1");
        }
    }
}

fn lost(what: &str) -> String {
    format!(
        "sudolog: the connection to the shipper is lost ({what}); the command is ended because it is not recorded"
    )
}

fn tell_user(notice: &Notice) {
    let text = match notice.kind {
        NoticeKind::Frozen => "\x1b[1;31msudolog: frozen: the log server cannot be reached\x1b[0m",
        NoticeKind::Thawed => "\x1b[1;32msudolog: the log server is back, going on\x1b[0m",
        NoticeKind::FreezeTimeout => {
            "\x1b[1;31msudolog: frozen for too long, the command is ended\x1b[0m"
        }
        NoticeKind::Terminating => "\x1b[1;31msudolog: an operator ends this session\x1b[0m",
        _ => return,
    };
    say(text);
}

/// Writes to the user's terminal itself: sudo's own functions belong to its main thread.
fn say(text: &str) {
    if let Ok(mut terminal) = std::fs::File::options().write(true).open("/dev/tty") {
        let _ = write!(terminal, "\r\n{text}\r\n");
    }
}
