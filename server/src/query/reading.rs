//! A stored recording on its way to a console, in pieces.
//!
//! Each piece is read on a blocking thread and sent from the event loop: a console that reads
//! slowly, or not at all, holds no thread and no more memory than its own queue.

use bytes::{Bytes, BytesMut};
use sudolog_core::iolog::Damage;
use sudolog_core::limits::FAIR_TURN_BYTES;
use sudolog_core::wire::Message;

use crate::store::{Directory, Numbered};

/// A reader and what is wanted of it.
pub(super) struct Reading {
    events: Numbered<Directory>,
    from_seq: u64,
    stream: u32,
}

/// What one turn brought.
pub(super) struct Piece {
    /// EVENT frames; may be none while events before the first wanted one are passed over.
    pub(super) frames: Bytes,
    /// What comes next.
    pub(super) then: Then,
}

/// How a reading goes on.
pub(super) enum Then {
    /// There may be more.
    More(Box<Reading>),
    /// All that is stored now was read.
    Done,
    /// The recording cannot be read further.
    Damaged(Damage),
}

impl Reading {
    /// The events of a recording from number `from_seq` on, as frames of a stream.
    pub(super) fn new(directory: Directory, from_seq: u64, stream: u32) -> Self {
        Self { events: Numbered::new(directory), from_seq, stream }
    }

    /// Reads on for one turn. Blocks.
    pub(super) fn turn(mut self: Box<Self>) -> Piece {
        let mut frames = BytesMut::new();
        let mut passed_bytes = 0;
        let then = loop {
            if frames.len() >= FAIR_TURN_BYTES || passed_bytes >= PASS_BYTES {
                break Then::More(self);
            }
            match self.events.next_event() {
                Ok(Some(event)) if event.seq() < self.from_seq => {
                    passed_bytes += event.data().len() + 1;
                }
                Ok(Some(event)) => Message::Event(event).encode(self.stream, &mut frames),
                Ok(None) => break Then::Done,
                Err(damage) => break Then::Damaged(damage),
            }
        };
        Piece { frames: frames.freeze(), then }
    }
}

/// What is passed over in one turn: 10 to 20 ms.
const PASS_BYTES: usize = 8 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use sudolog_core::iolog::encode_timing;
    use sudolog_core::session::{Event, EventKind};
    use sudolog_core::wire::Deframer;

    const EVENTS: u64 = 500;

    fn stored() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let (mut timing, mut data) = (Vec::new(), Vec::new());
        for seq in 1..=EVENTS {
            let text = vec![b'x'; 1000];
            let event = Event::new(seq, 1, EventKind::Ttyout, text.into()).unwrap();
            encode_timing(&event, &mut timing);
            data.extend_from_slice(event.data());
        }
        std::fs::write(dir.path().join("timing"), timing).unwrap();
        std::fs::write(dir.path().join("ttyout"), data).unwrap();
        dir
    }

    /// Numbers of the events of a whole reading, and how many turns it took.
    fn read(dir: &std::path::Path, from_seq: u64) -> (Vec<u64>, usize, bool) {
        let mut reading = Box::new(Reading::new(Directory(dir.to_owned()), from_seq, 9));
        let (mut deframer, mut seqs, mut turns) = (Deframer::new(), Vec::new(), 0);
        loop {
            let piece = reading.turn();
            assert!(piece.frames.len() <= FAIR_TURN_BYTES + 2000);
            turns += 1;
            deframer.push(&piece.frames);
            while let Some(frame) = deframer.next_frame().unwrap() {
                assert_eq!(frame.stream, 9);
                match Message::decode(frame).unwrap() {
                    Message::Event(event) => seqs.push(event.seq()),
                    other => panic!("{}", other.name()),
                }
            }
            match piece.then {
                Then::More(next) => reading = next,
                Then::Done => return (seqs, turns, true),
                Then::Damaged(_) => return (seqs, turns, false),
            }
        }
    }

    #[test]
    fn pieces_together_are_the_recording() {
        let dir = stored();
        let (all, turns, whole) = read(dir.path(), 1);
        assert_eq!(all, (1..=EVENTS).collect::<Vec<_>>());
        assert!(whole && turns >= 7, "{turns} turns");
        assert_eq!(read(dir.path(), 498).0, [498, 499, 500]);
        assert_eq!(read(dir.path(), u64::MAX).0, [0; 0]);
    }

    #[test]
    fn what_is_whole_before_a_damage_is_given() {
        let dir = stored();
        let mut timing = std::fs::read(dir.path().join("timing")).unwrap();
        timing.extend_from_slice(b"not a line of timing\n");
        std::fs::write(dir.path().join("timing"), timing).unwrap();
        let (seqs, _, whole) = read(dir.path(), 1);
        assert!(seqs.len() as u64 == EVENTS && !whole);
    }
}
