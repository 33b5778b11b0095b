//! Looking for entries, the newest first, for a bounded time.
//!
//! Most lines are passed over without being understood or even looked at: see [`sieve`](super::sieve). Only
//! what is left is read and asked properly.

use std::io;
use std::path::Path;
use std::time::Instant;

use sudolog_core::eventlog::Stored;
use sudolog_core::limits::EVENTS_FOUND_BYTES_MAX;
use sudolog_core::wire::message::EventsQuery;

use super::read::Extent;
use super::sieve::Sieve;
use super::{line, segment};

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The newest first.
    pub entries: Vec<Stored>,
    /// All down to this number were looked at; one more than `after` when that is all there is.
    pub reached: u64,
}

/// The same as [`EventLog::find`](super::EventLog::find) in the files of a log that another program may
/// write: nothing is locked and nothing mended.
///
/// # Errors
/// When the files cannot be read.
pub fn find_in(dir: &Path, query: &EventsQuery, bounds: Bounds) -> io::Result<Found> {
    Extent { dir, newest: u64::MAX - 1 }.find(query, &|_| true, bounds)
}

/// What a scan is bounded by.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Entries at most.
    pub most: usize,
    /// When to stop, if something was looked at by then.
    pub until: Instant,
}

impl Extent<'_> {
    /// Entries that `query` asks for and `may` allows.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub(super) fn find(
        self,
        query: &EventsQuery,
        may: &dyn Fn(&Stored) -> bool,
        bounds: Bounds,
    ) -> io::Result<Found> {
        let mut sieve = Sieve::new(query);
        let mut buffer = Vec::new();
        let before = if query.before == 0 { u64::MAX } else { query.before };
        let mut found = Found { entries: Vec::new(), reached: before.min(self.newest + 1) };
        let (mut looked, mut kept) = (0_usize, 0_usize);
        let firsts = segment::list(self.dir)?;
        for at in (0..firsts.len()).rev() {
            let first = firsts.get(at).copied().unwrap_or_default();
            if first >= found.reached {
                continue;
            }
            let Some(chapter) = self.chapter(&firsts, at, std::mem::take(&mut buffer))? else {
                continue;
            };
            for line in sieve.candidates(chapter.bytes()).into_iter().rev() {
                let is_asked =
                    |number: &u64| *number < before && chapter.counts(query.after, *number);
                let Some(number) = line::number(line).filter(is_asked) else { continue };
                let full = found.entries.len() >= bounds.most || kept >= EVENTS_FOUND_BYTES_MAX;
                if full || looked % LINES_BETWEEN == LINES_BETWEEN - 1 && bounds.are_over() {
                    return Ok(found);
                }
                (found.reached, looked) = (number, looked + 1);
                if sieve.passes(line)
                    && let Some(stored) = line::decode(line)
                    && query.fits(&stored)
                    && may(&stored)
                {
                    kept += stored.entry.bytes();
                    found.entries.push(stored);
                }
            }
            // All lines of it were looked at, or cannot be wanted.
            found.reached = found.reached.min(first.max(query.after.saturating_add(1)));
            if first <= query.after.saturating_add(1) {
                break;
            }
            if bounds.are_over() {
                return Ok(found);
            }
            buffer = chapter.into_buffer();
        }
        found.reached = query.after.saturating_add(1);
        Ok(found)
    }
}

impl Bounds {
    fn are_over(&self) -> bool {
        Instant::now() >= self.until
    }
}

/// Lines between two looks at the clock.
const LINES_BETWEEN: usize = 512;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sudolog_core::eventlog::{Entry, Kind, Severity, Source};
    use sudolog_core::time::Timestamp;
    use sudolog_core::untrusted::Untrusted;

    use super::super::EventLog;
    use super::super::log::tests::entry;
    use super::*;

    fn asked(line: &str) -> EventsQuery {
        EventsQuery::parse(line, &|_| None).unwrap()
    }

    fn bounds(most: usize) -> Bounds {
        Bounds { most, until: Instant::now() + Duration::from_secs(60) }
    }

    /// Entries of all sorts, among them what looks like another in its bytes.
    fn sorts() -> Vec<Entry> {
        let mut entries = Vec::new();
        for n in 0..400_u32 {
            let mut one = entry(&format!("a.{n}"));
            one.kind = Kind::ALL[n as usize % 6];
            one.source = [Source::Sudo, Source::Kernel][n as usize % 2];
            one.severity = Severity::ALL[n as usize % 5];
            one.user = ["alice", "bob", "\"kind\":\"exit\""][n as usize % 3].into();
            one.argv = match n % 4 {
                0 => vec!["CAT".into(), "/etc/shadow".into()],
                1 => vec![Untrusted::new([0xff, b'c', b'a', b't'])],
                2 => vec!["\u{212a}ill".into(), "a\"b".into()],
                _ => vec!["id".into()],
            };
            one.tsid = (n % 7 == 0).then(|| "00001A".parse().unwrap());
            one.time = Timestamp { seconds: i64::from(n), nanoseconds: 0 };
            entries.push(one);
        }
        entries
    }

    #[tokio::test]
    async fn what_is_found_is_what_a_look_at_every_entry_finds() {
        let dir = tempfile::tempdir().unwrap();
        let log = EventLog::open(dir.path()).unwrap();
        for part in sorts().chunks(50) {
            log.keep(part.to_vec()).await.unwrap();
        }
        let all = log.after(0, usize::MAX).unwrap();
        for line in [
            "",
            "kind:exit",
            "kind:start,reject",
            "source:kernel",
            "severity:high",
            "user:alice",
            "user:a*",
            "host:web1",
            "host:db1",
            "session:00001A",
            "cat",
            "CAT shadow",
            "kill",
            "a\"b",
            "exit",
            "after:@100 before:@200",
            "kind:request user:bob severity:warning cat",
        ] {
            let mut query = match line {
                "a\"b" => EventsQuery { text: line.to_owned(), ..EventsQuery::default() },
                line => asked(line),
            };
            for (after, before) in [(0, 0), (17, 350)] {
                (query.after, query.before) = (after, before);
                let want: Vec<_> = all.iter().rev().filter(|s| query.fits(s)).cloned().collect();
                let found = log.find(&query, &|_| true, bounds(usize::MAX)).unwrap();
                assert_eq!(found.entries, want, "{line} {after} {before}");
                assert_eq!(found.reached, after + 1);
            }
        }
        log.shutdown();
    }

    #[tokio::test]
    async fn pages_follow_one_another_without_gaps_or_repeats_however_short_each_look_is() {
        let dir = tempfile::tempdir().unwrap();
        let log = EventLog::open(dir.path()).unwrap();
        for block in 0..10 {
            let entries = (0..300).map(|n| entry(&format!("a.{}", block * 300 + n)));
            log.keep(entries.collect()).await.unwrap();
        }
        let past = Instant::now();
        for (most, until) in [(7, past + Duration::from_secs(60)), (usize::MAX, past)] {
            let (mut query, mut numbers) = (asked("user:alice"), Vec::new());
            loop {
                let even = |stored: &Stored| stored.number.is_multiple_of(2);
                let found = log.find(&query, &even, Bounds { most, until }).unwrap();
                numbers.extend(found.entries.iter().map(|stored| stored.number));
                if found.reached <= 1 {
                    break;
                }
                assert!(query.before == 0 || found.reached < query.before, "it goes on");
                query.before = found.reached;
            }
            assert_eq!(numbers, (1..=1500).rev().map(|n| n * 2).collect::<Vec<u64>>());
        }
        log.shutdown();
    }
}
