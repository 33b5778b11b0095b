//! A crash at every byte of the journal, with the recordings in any state, against a model that is
//! only a list of events.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bytes::Bytes;
use proptest::prelude::*;
use sudolog_core::ack::Chain;
use sudolog_core::session::{Event, EventKind, Tsid, sample};
use sudolog_server::journal::segment::{Header, path_of};
use sudolog_server::journal::{Entry, Record, recover};

use crate::host::{Sent, start};
use crate::oracle::{
    assert_exact, assert_holds_proven, directory, files_of, is_finished, recorder, verify,
};

/// The trivial model: sessions in memory.
#[derive(Default)]
struct Model(BTreeMap<u32, Sent>);

/// A journal in memory: its bytes, and where each record ends.
struct Journal {
    bytes: Vec<u8>,
    entries: Vec<(u32, Entry)>,
    ends: Vec<usize>,
}

/// Three sessions side by side: one ends, one goes, one stays open.
fn journal() -> Journal {
    let mut chains: BTreeMap<u32, Chain> = BTreeMap::new();
    let mut entries = Vec::new();
    let mut push = |number: u32, record| {
        entries.push((number, Entry { session: start(number).session_id, record }));
    };
    for number in 1..=3 {
        let start = start(number);
        chains.insert(number, Chain::start(&start));
        let tsid = Tsid::from_seq(number).unwrap();
        push(number, Record::Open { tsid, start: Box::new(start) });
    }
    for seq in 1..=9u64 {
        for number in 1..=3u32 {
            let kind = EventKind::STREAMS[usize::try_from((seq + u64::from(number)) % 5).unwrap()];
            let data = vec![b'0' + u8::try_from(seq).unwrap(); usize::try_from(seq * 7).unwrap()];
            let event = Event::new(seq, seq * 1_000_003, kind, data.into()).unwrap();
            let chain = chains[&number].event(&event);
            chains.insert(number, chain);
            push(number, Record::Event { event, chain });
        }
    }
    let end = sample::end(9);
    let chain = chains[&1].end(&end);
    push(1, Record::Close { end, chain });
    push(2, Record::Gone { reason: "sudo went away".into() });
    encode(entries)
}

fn encode(entries: Vec<(u32, Entry)>) -> Journal {
    let (mut bytes, mut ends) = (Vec::new(), Vec::new());
    Header { number: 1, previous_end: 0 }.encode(&mut bytes);
    for (_, entry) in &entries {
        entry.encode(1, &mut bytes).unwrap();
        ends.push(bytes.len());
    }
    Journal { bytes, entries, ends }
}

impl Journal {
    /// How many records are whole when the journal is cut there.
    fn whole(&self, cut: usize) -> usize {
        self.ends.iter().filter(|end| **end <= cut).count()
    }

    fn write(&self, dir: &Path, cut: usize, reserved: usize) {
        let journal = dir.join("state/journal");
        fs::create_dir_all(&journal).unwrap();
        let bytes = [&self.bytes[..cut], &vec![0; reserved]].concat();
        fs::write(path_of(&journal, 1), bytes).unwrap();
    }

    fn model(&self, records: usize) -> Model {
        let mut model = Model::default();
        for (number, entry) in &self.entries[..records] {
            match &entry.record {
                Record::Open { tsid, start } => {
                    let tsid = Some(*tsid);
                    model.0.insert(*number, Sent { tsid, ..Sent::new((**start).clone()) });
                }
                Record::Event { event, .. } => {
                    model.0.get_mut(number).unwrap().events.push(event.clone());
                }
                Record::Close { end, .. } => {
                    model.0.get_mut(number).unwrap().end = Some(end.clone());
                }
                Record::Gone { .. } | Record::Carry(_) | Record::Incident(_) => {}
            }
        }
        model
    }
}

fn assert_is_model(dir: &Path, journal: &Journal, cut: usize) {
    let records = journal.whole(cut);
    let model = journal.model(records);
    let is_gone =
        journal.entries[..records].iter().any(|e| matches!(e.1.record, Record::Gone { .. }));
    for (number, sent) in &model.0 {
        let path = directory(dir, sent.tsid.unwrap());
        assert_exact(&path, &sent.events, sent.events.len() as u64);
        assert_holds_proven(dir, sent);
        if is_finished(&path) {
            let count = sent.events.len() as u64;
            let found = verify(&path, sent, sent.end.as_ref(), count);
            assert_eq!(found.last_seq, count, "a finished recording is proven to its end");
        }
        assert_eq!(is_finished(&path), sent.end.is_some() || (is_gone && *number == 2));
        assert_eq!(path.join("INCOMPLETE").exists(), is_gone && *number == 2);
    }
    for number in 1..=3 {
        let known = model.0.contains_key(&number);
        let path = directory(dir, Tsid::from_seq(number).unwrap());
        assert!(known || !path.join("log").exists(), "nothing that was never acknowledged");
    }
}

#[test]
fn cut_at_every_byte_the_journal_gives_every_whole_record() {
    let dir = tempfile::tempdir().unwrap();
    let journal = journal();
    let want: Vec<&Entry> = journal.entries.iter().map(|(_, entry)| entry).collect();
    // Before the header's end nothing was ever acknowledged.
    for cut in 0..=journal.bytes.len() {
        journal.write(dir.path(), cut, if cut % 2 == 0 { 0 } else { 64 });
        let recovered = recover(&dir.path().join("state/journal")).unwrap();
        let got: Vec<&Entry> = recovered.entries.iter().collect();
        assert_eq!(got, want[..journal.whole(cut)], "cut at {cut}");
    }
}

#[test]
fn a_server_that_starts_makes_every_recording_whole() {
    let journal = journal();
    // At records' borders, one byte before and one behind; backwards, so that the last one counts.
    for end in journal.ends.iter().rev().step_by(3) {
        for cut in [end - 1, *end, (end + 1).min(journal.bytes.len())] {
            let dir = tempfile::tempdir().unwrap();
            journal.write(dir.path(), cut, 4096);
            recorder(dir.path()).shutdown();
            assert_is_model(dir.path(), &journal, cut);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// The sink's writes may have come to the disk in any part: each file as far as it got, torn
    /// anywhere, or with a tail that nobody wrote. Twice, because the server may crash while it
    /// makes them whole.
    #[test]
    fn whatever_the_crash_left_of_the_files_they_become_whole(
        cut in prop::option::weighted(0.7, any::<prop::sample::Index>()),
        kept in prop::collection::vec((any::<prop::sample::Index>(), 0usize..40), 18),
        sealed: [bool; 3],
        torn_acks in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let journal = journal();
        // Often not cut at all: then every session has come to its end.
        let whole = journal.bytes.len();
        let cut = cut.map_or(whole, |cut| HEADER_BYTES + cut.index(whole - HEADER_BYTES));
        journal.write(dir.path(), cut, 128);
        leave_behind(dir.path(), &journal, &kept, sealed, &torn_acks);
        recorder(dir.path()).shutdown();
        assert_is_model(dir.path(), &journal, cut);
        recorder(dir.path()).shutdown();
        assert_is_model(dir.path(), &journal, cut);
    }
}

/// Files of all three sessions as a crash may leave them, also of events that the journal lost.
fn leave_behind(
    dir: &Path,
    journal: &Journal,
    kept: &[(prop::sample::Index, usize)],
    sealed: [bool; 3],
    torn_acks: &[u8],
) {
    let model = journal.model(journal.entries.len());
    let mut kept = kept.iter();
    for (sent, sealed) in model.0.values().zip(sealed) {
        let path = directory(dir, sent.tsid.unwrap());
        fs::create_dir_all(&path).unwrap();
        for (name, content) in files_of(&sent.events) {
            let (length, garbage) = kept.next().unwrap();
            let mut torn = content[..length.index(content.len() + 1)].to_vec();
            torn.extend(std::iter::repeat_n(b'#', *garbage));
            fs::write(path.join(name), Bytes::from(torn)).unwrap();
        }
        fs::write(path.join("acks"), torn_acks).unwrap();
        if sealed {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o400);
            fs::set_permissions(path.join("timing"), mode).unwrap();
        }
    }
}

/// Of a segment; before its end nothing was ever acknowledged.
const HEADER_BYTES: usize = 36;
