//! The hot path: messages with a fixed binary layout, integers big-endian.

use bytes::{Buf, Bytes, BytesMut};

use super::{DecodeError, code, name};
use crate::ack::{Chain, KeyId, SignedAck};
use crate::session::{Event, EventError, EventKind};
use crate::wire::Frame;

/// The screen that a late joiner starts from: the state after event `seq`, then the tail follows.
///
/// Layout: `seq u64, elapsed_ns u64, lines u16, columns u16, state`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreenDump {
    /// The last event that the state covers, 0 before the first.
    pub seq: u64,
    /// Time of that event since the session's start, nanoseconds.
    pub elapsed_ns: u64,
    /// Rows of the screen.
    pub lines: u16,
    /// Columns of the screen.
    pub columns: u16,
    /// Bytes that bring a fresh emulator of that size into this state.
    pub state: Bytes,
}

/// `seq u64, delay_ns u64, kind u8, data`.
pub(super) fn put_event(out: &mut BytesMut, stream: u32, event: &Event) {
    let (seq, delay) = (event.seq().to_be_bytes(), event.delay_ns().to_be_bytes());
    Frame::put(out, code::EVENT, stream, &[&seq, &delay, &[event.kind().code()], event.data()]);
}

pub(super) fn event(mut payload: Bytes) -> Result<Event, DecodeError> {
    let wrong = length(code::EVENT, &payload);
    let (Ok(seq), Ok(delay_ns), Ok(kind)) =
        (payload.try_get_u64(), payload.try_get_u64(), payload.try_get_u8())
    else {
        return Err(wrong);
    };
    let kind = EventKind::from_code(kind).ok_or(EventError::Kind(kind))?;
    Ok(Event::new(seq, delay_ns, kind, payload)?)
}

/// `seq u64, timestamp_ns u64, key_id u32, chain [32], signature [64]`.
pub(super) fn put_ack(out: &mut BytesMut, stream: u32, ack: &SignedAck) {
    let (seq, time) = (ack.seq.to_be_bytes(), ack.timestamp_ns.to_be_bytes());
    let key = ack.key_id.0.to_be_bytes();
    Frame::put(out, code::ACK, stream, &[&seq, &time, &key, ack.chain.as_bytes(), &ack.signature]);
}

pub(super) fn ack(payload: &Bytes) -> Result<SignedAck, DecodeError> {
    let mut rest = payload.as_ref();
    let (Ok(seq), Ok(timestamp_ns), Ok(key)) =
        (rest.try_get_u64(), rest.try_get_u64(), rest.try_get_u32())
    else {
        return Err(length(code::ACK, payload));
    };
    let (Some((chain, signature)), true) = (rest.split_first_chunk::<32>(), rest.len() == 96)
    else {
        return Err(length(code::ACK, payload));
    };
    let signature = signature.try_into().map_err(|_| length(code::ACK, payload))?;
    Ok(SignedAck {
        seq,
        timestamp_ns,
        key_id: KeyId(key),
        chain: Chain::from_bytes(*chain),
        signature,
    })
}

pub(super) fn nonce(code: u8, payload: &Bytes) -> Result<u64, DecodeError> {
    let bytes = payload.as_ref().try_into().map_err(|_| length(code, payload))?;
    Ok(u64::from_be_bytes(bytes))
}

pub(super) fn put_keyframe(out: &mut BytesMut, stream: u32, dump: &ScreenDump) {
    let (seq, elapsed) = (dump.seq.to_be_bytes(), dump.elapsed_ns.to_be_bytes());
    let (lines, columns) = (dump.lines.to_be_bytes(), dump.columns.to_be_bytes());
    Frame::put(out, code::KEYFRAME, stream, &[&seq, &elapsed, &lines, &columns, &dump.state]);
}

pub(super) fn keyframe(mut payload: Bytes) -> Result<ScreenDump, DecodeError> {
    let wrong = length(code::KEYFRAME, &payload);
    let (Ok(seq), Ok(elapsed_ns), Ok(lines), Ok(columns)) = (
        payload.try_get_u64(),
        payload.try_get_u64(),
        payload.try_get_u16(),
        payload.try_get_u16(),
    ) else {
        return Err(wrong);
    };
    Ok(ScreenDump { seq, elapsed_ns, lines, columns, state: payload })
}

fn length(code: u8, payload: &Bytes) -> DecodeError {
    DecodeError::Length { name: name(code), bytes: payload.len() }
}
