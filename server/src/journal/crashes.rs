//! The journal against a model that is only a list of entries, with a disk that fails and a server
//! that dies at any write.
//!
//! What was committed comes back, in order and once. Of the batch that was on its way when the
//! server died any first part may come back too: nobody was told that it would not.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::rc::Rc;

use bytes::Bytes;
use proptest::prelude::*;
use sudolog_core::ack::Chain;
use sudolog_core::session::{Event, EventKind, SessionId, Tsid};

use super::position::{Position, Tail};
use super::record::tests::{sample_end, sample_start};
use super::recover::{Recovered, read};
use super::segment::Disk;
use super::writer::{Committed, Writer, count};
use super::{Entry, Record};

/// How one write goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Well,
    /// So many percent of it are written, and none of that is synced.
    Fails(usize),
    /// The same, and the server dies.
    Dies(usize),
}

/// A disk in memory; clones share it.
#[derive(Clone, Default)]
struct Platter(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    /// Bytes of each segment, and how many of them are synced.
    segments: BTreeMap<u64, (Vec<u8>, usize)>,
    fate: Option<Fate>,
    is_dead: bool,
}

impl State {
    fn write(&mut self, number: u64, place: usize, bytes: &[u8]) -> io::Result<()> {
        assert!(!self.is_dead, "the dead do not write");
        let (content, synced) = self.segments.get_mut(&number).unwrap();
        assert_eq!(*synced, place, "a write begins where the synced part ends");
        content.truncate(place);
        let percent = match self.fate.take() {
            None | Some(Fate::Well) => {
                content.extend(bytes);
                *synced = content.len();
                return Ok(());
            }
            Some(Fate::Fails(percent)) => percent,
            Some(Fate::Dies(percent)) => {
                self.is_dead = true;
                percent
            }
        };
        content.extend(&bytes[..bytes.len() * percent / 100]);
        Err(io::Error::other("the disk fails"))
    }
}

impl Disk for Platter {
    fn create(&mut self, number: u64, _: u64, content: &[u8]) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        state.segments.insert(number, (Vec::new(), 0));
        let made = state.write(number, 0, content);
        if made.is_err() && !state.is_dead {
            state.segments.remove(&number);
        }
        made
    }

    fn append(&mut self, place: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        let number = *state.segments.last_key_value().unwrap().0;
        state.write(number, usize::try_from(place).unwrap(), bytes)
    }
}

/// The model: what was committed, how much of it the recordings have for good, and what is open.
#[derive(Default)]
struct Model {
    committed: Vec<Entry>,
    released: usize,
}

impl Model {
    fn tails(&self, upto: usize) -> BTreeMap<SessionId, Tail> {
        let mut tails = BTreeMap::new();
        self.committed[..upto].iter().for_each(|entry| count(&mut tails, entry));
        tails
    }
}

struct World {
    disk: Platter,
    writer: Writer<Platter>,
    model: Model,
    /// The recordings are not synced before the server starts anew, so no segment goes earlier.
    is_lazy: bool,
}

impl World {
    fn new(is_lazy: bool) -> Self {
        let disk = Platter::default();
        let writer = Writer::create_on(disk.clone(), 1, 0, BTreeMap::new()).unwrap();
        Self { disk, writer, model: Model::default(), is_lazy }
    }

    /// Commits a batch as the committer does: again until it is done, or the server dies. The fates
    /// are those of the tries; then all is well.
    fn commit(&mut self, batch: &[Entry], fates: &[Fate]) {
        for fate in fates.iter().chain([&Fate::Well]) {
            self.disk.0.borrow_mut().fate = Some(*fate);
            match self.writer.commit(batch) {
                Ok(committed) => {
                    if let (Committed::Rotated(number), false) = (committed, self.is_lazy) {
                        self.model.released = self.model.committed.len();
                        self.disk.0.borrow_mut().segments.retain(|n, _| *n >= number);
                    }
                    self.model.committed.extend_from_slice(batch);
                    return;
                }
                Err(_) if self.disk.0.borrow().is_dead => return self.restart(batch),
                Err(_) => {}
            }
        }
        panic!("a well disk takes every batch");
    }

    /// Checks what a server finds that starts after a crash, and goes on with it.
    fn restart(&mut self, on_its_way: &[Entry]) {
        let found = self.check(on_its_way);
        let known = self.model.committed.len() - self.model.released;
        self.model.committed.extend_from_slice(&found.entries[known..]);
        self.model.released = self.model.committed.len();
        self.disk.0.borrow_mut().is_dead = false;
        let (number, end) = (found.next_number, found.previous_end);
        self.writer = Writer::create_on(self.disk.clone(), number, end, found.open).unwrap();
        self.disk.0.borrow_mut().segments.retain(|n, _| *n >= number);
    }

    fn check(&self, on_its_way: &[Entry]) -> Recovered {
        let state = self.disk.0.borrow();
        let segments =
            state.segments.iter().map(|(n, (b, _))| (*n, Bytes::copy_from_slice(b))).collect();
        let found = read(Path::new("journal"), segments).unwrap();
        let committed = &self.model.committed[self.model.released..];
        assert_eq!(&found.entries[..committed.len().min(found.entries.len())], committed);
        let more = &found.entries[committed.len()..];
        assert_eq!(more, &on_its_way[..more.len()], "only of the batch on its way");
        assert_eq!(found.carried, self.model.tails(self.model.released));
        let mut open = self.model.tails(self.model.committed.len());
        more.iter().for_each(|entry| count(&mut open, entry));
        assert_eq!(found.open, open);
        found
    }
}

/// Three sessions side by side, cut into batches of `size`.
fn batches(size: usize) -> Vec<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut at: Vec<Position> = Vec::new();
    for number in 1..=3u8 {
        let start = sample_start(number);
        at.push(Position::start(&start));
        let tsid = Tsid::from_seq(number.into()).unwrap();
        let session = start.session_id;
        entries.push(Entry { session, record: Record::Open { tsid, start: Box::new(start) } });
    }
    for seq in 1..=6 {
        for (number, at) in (1u8..).zip(&mut at) {
            let data = vec![number; usize::from(number) * 11];
            let event = Event::new(seq, seq, EventKind::Ttyout, data.into()).unwrap();
            let chain = at.chain.event(&event);
            at.advance(&event, chain);
            let session = sample_start(number).session_id;
            entries.push(Entry { session, record: Record::Event { event, chain } });
        }
    }
    let end = sample_end(6);
    let chain: Chain = at[0].chain.end(&end);
    let session = |number| sample_start(number).session_id;
    entries.push(Entry { session: session(1), record: Record::Close { end, chain } });
    let reason = "sudo went away".into();
    entries.push(Entry { session: session(2), record: Record::Gone { reason } });
    entries.chunks(size).map(<[Entry]>::to_vec).collect()
}

#[test]
fn a_server_that_dies_at_any_write_comes_back_with_all_it_committed() {
    let batches = batches(4);
    for dies_at in 0..batches.len() {
        for percent in (0..=100).step_by(4) {
            for before in [&[][..], &[Fate::Fails(0)], &[Fate::Fails(70), Fate::Fails(40)]] {
                let mut world = World::new(percent % 8 == 0);
                for (number, batch) in batches.iter().enumerate() {
                    let dying = [before, &[Fate::Dies(percent)]].concat();
                    world.commit(batch, if number == dies_at { &dying } else { &[] });
                    if number == dies_at {
                        // The host sends again what was not committed.
                        let known = world.model.committed.len();
                        let rest = batches[..=number].concat().split_off(known);
                        world.commit(&rest, &[]);
                    }
                    world.check(&[]);
                }
                assert_eq!(world.model.committed, batches.concat());
            }
        }
    }
}

fn any_fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => Just(Fate::Well),
        2 => (0usize..=100).prop_map(Fate::Fails),
        1 => (0usize..=100).prop_map(Fate::Dies),
    ]
}

proptest! {
    #[test]
    fn whatever_the_disk_does_the_journal_is_the_model(
        size in 1usize..9,
        is_lazy: bool,
        fates in prop::collection::vec(prop::collection::vec(any_fate(), 0..4), 23),
    ) {
        let mut world = World::new(is_lazy);
        let all = batches(size);
        for (batch, fates) in all.iter().zip(&fates) {
            let want = world.model.committed.len() + batch.len();
            world.commit(batch, fates);
            let rest = all.concat()[world.model.committed.len()..want].to_vec();
            if !rest.is_empty() {
                world.commit(&rest, &[]);
            }
            world.check(&[]);
        }
        prop_assert_eq!(world.model.committed, all.concat());
    }
}
