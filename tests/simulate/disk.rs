//! The server's disk: what the journal and the recordings look like after a kill or a power cut.
//!
//! A kill leaves everything that was written; a power cut leaves what was synced, and of the rest
//! any part. Under it run the journal's real writer and the real recovery.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::rc::Rc;

use bytes::Bytes;
use sudolog_core::session::{SessionEnd, SessionId, SessionStart, Tsid};
use sudolog_server::journal::recover::read;
use sudolog_server::journal::segment::Disk;
use sudolog_server::journal::{Entry, Record, Recovered, Tail, Writer};

use crate::iolog::Iolog;
use crate::random::Random;

/// The disk as all see it who use it.
#[derive(Clone, Debug, Default)]
pub struct Platter(Rc<RefCell<State>>);

#[derive(Debug, Default)]
struct State {
    segments: BTreeMap<u64, Segment>,
    mood: Mood,
    iologs: BTreeMap<SessionId, Iolog>,
}

#[derive(Clone, Debug, Default)]
struct Segment {
    bytes: Vec<u8>,
    synced: usize,
}

/// How the disk is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Well,
    /// Nothing can be written.
    Full,
    /// Writes succeed in part and the sync fails.
    Failing,
    /// The server dies between write and sync.
    Dying,
}

impl Disk for Platter {
    fn create(&mut self, number: u64, _: u64, content: &[u8]) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        match state.mood {
            Mood::Full => return Err(io::ErrorKind::StorageFull.into()),
            Mood::Failing => return Err(io::Error::other("sync failed")),
            Mood::Dying => {
                let segment = Segment { bytes: content.to_vec(), synced: 0 };
                state.segments.insert(number, segment);
                return Err(io::Error::other("the server dies"));
            }
            Mood::Well => {}
        }
        let segment = Segment { bytes: content.to_vec(), synced: content.len() };
        state.segments.insert(number, segment);
        Ok(())
    }

    fn append(&mut self, place: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        let mood = state.mood;
        let mut newest = state.segments.last_entry().ok_or(io::ErrorKind::NotFound)?;
        let segment = newest.get_mut();
        let place = usize::try_from(place).unwrap();
        assert_eq!(segment.synced, place, "a segment is appended to where its synced part ends");
        segment.bytes.truncate(place);
        match mood {
            Mood::Full => Err(io::ErrorKind::StorageFull.into()),
            Mood::Failing => {
                segment.bytes.extend(&bytes[..bytes.len() / 2]);
                Err(io::Error::other("sync failed"))
            }
            Mood::Dying => {
                segment.bytes.extend(bytes);
                Err(io::Error::other("the server dies"))
            }
            Mood::Well => {
                segment.bytes.extend(bytes);
                segment.synced = segment.bytes.len();
                Ok(())
            }
        }
    }
}

/// What a starting server finds.
#[derive(Debug)]
pub struct Found {
    /// Sessions that are open, with their starts.
    pub open: Vec<(SessionStart, Tail)>,
    pub writer: Writer<Platter>,
    pub last_tsid: u32,
}

impl Platter {
    pub fn set_mood(&self, mood: Mood) {
        self.0.borrow_mut().mood = mood;
    }

    pub fn mood(&self) -> Mood {
        self.0.borrow().mood
    }

    /// The server writes what is durable in the journal into a recording. Not synced.
    pub fn record(&self, session: SessionId, record: &Record) {
        let mut state = self.0.borrow_mut();
        apply(&mut state.iologs, session, record);
    }

    /// All recordings are synced and the segments below this one are let go of.
    pub fn release_below(&self, number: u64) {
        let mut state = self.0.borrow_mut();
        state.iologs.values_mut().for_each(Iolog::sync);
        state.segments.retain(|n, _| *n >= number);
    }

    /// A recording as its files have it.
    pub fn iolog(&self, session: SessionId) -> Option<Iolog> {
        self.0.borrow().iologs.get(&session).cloned()
    }

    /// The recording has come to its end.
    pub fn is_over(&self, session: SessionId) -> bool {
        self.0.borrow().iologs.get(&session).is_some_and(Iolog::is_over)
    }

    /// The power goes: of what was not synced any part is left.
    pub fn lose_power(&self, random: &mut Random) {
        let mut state = self.0.borrow_mut();
        for segment in state.segments.values_mut() {
            let unsynced = segment.bytes.len() - segment.synced;
            segment.bytes.truncate(segment.synced + random.index(unsynced + 1));
            if segment.bytes.len() > segment.synced && random.chance(50) {
                let torn = segment.synced + random.index(segment.bytes.len() - segment.synced);
                segment.bytes[torn..].fill(0);
            }
            segment.synced = segment.bytes.len();
        }
        state.iologs.retain(|_, iolog| iolog.lose_power(random));
    }

    /// An older copy of the disk, for a server that lies about what it has.
    pub fn copy(&self) -> Self {
        let state = self.0.borrow();
        let copy = State {
            segments: state.segments.clone(),
            mood: Mood::Well,
            iologs: state.iologs.clone(),
        };
        Self(Rc::new(RefCell::new(copy)))
    }

    /// Makes whole what a crash left, as a starting server does. `dies_at` is the step at which the
    /// server crashes again; then `None`.
    ///
    /// # Panics
    /// When something that counts is gone.
    pub fn recover(&self, dies_at: Option<usize>) -> Option<Found> {
        let recovered = self.read();
        let (number, previous_end) = (recovered.next_number, recovered.previous_end);
        let tails = recovered.open.clone();
        self.rebuild(recovered, dies_at == Some(0));
        if dies_at == Some(0) {
            return None;
        }
        self.0.borrow_mut().iologs.values_mut().for_each(Iolog::sync);
        if dies_at == Some(1) {
            return None;
        }
        let open = self.open_sessions(&tails);
        let writer = Writer::create_on(self.clone(), number, previous_end, tails).ok()?;
        if dies_at == Some(2) {
            return None;
        }
        self.0.borrow_mut().segments.retain(|n, _| *n >= number);
        let state = self.0.borrow();
        let last_tsid = state.iologs.values().map(|log| log.tsid.seq()).max().unwrap_or(0);
        Some(Found { open, writer, last_tsid })
    }

    fn read(&self) -> Recovered {
        let state = self.0.borrow();
        let segments =
            state.segments.iter().map(|(n, s)| (*n, Bytes::copy_from_slice(&s.bytes))).collect();
        read(Path::new("journal"), segments).expect("the journal can be read after a crash")
    }

    /// Writes again what the journal has: each recording is cut to where the journal begins.
    fn rebuild(&self, recovered: Recovered, half: bool) {
        let mut state = self.0.borrow_mut();
        for (id, tail) in &recovered.carried {
            let iolog = state.iologs.get_mut(id).expect("an open session has its recording");
            iolog.cut_to(&tail.at);
        }
        let count = if half { recovered.entries.len() / 2 } else { recovered.entries.len() };
        for Entry { session, record } in recovered.entries.into_iter().take(count) {
            apply(&mut state.iologs, session, &record);
        }
    }

    /// Open recordings, which end where the journal says.
    fn open_sessions(&self, tails: &BTreeMap<SessionId, Tail>) -> Vec<(SessionStart, Tail)> {
        let state = self.0.borrow();
        let open: Vec<_> = state.iologs.values().filter(|iolog| !iolog.is_over()).collect();
        assert_eq!(open.len(), tails.len(), "journal and recordings know the same open sessions");
        let of = |iolog: &&Iolog| {
            let tail = tails.get(&iolog.start.session_id).expect("it is open in the journal too");
            assert_eq!(*iolog.position(), tail.at, "the journal knows where the files end");
            (iolog.start.clone(), tail.clone())
        };
        open.iter().map(of).collect()
    }
}

fn apply(iologs: &mut BTreeMap<SessionId, Iolog>, session: SessionId, record: &Record) {
    match record {
        Record::Open { tsid, start } => {
            iologs.insert(session, Iolog::new(*tsid, (**start).clone()));
        }
        Record::Carry(_) | Record::Incident(_) => {}
        Record::Event { event, chain } => {
            let iolog = iologs.get_mut(&session).expect("a recording is open before its events");
            iolog.push(event.clone(), *chain);
        }
        Record::Close { end, .. } => end_of(iologs, session, Some(end)),
        Record::Gone { .. } => end_of(iologs, session, None),
    }
}

fn end_of(iologs: &mut BTreeMap<SessionId, Iolog>, session: SessionId, end: Option<&SessionEnd>) {
    let iolog = iologs.get_mut(&session).expect("a recording is open before its end");
    iolog.end(end.cloned());
}

/// The next number for a recording.
pub fn tsid(number: u32) -> Tsid {
    Tsid::from_seq(number).expect("few sessions")
}
