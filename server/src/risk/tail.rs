//! One recording in the hands of the rules: how far it was read, and what came of it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sudolog_core::iolog::{Bookmark, Damage};
use sudolog_core::risk::{
    Anomaly, Assessor, Circumstances, EndKind, Ending, Finding, Rules, Score, Who,
};
use sudolog_core::session::{Event, IncidentKind, SessionState};
use sudolog_core::term::usual_size;
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Assessment, Checked, SessionRow};

use super::WHO;
use crate::store::{Directory, Files, Numbered};

/// A recording that is being assessed from its beginning on.
pub(super) struct Tail {
    directory: Directory,
    assessor: Assessor,
    /// Open while there is more to read; always open where the files are packed.
    events: Option<Numbered<Files>>,
    /// And how many events lie before it.
    bookmark: Option<(Bookmark, u64)>,
    seq: u64,
    elapsed_ns: u64,
    /// When the last event was read.
    read_at: Instant,
    incidents: usize,
    /// Length of their file when it was read last, bytes.
    incidents_bytes: u64,
    /// When it began, by the host's clock.
    start: Timestamp,
    /// Reasons of the orders that rules gave, and the event after which each was given last.
    ordered: BTreeMap<Untrusted, u64>,
    /// Whether lines wait for the rules, as the host was told last.
    lines_wait: Option<bool>,
    is_packed: bool,
    is_damaged: bool,
    /// So often in a row the disk failed.
    stumbles: u32,
    is_broken: bool,
    told: (Score, Vec<Anomaly>),
}

impl Tail {
    /// A recording of which nothing was read; `None` when nothing is known of it.
    pub(super) fn new(
        directory: Directory,
        rules: &Arc<Rules>,
        circumstances: Circumstances,
    ) -> Option<Self> {
        let info = directory.info()?;
        let (lines, columns) = usual_size(info.lines, info.columns);
        let host = info.submit_host.clone().unwrap_or_default();
        let who = Who {
            user: &info.submit_user,
            host: host.as_bytes(),
            run_user: &info.run_user,
            run_uid: info.run_uid,
            // Old recordings know the joined line only.
            command: if info.argv.is_empty() { &info.command_line } else { &info.command },
            argv: &info.argv,
            tty: info.tty.as_ref(),
            lines,
            columns,
        };
        Some(Self {
            assessor: Assessor::new(Arc::clone(rules), &who, circumstances),
            is_packed: directory.is_packed(),
            directory,
            events: None,
            bookmark: None,
            seq: 0,
            elapsed_ns: 0,
            read_at: Instant::now(),
            incidents: 0,
            incidents_bytes: 0,
            start: info.submit_time,
            ordered: BTreeMap::new(),
            lines_wait: None,
            is_damaged: false,
            stumbles: 0,
            is_broken: false,
            told: (Score::NONE, Vec::new()),
        })
    }

    /// Reads on for so long; `false` when there is no more for now. A recording that brings the
    /// rules to a panic is not read on, and no other suffers by it.
    pub(super) fn read_on(&mut self, slice: Duration) -> bool {
        self.guarded(|tail| tail.read_slice(slice)).unwrap_or(false)
    }

    fn guarded<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.is_broken {
            return None;
        }
        let done = catch_unwind(AssertUnwindSafe(|| work(self)));
        if done.is_err() {
            self.is_broken = true;
            let dir = self.directory.0.display();
            tracing::error!("{dir}: the rules failed behind event {}; please report it", self.seq);
        }
        done.ok()
    }

    fn read_slice(&mut self, slice: Duration) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < slice {
            let Some(event) = self.next() else {
                self.hear();
                self.assessor.rest();
                return false;
            };
            self.read_at = Instant::now();
            self.seq = event.seq();
            self.elapsed_ns = self.elapsed_ns.saturating_add(event.delay_ns());
            self.assessor.push(&event);
        }
        true
    }

    /// Time passes in a session that runs, whether anything happens in it or not. It is the server's time:
    /// a host's clock may be anywhere.
    pub(super) fn pass(&mut self) {
        let since = u64::try_from(self.read_at.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let passed_ns = self.elapsed_ns.saturating_add(since);
        self.guarded(|tail| tail.assessor.pass(passed_ns));
    }

    /// The recording has ended, and all of it was read. What stock sudo wrote may say nothing of how the
    /// command ended; it is broken off only when its files say so.
    pub(super) fn end(&mut self) {
        let own = self.directory.session().and_then(|(_, end)| end);
        let lasted = || self.directory.info().and_then(|info| info.run_time);
        let ending = match (own, self.directory.state()) {
            (Some(end), _) => Ending::of_end(&end),
            (None, SessionState::Complete) => Ending {
                kind: Some(EndKind::Exited),
                run_time_ns: lasted().and_then(|time| u64::try_from(time.0.as_nanos()).ok()),
            },
            (None, _) => Ending::incomplete(),
        };
        self.guarded(|tail| {
            tail.hear();
            tail.assessor.end(ending);
        });
    }

    /// What was found since the last call; `None` when the session stands as it did.
    pub(super) fn news(&mut self) -> Option<Vec<Finding>> {
        let findings = self.assessor.take_findings();
        let now = (self.assessor.score(), self.assessor.anomalies());
        if findings.is_empty() && now == self.told {
            return None;
        }
        self.told = now;
        Some(findings)
    }

    /// Puts score and anomalies into the row.
    pub(super) fn mark(&self, row: &mut SessionRow) {
        (row.risk, row.anomalies) = self.told.clone();
    }

    /// What the rules make of it.
    pub(super) fn assessment(&self, rules: &Rules, at: Timestamp) -> Assessment {
        Assessment {
            rules: rules.hash().to_owned(),
            at,
            seq: self.seq,
            risk: self.assessor.score(),
            anomalies: self.assessor.anomalies(),
            findings: self.assessor.findings().to_vec(),
            left_out: 0,
        }
    }

    /// All that was found so far.
    pub(super) fn findings(&self) -> &[Finding] {
        self.assessor.findings()
    }

    /// The disk failed when it was read last: it is to be tried again.
    pub(super) fn has_stumbled(&self) -> bool {
        self.stumbles > 0 && !self.is_damaged && !self.is_broken
    }

    /// True when rules gave an order for this reason since that event, as far as it was read.
    pub(super) fn was_ordered(&self, why: &Untrusted, seq: u64) -> bool {
        self.ordered.get(why).is_some_and(|ordered| *ordered >= seq)
    }

    /// What the host must be told, for lines that wait for the rules: as far as they have looked. At first
    /// always, since lines may wait from the first event on.
    pub(super) fn checked(&mut self) -> Option<Checked> {
        let wait = self.assessor.may_stop_lines();
        let is_news = self.lines_wait.replace(wait) != Some(wait);
        let entered = self.assessor.take_entered().filter(|_| wait);
        let seq = entered.or(is_news.then_some(0))?;
        Some(Checked { seq, wait, rule: None })
    }

    /// Number of the last event that was read.
    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    /// Time from the start to the last event that was read.
    pub(super) fn elapsed_ns(&self) -> u64 {
        self.elapsed_ns
    }

    /// Takes as little memory as it can until it reads on.
    pub(super) fn sleep(&mut self) {
        self.guarded(|tail| tail.assessor.sleep());
    }

    /// The next event. Between two looks no file stays open.
    fn next(&mut self) -> Option<Event> {
        if self.is_damaged {
            return None;
        }
        let directory = &self.directory;
        let (from, given) = match &self.bookmark {
            Some((bookmark, given)) => (Some(bookmark), *given),
            None => (None, 0),
        };
        let events = self.events.get_or_insert_with(|| Files::events(directory, from, given));
        loop {
            match events.next_event() {
                // After a failure some come once more.
                Ok(Some(event)) if event.seq() <= self.seq => {}
                Ok(Some(event)) => {
                    self.stumbles = 0;
                    return Some(event);
                }
                Ok(None) => break,
                Err(damage) => {
                    self.stumble(&damage);
                    return None;
                }
            }
        }
        self.stumbles = 0;
        if !self.is_packed {
            self.bookmark = Some((events.bookmark(), self.seq));
            self.events = None;
        }
        None
    }

    /// What is wrong with the files stays wrong; a disk that fails may do better the next time.
    fn stumble(&mut self, damage: &Damage) {
        let dir = self.directory.0.display();
        self.stumbles += 1;
        self.events = None;
        self.is_damaged = !matches!(damage, Damage::Io { .. }) || self.stumbles >= STUMBLES_MAX;
        match damage {
            Damage::Io { .. } if self.is_damaged => {
                tracing::error!("{dir}: not assessed beyond event {}: {damage}", self.seq);
            }
            Damage::Io { .. } if self.stumbles == 1 => {
                tracing::warn!("{dir}: {damage}; it is tried again");
            }
            _ => tracing::debug!("{dir}: {damage}"),
        }
    }

    /// Takes in what happened to the session from outside. A long list of it is not read for every event.
    fn hear(&mut self) {
        let bytes = self.directory.incidents_bytes();
        if bytes == self.incidents_bytes {
            return;
        }
        self.incidents_bytes = bytes;
        let incidents = self.directory.incidents();
        for incident in incidents.iter().skip(self.incidents) {
            self.assessor.happened(incident);
            if incident.kind == IncidentKind::ClockSkew {
                let (server, host) = (incident.at.as_nanos(), self.start.as_nanos());
                self.assessor.clocks_differ(server.abs_diff(host) / NANOS_PER_SECOND);
            }
            if incident.kind.order().is_some() && incident.who == Some(WHO.into()) {
                self.ordered.insert(incident.text.clone(), incident.after_seq);
            }
        }
        self.incidents = incidents.len();
    }
}

const NANOS_PER_SECOND: u64 = 1_000_000_000;
/// So long one recording keeps the others waiting.
pub(super) const SLICE: Duration = Duration::from_millis(20);
/// So often in a row a disk may fail; it is tried every second.
const STUMBLES_MAX: u32 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_fails_for_a_while_costs_no_event() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write("log", "1763000000:alice:root::/dev/pts/1:24:80\n/home/alice\n/usr/bin/bash\n");
        write("timing", "4 0.5 3\n");
        write("ttyout", "abc");
        let rules = Arc::new(Rules::built_in());
        let directory = Directory(dir.path().to_owned());
        let mut tail = Tail::new(directory, &rules, Circumstances::default()).unwrap();
        assert!(!tail.read_on(SLICE) && tail.seq() == 1 && !tail.has_stumbled());
        // Reading a directory fails, as a disk does.
        let (file, away) = (dir.path().join("ttyout"), dir.path().join("away"));
        std::fs::rename(&file, &away).unwrap();
        std::fs::create_dir(&file).unwrap();
        write("timing", "4 0.5 3\n4 0.5 2\n");
        for _ in 0..3 {
            assert!(!tail.read_on(SLICE) && tail.has_stumbled() && tail.seq() == 1);
        }
        std::fs::remove_dir(&file).unwrap();
        write("ttyout", "abcde");
        assert!(!tail.read_on(SLICE) && !tail.has_stumbled() && tail.seq() == 2);
        write("timing", "4 0.5 3\n4 0.5 2\nno timing\n");
        assert!(!tail.read_on(SLICE) && !tail.has_stumbled() && tail.is_damaged);
    }
}
