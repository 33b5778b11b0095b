//! How far a recording has come: event number, chain, and the length of each of its files.
//!
//! Pure. The journal counts positions for what it has synced, the sink for what it has written;
//! both count alike, so after a crash a file can be written again from exactly the right byte.

use sudolog_core::ack::Chain;
use sudolog_core::session::{Event, EventKind, HostName, SessionStart, Tsid};

/// A point between two events of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Number of the last event before it, 0 at the start.
    pub seq: u64,
    /// The chain's value there.
    pub chain: Chain,
    /// Sum of all delays, nanoseconds.
    pub elapsed_ns: u64,
    /// Length of `timing` in bytes.
    pub timing_bytes: u64,
    /// Length in bytes of the stream files, by event kind.
    pub stream_bytes: [u64; 5],
}

/// An open session as the journal knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tail {
    /// Its number in the log directory.
    pub tsid: Tsid,
    /// The host that may go on with it.
    pub host: HostName,
    /// How far it has come.
    pub at: Position,
}

impl Position {
    /// The start of a session.
    pub fn start(start: &SessionStart) -> Self {
        Self::at_chain(Chain::start(start))
    }

    /// The start of a session whose chain begins with that value.
    pub fn at_chain(chain: Chain) -> Self {
        Self { seq: 0, chain, elapsed_ns: 0, timing_bytes: 0, stream_bytes: [0; 5] }
    }

    /// Moves behind the next event, at which the chain has that value.
    pub fn advance(&mut self, event: &Event, chain: Chain) {
        self.seq = event.seq();
        self.chain = chain;
        self.elapsed_ns = self.elapsed_ns.saturating_add(event.delay_ns());
        self.timing_bytes += timing_bytes(event);
        if let Some(length) = self.stream_bytes.get_mut(usize::from(event.kind().code())) {
            *length += event.data().len() as u64;
        }
    }
}

/// Length of the event's line in `timing`, without formatting it: the journal's thread counts it
/// for every event.
fn timing_bytes(event: &Event) -> u64 {
    let rest = match (event.kind(), event.winsize()) {
        (_, Some((lines, columns))) => digits(lines.into()) + 1 + digits(columns.into()),
        (EventKind::Suspend, _) => event.data().len() as u64,
        _ => digits(event.data().len() as u64),
    };
    digits(event.kind().code().into()) + 1 + digits(event.delay_ns() / NANOS) + 11 + rest + 1
}

fn digits(number: u64) -> u64 {
    u64::from(number.checked_ilog10().unwrap_or(0)) + 1
}

const NANOS: u64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use proptest::prelude::*;
    use sudolog_core::iolog::encode_timing;

    fn any_event() -> impl Strategy<Value = Event> {
        let kinds = prop_oneof![
            (0u8..5, prop::collection::vec(any::<u8>(), 1..2000)),
            any::<[u8; 4]>().prop_map(|size| (5u8, size.to_vec())),
            "[A-Z]{1,16}".prop_map(|name| (7u8, name.into_bytes())),
        ];
        (kinds, prop_oneof![any::<u64>(), 0..3 * NANOS]).prop_map(|((code, data), delay)| {
            Event::new(1, delay, EventKind::from_code(code).unwrap(), Bytes::from(data)).unwrap()
        })
    }

    proptest! {
        #[test]
        fn lengths_are_those_of_the_files(event in any_event()) {
            let mut line = Vec::new();
            encode_timing(&event, &mut line);
            let mut at = Position::at_chain(Chain::from_bytes([0; 32]));
            at.advance(&event, Chain::from_bytes([1; 32]));
            prop_assert_eq!(at.timing_bytes, line.len() as u64);
            let data = if event.kind().file_name().is_some() { event.data().len() as u64 } else { 0 };
            prop_assert_eq!(at.stream_bytes.iter().sum::<u64>(), data);
        }
    }
}
