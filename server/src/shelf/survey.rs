//! What is known of one recording: its index, where its keyframes lie in the files, and the moments of
//! its events.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sudolog_core::iolog::Bookmark;
use sudolog_core::limits::{OUTLINE_BLOCK_EVENTS, OUTLINE_PIECE_BYTES, SHELF_BYTES_MAX};
use sudolog_core::session::Event;
use sudolog_core::term::{Index, Streams, outline};
use sudolog_core::wire::message::{Moments, Outline, OutlineKnown, Step};

use super::place::Place;
use crate::store::{Directory, Numbered};

/// One recording, surveyed so far. Its methods block.
pub struct Survey {
    directory: Directory,
    state: Mutex<State>,
    bytes: AtomicUsize,
    seq: AtomicU64,
}

struct State {
    index: Index,
    events: Numbered<Directory>,
    /// The last event before each, in order.
    bookmarks: Vec<(u64, Bookmark)>,
    /// All but the last are full.
    blocks: Vec<Block>,
    /// Why no more can be read.
    damage: Option<String>,
    is_packed: bool,
}

/// The moments of some events that follow one another.
struct Block {
    first_seq: u64,
    /// Time of the event before the first.
    elapsed_ns: u64,
    events: u64,
    packed: Vec<u8>,
}

impl Survey {
    /// Of the recording in a directory, with these streams on its screen; nothing is read yet.
    pub fn new(directory: Directory, streams: Streams) -> Self {
        let (lines, columns) = directory.size();
        let state = State {
            index: Index::new(lines, columns).with_streams(streams),
            events: Numbered::new(directory.clone()),
            bookmarks: Vec::new(),
            blocks: Vec::new(),
            damage: None,
            is_packed: directory.is_packed(),
        };
        Self {
            directory,
            state: Mutex::new(state),
            bytes: AtomicUsize::new(0),
            seq: AtomicU64::new(0),
        }
    }

    /// Reads on, about so many bytes and no longer than a slice of time; `false` when there is no more
    /// for now.
    pub fn read_on(&self, bytes: usize) -> bool {
        let mut state = self.lock();
        let (mut taken, begun) = (0, Instant::now());
        if state.bytes() > SHELF_BYTES_MAX {
            state.damage = Some("it is too long to be played from afar".to_owned());
        }
        let more = loop {
            if taken >= bytes || begun.elapsed() >= SLICE_TIME {
                break true;
            }
            match state.next() {
                Some(event) => taken += event.data().len() + EVENT_BYTES,
                None => break false,
            }
        };
        self.bytes.store(state.bytes(), Ordering::Relaxed);
        self.seq.store(state.index.seq(), Ordering::Relaxed);
        more
    }

    /// The last event that was read. Never waits.
    pub fn seq(&self) -> u64 {
        self.seq.load(Ordering::Relaxed)
    }

    /// Memory that it takes, about. Never waits.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The nearest place from which event `seq` can be reached.
    pub fn place_before(&self, seq: u64) -> Option<Place> {
        let state = self.lock();
        let keyframe = state.index.keyframe_before(seq)?.clone();
        let found = state.bookmarks.binary_search_by_key(&keyframe.seq, |(seq, _)| *seq);
        let bookmark = found.ok().and_then(|at| state.bookmarks.get(at)).map(|(_, b)| b.clone());
        Some(Place { keyframe, directory: self.directory.clone(), bookmark })
    }

    /// The piece of the outline that follows what a console has.
    pub fn outline(&self, known: OutlineKnown, caught_up: bool) -> (Vec<Moments>, Outline) {
        let state = self.lock();
        let first = state.blocks.partition_point(|block| block.last_seq() <= known.seq);
        let (mut moments, mut bytes, mut seq) = (Vec::new(), 0, known.seq);
        for block in state.blocks.iter().skip(first) {
            if bytes >= OUTLINE_PIECE_BYTES {
                break;
            }
            bytes += block.packed.len();
            seq = block.last_seq();
            moments.push(block.to_wire().after(known.seq));
        }
        let caught_up = caught_up && seq >= state.index.seq();
        let mut piece = outline(&state.index, known, seq, caught_up);
        piece.damage = state.damage.as_deref().map(Into::into);
        (moments, piece)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Reads and indexes the next event.
    fn next(&mut self) -> Option<Event> {
        if self.damage.is_some() {
            return None;
        }
        let event = match self.events.next_event() {
            Ok(event) => event?,
            Err(damage) => {
                self.damage = Some(damage.to_string());
                return None;
            }
        };
        let before = self.index.elapsed();
        self.index.push(&event);
        self.note(&event, before);
        if !self.is_packed && self.index.newest_keyframe() == event.seq() {
            self.bookmarks.push((event.seq(), self.events.bookmark()));
        }
        Some(event)
    }

    fn note(&mut self, event: &Event, before: Duration) {
        if self.blocks.last().is_none_or(|block| block.events >= OUTLINE_BLOCK_EVENTS) {
            self.blocks.push(Block {
                first_seq: event.seq(),
                elapsed_ns: u64::try_from(before.as_nanos()).unwrap_or(u64::MAX),
                events: 0,
                packed: Vec::new(),
            });
        }
        if let Some(block) = self.blocks.last_mut() {
            Step::of(event).pack(&mut block.packed);
            block.events += 1;
        }
    }

    fn bytes(&self) -> usize {
        let moments: usize = self.blocks.iter().map(|block| block.packed.capacity()).sum();
        self.index.bytes() + moments + self.bookmarks.len() * size_of::<(u64, Bookmark)>()
    }
}

impl Block {
    fn last_seq(&self) -> u64 {
        self.first_seq + self.events - 1
    }

    fn to_wire(&self) -> Moments {
        Moments {
            first_seq: self.first_seq,
            elapsed_ns: self.elapsed_ns,
            packed: self.packed.clone().into(),
        }
    }
}

/// However expensive the output is, others get their turn.
const SLICE_TIME: Duration = Duration::from_millis(20);
/// What an event counts for beside its data.
const EVENT_BYTES: usize = 32;

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use sudolog_core::term::SafeScreen;

    fn fixture(name: &str) -> Directory {
        let top = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/iolog");
        Directory(PathBuf::from(top).join(name))
    }

    #[test]
    fn every_place_of_a_real_recording_leads_to_what_playing_shows() {
        for name in ["bash-resize", "vim-unicode", "large-seq-gz", "pipes-notty", "compressed"] {
            let survey = Survey::new(fixture(name), Streams::default());
            while survey.read_on(50_000) {}
            let info = fixture(name).info().unwrap();
            let (lines, columns) = sudolog_core::term::usual_size(info.lines, info.columns);
            let mut played = SafeScreen::new(lines, columns);
            let mut events = Numbered::new(fixture(name));
            let every = survey.seq() / 40 + 1;
            while let Ok(Some(event)) = events.next_event() {
                played.apply(&event);
                if event.seq() % every != 0 && event.seq() != survey.seq() {
                    continue;
                }
                let place = survey.place_before(event.seq()).unwrap();
                let (mut screen, mut from) = (place.keyframe.to_screen(), place.events());
                while let Ok(Some(next)) = from.next_event() {
                    if next.seq() > event.seq() {
                        break;
                    }
                    if next.seq() > place.keyframe.seq {
                        screen.apply(&next);
                    }
                }
                assert_eq!(screen.text_lines(), played.text_lines(), "{name} at {}", event.seq());
            }
        }
    }

    #[test]
    fn a_damage_ends_the_survey_and_is_told() {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("timing"), "4 0.5 3\nno timing\n").unwrap();
        std::fs::write(place.path().join("ttyout"), "abc").unwrap();
        let survey = Survey::new(Directory(place.path().to_owned()), Streams::default());
        assert!(!survey.read_on(1000) && !survey.read_on(1000));
        let (moments, outline) = survey.outline(OutlineKnown::default(), true);
        assert_eq!((moments.len(), outline.seq, outline.caught_up), (1, 1, true));
        let damage = outline.damage.unwrap().escaped().to_string();
        assert!(damage.contains("timing line 2"), "{damage}");
    }
}
