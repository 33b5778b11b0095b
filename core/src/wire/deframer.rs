//! Cuts a stream of bytes into frames, whatever the pieces in which it arrives.
//!
//! Invariant: no buffer grows for a length that was not checked against the limit first.

use bytes::{Buf, BytesMut};

use super::frame::{Frame, FrameError, HEADER_BYTES, TYPE_AND_STREAM_BYTES};
use crate::limits::FRAME_PAYLOAD_BYTES_MAX;

/// Collects bytes until a frame is whole.
#[derive(Debug, Default)]
pub struct Deframer {
    buffer: BytesMut,
}

impl Deframer {
    /// An empty deframer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what was read.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The buffer to read into directly; bytes are appended to it.
    pub fn buffer_mut(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// The next whole frame, `None` while it is not there yet.
    ///
    /// # Errors
    /// [`FrameError`]: nothing after it can be understood, so the connection must be closed.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        let mut header = self.buffer.as_ref();
        let Ok(length) = header.try_get_u32() else { return Ok(None) };
        let payload_bytes = payload_bytes(length)?;
        let (Ok(code), Ok(stream)) = (header.try_get_u8(), header.try_get_u32()) else {
            return Ok(None);
        };
        if header.len() < payload_bytes {
            self.buffer.reserve(payload_bytes - header.len());
            return Ok(None);
        }
        self.buffer.advance(HEADER_BYTES);
        let payload = self.buffer.split_to(payload_bytes).freeze();
        Ok(Some(Frame { code, stream, payload }))
    }

    /// True when a connection that ends here was cut inside a frame.
    pub fn is_torn(&self) -> bool {
        !self.buffer.is_empty()
    }
}

fn payload_bytes(length: u32) -> Result<usize, FrameError> {
    let bytes = usize::try_from(length).map_err(|_| FrameError::Long(length))?;
    match bytes.checked_sub(TYPE_AND_STREAM_BYTES) {
        None => Err(FrameError::Short(length)),
        Some(payload) if payload > FRAME_PAYLOAD_BYTES_MAX => Err(FrameError::Long(length)),
        Some(payload) => Ok(payload),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_are_refused_before_anything_is_kept() {
        for (length, error) in [
            (0u32, FrameError::Short(0)),
            (4, FrameError::Short(4)),
            (u32::MAX, FrameError::Long(u32::MAX)),
            (1024 * 1024 + 6, FrameError::Long(1024 * 1024 + 6)),
        ] {
            let mut deframer = Deframer::new();
            deframer.push(&length.to_be_bytes());
            assert_eq!(deframer.next_frame(), Err(error));
            assert!(deframer.buffer.capacity() < 1024);
        }
    }

    #[test]
    fn a_torn_frame_is_noticed() {
        let mut deframer = Deframer::new();
        deframer.push(&[0, 0, 0, 6, 1, 0, 0, 0, 0]);
        assert_eq!(deframer.next_frame(), Ok(None));
        assert!(deframer.is_torn());
        deframer.push(&[42]);
        let frame = deframer.next_frame().unwrap().unwrap();
        assert_eq!((frame.code, frame.stream, frame.payload.as_ref()), (1, 0, [42].as_slice()));
        assert!(!deframer.is_torn());
    }

    proptest! {
        #[test]
        fn any_cutting_gives_the_same_frames(
            frames in prop::collection::vec((any::<u8>(), any::<u32>(), prop::collection::vec(any::<u8>(), 0..300)), 0..8),
            cut in 1usize..50,
        ) {
            let mut bytes = BytesMut::new();
            for (code, stream, payload) in &frames {
                Frame::put(&mut bytes, *code, *stream, &[payload]);
            }
            let mut deframer = Deframer::new();
            let mut got = Vec::new();
            for piece in bytes.chunks(cut) {
                deframer.push(piece);
                while let Some(frame) = deframer.next_frame().unwrap() {
                    got.push((frame.code, frame.stream, frame.payload.to_vec()));
                }
            }
            prop_assert_eq!(got, frames);
        }
    }
}
