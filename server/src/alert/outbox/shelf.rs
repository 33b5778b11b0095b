//! All letters as they stand, in memory and in the files.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use sudolog_core::alert::{Answer, Letter, pause};
use sudolog_core::eventlog::Severity;
use sudolog_core::limits::{
    ALERT_BUSY_MAX, ALERT_LIFE, OUTBOX_BYTES_MAX, OUTBOX_DONE_MAX, OUTBOX_SEGMENT_BYTES,
};
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{DeliveryState, TargetHealth};

use super::files::Files;
use super::record::{Kept, Mark, Place, Record};
use super::{News, OutboxError};
use crate::clock::now;

/// The letters, their files, and what is known of targets.
#[derive(Debug)]
pub(in crate::alert) struct Shelf {
    files: Files,
    letters: BTreeMap<u64, OnShelf>,
    /// Those that are not done, the least severe and oldest first: who goes when there is no room.
    live: BTreeSet<(Severity, u64)>,
    live_bytes: u64,
    /// Those that may still be sent.
    open: HashMap<String, BTreeSet<u64>>,
    /// Those that are listed only, the oldest first.
    done: VecDeque<u64>,
    place: Option<Place>,
    /// Letters of an earlier run: what it made is not made again under the same name.
    earlier: HashSet<Name>,
    pub(super) targets: HashMap<String, Standing>,
    /// Entries in letters that there was no room for.
    pub(super) collapsed: u64,
    pub(super) trouble: String,
    pub(super) disk_trouble: String,
    pub(super) is_closed: bool,
    next_number: u64,
}

/// A letter, which file it is in, and what only this run knows of it.
#[derive(Debug)]
struct OnShelf {
    kept: Kept,
    file: u64,
    bytes: u64,
    due: Option<Instant>,
    failing_since: Option<Instant>,
}

/// Target, id and part.
type Name = (String, String, u32);

/// What is known of a target.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) health: TargetHealth,
    pub(super) error: String,
    pub(super) last_sent: Option<Timestamp>,
    pub(super) not_before: Option<(Instant, Timestamp)>,
}

/// What a target can be sent.
pub(super) enum Next {
    Ready(u64, Letter),
    At(Instant),
    Nothing,
}

impl Shelf {
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        let (files, records) = Files::open(dir)?;
        let mut shelf = Self {
            files,
            letters: BTreeMap::new(),
            live: BTreeSet::new(),
            live_bytes: 0,
            open: HashMap::new(),
            done: VecDeque::new(),
            place: None,
            earlier: HashSet::new(),
            targets: HashMap::new(),
            collapsed: 0,
            trouble: String::new(),
            disk_trouble: String::new(),
            is_closed: false,
            next_number: 1,
        };
        for (file, record) in records {
            match record {
                Record::Letter(kept) => shelf.insert(*kept, file),
                Record::Mark(mark) => shelf.mark(mark),
                Record::Place(place) => shelf.place = Some(place),
            }
        }
        shelf.earlier = shelf.letters.values().map(|on| name(&on.kept.letter)).collect();
        Ok(shelf)
    }

    pub(super) fn place(&self) -> Option<u64> {
        self.place.as_ref().map(|place| place.number)
    }

    pub(super) fn told(&self) -> HashSet<(String, u64)> {
        let place = self.place().unwrap_or(0);
        let mut told = HashSet::new();
        for letter in self.letters.values().map(|on| &on.kept.letter) {
            let new = letter.entries.iter().filter(|number| **number > place);
            told.extend(new.map(|number| (letter.target.clone(), *number)));
        }
        told
    }

    pub(super) fn put(&mut self, letters: &[Letter], place: Option<u64>) -> io::Result<()> {
        if self.is_closed {
            return Err(io::Error::other("the server is stopping"));
        }
        let mut bytes = Vec::new();
        let mut kept = Vec::with_capacity(letters.len());
        let new = letters.iter().filter(|letter| !self.earlier.contains(&name(letter)));
        for (letter, number) in new.zip(self.next_number..) {
            let one = Kept { letter: letter.clone(), mark: Mark::new(number) };
            kept.push(one.encode_cut(&mut bytes)?);
        }
        let mut new_place = self.place.clone().unwrap_or_default();
        if let Some(number) = place {
            new_place.number = number;
            Record::Place(new_place.clone()).encode(&mut bytes)?;
        }
        let file = self.write(&bytes, true)?;
        for kept in kept {
            self.insert(kept, file);
        }
        if place.is_some() {
            self.place = Some(new_place);
        }
        self.make_room();
        self.compact();
        Ok(())
    }

    pub(super) fn next(&self, target: &str, now: Instant) -> Next {
        let not_before = self.targets.get(target).and_then(|standing| standing.not_before);
        if let Some((at, _)) = not_before.filter(|(at, _)| *at > now) {
            return Next::At(at);
        }
        let numbers = self.open.get(target).into_iter().flatten();
        let mut soonest: Option<Instant> = None;
        for on in numbers.filter_map(|number| self.letters.get(number)) {
            match on.due {
                Some(due) if due > now => soonest = Some(soonest.map_or(due, |s| s.min(due))),
                _ => return Next::Ready(on.kept.mark.number, on.kept.letter.clone()),
            }
        }
        soonest.map_or(Next::Nothing, Next::At)
    }

    pub(super) fn answered(
        &mut self,
        number: u64,
        answer: Answer,
        chance: u32,
        at: Instant,
    ) -> News {
        if self.is_closed {
            return News::None;
        }
        let Some(on) = self.letters.get_mut(&number) else { return News::None };
        if matches!(on.kept.mark.state, DeliveryState::Sent | DeliveryState::Dropped) {
            // It was left out while it was on its way.
            return News::None;
        }
        let (target, title) = (on.kept.letter.target.clone(), on.kept.letter.title.clone());
        let mut mark = on.kept.mark.clone();
        let since = *on.failing_since.get_or_insert(at);
        let failing = Duration::from_secs(mark.failing_s) + at.saturating_duration_since(since);
        mark.tries += 1;
        mark.tried = Some(now());
        let wait = pause(mark.tries, chance);
        let wait = match &answer {
            Answer::Busy(asked) => asked.unwrap_or_default().max(wait).min(ALERT_BUSY_MAX),
            _ => wait,
        };
        let is_old = failing >= ALERT_LIFE;
        let next = Timestamp::from_nanos(
            now().as_nanos().saturating_add(u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX)),
        );
        let (health, error) = match answer {
            Answer::Taken => (TargetHealth::Ok, String::new()),
            Answer::Busy(_) => (TargetHealth::Limited, "it asked for a pause".to_owned()),
            Answer::Failed(why) => (TargetHealth::Failing, why),
            Answer::Refused(why) => (TargetHealth::Broken, why),
        };
        mark.state = match health {
            TargetHealth::Ok => DeliveryState::Sent,
            TargetHealth::Broken => DeliveryState::Dead,
            _ if is_old => DeliveryState::Dead,
            _ => DeliveryState::Retrying,
        };
        mark.next = (mark.state == DeliveryState::Retrying).then_some(next);
        mark.failing_s = if health == TargetHealth::Ok { 0 } else { failing.as_secs() };
        mark.error.clone_from(&error);
        on.due = Some(at + wait);
        let standing = self.targets.entry(target.clone()).or_default();
        let was_well = matches!(standing.health, TargetHealth::Ok | TargetHealth::Limited);
        standing.health = health;
        standing.error.clone_from(&error);
        standing.not_before = (health == TargetHealth::Limited).then_some((at + wait, next));
        if health == TargetHealth::Ok {
            standing.last_sent = Some(now());
            let place = self.place.get_or_insert_default();
            *place.sent.entry(target.clone()).or_default() += 1;
        }
        let is_dead = mark.state == DeliveryState::Dead;
        self.note(mark);
        if is_dead {
            let text = format!("alert {number} to {target} is given up ({title}): {error}");
            return News::GivenUp(text);
        }
        if health == TargetHealth::Failing && was_well {
            let text = format!("alert {number} to {target} failed and is kept ({title}): {error}");
            return News::Failing(text);
        }
        News::None
    }

    /// Letters stand like that from now on, all or none.
    pub(super) fn set(&mut self, numbers: &[u64], state: DeliveryState) -> Result<(), OutboxError> {
        let mut marks = Vec::new();
        let mut bytes = Vec::new();
        for number in numbers {
            let mark = self.letters.get(number).map(|on| &on.kept.mark);
            let may = |mark: &&Mark| {
                let again = state == DeliveryState::Waiting && mark.is_open();
                mark.state == DeliveryState::Dead || again
            };
            let mark = mark.filter(may).ok_or(OutboxError::NoSuch(*number))?;
            let mark = Mark { state, next: None, failing_s: 0, ..mark.clone() };
            Record::Mark(mark.clone()).encode(&mut bytes)?;
            marks.push(mark);
        }
        self.write(&bytes, true)?;
        for mark in marks {
            if let Some(on) = self.letters.get_mut(&mark.number) {
                (on.due, on.failing_since) = (None, None);
                let target = on.kept.letter.target.clone();
                self.targets.entry(target).or_default().not_before = None;
            }
            self.mark(mark);
        }
        Ok(())
    }

    pub(super) fn abandon(&mut self, known: &HashSet<&str>) -> usize {
        let gone = self.open.iter().filter(|(target, _)| !known.contains(target.as_str()));
        let numbers: Vec<u64> = gone.flat_map(|(_, numbers)| numbers.iter().copied()).collect();
        for number in &numbers {
            let Some(on) = self.letters.get(number) else { continue };
            let error = "there is no such target any more".to_owned();
            self.note(Mark { state: DeliveryState::Dead, error, ..on.kept.mark.clone() });
        }
        numbers.len()
    }

    pub(super) fn waiting(&self, target: &str) -> usize {
        self.open.get(target).map_or(0, BTreeSet::len)
    }

    pub(super) fn dead(&self, target: &str) -> u64 {
        let is_dead = |on: &&OnShelf| {
            on.kept.mark.state == DeliveryState::Dead && on.kept.letter.target == target
        };
        self.letters.values().filter(is_dead).count() as u64
    }

    pub(super) fn sent(&self, target: &str) -> u64 {
        self.place.as_ref().and_then(|place| place.sent.get(target)).copied().unwrap_or(0)
    }

    /// All letters with a smaller number, 0 for all, the newest first.
    pub(super) fn before(&self, number: u64) -> impl Iterator<Item = (&Letter, &Mark)> {
        let end = if number == 0 { u64::MAX } else { number };
        self.letters.range(..end).rev().map(|(_, on)| (&on.kept.letter, &on.kept.mark))
    }

    /// A letter stands like that; that it is not written down costs a second sending at most.
    fn note(&mut self, mark: Mark) {
        let mut bytes = Vec::new();
        let place = self.place.clone().filter(|_| mark.state == DeliveryState::Sent);
        let written = Record::Mark(mark.clone())
            .encode(&mut bytes)
            .and_then(|()| place.map_or(Ok(()), |place| Record::Place(place).encode(&mut bytes)));
        if written.is_ok() {
            let _ = self.write(&bytes, false);
        }
        self.mark(mark);
        self.compact();
    }

    fn write(&mut self, bytes: &[u8], sync: bool) -> io::Result<u64> {
        let written = self.files.append(bytes, sync);
        self.disk_trouble = match &written {
            Ok(_) => String::new(),
            Err(error) => {
                format!("the outbox cannot be written: {error}; alerts wait until it can")
            }
        };
        written
    }

    fn insert(&mut self, kept: Kept, file: u64) {
        let number = kept.mark.number;
        let bytes = serde_json::to_vec(&kept).map_or(0, |json| json.len()) as u64 + KEPT_BYTES;
        self.next_number = self.next_number.max(number + 1);
        let mark = kept.mark.clone();
        self.forget(number);
        let severity = kept.letter.severity;
        let on = OnShelf { kept, file, bytes, due: None, failing_since: None };
        self.letters.insert(number, on);
        self.live.insert((severity, number));
        self.live_bytes += bytes;
        self.mark(mark);
    }

    fn mark(&mut self, mark: Mark) {
        let Some(on) = self.letters.get_mut(&mark.number) else { return };
        let (number, is_open) = (mark.number, mark.is_open());
        let is_live = is_open || mark.state == DeliveryState::Dead;
        on.kept.mark = mark;
        let Letter { target, severity, .. } = &on.kept.letter;
        let queue = self.open.entry(target.clone()).or_default();
        if is_open {
            queue.insert(number);
        } else {
            queue.remove(&number);
        }
        if !is_live && self.live.remove(&(*severity, number)) {
            self.live_bytes -= on.bytes;
            // It is only listed from now on.
            on.kept.letter.items = Vec::new();
            let lines = &mut on.kept.letter.lines;
            if lines.len() > LISTED_LINES {
                let left = lines.len() - LISTED_LINES;
                lines.truncate(LISTED_LINES);
                lines.push(format!(
                    "({left} lines more were sent; the event log has what they tell)"
                ));
            }
            self.done.push_back(number);
            if self.done.len() > OUTBOX_DONE_MAX
                && let Some(oldest) = self.done.pop_front()
            {
                self.letters.remove(&oldest);
            }
        }
    }

    fn forget(&mut self, number: u64) {
        let Some(on) = self.letters.remove(&number) else { return };
        if self.live.remove(&(on.kept.letter.severity, number)) {
            self.live_bytes -= on.bytes;
        }
        self.done.retain(|done| *done != number);
        if let Some(queue) = self.open.get_mut(&on.kept.letter.target) {
            queue.remove(&number);
        }
    }

    /// Leaves out the least severe, of these the oldest, until there is room.
    fn make_room(&mut self) {
        while self.live_bytes > OUTBOX_BYTES_MAX {
            let Some((_, number)) = self.live.first().copied() else { return };
            let Some(on) = self.letters.get(&number) else { return };
            self.collapsed += on.kept.letter.count;
            let error = "left out for want of room".to_owned();
            self.note(Mark { state: DeliveryState::Dropped, error, ..on.kept.mark.clone() });
        }
    }

    /// Drops old files; what is still needed of one is written again first.
    fn compact(&mut self) {
        let most = 2 * self.live_bytes + FILES_EXTRA * OUTBOX_SEGMENT_BYTES;
        // Where all that there is is needed, no file becomes the shorter for being written again.
        for _ in 0..self.files.count() {
            if self.files.bytes() <= most && self.files.count() <= FILES_MAX {
                return;
            }
            let Some(oldest) = self.files.oldest() else { return };
            let place = self.place().unwrap_or(0);
            let needed = |on: &&OnShelf| {
                let is_new = on.kept.letter.entries.iter().any(|number| *number > place);
                let is_live = on.kept.mark.is_open() || on.kept.mark.state == DeliveryState::Dead;
                on.file == oldest && (is_live || is_new)
            };
            let carried: Vec<Kept> =
                self.letters.values().filter(needed).map(|on| on.kept.clone()).collect();
            let mut bytes = Vec::new();
            for kept in &carried {
                if Record::Letter(Box::new(kept.clone())).encode(&mut bytes).is_err() {
                    return;
                }
            }
            if let Some(place) = &self.place
                && Record::Place(place.clone()).encode(&mut bytes).is_err()
            {
                return;
            }
            let Ok(file) = self.write(&bytes, true) else { return };
            for kept in carried {
                if let Some(on) = self.letters.get_mut(&kept.mark.number) {
                    on.file = file;
                }
            }
            if let Err(error) = self.files.drop_oldest() {
                self.disk_trouble = format!("an old file of the outbox cannot be removed: {error}");
                return;
            }
        }
    }
}

fn name(letter: &Letter) -> Name {
    (letter.target.clone(), letter.id.clone(), letter.part)
}

impl Default for Standing {
    fn default() -> Self {
        Self { health: TargetHealth::Ok, error: String::new(), last_sent: None, not_before: None }
    }
}

/// What a letter takes beside its record, about.
const KEPT_BYTES: u64 = 128;
const LISTED_LINES: usize = 20;
/// Files beyond twice of what is needed.
const FILES_EXTRA: u64 = 4;
const FILES_MAX: usize = 64;
