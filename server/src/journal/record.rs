//! What one record of the journal says, and its bytes.
//!
//! Pure. Layout, integers big-endian: `length u32, crc u32, body`; the body is `kind u8, session id
//! [16]` and what the kind needs. The CRC-32 covers the segment's number and the body, so a record
//! that an older segment left behind in a reused file is not taken for one of this segment.

use std::io;

use bytes::{Buf, BufMut, Bytes};
use sudolog_core::ack::Chain;
use sudolog_core::limits::{FRAME_PAYLOAD_BYTES_MAX, START_JSON_BYTES_MAX};
use sudolog_core::session::{
    Event, EventKind, Incident, SessionEnd, SessionId, SessionStart, Tsid,
};
use sudolog_core::untrusted::Untrusted;

use super::position::{Position, Tail};

/// One thing that happened to one session.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The session.
    pub session: SessionId,
    /// What happened.
    pub record: Record,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// It started.
    Open {
        /// Its number in the log directory.
        tsid: Tsid,
        /// All about it.
        start: Box<SessionStart>,
    },
    /// Something was recorded.
    Event {
        /// What.
        event: Event,
        /// The chain's value behind it.
        chain: Chain,
    },
    /// It ended.
    Close {
        /// How.
        end: SessionEnd,
        /// The chain's last value.
        chain: Chain,
    },
    /// It was given up without an end.
    Gone {
        /// Why, for the `INCOMPLETE` file.
        reason: Untrusted,
    },
    /// Something happened to it from outside.
    Incident(Incident),
    /// At the head of a segment: an open session as it stood when the segment began.
    Carry(Tail),
}

/// What stands at a place in a segment.
#[derive(Debug, PartialEq)]
pub enum Parsed {
    /// A record and the number of bytes it takes.
    Record(Box<Entry>, usize),
    /// Nothing was written here, or not all of it.
    Nothing,
    /// A whole record that says nothing to this version.
    Unreadable,
}

impl Record {
    /// What the record adds to a queue's bytes.
    pub fn cost_bytes(&self) -> usize {
        let data = match self {
            Self::Event { event, .. } => event.data().len(),
            Self::Open { start, .. } => start.argv.iter().map(Untrusted::len).sum::<usize>() + 1024,
            Self::Incident(incident) => incident.text.len() + 256,
            Self::Close { .. } | Self::Gone { .. } | Self::Carry(_) => 256,
        };
        data + RECORD_OVERHEAD_BYTES
    }
}

impl Entry {
    /// Appends the record as it stands in segment `number`.
    ///
    /// # Errors
    /// For a record so long that it would not be read back; nothing is appended.
    pub fn encode(&self, number: u64, out: &mut Vec<u8>) -> io::Result<()> {
        let head = out.len();
        out.extend([0; HEAD_BYTES]);
        self.encode_body(out);
        let (length, crc) = {
            let body = out.get(head + HEAD_BYTES..).unwrap_or_default();
            (body.len(), checksum(number, body))
        };
        if length > BODY_BYTES_MAX {
            out.truncate(head);
            let text = format!("a record of {length} bytes is above {BODY_BYTES_MAX}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        if let Some(mut space) = out.get_mut(head..head + HEAD_BYTES) {
            space.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
            space.put_u32(crc);
        }
        Ok(())
    }

    /// Reads the record at the start of `bytes`, which are shared, not copied.
    pub fn parse(number: u64, bytes: &Bytes) -> Parsed {
        let Some(body) = body(number, bytes) else { return Parsed::Nothing };
        let taken = HEAD_BYTES + body.len();
        decode_body(body).map_or(Parsed::Unreadable, |entry| Parsed::Record(Box::new(entry), taken))
    }

    fn encode_body(&self, out: &mut Vec<u8>) {
        out.push(self.record.code());
        out.extend(self.session.as_bytes());
        match &self.record {
            Record::Open { tsid, start } => {
                out.put_u32(tsid.seq());
                put_json(start, out);
            }
            Record::Event { event, chain } => {
                out.put_u64(event.seq());
                out.put_u64(event.delay_ns());
                out.put_u8(event.kind().code());
                out.put_slice(chain.as_bytes());
                out.put_slice(event.data());
            }
            Record::Close { end, chain } => {
                out.put_slice(chain.as_bytes());
                put_json(end, out);
            }
            Record::Gone { reason } => out.put_slice(reason.as_bytes()),
            Record::Incident(incident) => put_json(incident, out),
            Record::Carry(tail) => put_tail(tail, out),
        }
    }
}

impl Record {
    fn code(&self) -> u8 {
        match self {
            Self::Open { .. } => CODE_OPEN,
            Self::Event { .. } => CODE_EVENT,
            Self::Close { .. } => CODE_CLOSE,
            Self::Gone { .. } => CODE_GONE,
            Self::Carry(_) => CODE_CARRY,
            Self::Incident(_) => CODE_INCIDENT,
        }
    }
}

fn put_json(value: &impl serde::Serialize, out: &mut Vec<u8>) {
    // Starts and ends have string keys and no fallible Serialize, so this cannot fail.
    out.extend(serde_json::to_vec(value).unwrap_or_default());
}

fn put_tail(tail: &Tail, out: &mut Vec<u8>) {
    out.put_u32(tail.tsid.seq());
    out.put_u64(tail.at.seq);
    out.put_slice(tail.at.chain.as_bytes());
    out.put_u64(tail.at.elapsed_ns);
    out.put_u64(tail.at.timing_bytes);
    tail.at.stream_bytes.iter().for_each(|length| out.put_u64(*length));
    out.put_slice(tail.host.as_str().as_bytes());
}

fn decode_body(mut body: Bytes) -> Option<Entry> {
    let code = body.try_get_u8().ok()?;
    let session = SessionId::from_bytes(take(&mut body)?);
    let record = match code {
        CODE_OPEN => {
            let tsid = Tsid::from_seq(body.try_get_u32().ok()?)?;
            Record::Open { tsid, start: serde_json::from_slice(&body).ok()? }
        }
        CODE_EVENT => {
            let (seq, delay_ns) = (body.try_get_u64().ok()?, body.try_get_u64().ok()?);
            let kind = EventKind::from_code(body.try_get_u8().ok()?)?;
            let chain = Chain::from_bytes(take(&mut body)?);
            Record::Event { event: Event::new(seq, delay_ns, kind, body).ok()?, chain }
        }
        CODE_CLOSE => {
            let chain = Chain::from_bytes(take(&mut body)?);
            Record::Close { end: serde_json::from_slice(&body).ok()?, chain }
        }
        CODE_GONE => Record::Gone { reason: Untrusted::new(body.to_vec()) },
        CODE_CARRY => Record::Carry(decode_tail(body)?),
        CODE_INCIDENT => Record::Incident(serde_json::from_slice(&body).ok()?),
        _ => return None,
    };
    Some(Entry { session, record })
}

/// The body of a record that was written whole.
fn body(number: u64, bytes: &Bytes) -> Option<Bytes> {
    let mut head = bytes.as_ref();
    let length = usize::try_from(head.try_get_u32().ok()?).ok()?;
    let crc = head.try_get_u32().ok()?;
    if !(BODY_BYTES_MIN..=BODY_BYTES_MAX).contains(&length) || head.len() < length {
        return None;
    }
    let body = bytes.slice(HEAD_BYTES..HEAD_BYTES + length);
    (checksum(number, &body) == crc).then_some(body)
}

fn decode_tail(mut body: Bytes) -> Option<Tail> {
    let tsid = Tsid::from_seq(body.try_get_u32().ok()?)?;
    let seq = body.try_get_u64().ok()?;
    let chain = Chain::from_bytes(take(&mut body)?);
    let elapsed_ns = body.try_get_u64().ok()?;
    let timing_bytes = body.try_get_u64().ok()?;
    let mut stream_bytes = [0; 5];
    for length in &mut stream_bytes {
        *length = body.try_get_u64().ok()?;
    }
    let host = std::str::from_utf8(&body).ok()?.parse().ok()?;
    let at = Position { seq, chain, elapsed_ns, timing_bytes, stream_bytes };
    Some(Tail { tsid, host, at })
}

fn take<const N: usize>(body: &mut Bytes) -> Option<[u8; N]> {
    let value = body.first_chunk::<N>().copied()?;
    body.advance(N);
    Some(value)
}

fn checksum(number: u64, body: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&number.to_be_bytes());
    crc.update(body);
    crc.finalize()
}

const HEAD_BYTES: usize = 8;
/// Kind and session id.
const BODY_BYTES_MIN: usize = 17;
/// A session start is the longest record; it came in one frame, and [`START_JSON_BYTES_MAX`] bounds
/// how it is written.
const BODY_BYTES_MAX: usize = 2 * FRAME_PAYLOAD_BYTES_MAX;
const _: () = assert!(START_JSON_BYTES_MAX + 64 * 1024 < BODY_BYTES_MAX);
/// What a record costs in memory and in the journal beside its data.
const RECORD_OVERHEAD_BYTES: usize = 128;
const CODE_OPEN: u8 = 1;
const CODE_EVENT: u8 = 2;
const CODE_CLOSE: u8 = 3;
const CODE_GONE: u8 = 4;
const CODE_CARRY: u8 = 5;
const CODE_INCIDENT: u8 = 6;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;
    pub(crate) use sudolog_core::session::sample::{end as sample_end, start_of as sample_start};

    pub(crate) fn sample_incident(after_seq: u64) -> Incident {
        Incident {
            at: sudolog_core::time::Timestamp::from_nanos(7),
            after_seq,
            kind: sudolog_core::session::IncidentKind::Frozen,
            who: None,
            text: "x".into(),
        }
    }

    fn samples() -> Vec<Entry> {
        let start = sample_start(1);
        let session = start.session_id;
        let tsid = Tsid::from_seq(46).unwrap();
        let event = Event::new(1, 7, EventKind::Ttyout, Bytes::from_static(b"hi")).unwrap();
        let mut at = Position::start(&start);
        at.advance(&event, at.chain.event(&event));
        let chain = at.chain;
        let host = start.submit_host.clone();
        [
            Record::Open { tsid, start: Box::new(start) },
            Record::Event { event, chain },
            Record::Close { end: sample_end(1), chain },
            Record::Gone { reason: Untrusted::new(b"\xff".as_slice()) },
            Record::Carry(Tail { tsid, host, at }),
            Record::Incident(sample_incident(1)),
        ]
        .map(|record| Entry { session, record })
        .into()
    }

    #[test]
    fn records_come_back_as_they_were() {
        let mut bytes = Vec::new();
        samples().iter().for_each(|entry| entry.encode(3, &mut bytes).unwrap());
        let mut rest = Bytes::from(bytes);
        for want in samples() {
            let Parsed::Record(entry, taken) = Entry::parse(3, &rest) else { panic!("{want:?}") };
            assert_eq!(*entry, want);
            rest.advance(taken);
        }
        assert_eq!(Entry::parse(3, &rest), Parsed::Nothing);
    }

    #[test]
    fn a_record_of_another_segment_is_none() {
        let mut bytes = Vec::new();
        samples()[1].encode(3, &mut bytes).unwrap();
        assert_eq!(Entry::parse(4, &Bytes::from(bytes)), Parsed::Nothing);
        assert_eq!(Entry::parse(4, &Bytes::from(vec![0; 4096])), Parsed::Nothing);
    }

    #[test]
    fn a_record_that_would_not_be_read_back_is_refused() {
        let reason = Untrusted::new(vec![b'x'; BODY_BYTES_MAX]);
        let entry = Entry { session: SessionId::v7(1, [0; 10]), record: Record::Gone { reason } };
        let mut bytes = vec![7];
        assert!(entry.encode(1, &mut bytes).is_err());
        assert_eq!(bytes, [7]);
    }

    #[test]
    fn a_whole_record_of_an_unknown_kind_is_not_taken_for_a_torn_one() {
        let body = [9; BODY_BYTES_MIN];
        let mut bytes = Vec::new();
        bytes.put_u32(BODY_BYTES_MIN as u32);
        bytes.put_u32(checksum(3, &body));
        bytes.extend(body);
        assert_eq!(Entry::parse(3, &Bytes::from(bytes)), Parsed::Unreadable);
    }

    proptest! {
        #[test]
        fn any_changed_or_missing_byte_is_noticed(pick in 0usize..6, place: prop::sample::Index, flip in 1u8..) {
            let mut bytes = Vec::new();
            samples()[pick].encode(9, &mut bytes).unwrap();
            let place = place.index(bytes.len());
            let torn = Bytes::copy_from_slice(&bytes[..place]);
            prop_assert_eq!(Entry::parse(9, &torn), Parsed::Nothing);
            bytes[place] ^= flip;
            prop_assert_eq!(Entry::parse(9, &Bytes::from(bytes)), Parsed::Nothing);
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let _ = Entry::parse(1, &Bytes::from(bytes));
        }
    }
}
