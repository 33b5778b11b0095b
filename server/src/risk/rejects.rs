//! How often sudo refused whom, as far as the event log knows.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use sudolog_core::eventlog::{Entry, Kind, Source};
use sudolog_core::limits::RISK_REJECTS_MAX;
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{EventsQuery, SessionRow};

use crate::eventlog::{Bounds, EventLog, Found, find_in};

/// The last [`RISK_REJECTS_MAX`] of them.
pub(super) struct Rejects {
    /// Followed by whoever goes on.
    log: Option<EventLog>,
    /// All up to here were looked at.
    seen: u64,
    order: VecDeque<Person>,
    times: HashMap<Person, VecDeque<Timestamp>>,
}

/// A user of a host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Person {
    host: Untrusted,
    user: Untrusted,
}

impl Rejects {
    /// Begins with what stands in the log and follows it.
    pub(super) fn of(log: EventLog) -> Self {
        let mut rejects = Self { seen: log.newest(), ..Self::empty() };
        let found = log.find(&query(), &|_| true, bounds());
        rejects.log = Some(log);
        rejects.begin(found)
    }

    /// What stands in the log of the state directory now.
    pub(super) fn in_state(state_dir: &Path) -> Self {
        Self::empty().begin(find_in(&state_dir.join("events"), &query(), bounds()))
    }

    fn empty() -> Self {
        Self { log: None, seen: 0, order: VecDeque::new(), times: HashMap::new() }
    }

    fn begin(mut self, found: io::Result<Found>) -> Self {
        match found {
            Ok(found) => found.entries.iter().rev().for_each(|stored| self.take(&stored.entry)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::error!("the event log cannot be read: {error}"),
        }
        self
    }

    /// How often sudo refused the user of that session before it began, within so many seconds.
    pub(super) fn before(&mut self, row: &SessionRow, within_s: u64) -> u32 {
        if let Err(error) = self.read_on() {
            tracing::error!("the event log cannot be read: {error}");
        }
        let person = Person { host: row.host.clone(), user: row.user.clone() };
        let until = row.start.as_nanos();
        let from = until.saturating_sub(within_s.saturating_mul(1_000_000_000));
        let times = self.times.get(&person).into_iter().flatten();
        let count = times.filter(|time| (from..=until).contains(&time.as_nanos())).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    fn read_on(&mut self) -> io::Result<()> {
        let Some(log) = self.log.clone() else { return Ok(()) };
        while self.seen < log.newest() {
            let stored = log.after(self.seen, AT_ONCE)?;
            let Some(last) = stored.last() else { return Ok(()) };
            self.seen = last.number;
            stored.iter().for_each(|stored| self.take(&stored.entry));
        }
        Ok(())
    }

    fn take(&mut self, entry: &Entry) {
        if entry.kind != Kind::Reject || entry.source != Source::Sudo {
            return;
        }
        let person = Person { host: entry.host.clone(), user: entry.user.clone() };
        self.times.entry(person.clone()).or_default().push_back(entry.time);
        self.order.push_back(person);
        if self.order.len() > RISK_REJECTS_MAX
            && let Some(oldest) = self.order.pop_front()
            && let Some(times) = self.times.get_mut(&oldest)
        {
            times.pop_front();
            if times.is_empty() {
                self.times.remove(&oldest);
            }
        }
    }
}

fn query() -> EventsQuery {
    EventsQuery { kinds: vec![Kind::Reject], sources: vec![Source::Sudo], ..EventsQuery::default() }
}

fn bounds() -> Bounds {
    Bounds { most: RISK_REJECTS_MAX, until: Instant::now() + READ_BACK }
}

/// Entries that are read at once.
const AT_ONCE: usize = 1000;
/// So long the start may look for those before it.
const READ_BACK: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample;
    use sudolog_core::eventlog::Severity;

    #[test]
    fn only_ones_own_and_recent_refusals_count_whoever_reads_them() {
        let dir = tempfile::tempdir().unwrap();
        let log = EventLog::open(&dir.path().join("events")).unwrap();
        let start = Timestamp { seconds: 1_700_000_000, nanoseconds: 0 };
        let row = SessionRow { start, ..sample::row() };
        let at = |seconds: i64| Timestamp { seconds: row.start.seconds + seconds, ..row.start };
        let refusal = |user: &str, seconds: i64| Entry {
            source: Source::Sudo,
            host: row.host.clone(),
            user: user.into(),
            time: at(seconds),
            ..log.entry(Kind::Reject, Severity::Warning)
        };
        let user = String::from_utf8(row.user.as_bytes().to_vec()).unwrap();
        let mut early = Rejects::of(log.clone());
        for entry in [
            refusal(&user, -700),
            refusal(&user, -500),
            refusal("another", -400),
            refusal(&user, -10),
            refusal(&user, 10),
            Entry { kind: Kind::Accept, ..refusal(&user, -5) },
        ] {
            log.append(entry);
        }
        log.shutdown();
        assert_eq!(early.before(&row, 600), 2);
        assert_eq!(Rejects::of(log).before(&row, 800), 3);
        assert_eq!(Rejects::in_state(dir.path()).before(&row, 800), 3);
        assert_eq!(Rejects::in_state(&dir.path().join("none")).before(&row, 800), 0);
    }
}
