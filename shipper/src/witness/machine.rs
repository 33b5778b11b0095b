//! Compares what the kernel saw with the sessions that there are. Pure: times come in, entries go out.
//!
//! A sighting names a process by its number, and numbers are used again: only a session whose sudo lived at
//! the time of the sighting explains it. What cannot be judged, because it was before the oldest session that
//! is still remembered, is not reported. All times are compared on a clock that nobody can set.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use sudolog_core::eventlog::{Entry, EntryId, Kind};
use sudolog_core::kaudit::{Sighting, SightingKind};
use sudolog_core::limits::{
    WITNESS_COMMAND_WAIT, WITNESS_GONE_WAIT, WITNESS_MEMORY, WITNESS_MISSING_PAUSE,
    WITNESS_MISSING_WAIT, WITNESS_ROOT_WAIT, WITNESS_SESSIONS_MAX, WITNESS_SIGHTINGS_BYTES_MAX,
    WITNESS_SIGHTINGS_MAX,
};
use sudolog_core::session::SessionId;
use sudolog_core::time::Timestamp;

use super::clock::Moments;
use super::report;

/// The sessions and sightings of this host.
#[derive(Debug)]
pub struct Witness {
    sessions: HashMap<u32, Vec<Known>>,
    /// The same by age.
    order: VecDeque<(u32, SessionId)>,
    /// What happened by then cannot be judged.
    blind_until: Duration,
    /// Commands that no session explains yet, the first due first.
    commands: VecDeque<Command>,
    /// Programs that are root by their file's mode, the oldest first.
    suspects: VecDeque<Suspect>,
    bytes: usize,
    /// The audit stream is heard.
    is_attached: bool,
    /// When it is said that the witness has gone, and when it went.
    gone: Option<(Instant, Timestamp)>,
    /// Entries about suspects that there was no room for.
    hasty: Vec<Entry>,
    /// Sessions that may not be seen.
    watched: VecDeque<(Instant, u32, SessionId)>,
    missing: Missing,
}

/// A session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub id: SessionId,
    /// Its sudo.
    pub pid: u32,
    /// When that process began, since the machine's start.
    pub started: Duration,
    /// When it ended; `None` while it lives.
    pub ended: Option<Duration>,
    /// When the session was opened, to show.
    pub opened: Timestamp,
}

/// Where a process comes from, as far as it can still be found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    /// Its parent's parent.
    pub grandparent: Option<u32>,
    /// The session in whose cgroup it, or its parent, is.
    pub session: Option<SessionId>,
}

/// A command that sudo said it runs.
#[derive(Debug)]
struct Command {
    due: Instant,
    when: Moments,
    sighting: Sighting,
    /// The session inside which sudo was called.
    inside: Option<SessionId>,
}

#[derive(Debug)]
struct Suspect {
    at: Instant,
    when: Moments,
    sighting: Sighting,
    /// What ran as root below it, and when that is reported.
    root: Option<(Instant, Box<Sighting>)>,
    standing: Standing,
}

/// What is known of a program that is root by its file's mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Nothing: what it runs must be explained.
    Bare,
    /// A sudo that runs nothing, by its options or by its own word. Whoever replaced its policy can say so,
    /// too: what it runs all the same must be explained, but what may be another's is not laid at it.
    Idle,
    /// A session has it, or sudo said that it runs a command, which is looked for by itself.
    Explained,
}

/// Sessions that the audit stream did not show.
#[derive(Debug, Default)]
struct Missing {
    count: u64,
    first: Option<(u32, SessionId)>,
    quiet_until: Option<Instant>,
}

impl Witness {
    /// One that knows these sessions of a run before, and nothing of what was before `blind_until`.
    pub fn new(sessions: impl IntoIterator<Item = Known>, blind_until: Duration) -> Self {
        let mut witness = Self {
            sessions: HashMap::new(),
            order: VecDeque::new(),
            blind_until,
            commands: VecDeque::new(),
            suspects: VecDeque::new(),
            bytes: 0,
            is_attached: false,
            gone: None,
            hasty: Vec::new(),
            watched: VecDeque::new(),
            missing: Missing::default(),
        };
        sessions.into_iter().for_each(|known| witness.remember(known));
        witness
    }

    /// A session is open.
    pub fn opened(&mut self, now: Instant, known: Known) {
        self.remember(known);
        if self.is_attached && self.watched.len() < WITNESS_SESSIONS_MAX {
            self.watched.push_back((now + WITNESS_MISSING_WAIT, known.pid, known.id));
        }
    }

    /// Its sudo has ended.
    pub fn ended(&mut self, id: SessionId, pid: u32, at: Duration) {
        let known = self.sessions.get_mut(&pid).into_iter().flatten().find(|known| known.id == id);
        if let Some(known) = known {
            known.ended.get_or_insert(at);
        }
    }

    /// The audit stream is heard, or no longer: then nobody can say what it would have shown. One that does
    /// not come back soon was ended by somebody.
    pub fn attached(&mut self, now: Instant, time: Timestamp, is_attached: bool) {
        if std::mem::replace(&mut self.is_attached, is_attached) == is_attached {
            return;
        }
        self.watched.clear();
        self.gone = (!is_attached).then_some((now + WITNESS_GONE_WAIT, time));
    }

    /// There was no room to tell of a session.
    pub fn blind(&mut self, until: Duration) {
        self.blind_until = self.blind_until.max(until);
    }

    /// The kernel saw something at `when`, which its stamp means.
    pub fn sighted(&mut self, now: Instant, when: Moments, sighting: Sighting, lineage: Lineage) {
        let is_covered = self.covers(sighting.pid, &when);
        match sighting.kind {
            SightingKind::Command | SightingKind::Refusal => {
                self.explain(&sighting, &when);
                if sighting.kind == SightingKind::Command && !is_covered {
                    self.suspect_command(now, when, sighting, lineage.session);
                }
            }
            SightingKind::Sudo | SightingKind::Setuid => {
                let standing = if is_covered || lineage.session.is_some() {
                    Standing::Explained
                } else if sighting.kind == SightingKind::Sudo && sighting.runs_nothing() {
                    Standing::Idle
                } else {
                    Standing::Bare
                };
                self.bytes += sighting.bytes();
                self.suspects.push_back(Suspect { at: now, when, sighting, root: None, standing });
                self.make_room();
            }
            SightingKind::Root if lineage.session.is_none() => {
                self.rooted(now, &when, sighting, lineage);
            }
            SightingKind::Root | SightingKind::Other => {}
        }
    }

    /// The entries that are due.
    pub fn poll(&mut self, now: Instant) -> Vec<Entry> {
        let mut due = Vec::new();
        while let Some(command) = self.commands.front()
            && now >= command.due
            && let Some(command) = self.commands.pop_front()
        {
            due.extend(self.unrecorded(command));
        }
        self.poll_suspects(now, &mut due);
        self.poll_missing(now, &mut due);
        if let Some((_, time)) = self.gone.take_if(|(at, _)| now >= *at) {
            due.extend(report::gone(time));
        }
        due.append(&mut self.hasty);
        due
    }

    /// When [`poll`](Self::poll) may have something.
    pub fn next_wake(&self) -> Option<Instant> {
        let roots =
            self.suspects.iter().filter_map(|suspect| suspect.root.as_ref().map(|(at, _)| *at));
        let command = self.commands.front().map(|command| command.due);
        let watched = self.watched.front().map(|(at, ..)| *at);
        let gone = self.gone.map(|(at, _)| at);
        roots.chain(command).chain(watched).chain(gone).chain(self.missing.next_wake()).min()
    }

    /// Sessions that are remembered, the oldest first.
    pub fn known(&self) -> impl Iterator<Item = &Known> {
        self.order
            .iter()
            .filter_map(|(pid, id)| self.sessions.get(pid)?.iter().find(|known| known.id == *id))
    }

    fn remember(&mut self, known: Known) {
        self.sessions.entry(known.pid).or_default().push(known);
        self.order.push_back((known.pid, known.id));
        while let Some((pid, id)) = self.order.front().copied() {
            let list = self.sessions.get(&pid);
            let oldest = list.and_then(|list| list.iter().find(|known| known.id == id));
            let ended = oldest.and_then(|known| known.ended);
            let is_old = ended.is_some_and(|ended| ended + WITNESS_MEMORY < known.started);
            if !is_old && self.order.len() <= WITNESS_SESSIONS_MAX {
                break;
            }
            self.order.pop_front();
            if let Some(list) = self.sessions.get_mut(&pid) {
                list.retain(|known| known.id != id);
            }
            if self.sessions.get(&pid).is_some_and(Vec::is_empty) {
                self.sessions.remove(&pid);
            }
            self.blind(ended.unwrap_or(known.started));
        }
    }

    /// True when a session of that process explains what it did then, or when nobody can say any more.
    fn covers(&mut self, pid: u32, when: &Moments) -> bool {
        if when.last <= self.blind_until {
            return true;
        }
        let lived = |known: &&Known| {
            let until = known.ended.map_or(Duration::MAX, |ended| ended + SLACK);
            when.iter().any(|at| known.started.saturating_sub(SLACK) <= at && at <= until)
        };
        let Some(known) = self.sessions.get(&pid).into_iter().flatten().find(lived) else {
            return false;
        };
        let id = known.id;
        self.watched.retain(|(_, _, watched)| *watched != id);
        true
    }

    fn suspect_command(
        &mut self,
        now: Instant,
        when: Moments,
        sighting: Sighting,
        inside: Option<SessionId>,
    ) {
        if self.commands.iter().any(|known| known.sighting.id == sighting.id) {
            return;
        }
        self.bytes += sighting.bytes();
        let due = now + WITNESS_COMMAND_WAIT;
        self.commands.push_back(Command { due, when, sighting, inside });
        self.make_room();
    }

    /// sudo's own words, about the last sudo that this process has become.
    fn explain(&mut self, words: &Sighting, when: &Moments) {
        let is_it = |suspect: &&mut Suspect| {
            suspect.sighting.pid == words.pid && suspect.when.last <= when.last
        };
        let Some(suspect) = self.suspects.iter_mut().rev().find(is_it) else { return };
        match (words.kind, suspect.standing) {
            (SightingKind::Command, _) => suspect.standing = Standing::Explained,
            (_, Standing::Bare) => suspect.standing = Standing::Idle,
            _ => {}
        }
    }

    /// A program runs as root: whose doing is it?
    fn rooted(&mut self, now: Instant, when: &Moments, root: Sighting, lineage: Lineage) {
        let is_before =
            |suspect: &Suspect| suspect.when.last <= when.last && suspect.sighting.ses == root.ses;
        let near = [Some(root.pid), Some(root.ppid), lineage.grandparent];
        let is_ancestor =
            |suspect: &Suspect| is_before(suspect) && near.contains(&Some(suspect.sighting.pid));
        let found = match self.suspects.iter().rposition(is_ancestor) {
            Some(found) => Some(found),
            // Its parent is gone, so it may have been sudo's monitor: it is if every sudo of this login that
            // was started shortly before has nothing that explains it.
            None if lineage.grandparent.is_none() => self.orphaned(now, when, &root),
            None => None,
        };
        if let Some(suspect) = found.and_then(|found| self.suspects.get_mut(found))
            && suspect.standing != Standing::Explained
            && suspect.root.is_none()
        {
            self.bytes += root.bytes();
            suspect.root = Some((now + WITNESS_ROOT_WAIT, Box::new(root)));
            self.make_room();
        }
    }

    fn orphaned(&self, now: Instant, when: &Moments, root: &Sighting) -> Option<usize> {
        let is_candidate = |suspect: &Suspect| {
            suspect.sighting.kind == SightingKind::Sudo
                && suspect.sighting.ses == root.ses
                && suspect.when.last <= when.last
                && now < suspect.at + WITNESS_ROOT_WAIT
        };
        let mut candidates = self.suspects.iter().filter(|suspect| is_candidate(suspect));
        if candidates.any(|suspect| suspect.standing != Standing::Bare) {
            return None;
        }
        self.suspects.iter().rposition(is_candidate)
    }

    /// What is said of a command that is not waited for any longer.
    fn unrecorded(&mut self, command: Command) -> Option<Entry> {
        let Command { when, sighting, inside, .. } = command;
        self.bytes = self.bytes.saturating_sub(sighting.bytes());
        if self.covers(sighting.pid, &when) {
            return None;
        }
        let entry = report::about(&sighting, Kind::Unrecorded, None)?;
        Some(Entry { session_id: inside, ..entry })
    }

    fn poll_suspects(&mut self, now: Instant, due: &mut Vec<Entry>) {
        let mut kept = VecDeque::with_capacity(self.suspects.len());
        for suspect in std::mem::take(&mut self.suspects) {
            let is_due = suspect.root.as_ref().is_some_and(|(at, _)| now >= *at);
            if !is_due && now < suspect.at + WITNESS_MEMORY {
                kept.push_back(suspect);
                continue;
            }
            self.bytes = self.bytes.saturating_sub(suspect.bytes());
            due.extend(self.verdict(suspect));
        }
        self.suspects = kept;
    }

    /// What is said of one that is not waited for any longer.
    fn verdict(&mut self, suspect: Suspect) -> Option<Entry> {
        let Suspect { when, sighting, root: Some((_, root)), standing, .. } = suspect else {
            return None;
        };
        if standing == Standing::Explained || self.covers(sighting.pid, &when) {
            return None;
        }
        let kind = match sighting.kind {
            SightingKind::Sudo => Kind::PolicyReplaced,
            _ => Kind::OtherRoot,
        };
        report::about(&root, kind, Some(&sighting))
    }

    fn poll_missing(&mut self, now: Instant, due: &mut Vec<Entry>) {
        while let Some((at, pid, id)) = self.watched.front().copied()
            && now >= at
        {
            self.watched.pop_front();
            self.missing.count += 1;
            self.missing.first.get_or_insert((pid, id));
        }
        if let Some((count, pid, id)) = self.missing.take(now) {
            let time = self.sessions.get(&pid).into_iter().flatten().find(|known| known.id == id);
            let time = time.map(|known| known.opened).unwrap_or_default();
            due.extend(report::missing(count, pid, id, time));
        }
    }

    fn make_room(&mut self) {
        while self.commands.len() + self.suspects.len() > WITNESS_SIGHTINGS_MAX
            || self.bytes > WITNESS_SIGHTINGS_BYTES_MAX
        {
            // What is as good as proven goes last, and not without a word.
            let dispensable = self
                .suspects
                .iter()
                .position(|suspect| suspect.standing == Standing::Explained)
                .or_else(|| self.suspects.iter().position(|suspect| suspect.root.is_none()));
            if let Some(suspect) = self.suspects.remove(dispensable.unwrap_or(0)) {
                self.bytes = self.bytes.saturating_sub(suspect.bytes());
                let verdict = self.verdict(suspect);
                self.hasty.extend(verdict);
            } else if let Some(command) = self.commands.pop_front() {
                let unrecorded = self.unrecorded(command);
                self.hasty.extend(unrecorded);
            } else {
                return;
            }
        }
    }
}

impl Suspect {
    fn bytes(&self) -> usize {
        self.sighting.bytes() + self.root.as_ref().map_or(0, |(_, root)| root.bytes())
    }
}

impl Missing {
    /// How many, and one of them, when it is time to say so.
    fn take(&mut self, now: Instant) -> Option<(u64, u32, SessionId)> {
        if self.quiet_until.is_some_and(|until| now < until) {
            return None;
        }
        let (pid, id) = self.first.take()?;
        self.quiet_until = Some(now + WITNESS_MISSING_PAUSE);
        Some((std::mem::take(&mut self.count), pid, id))
    }

    fn next_wake(&self) -> Option<Instant> {
        self.first.and(self.quiet_until)
    }
}

/// A name for an entry about a session.
pub(super) fn entry_id(word: &str, id: SessionId) -> Option<EntryId> {
    format!("{word}.{id}").parse().ok()
}

/// Start times count in hundredths of a second, and the audit's clock in ticks of the kernel.
const SLACK: Duration = Duration::from_millis(100);
