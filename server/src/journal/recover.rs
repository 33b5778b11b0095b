//! Reading the journal after a crash: what counts, in its order.
//!
//! The last segment may end in half a record; it is cut there, nothing behind it was acknowledged.
//! An earlier segment counts as far as its successor's header says. Anything else that cannot be
//! read would lose acknowledged events: it is an error, and nothing is changed.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use bytes::{Buf as _, Bytes};
use sudolog_core::session::SessionId;

use super::place::Place;
use super::position::Tail;
use super::record::{Entry, Parsed, Record};
use super::segment::{self, Header};
use super::writer::count;

/// What a journal says.
#[derive(Debug, Default)]
pub struct Recovered {
    /// Sessions that were open before the oldest record that is kept, as they stood then.
    pub carried: BTreeMap<SessionId, Tail>,
    /// Everything that counts, in order, without the carried states.
    pub entries: Vec<Entry>,
    /// Where each of them ends.
    pub places: Vec<Place>,
    /// Sessions that are open at the end, as they stand there.
    pub open: BTreeMap<SessionId, Tail>,
    /// The number for the next segment.
    pub next_number: u64,
    /// How much of the segment before it counts.
    pub previous_end: u64,
}

/// Reads all segments in `dir`.
///
/// # Errors
/// When a segment or a record that counts cannot be read, or a segment in the middle is missing or
/// has no header: then acknowledged events may be lost, and a person must decide.
pub fn recover(dir: &Path) -> io::Result<Recovered> {
    let numbers = segment::list(dir)?.into_iter();
    let segments: io::Result<Vec<_>> =
        numbers.map(|number| Ok((number, segment::read(dir, number)?))).collect();
    read(dir, segments?)
}

/// Reads segments, given with their numbers and in that order. `dir` is only for the words of an
/// error.
///
/// # Errors
/// As [`recover`].
pub fn read(dir: &Path, segments: Vec<(u64, Bytes)>) -> io::Result<Recovered> {
    let mut recovered = Recovered { next_number: 1, ..Recovered::default() };
    let mut segments: Vec<Loaded> = segments.into_iter().map(Loaded::from).collect();
    // Without a whole header the last segment was never used.
    if segments.last().is_some_and(|segment| segment.header.is_none()) {
        segments.pop();
    }
    let ends: Vec<Option<u64>> = segments
        .iter()
        .skip(1)
        .map(|next| next.header.map(|h| h.previous_end))
        .chain([None])
        .collect();
    let mut expected = segments.first().map_or(1, |first| first.number);
    for (index, (segment, end)) in segments.into_iter().zip(ends).enumerate() {
        if segment.header.is_none() || segment.number != expected {
            let text = format!(
                "{}: the journal has a hole here",
                segment::path_of(dir, expected).display()
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        expected += 1;
        let number = segment.number;
        let (read_to, unreadable) = recovered.take(segment, end, index == 0);
        if unreadable || end.is_some_and(|end| read_to < end) {
            let text = format!(
                "{}: what stands at byte {read_to} is not a record of this version{}",
                segment::path_of(dir, number).display(),
                end.map_or_else(String::new, |end| format!(", and records count up to {end}")),
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        recovered.previous_end = read_to;
    }
    recovered.next_number = expected;
    Ok(recovered)
}

struct Loaded {
    number: u64,
    header: Option<Header>,
    /// What follows the header, and how long that was.
    body: Bytes,
    header_bytes: u64,
}

impl From<(u64, Bytes)> for Loaded {
    fn from((number, mut body): (u64, Bytes)) -> Self {
        let whole = body.len();
        let header = Header::take(&mut body).filter(|header| header.number == number);
        Self { number, header, header_bytes: (whole - body.len()) as u64, body }
    }
}

impl Recovered {
    /// Takes one segment's records up to `end`. Gives where they ended, and whether a whole record
    /// that cannot be read stands there.
    fn take(&mut self, segment: Loaded, end: Option<u64>, oldest: bool) -> (u64, bool) {
        let mut rest = segment.body;
        let mut place = segment.header_bytes;
        while end.is_none_or(|end| place < end) {
            let (entry, taken) = match Entry::parse(segment.number, &rest) {
                Parsed::Record(entry, taken) => (entry, taken),
                Parsed::Nothing => break,
                Parsed::Unreadable => return (place, true),
            };
            rest.advance(taken);
            place += taken as u64;
            count(&mut self.open, &entry);
            match entry.record {
                // Later segments repeat what the records before them already say.
                Record::Carry(tail) if oldest => {
                    self.carried.insert(entry.session, tail);
                }
                Record::Carry(_) => {}
                _ => {
                    self.entries.push(*entry);
                    self.places.push(Place { segment: segment.number, end: place });
                }
            }
        }
        (place, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Writer;
    use crate::journal::record::tests::{sample_end, sample_start};
    use proptest::prelude::*;
    use sudolog_core::ack::Chain;
    use sudolog_core::session::{Event, EventKind, Tsid};

    /// A session of `count` events and its end.
    fn session(number: u8, count: u64) -> Vec<Entry> {
        let start = sample_start(number);
        let session = start.session_id;
        let mut chain = Chain::start(&start);
        let tsid = Tsid::from_seq(number.into()).unwrap();
        let mut entries =
            vec![Entry { session, record: Record::Open { tsid, start: Box::new(start) } }];
        for seq in 1..=count {
            let event = Event::new(seq, seq, EventKind::Ttyout, vec![number; 100].into()).unwrap();
            chain = chain.event(&event);
            entries.push(Entry { session, record: Record::Event { event, chain } });
        }
        let end = sample_end(count);
        chain = chain.end(&end);
        entries.push(Entry { session, record: Record::Close { end, chain } });
        entries
    }

    fn new_writer(dir: &Path) -> Writer {
        Writer::create(dir, 1, 0, BTreeMap::new()).unwrap()
    }

    #[test]
    fn committed_batches_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = new_writer(dir.path());
        let entries = session(1, 10);
        writer.commit(&entries[..6]).unwrap();
        writer.commit(&entries[6..]).unwrap();
        let recovered = recover(dir.path()).unwrap();
        assert_eq!(recovered.entries, entries);
        assert!(recovered.open.is_empty() && recovered.carried.is_empty());
        assert_eq!(recovered.next_number, 2);
    }

    #[test]
    fn a_new_segment_carries_what_is_open() {
        let dir = tempfile::tempdir().unwrap();
        let entries = session(1, 10);
        let mut writer = new_writer(dir.path());
        writer.commit(&entries[..6]).unwrap();
        let before = recover(dir.path()).unwrap();
        let mut writer = Writer::create(
            dir.path(),
            before.next_number,
            before.previous_end,
            before.open.clone(),
        )
        .unwrap();
        crate::journal::writer::remove_below(dir.path(), before.next_number).unwrap();
        writer.commit(&entries[6..]).unwrap();
        let after = recover(dir.path()).unwrap();
        assert_eq!(after.carried, before.open);
        assert_eq!(after.entries, entries[6..]);
        assert!(after.open.is_empty());
    }

    #[test]
    fn an_empty_directory_is_an_empty_journal() {
        let dir = tempfile::tempdir().unwrap();
        let recovered = recover(dir.path()).unwrap();
        assert!(recovered.entries.is_empty() && recovered.next_number == 1);
    }

    #[test]
    fn a_hole_is_an_error_with_its_place() {
        let dir = tempfile::tempdir().unwrap();
        for number in [1, 3] {
            Writer::create(dir.path(), number, 0, BTreeMap::new()).unwrap();
        }
        let error = recover(dir.path()).unwrap_err().to_string();
        assert!(error.contains("0000000002.wal") && error.contains("hole"), "{error}");
    }

    #[test]
    fn a_record_that_counts_and_cannot_be_read_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let entries = session(1, 10);
        let mut writer = new_writer(dir.path());
        writer.commit(&entries[..6]).unwrap();
        let middle = writer.end() - 40;
        let before = recover(dir.path()).unwrap();
        Writer::create(dir.path(), 2, before.previous_end, before.open).unwrap();
        let path = segment::path_of(dir.path(), 1);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[middle as usize] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let error = recover(dir.path()).unwrap_err().to_string();
        assert!(error.contains("0000000001.wal") && error.contains("count up to"), "{error}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn a_cut_anywhere_keeps_all_whole_records_before_it(cut in any::<prop::sample::Index>()) {
            let dir = tempfile::tempdir().unwrap();
            let entries = session(1, 10);
            let mut writer = new_writer(dir.path());
            let mut ends = vec![];
            for entry in &entries {
                writer.commit(std::slice::from_ref(entry)).unwrap();
                ends.push(writer.end());
            }
            let path = segment::path_of(dir.path(), 1);
            let last = *ends.last().unwrap() as usize;
            let cut = 36 + cut.index(last - 36);
            let file = std::fs::File::options().write(true).open(&path).unwrap();
            file.set_len(cut as u64).unwrap();
            let whole = ends.iter().filter(|end| **end <= cut as u64).count();
            prop_assert_eq!(recover(dir.path()).unwrap().entries, &entries[..whole]);
        }
    }
}
