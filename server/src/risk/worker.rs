//! The thread that assesses: sessions that run as soon as the store has something new of them, then
//! recordings in the store that were not assessed by the rules in force. What it orders is in `orders`.

mod orders;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sudolog_core::risk::{Crossing, Finding, Score};
use sudolog_core::session::Tsid;
use sudolog_core::wire::message::{Assessment, Checked, SessionRow};

use super::WARNING;
use super::backlog::{Backlog, Piece};
use super::board::Board;
use super::circumstances;
use super::earlier::Earlier;
use super::herald::{Herald, Told};
use super::law::Law;
use super::rejects::Rejects;
use super::rulebook;
use super::tail::{SLICE, Tail};
use crate::clock::now;
use crate::eventlog::Reporter;
use crate::ingest::Recorder;
use crate::sessions::Next;
use crate::store::{Index, StoreError};
use crate::triage::Bench;
use crate::warnings::Warnings;

/// What the thread works with.
pub struct Worker {
    recorder: Recorder,
    index: Index,
    law: Law,
    warnings: Warnings,
    board: Board,
    herald: Herald,
    rejects: Rejects,
    reporter: Reporter,
    running: HashMap<Tsid, Tail>,
    /// How risky those that run were told to be.
    crossings: HashMap<Tsid, Crossing>,
    /// Sessions that began before these rules looked at them, and the last event that was there by then;
    /// until it is read.
    overtaken: HashMap<Tsid, u64>,
    /// And what of them, and of those that have ended since, an earlier run of the server told.
    earlier: Earlier,
    /// Those that were looked at last; the others sleep.
    awake: VecDeque<Tsid>,
    /// Sessions whose files could not be read just now.
    again: Vec<Tsid>,
    backlog: Backlog,
    looked: Instant,
    /// Looks at sessions since the last slice for the store.
    turns: u32,
}

/// Starts the thread; it ends when the recorder is shut down.
///
/// # Errors
/// When the index cannot be opened or the system gives no thread.
pub fn start(
    recorder: Recorder,
    index: Index,
    law: Law,
    warnings: Warnings,
    board: Board,
    bench: Bench,
) -> std::io::Result<JoinHandle<()>> {
    recorder.fresh().want();
    recorder.fresh().hold_lines(law.rules().may_stop_lines());
    let overtaken = overtaken(&recorder);
    let ended = recorder.ended_at_start().iter().copied();
    let earlier = Earlier::of(overtaken.keys().copied().chain(ended.clone()));
    recorder.fresh().add(overtaken.keys().copied().chain(ended));
    let rejects = Rejects::of(recorder.events().clone());
    let reporter = Reporter::to(recorder.events().clone());
    let worker = Worker {
        recorder,
        index,
        law,
        warnings,
        board,
        herald: Herald::new(bench),
        rejects,
        reporter,
        running: HashMap::new(),
        crossings: HashMap::new(),
        overtaken,
        earlier,
        awake: VecDeque::new(),
        again: Vec::new(),
        backlog: Backlog::default(),
        looked: Instant::now(),
        turns: 0,
    };
    let lines = HeldLines(worker.recorder.clone());
    std::thread::Builder::new().name("risk".to_owned()).spawn(move || {
        let _lines = lines;
        worker.run();
    })
}

impl Worker {
    fn run(mut self) {
        self.fill();
        loop {
            let is_idle = self.backlog.is_empty();
            let wait = match (is_idle, self.herald.is_done()) {
                (true, true) => LOOK_INTERVAL,
                (true, false) => TELL_INTERVAL,
                (false, _) => Duration::ZERO,
            };
            match self.recorder.fresh().next(wait) {
                Next::Session(tsid) => {
                    self.turns += 1;
                    self.follow(tsid, false);
                }
                Next::Reopened(tsid) => {
                    self.turns += 1;
                    self.reopen(tsid);
                }
                Next::Typed(tsid) => {
                    self.turns += 1;
                    self.follow(tsid, true);
                }
                Next::Nothing => self.turns = TURNS_BETWEEN,
                Next::Closed => return,
            }
            if let Err(error) = self.herald.go_on() {
                tracing::error!("sessions are assessed but not in the index: {error}");
            }
            if self.turns >= TURNS_BETWEEN {
                self.turns = 0;
                self.go_through_store();
            }
            if self.looked.elapsed() >= LOOK_INTERVAL {
                self.looked = Instant::now();
                self.look_at_law();
                self.recorder.fresh().add(std::mem::take(&mut self.again));
            }
            if is_idle && self.backlog.is_old() {
                self.fill();
                self.let_time_pass();
            }
        }
    }

    /// Reads on in a session that has something new.
    fn follow(&mut self, tsid: Tsid, is_typed: bool) {
        // Asked first: what has ended before it is read is read to its end.
        let session = self.recorder.registry().by_tsid(tsid);
        let ended = session.is_none();
        let known = self.running.remove(&tsid);
        let begun = known.map_or_else(|| self.begin(tsid), |tail| Ok(Some(tail)));
        let begun = begun.unwrap_or_else(|error| {
            tracing::error!("session {tsid} is not assessed: {error}");
            None
        });
        let Some(mut tail) = begun else { return };
        let more = tail.read_on(if is_typed { SLICE_TYPED } else { SLICE });
        let failed = !more && tail.has_stumbled();
        if failed {
            self.again.push(tsid);
        }
        if ended && !more && !failed {
            self.overtaken.remove(&tsid);
            self.awake.retain(|awake| *awake != tsid);
            self.finish(tsid, tail, true);
            return;
        }
        match session {
            // What was entered may lie further on, and is waited for.
            Some(session) if more && is_typed => {
                self.recorder.fresh().hurry([(&session.start().submit_host, tsid)]);
            }
            _ if more => self.recorder.fresh().add([tsid]),
            _ => {}
        }
        self.running.insert(tsid, tail);
        self.report(tsid);
        self.catch_up(tsid, more);
        self.keep_awake(tsid);
    }

    /// Reads a session once more that was over.
    fn reopen(&mut self, tsid: Tsid) {
        // What was made of it and could not be told yet must not count as the last word.
        self.herald.reopen(tsid);
        if self.backlog.is_at(tsid) {
            // It is heard of at the end of the recording, which has not come yet.
            return;
        }
        match self.index.forget_assessment(tsid) {
            Ok(()) => self.follow(tsid, false),
            Err(error) => {
                tracing::error!("session {tsid} is not assessed anew yet: {error}");
                self.again.push(tsid);
            }
        }
    }

    /// Tells what was found in a session that runs, and does what the rules order.
    fn report(&mut self, tsid: Tsid) {
        let Some(mut tail) = self.running.remove(&tsid) else { return };
        let findings = tail.news();
        // What was found before, by an earlier run or other rules, is no news; what an earlier run did not come to is.
        let overtaken = self.overtaken.get(&tsid).copied();
        let is_news = overtaken.is_none();
        let is_fresh = |finding: &Finding| overtaken.is_none_or(|last| finding.seq > last);
        let news = findings.map(|all| all.into_iter().partition::<Vec<_>, _>(is_fresh));
        self.answer(tsid, &mut tail, news.as_ref().map_or(&[], |(fresh, _)| fresh));
        if let Some((fresh, before)) = news {
            // First: it must not wait for those who look at the index.
            fresh.iter().for_each(|finding| self.act(tsid, finding));
            let mut told = self.earlier.untold(tsid, &before).unwrap_or_default();
            self.earlier.tell(tsid, &fresh);
            told.extend(fresh);
            self.tell(tsid, &tail, "", told, is_news);
            self.board.put(tsid, tail.assessment(self.law.rules(), now()));
        }
        self.running.insert(tsid, tail);
    }

    /// Takes a recording in hand; `None` when there is nothing to be done.
    fn begin(&mut self, tsid: Tsid) -> Result<Option<Tail>, StoreError> {
        let rules = Arc::clone(self.law.rules());
        if self.index.is_assessed(tsid, rules.hash())? {
            self.earlier.forget(tsid);
            return Ok(None);
        }
        let Some(row) = self.recorder.catalog().row_of(&self.index, tsid)? else { return Ok(None) };
        self.earlier.look_up(tsid, row.risk, &self.index)?;
        let rejects = self.rejects.before(&row, rules.rejects_within_s());
        let circumstances = circumstances::of(&row, rules.business_hours(), &self.index, rejects)?;
        Ok(Tail::new(self.recorder.catalog().directory(tsid), &rules, circumstances))
    }

    /// A recording that does not grow was read to its end.
    fn finish(&mut self, tsid: Tsid, mut tail: Tail, is_news: bool) {
        tail.end();
        let news = tail.news().filter(|_| is_news).unwrap_or_default();
        let untold = self.earlier.untold(tsid, tail.findings());
        let rules = Arc::clone(self.law.rules());
        let assessment = tail.assessment(&rules, now());
        let directory = self.recorder.catalog().directory(tsid);
        // The index may have been lost since; what stands there need not stand there twice.
        let before = directory.assessments(1).pop();
        // What was assessed to its end was told then, whatever other rules find in it.
        let was_told = before.as_ref().is_some_and(|before| before.rules != rules.hash());
        let is_news = if untold.is_some() { !was_told } else { is_news };
        let mut findings = untold.map_or(news, |untold| if was_told { Vec::new() } else { untold });
        // One to which something was laid when it was over is looked at once more.
        if let Some(before) = before.as_ref().filter(|before| before.rules == rules.hash()) {
            findings.retain(|finding| !is_known(finding, &before.findings));
        }
        let is_new = before.is_none_or(|before| !is_same(&before, &assessment));
        if is_new && let Err(error) = directory.add_assessment(&assessment) {
            tracing::error!("{error}");
        }
        if !self.tell(tsid, &tail, rules.hash(), findings, is_news) {
            self.backlog.give_up_for_now();
        }
        self.board.remove(tsid);
        self.crossings.remove(&tsid);
        self.earlier.forget(tsid);
    }

    /// Writes into the index how a session stands, and tells the consoles; `false` when it cannot.
    fn tell(
        &mut self,
        tsid: Tsid,
        tail: &Tail,
        rules: &str,
        findings: Vec<Finding>,
        is_news: bool,
    ) -> bool {
        let told: Result<(), StoreError> = (|| {
            let Some(mut row) = self.recorder.catalog().row_of(&self.index, tsid)? else {
                return Ok(());
            };
            let before = row.risk;
            tail.mark(&mut row);
            self.look_at_level(&row, before, &findings, is_news);
            let found = tail.findings().iter().map(|finding| &finding.rule);
            let hits = found.chain(self.earlier.told(tsid)).cloned().collect();
            self.herald.tell(Told { rules: rules.to_owned(), row, hits, findings })
        })();
        if let Err(error) = &told {
            tracing::error!("session {tsid} is assessed but not in the index: {error}");
        }
        told.is_ok()
    }

    /// Says how risky a session is that runs, where an earlier run of the server did not come to it.
    pub(super) fn look_at_level_once(
        &mut self,
        tsid: Tsid,
        before: Score,
    ) -> Result<(), StoreError> {
        let Some(tail) = self.running.get(&tsid) else { return Ok(()) };
        let Some(mut row) = self.recorder.catalog().row_of(&self.index, tsid)? else {
            return Ok(());
        };
        let findings = tail.findings().to_vec();
        tail.mark(&mut row);
        self.look_at_level(&row, before, &findings, true);
        Ok(())
    }

    /// Says it when the risk of a session becomes high or critical. What an earlier run told stands in the
    /// index, and is not told again while the recording is read anew.
    fn look_at_level(
        &mut self,
        row: &SessionRow,
        before: Score,
        findings: &[Finding],
        is_news: bool,
    ) {
        let crossing = self.crossings.entry(row.tsid).or_insert(Crossing::from(before));
        let Some(level) = is_news.then(|| crossing.step(row.risk)).flatten() else { return };
        let by = findings.iter().max_by_key(|finding| finding.points);
        let by = by.map_or("", |finding| finding.rule.as_str());
        self.reporter.crossed(row, level, before, by);
    }

    /// The sessions that were looked at last keep their screens; the others take little memory.
    fn keep_awake(&mut self, tsid: Tsid) {
        self.awake.retain(|awake| *awake != tsid);
        self.awake.push_back(tsid);
        if self.awake.len() > AWAKE_MAX
            && let Some(tail) = self.awake.pop_front().and_then(|rest| self.running.get_mut(&rest))
        {
            tail.sleep();
        }
    }

    /// Does a slice of what is to be done in the store.
    fn go_through_store(&mut self) {
        let next = match self.backlog.next() {
            Some(Piece::Begun(tsid, tail)) => Some((tsid, *tail)),
            Some(Piece::Untouched(tsid)) => match self.begin(tsid) {
                Ok(Some(tail)) => Some((tsid, tail)),
                Ok(None) => {
                    self.pass_over(tsid);
                    None
                }
                // It is looked up again after a while.
                Err(error) => {
                    tracing::error!("session {tsid} is not assessed: {error}");
                    None
                }
            },
            None => None,
        };
        if let Some((tsid, mut tail)) = next {
            match tail.read_on(SLICE) {
                true => self.backlog.put_back(tsid, tail),
                // It is looked up again after a while.
                false if tail.has_stumbled() => {}
                // What is found in what ended long ago is no news to anybody who watches.
                false => self.finish(tsid, tail, false),
            }
        }
        self.board.set_progress(self.backlog.progress());
        if self.backlog.is_empty() && self.backlog.progress().left > 0 {
            self.fill();
        }
    }

    /// Of some recordings nothing can be known: they are not looked at again and again.
    fn pass_over(&mut self, tsid: Tsid) {
        let passed: Result<(), StoreError> = (|| {
            let Some(row) = self.recorder.catalog().row_of(&self.index, tsid)? else {
                return Ok(());
            };
            self.index.put_risks(self.law.rules().hash(), &[row])
        })();
        if let Err(error) = passed {
            tracing::error!("{error}");
            self.backlog.give_up_for_now();
        }
    }

    /// Looks which recordings of the store are to be assessed.
    fn fill(&mut self) {
        let hash = self.law.rules().hash().to_owned();
        if let Err(error) = self.backlog.fill(&self.index, &hash) {
            tracing::error!("{error}");
        }
        self.board.set_progress(self.backlog.progress());
    }

    /// A session can become very long without anything happening in it. One that has ended and is still
    /// here was not told of: there was no room for it.
    fn let_time_pass(&mut self) {
        let tsids: Vec<Tsid> = self.running.keys().copied().collect();
        for tsid in tsids {
            if self.recorder.registry().by_tsid(tsid).is_none() {
                self.recorder.fresh().add([tsid]);
                continue;
            }
            let Some(tail) = self.running.get_mut(&tsid) else { continue };
            tail.pass();
            self.report(tsid);
        }
    }

    /// Looks whether other rules have come into force: then everything is assessed anew.
    fn look_at_law(&mut self) {
        match self.law.look() {
            Ok(false) => {}
            Ok(true) => {
                self.warnings.clear(WARNING);
                // The same again, after a slip: nothing is assessed anew for it.
                if self.law.rules().hash() == self.board.rules().hash() {
                    return;
                }
                let (from, to) = (self.board.rules(), self.law.rules());
                let changed = rulebook::last_change(self.recorder.places().1);
                let by_console = changed.filter(|change| change.to == to.hash());
                self.reporter.rules(from.hash(), to.hash(), by_console.as_ref());
                self.board.set_rules(Arc::clone(self.law.rules()));
                let hash = self.law.rules().hash();
                tracing::info!("other rules are in force: {hash}");
                self.recorder.fresh().hold_lines(self.law.rules().may_stop_lines());
                self.release_lines();
                self.running.clear();
                self.awake.clear();
                self.backlog = Backlog::default();
                self.fill();
                self.overtaken = overtaken(&self.recorder);
                self.earlier = Earlier::default();
                self.recorder.fresh().add(self.overtaken.keys().copied());
            }
            Err(error) => {
                let text = format!("[risk] rules: {error}; the rules stay as they were");
                self.warnings.raise(WARNING, text);
            }
        }
    }
}

/// Lets all lines go on when the thread that looks at them has failed. A server that stops holds them: the next
/// one looks.
struct HeldLines(Recorder);

impl Drop for HeldLines {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        self.0.fresh().hold_lines(false);
        self.0.registry().all().iter().for_each(|session| session.check(Checked::default()));
    }
}

/// The sessions that run, and how much of each is stored.
fn overtaken(recorder: &Recorder) -> HashMap<Tsid, u64> {
    let sessions = recorder.registry().all();
    sessions.iter().map(|session| (session.tsid(), session.stored().0)).collect()
}

/// True when two assessments differ in nothing but when they were made.
fn is_same(a: &Assessment, b: &Assessment) -> bool {
    *a == Assessment { at: a.at, ..b.clone() }
}

/// True when a rule found it there before.
fn is_known(finding: &Finding, before: &[Finding]) -> bool {
    before.iter().any(|known| (&known.rule, known.source) == (&finding.rule, finding.source))
}

/// How often it is looked whether the rules have changed.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// How often it is looked whether what waits to be told can be.
const TELL_INTERVAL: Duration = Duration::from_millis(20);
/// A session in which somebody types keeps those of other hosts waiting for so long.
const SLICE_TYPED: Duration = Duration::from_millis(5);
/// So many sessions keep their screens.
const AWAKE_MAX: usize = 64;
/// So many looks at sessions for one slice of the store.
const TURNS_BETWEEN: u32 = 8;
