//! How storing goes: what decides whether new sessions may start, and when to stop insisting.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use sudolog_core::limits::{DISK_RESERVE_BYTES, DISK_RESERVE_PERCENT};

/// The state of both disks.
#[derive(Debug, Default)]
pub(crate) struct Health {
    journal_fails: AtomicBool,
    recordings_fail: AtomicBool,
    /// What is left is for sessions that run already.
    short: AtomicBool,
    stop: AtomicBool,
}

impl Health {
    /// Why no session may start now, for the user; `None` when one may.
    pub(crate) fn complaint(&self) -> Option<&'static str> {
        let is = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        if is(&self.journal_fails) || is(&self.recordings_fail) {
            Some("the log server cannot store at present; its disk may be full")
        } else if is(&self.short) {
            Some("the log server's disk is nearly full; what is left is for sessions that run")
        } else {
            None
        }
    }

    /// The journal was written, or could not be. Gives what it was before.
    pub(super) fn set_journal_fails(&self, fails: bool) -> bool {
        self.journal_fails.swap(fails, Ordering::Relaxed)
    }

    /// The recordings were written, or could not be. Gives what it was before.
    pub(crate) fn set_recordings_fail(&self, fails: bool) -> bool {
        self.recordings_fail.swap(fails, Ordering::Relaxed)
    }

    /// Looks how much room is left on these file systems.
    pub(super) fn look(&self, places: &[&Path]) {
        let short = places.iter().any(|place| is_short(place));
        if self.short.swap(short, Ordering::Relaxed) != short {
            if short {
                tracing::error!("ALARM: the disk is nearly full: new sessions are refused");
            } else {
                tracing::warn!("there is room on the disk again: new sessions may start");
            }
        }
    }

    /// A failing disk is not insisted on any longer: the server ends.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// True when the server ends.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

fn is_short(place: &Path) -> bool {
    // A file system that cannot be asked will say so when it is written.
    rustix::fs::statvfs(place).is_ok_and(|disk| {
        let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
        bytes(disk.f_bavail) < reserve(bytes(disk.f_blocks))
    })
}

/// What is kept of a disk of that size, bytes.
fn reserve(size_bytes: u64) -> u64 {
    (size_bytes / 100 * DISK_RESERVE_PERCENT).min(DISK_RESERVE_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_small_disk_and_a_fixed_part_of_a_large_one_are_kept() {
        assert_eq!(reserve(100 << 20), 5 << 20);
        assert_eq!(reserve(100 << 40), 1 << 30);
        assert_eq!(reserve(0), 0, "a file system without a size is never short");
    }

    #[test]
    fn the_first_complaint_is_the_worst() {
        let health = Health::default();
        assert_eq!(health.complaint(), None);
        health.short.store(true, Ordering::Relaxed);
        assert!(health.complaint().unwrap().contains("nearly full"));
        assert!(!health.set_recordings_fail(true));
        assert!(health.complaint().unwrap().contains("cannot store"));
        assert!(health.set_recordings_fail(false));
        health.set_journal_fails(true);
        assert!(health.complaint().unwrap().contains("cannot store"));
    }
}
