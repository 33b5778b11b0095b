//! The events of a recording, read ahead once and behind as often as somebody seeks.
//!
//! The reading ahead leaves a bookmark every few hundred events, so a seek passes over no more than
//! that; nothing else is kept of what was read. Events are numbered without gaps: where a line of
//! `timing` comes in pieces or without data, the numbers differ from the lines'.

use std::sync::Arc;

use sudolog_core::iolog::{Bookmark, Cut, Reader, Source};
use sudolog_core::limits::{REPLAY_BOOKMARK_EVENTS, REPLAY_EVENTS_MAX, REPLAY_READ_BYTES};
use sudolog_core::session::Event;

use super::Leftovers;
use super::directory::Directory;
use super::spool::{Ahead, Behind, Files};

/// All readings of one recording.
pub(super) struct Events {
    pub(super) leftovers: Leftovers,
    files: Arc<Files>,
    ahead: Cursor<Ahead>,
    behind: Option<Cursor<Behind>>,
    /// How many events lie before each bookmark, and the bookmark.
    bookmarks: Vec<(u64, Bookmark)>,
    bytes_since_bookmark: usize,
    /// True once nothing more is expected.
    finished: bool,
}

/// What is wrong with the files of a recording that does not grow.
pub(super) enum Flaw {
    /// They end before their end, as those of a session do that was cut off.
    EndsEarly(String),
    /// They hold what cannot be read.
    Damage(String),
}

/// A reader and how far it is.
struct Cursor<S> {
    reader: Reader<S>,
    /// Events given.
    given: u64,
    /// Why no more lines can be read.
    damage: Option<String>,
    /// True once an event came from data that no line speaks of.
    in_leftovers: bool,
}

impl Events {
    pub(super) fn new(directory: Directory) -> Self {
        let files = Files::new(directory);
        let start = Bookmark::default();
        let reader = Reader::resume(Ahead(files.clone()), start.clone());
        Self {
            leftovers: Leftovers::Show,
            files,
            ahead: Cursor::new(reader, 0),
            behind: None,
            bookmarks: vec![(0, start)],
            bytes_since_bookmark: 0,
            finished: false,
        }
    }

    /// The next events from number `from` on.
    pub(super) fn read(&mut self, from: u64) -> Vec<Event> {
        match from.cmp(&self.ahead.given.saturating_add(1)) {
            std::cmp::Ordering::Equal => self.read_ahead(),
            std::cmp::Ordering::Less => self.read_behind(from.max(1)),
            std::cmp::Ordering::Greater => Vec::new(),
        }
    }

    /// True when the end has been given of data that no line of `timing` speaks of.
    pub(super) fn has_leftovers(&self) -> bool {
        self.ahead.in_leftovers
    }

    /// Nothing more is expected: says what is wrong, and lets leftovers in.
    pub(super) fn finish(&mut self) -> Option<Flaw> {
        self.finished = true;
        if self.ahead.given >= REPLAY_EVENTS_MAX {
            return Some(Flaw::Damage(format!(
                "only the first {REPLAY_EVENTS_MAX} events are shown"
            )));
        }
        if let Some(damage) = self.ahead.damage.clone() {
            return Some(Flaw::Damage(damage));
        }
        match self.files.cut() {
            Some((file, Cut::Early)) => Some(Flaw::EndsEarly(format!("{file}: {}", Cut::Early))),
            Some((file, cut)) => Some(Flaw::Damage(format!("{file}: {cut}"))),
            None => self.ahead.reader.damage().map(|damage| Flaw::EndsEarly(damage.to_string())),
        }
    }

    pub(super) fn progress(&self) -> Option<(u64, u64)> {
        Some(self.files.progress())
    }

    fn read_ahead(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        let mut bytes = 0;
        while bytes < REPLAY_READ_BYTES && self.ahead.given < REPLAY_EVENTS_MAX {
            let Some(event) = self.ahead.next(self.leftovers_now()) else { break };
            bytes += cost(&event);
            self.bytes_since_bookmark += cost(&event);
            events.push(event);
            self.leave_bookmark();
        }
        events
    }

    fn leave_bookmark(&mut self) {
        let last = self.bookmarks.last().map_or(0, |(given, _)| *given);
        let far = self.ahead.given - last >= REPLAY_BOOKMARK_EVENTS;
        if far || self.bytes_since_bookmark >= REPLAY_READ_BYTES {
            self.bookmarks.push((self.ahead.given, self.ahead.reader.bookmark()));
            self.bytes_since_bookmark = 0;
        }
    }

    fn read_behind(&mut self, from: u64) -> Vec<Event> {
        let leftovers = self.leftovers_now();
        let last = self.ahead.given;
        let kept = self.behind.take().filter(|cursor| cursor.given + 1 == from);
        let mut cursor = kept.unwrap_or_else(|| self.cursor_before(from));
        let mut events = Vec::new();
        let mut bytes = 0;
        while bytes < REPLAY_READ_BYTES && cursor.given < last {
            let Some(event) = cursor.next(leftovers) else { break };
            if event.seq() >= from {
                bytes += cost(&event);
                events.push(event);
            }
        }
        self.behind = Some(cursor);
        events
    }

    fn cursor_before(&self, from: u64) -> Cursor<Behind> {
        let after = self.bookmarks.partition_point(|(given, _)| *given < from);
        let found = self.bookmarks.get(after.saturating_sub(1)).cloned();
        let (given, bookmark) = found.unwrap_or_default();
        let source = Behind { files: self.files.clone(), from: bookmark.clone() };
        Cursor::new(Reader::resume(source, bookmark), given)
    }

    fn leftovers_now(&self) -> Leftovers {
        if self.finished { self.leftovers } else { Leftovers::Ignore }
    }
}

impl<S: Source> Cursor<S> {
    fn new(reader: Reader<S>, given: u64) -> Self {
        Self { reader, given, damage: None, in_leftovers: false }
    }

    /// The next event under its own number.
    fn next(&mut self, leftovers: Leftovers) -> Option<Event> {
        let event = self.next_line().or_else(|| match leftovers {
            Leftovers::Show => self.next_leftover(),
            Leftovers::Ignore => None,
        })?;
        self.given += 1;
        // The event was legal under its line's number, and is under any other from 1.
        Event::new(self.given, event.delay_ns(), event.kind(), event.data().clone()).ok()
    }

    fn next_line(&mut self) -> Option<Event> {
        if self.damage.is_some() || self.in_leftovers {
            return None;
        }
        self.reader.next_event().unwrap_or_else(|damage| {
            self.damage = Some(damage.to_string());
            None
        })
    }

    fn next_leftover(&mut self) -> Option<Event> {
        let event = self.reader.salvage().unwrap_or_else(|damage| {
            self.damage.get_or_insert_with(|| damage.to_string());
            None
        });
        self.in_leftovers |= event.is_some();
        event
    }
}

/// What an event counts for in one reading, bytes: also those without data end it.
fn cost(event: &Event) -> usize {
    event.data().len() + EVENT_BYTES
}

const EVENT_BYTES: usize = 32;
