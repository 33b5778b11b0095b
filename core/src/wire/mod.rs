//! Bytes on the wire and what they mean; the same framing on the unix socket and over TLS.
//!
//! Three things are kept apart: [`Frame`] and [`Deframer`] know lengths, [`Message`] knows
//! meaning, and moving bytes is somebody else's work. `docs/protocol.md` lists every message.

mod deframer;
mod frame;
pub mod message;

pub use deframer::Deframer;
pub use frame::{Frame, FrameError, HEADER_BYTES};
pub use message::{DecodeError, Message};
