//! Segments of the journal of which the recordings need nothing any more. They stay until the event log has on
//! its disk what they tell: an entry that a crash takes out of its queue stands nowhere else.

use std::io;
use std::path::PathBuf;

use sudolog_core::limits::JOURNAL_SEGMENTS_LATE_MAX;

use crate::journal::writer::remove_below;

/// What may go, and what has gone.
#[derive(Debug)]
pub struct Spent {
    journal_dir: PathBuf,
    /// The recordings have all of the segments before this one, synced.
    below: u64,
    removed_below: u64,
}

impl Spent {
    /// The recordings have all before that segment.
    pub fn new(journal_dir: PathBuf, below: u64) -> Self {
        Self { journal_dir, below, removed_below: 0 }
    }

    /// They have all before that one as well.
    pub fn spend(&mut self, below: u64) {
        self.below = self.below.max(below);
    }

    /// Removes what the event log does not need either: it has all before `told`. Where it falls far behind it
    /// cannot keep the rest: the journal must not fill the disk.
    ///
    /// # Errors
    /// When one cannot be removed; the next call tries again.
    pub fn release(&mut self, told: u64) -> io::Result<()> {
        let below = told.max(self.below.saturating_sub(JOURNAL_SEGMENTS_LATE_MAX)).min(self.below);
        if below <= self.removed_below {
            return Ok(());
        }
        if told < below {
            tracing::error!(
                "ALARM: the event log is far behind: what it has not written yet of the journal before segment \
                 {below} is lost for it if the server is killed now"
            );
        }
        remove_below(&self.journal_dir, below)?;
        self.removed_below = below;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::segment::{list, path_of};

    #[test]
    fn a_segment_stays_until_the_event_log_has_it_and_not_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        (1..=9).for_each(|number| std::fs::write(path_of(dir.path(), number), "x").unwrap());
        let mut spent = Spent::new(dir.path().to_owned(), 3);
        let mut left_after = |below, told| {
            spent.spend(below);
            spent.release(told).unwrap();
            *list(dir.path()).unwrap().first().unwrap()
        };
        assert_eq!(left_after(3, 0), 1, "nothing is told yet");
        assert_eq!(left_after(3, 2), 2);
        assert_eq!(left_after(3, 9), 3, "the recordings need the others");
        assert_eq!(left_after(5, 3), 3);
        assert_eq!(left_after(9, 3), 9 - JOURNAL_SEGMENTS_LATE_MAX);
        assert_eq!(left_after(9, 9), 9);
    }
}
