//! One frame: `length u32 BE` (of what follows), `type u8`, `stream u32 BE`, payload.

use bytes::{BufMut, Bytes, BytesMut};

use crate::limits::FRAME_PAYLOAD_BYTES_MAX;

/// A frame that arrived, not yet given a meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The message's code.
    pub code: u8,
    /// The session on this connection that the frame belongs to; 0 is the connection itself.
    pub stream: u32,
    /// The message's content.
    pub payload: Bytes,
}

/// Bytes that are no frame. The connection cannot go on after it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FrameError {
    /// The declared length does not even hold type and stream.
    #[error("a frame of length {0} is shorter than its header")]
    Short(u32),
    /// The declared length is above the limit; no buffer was made for it.
    #[error(
        "a frame of length {0} is above the limit of {FRAME_PAYLOAD_BYTES_MAX} bytes of payload"
    )]
    Long(u32),
}

impl Frame {
    /// Writes header and payload to `out`. The payload is given in parts so that event data need
    /// not be copied together first. Callers build messages from checked types, so none is above
    /// the limit; one that is all the same is left out, because it would cost its receiver the
    /// connection of every other session.
    pub(super) fn put(out: &mut BytesMut, code: u8, stream: u32, payload: &[&[u8]]) {
        let bytes: usize = payload.iter().map(|part| part.len()).sum();
        debug_assert!(bytes <= FRAME_PAYLOAD_BYTES_MAX, "message {code:#x} with {bytes} bytes");
        if bytes > FRAME_PAYLOAD_BYTES_MAX {
            return;
        }
        out.reserve(HEADER_BYTES + bytes);
        out.put_u32(u32::try_from(bytes + TYPE_AND_STREAM_BYTES).unwrap_or(u32::MAX));
        out.put_u8(code);
        out.put_u32(stream);
        payload.iter().for_each(|part| out.put_slice(part));
    }
}

/// Length, type and stream.
pub const HEADER_BYTES: usize = 4 + TYPE_AND_STREAM_BYTES;
pub(super) const TYPE_AND_STREAM_BYTES: usize = 1 + 4;
