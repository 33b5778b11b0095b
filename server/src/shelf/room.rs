//! The shelf: which surveys are kept, and how many of them work at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use sudolog_core::limits::{SHELF_BYTES_MAX, SHELF_RECORDINGS_MAX, SHELF_REST};
use sudolog_core::session::Tsid;
use sudolog_core::term::Streams;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::survey::Survey;
use crate::store::Directory;

/// Surveys of the recordings that were played lately; clones share them.
#[derive(Clone)]
pub struct Shelf {
    room: Arc<Mutex<Room>>,
    workers: Arc<Semaphore>,
    /// What was used so lately makes no room for another one.
    rest: Duration,
}

#[derive(Default)]
struct Room {
    kept: HashMap<(Tsid, Streams), Kept>,
    /// All that are alive, also those that were let go of while somebody used them.
    alive: Vec<Weak<Survey>>,
    uses: u64,
}

struct Kept {
    survey: Arc<Survey>,
    used: u64,
    used_at: Instant,
}

impl Default for Shelf {
    fn default() -> Self {
        // Half of the machine at most: recording goes on beside it.
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = Arc::new(Semaphore::new((processors / 2).max(1)));
        Self { room: Arc::default(), workers, rest: SHELF_REST }
    }
}

impl Shelf {
    /// The survey of a recording with these streams on its screen, a new one when none is kept; `None`
    /// while those in use take twice of what there is room for, or all of it is in use: who came first
    /// plays on, and the others get their turn as soon as one of them rests.
    pub fn survey(
        &self,
        tsid: Tsid,
        streams: Streams,
        directory: Directory,
    ) -> Option<Arc<Survey>> {
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        room.uses += 1;
        let used = room.uses;
        if !room.kept.contains_key(&(tsid, streams)) {
            let now = Instant::now();
            let rests = |kept: &Kept| now.saturating_duration_since(kept.used_at) >= self.rest;
            let is_full = room.is_full(SHELF_BYTES_MAX, SHELF_RECORDINGS_MAX - 1);
            if room.bytes_alive() > 2 * SHELF_BYTES_MAX
                || (is_full && !room.kept.values().any(rests))
            {
                return None;
            }
            let survey = Arc::new(Survey::new(directory, streams));
            room.alive.push(Arc::downgrade(&survey));
            room.kept.insert((tsid, streams), Kept { survey, used, used_at: now });
        }
        let kept = room.kept.get_mut(&(tsid, streams))?;
        (kept.used, kept.used_at) = (used, Instant::now());
        let survey = Arc::clone(&kept.survey);
        room.make_room(SHELF_BYTES_MAX);
        Some(survey)
    }

    /// Waits until there is a processor for a slice of work.
    pub async fn worker(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.workers).acquire_owned().await.ok()
    }
}

impl Room {
    /// Memory of all surveys, in use or kept.
    fn bytes_alive(&mut self) -> usize {
        self.alive.retain(|survey| survey.strong_count() > 0);
        self.alive.iter().filter_map(Weak::upgrade).map(|survey| survey.bytes()).sum()
    }

    /// True when there is more than there is room for.
    fn is_full(&self, bytes_max: usize, recordings_max: usize) -> bool {
        let bytes: usize = self.kept.values().map(|kept| kept.survey.bytes()).sum();
        bytes > bytes_max || self.kept.len() > recordings_max
    }

    /// Lets go of what was not used for the longest time, never of the newest.
    fn make_room(&mut self, bytes_max: usize) {
        loop {
            let full = self.is_full(bytes_max, SHELF_RECORDINGS_MAX);
            let oldest = self.kept.iter().min_by_key(|(_, kept)| kept.used).map(|(key, _)| *key);
            match oldest {
                Some(key) if full && self.kept.len() > 1 => drop(self.kept.remove(&key)),
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_the_longest_time_goes_first() {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("timing"), "4 0.5 3\n").unwrap();
        std::fs::write(place.path().join("ttyout"), "abc").unwrap();
        let shelf = Shelf { rest: Duration::ZERO, ..Shelf::default() };
        let ask = |shelf: &Shelf, seq| {
            let directory = Directory(place.path().to_owned());
            shelf.survey(Tsid::from_seq(seq).unwrap(), Streams::default(), directory)
        };
        let survey = |seq| ask(&shelf, seq).unwrap();
        let first = survey(1);
        assert!(!first.read_on(1000) && first.seq() == 1 && first.bytes() > 0);
        for seq in 2..=SHELF_RECORDINGS_MAX as u32 {
            survey(seq);
        }
        assert!(Arc::ptr_eq(&first, &survey(1)), "there is room for all");
        let busy = Shelf { rest: SHELF_REST, ..shelf.clone() };
        assert!(ask(&busy, 1000).is_none(), "all of them are in use");
        assert!(Arc::ptr_eq(&first, &ask(&busy, 1).unwrap()), "who has one plays on");
        survey(1000);
        assert!(Arc::ptr_eq(&first, &survey(1)), "it was used lately");
        assert_eq!(shelf.room.lock().unwrap().kept.len(), SHELF_RECORDINGS_MAX);
        shelf.room.lock().unwrap().make_room(0);
        assert_eq!(shelf.room.lock().unwrap().kept.len(), 1, "the newest stays");
        assert!(Arc::ptr_eq(&first, &survey(1)));
    }
}
