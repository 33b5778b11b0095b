//! How storing goes: what decides whether new sessions may start, and when to stop insisting.

use std::fmt::Display;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sudolog_core::limits::{ALARM_INTERVAL, DISK_RESERVE_BYTES, DISK_RESERVE_PERCENT};

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Storage {
    /// Until it is written nothing is acknowledged.
    Journal,
    /// The iolog files.
    Recordings,
}

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

    /// Tries until it works: the disk is full or broken, somebody must be told, and nothing may be
    /// lost.
    ///
    /// # Errors
    /// The last one, when the server ends.
    pub(crate) fn insist<T, E: Display>(
        &self,
        storage: Storage,
        mut work: impl FnMut() -> Result<T, E>,
    ) -> Result<T, E> {
        let mut alarm = Alarm::default();
        loop {
            match work() {
                Ok(value) => {
                    if self.set_fails(storage, false) {
                        tracing::warn!("{} again", storage.well());
                    }
                    return Ok(value);
                }
                Err(error) => {
                    self.set_fails(storage, true);
                    if alarm.is_due(&error.to_string(), Instant::now()) {
                        tracing::error!("ALARM: {}: {error}", storage.ill());
                    }
                    if self.is_stopping() {
                        return Err(error);
                    }
                    std::thread::sleep(RETRY_PAUSE);
                }
            }
        }
    }

    /// Gives what it was before.
    fn set_fails(&self, storage: Storage, fails: bool) -> bool {
        let flag = match storage {
            Storage::Journal => &self.journal_fails,
            Storage::Recordings => &self.recordings_fail,
        };
        flag.swap(fails, Ordering::Relaxed)
    }

    /// Looks how much room is left on these file systems.
    pub(crate) fn look(&self, places: &[&Path]) {
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
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// True when the server ends.
    fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Storage {
    fn ill(self) -> &'static str {
        match self {
            Self::Journal => "the journal cannot be written, nothing is acknowledged",
            Self::Recordings => "recordings cannot be written",
        }
    }

    fn well(self) -> &'static str {
        match self {
            Self::Journal => "the journal can be written",
            Self::Recordings => "recordings can be written",
        }
    }
}

/// A failing disk is said at once, when it fails in another way, and now and then.
#[derive(Debug, Default)]
struct Alarm(Option<(String, Instant)>);

impl Alarm {
    fn is_due(&mut self, error: &str, now: Instant) -> bool {
        let due = self.0.as_ref().is_none_or(|(said, at)| {
            said != error || now.saturating_duration_since(*at) >= ALARM_INTERVAL
        });
        if due {
            self.0 = Some((error.to_owned(), now));
        }
        due
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

const RETRY_PAUSE: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_goes_on_failing_does_not_flood_the_log() {
        let (mut alarm, t) = (Alarm::default(), Instant::now());
        let mut due = |error, after| alarm.is_due(error, t + after);
        assert!(due("EIO", Duration::ZERO));
        assert!(!due("EIO", Duration::from_secs(1)));
        assert!(due("EROFS", Duration::from_secs(2)));
        assert!(!due("EROFS", Duration::from_secs(3)));
        assert!(due("EROFS", Duration::from_secs(2) + ALARM_INTERVAL));
    }

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
        assert!(!health.set_fails(Storage::Recordings, true));
        assert!(health.complaint().unwrap().contains("cannot store"));
        assert!(health.set_fails(Storage::Recordings, false));
        health.set_fails(Storage::Journal, true);
        assert!(health.complaint().unwrap().contains("cannot store"));
    }
}
