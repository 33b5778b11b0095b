//! The hash chain over a session: one link per event, one for the start, one for the end.
//!
//! `h(0) = SHA-256("sudolog chain 1\0" ‖ session id ‖ canonical start)`,
//! `h(n) = SHA-256(h(n-1) ‖ seq ‖ delay_ns ‖ kind ‖ data)`, integers big-endian, the session id as
//! its 36 characters. The end is the link `final seq + 1` with delay 0, kind 255 and the canonical
//! end as data. A stored iolog is enough to compute all of it again (invariant I8).

use std::fmt;

use sha2::{Digest, Sha256};

use crate::session::{Event, SessionEnd, SessionStart};
use crate::untrusted::{decode_hex, encode_hex};

/// The chain's value at one point of a session.
#[derive(Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Chain([u8; 32]);

impl Chain {
    /// `h(0)`, which covers the session's id and start.
    pub fn start(start: &SessionStart) -> Self {
        Self::of(&[DOMAIN, start.session_id.to_string().as_bytes(), &start.canonical()])
    }

    /// `h(n)` after the next event.
    #[must_use]
    pub fn event(self, event: &Event) -> Self {
        self.link(event.seq(), event.delay_ns(), event.kind().code(), event.data())
    }

    /// The last link, which covers how the session ended.
    #[must_use]
    pub fn end(self, end: &SessionEnd) -> Self {
        self.link(end.final_seq.saturating_add(1), 0, KIND_END, &end.canonical())
    }

    /// The value as it came over the wire or from a file.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The value's 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn link(self, seq: u64, delay_ns: u64, kind: u8, data: &[u8]) -> Self {
        Self::of(&[&self.0, &seq.to_be_bytes(), &delay_ns.to_be_bytes(), &[kind], data])
    }

    fn of(parts: &[&[u8]]) -> Self {
        let hash = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part));
        Self(hash.finalize().into())
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encode_hex(&self.0))
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encode_hex(&self.0))
    }
}

impl From<Chain> for String {
    fn from(chain: Chain) -> Self {
        chain.to_string()
    }
}

impl TryFrom<String> for Chain {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        decode_hex(&text)
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or("a chain value is 64 hexadecimal digits")
    }
}

const DOMAIN: &[u8] = b"sudolog chain 1\0";
/// No event has this kind, so an end can never be mistaken for one.
const KIND_END: u8 = 255;

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::session::{EventKind, sample};

    #[test]
    fn every_field_of_an_event_is_covered() {
        let event = |seq, delay, kind, data: &'static [u8]| {
            Event::new(seq, delay, kind, Bytes::from_static(data)).unwrap()
        };
        let start = Chain::start(&sample::start());
        let all = [
            start.event(&event(1, 5, EventKind::Ttyout, b"ab")),
            start.event(&event(2, 5, EventKind::Ttyout, b"ab")),
            start.event(&event(1, 6, EventKind::Ttyout, b"ab")),
            start.event(&event(1, 5, EventKind::Stdout, b"ab")),
            start.event(&event(1, 5, EventKind::Ttyout, b"ac")),
        ];
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn the_published_example_holds() {
        // docs/protocol.md prints these two values for whoever writes another verifier.
        let start = sample::start();
        let chain = Chain::start(&start);
        let hash = Sha256::new()
            .chain_update(b"sudolog chain 1\0")
            .chain_update(start.session_id.to_string())
            .chain_update(start.canonical());
        assert_eq!(chain.as_bytes().as_slice(), hash.finalize().as_slice());
        let event = Event::new(1, 2, EventKind::Ttyout, Bytes::from_static(b"hi")).unwrap();
        let mut bytes = chain.as_bytes().to_vec();
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 4, b'h', b'i']);
        assert_eq!(chain.event(&event).as_bytes().as_slice(), Sha256::digest(&bytes).as_slice());
    }
}
