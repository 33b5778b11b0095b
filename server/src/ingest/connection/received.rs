//! What was read of a connection at once: messages in their order, and what they take in memory.

use std::iter::Peekable;
use std::vec::IntoIter;

use sudolog_core::wire::{DecodeError, Deframer, FrameError, Message};

use crate::sessions::Outlet;

/// A message as it came, with the stream that it is of.
pub(super) type Arrived = (u32, Result<Message, DecodeError>);

/// Messages that are carried out together.
#[derive(Default)]
pub(super) struct Received {
    messages: Vec<Arrived>,
    bytes: usize,
}

/// The same while they are carried out.
pub(super) type Messages = Peekable<IntoIter<Arrived>>;

impl Received {
    /// Takes whole frames out of what was read. Heartbeats are answered here, before anything waits.
    ///
    /// # Errors
    /// Bytes that are no frames.
    pub(super) fn take(deframer: &mut Deframer, outlet: &Outlet) -> Result<Self, FrameError> {
        let mut received = Self::default();
        while received.messages.len() < MESSAGES_AT_ONCE
            && let Some(frame) = deframer.next_frame()?
        {
            let (stream, bytes) = (frame.stream, frame.payload.len());
            match Message::decode(frame) {
                Ok(Message::Heartbeat(nonce)) => {
                    outlet.send(&Message::HeartbeatAck(nonce), stream);
                }
                message => {
                    received.bytes += bytes + overhead_bytes(&message);
                    received.messages.push((stream, message));
                }
            }
        }
        Ok(received)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// What all of it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn into_messages(self) -> Messages {
        self.messages.into_iter().peekable()
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

/// Messages carried out together.
const MESSAGES_AT_ONCE: usize = 4096;
const MESSAGE_OVERHEAD_BYTES: usize = 256;
const ARGUMENT_OVERHEAD_BYTES: usize = 64;
