//! The connection to one plugin: bytes in, messages out, and back, without ever waiting for a
//! plugin that does not read.

use std::io;

use bytes::{Buf as _, BytesMut};
use rustix::net::{RecvFlags, recv};
use sudolog_core::ack::SignedAck;
use sudolog_core::limits::PLUGIN_BACKLOG_BYTES_MAX;
use sudolog_core::wire::{DecodeError, Deframer, Message};
use tokio::net::UnixStream;
use tracing::warn;

/// One plugin.
#[derive(Debug)]
pub(super) struct Plugin {
    stream: UnixStream,
    deframer: Deframer,
    out: BytesMut,
    /// The newest proof, sent when nothing else is being sent: it covers those before it, so a
    /// plugin that is slow to read needs only this one.
    proof: Option<SignedAck>,
    read_bytes: usize,
}

/// A plugin that cannot be listened to any longer.
#[derive(Debug, thiserror::Error)]
pub(super) enum PluginError {
    /// It closed the connection, or died.
    #[error("sudo is gone")]
    Gone,
    /// It was cut in the middle of a message.
    #[error("sudo went away in the middle of a message")]
    Torn,
    /// The connection failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It sent what is no message.
    #[error("{0}")]
    Decode(#[from] DecodeError),
}

impl Plugin {
    pub(super) fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            deframer: Deframer::new(),
            out: BytesMut::new(),
            proof: None,
            read_bytes: READ_BYTES_MIN,
        }
    }

    /// Waits for the next message, and sends what is queued meanwhile.
    pub(super) async fn next(&mut self) -> Result<Message, PluginError> {
        loop {
            if let Some(message) = self.take()? {
                return Ok(message);
            }
            tokio::select! {
                result = self.readable() => { result?; self.read()?; }
                result = self.writable(), if self.has_output() => {
                    result?;
                    // One that has said all it has to say and is gone is still read to its end.
                    if self.write().is_err() {
                        self.forget_output();
                    }
                }
            }
        }
    }

    /// Nobody hears any more what is queued.
    fn forget_output(&mut self) {
        self.out.clear();
        self.proof = None;
    }

    /// Reads once, past what is known of the socket's readiness, from a plugin that cannot be written
    /// to. What it said before it went is still there. `false` when there is no more.
    pub(super) fn drain(&mut self) -> bool {
        self.forget_output();
        let buffer = self.deframer.buffer_mut();
        let read = rustix::io::retry_on_intr(|| {
            let mut piece = [0; READ_BYTES_MIN];
            let (_, count) = recv(&self.stream, &mut piece, RecvFlags::DONTWAIT)?;
            buffer.extend_from_slice(piece.get(..count).unwrap_or_default());
            Ok(count)
        });
        matches!(read, Ok(1..))
    }

    /// The next message of those that were read.
    pub(super) fn take(&mut self) -> Result<Option<Message>, PluginError> {
        match self.deframer.next_frame().map_err(DecodeError::from)? {
            None => Ok(None),
            Some(frame) => Ok(Some(Message::decode(frame)?)),
        }
    }

    pub(super) async fn readable(&self) -> io::Result<()> {
        self.stream.readable().await
    }

    /// Reads once, what is there. The buffer follows the traffic: small for somebody who types,
    /// large for a flood, so that ten thousand idle sessions cost little.
    pub(super) fn read(&mut self) -> Result<(), PluginError> {
        let buffer = self.deframer.buffer_mut();
        if buffer.capacity() - buffer.len() < self.read_bytes / 4 {
            buffer.reserve(self.read_bytes);
        }
        let space = buffer.capacity() - buffer.len();
        match self.stream.try_read_buf(buffer) {
            Ok(0) if self.deframer.is_torn() => Err(PluginError::Torn),
            Ok(0) => Err(PluginError::Gone),
            Ok(count) => {
                let wanted = if count == space { self.read_bytes * 4 } else { count * 2 };
                self.read_bytes = wanted.clamp(READ_BYTES_MIN, READ_BYTES_MAX);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Queues a message, behind the proof that came before it: one that the command goes on is not to be
    /// read without what allows it. One for which there is no room is dropped and logged: the plugin has
    /// not read for long, and what counts, proof, has a place of its own.
    pub(super) fn push(&mut self, message: &Message) {
        if self.out.len() < PLUGIN_BACKLOG_BYTES_MAX {
            if let Some(ack) = self.proof.take() {
                Message::Ack(ack).encode(0, &mut self.out);
            }
            message.encode(0, &mut self.out);
        } else {
            warn!(message = message.name(), "dropped: the plugin does not read");
        }
    }

    /// Queues proof in place of older proof that nothing was queued behind.
    pub(super) fn prove(&mut self, ack: SignedAck) {
        self.proof = Some(ack);
    }

    pub(super) fn has_output(&self) -> bool {
        !self.out.is_empty() || self.proof.is_some()
    }

    pub(super) async fn writable(&self) -> io::Result<()> {
        self.stream.writable().await
    }

    /// Ends the connection, so that a plugin that still lives notices.
    pub(super) fn hang_up(&self) {
        // It may have ended already, which is all that can go wrong.
        let _ = rustix::net::shutdown(&self.stream, rustix::net::Shutdown::Both);
    }

    /// Writes as much as the plugin takes now.
    pub(super) fn write(&mut self) -> io::Result<()> {
        loop {
            if self.out.is_empty() {
                let Some(ack) = self.proof.take() else { return Ok(()) };
                Message::Ack(ack).encode(0, &mut self.out);
            }
            match self.stream.try_write(&self.out) {
                Ok(count) => self.out.advance(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }
}

/// Enough for a few hundred keystrokes.
const READ_BYTES_MIN: usize = 4 * 1024;
/// What a unix socket holds on the way.
const READ_BYTES_MAX: usize = 256 * 1024;
