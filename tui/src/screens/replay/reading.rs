//! What the deck reads of a recording: how the player takes it, and how far it has come.

use std::time::Duration;

use sudolog_core::term::{Command, Timeline};
use sudolog_core::wire::message::{Review, SessionRow};

use super::Replay;
use super::marks::{Marks, Reach};
use crate::deck::Read;
use crate::source::Standing;

impl Replay {
    pub(super) fn learn_read(&mut self, now: Duration, read: Read) {
        let complete = read.end.as_ref().is_some_and(|end| !end.may_grow());
        // What was waited for counts from now on.
        self.playhead.advance(now, &self.tape);
        let follows = self.follows_the_edge();
        self.tape.append(read.moments, complete);
        self.about = read.about;
        self.timeline = Some(read.timeline);
        self.typing = read.typing;
        self.progress = read.progress;
        self.end = read.end.or(self.end.take().filter(Standing::may_grow));
        self.trouble = None;
        match read.incidents {
            Ok(incidents) => (self.incidents, self.incidents_flaw) = (incidents, None),
            Err(reason) => self.incidents_flaw = Some(reason),
        }
        if let Some(commands) = read.commands {
            self.beside.learn_commands(&commands, self.about.start);
        }
        self.put_marks();
        match self.goal {
            Some(goal) => self.aim(now, goal),
            None if follows => drop(self.playhead.command(now, Command::End, &self.tape)),
            None => {}
        }
        self.playhead.advance(now, &self.tape);
    }

    /// Puts all marks where they belong, as far as that is known.
    pub(super) fn put_marks(&mut self) {
        let recorded = self.timeline.as_deref().map(Timeline::marks).unwrap_or_default();
        let reach = match &self.end {
            None => Reach::Reading,
            Some(end) if end.may_grow() => Reach::Growing,
            Some(_) => Reach::Ended,
        };
        self.marks = Marks::new(recorded, &self.incidents, &self.tape, reach);
        self.marks.add(self.beside.marks(), self.tape.total(), reach);
    }

    /// Takes how its session stands now, when it is this one.
    pub fn renew(&mut self, row: &SessionRow) {
        if self.about.tsid == Some(row.tsid) {
            self.about.risk = row.risk;
            self.about.anomalies.clone_from(&row.anomalies);
            self.about.standing = row.standing.clone();
        }
    }

    /// Takes what the rules found in its session and operators said of it, when it is this one.
    pub fn learn_review(&mut self, review: &Review) {
        if self.about.tsid == Some(review.row.tsid) {
            self.renew(&review.row);
            self.beside.learn_review(review);
            self.put_marks();
        }
    }

    /// True once the recording is read to its end, for now or for good.
    pub(super) fn is_read(&self) -> bool {
        self.end.is_some()
    }

    /// True while the recording may still grow.
    pub fn is_growing(&self) -> bool {
        self.end.as_ref().is_some_and(Standing::may_grow)
    }

    /// True where nobody has written to it for long, though no end is recorded.
    pub(super) fn is_silent(&self) -> bool {
        matches!(self.end, Some(Standing::Silent(_)))
    }

    /// Hundredths of the recording that are read, while it is not read to its end.
    pub fn percent_read(&self) -> Option<u64> {
        let (read, total) = self.progress.filter(|_| self.end.is_none())?;
        Some(read.saturating_mul(100) / total.max(1))
    }

    /// What the operator must know of the recording, in one sentence.
    pub fn warning(&self) -> Option<String> {
        match (&self.trouble, &self.end) {
            (Some(reason), _) => Some(format!("trying again: {reason}")),
            (None, Some(Standing::Silent(minutes))) => Some(format!(
                "unfinished: no end is recorded, and nothing was written for {minutes} min; it goes on here when \
                 something is"
            )),
            (None, Some(Standing::Unfinished(reason))) => Some(format!("unfinished: {reason}")),
            (None, Some(Standing::Damaged(reason))) => Some(format!("damaged: {reason}")),
            _ => {
                let flaw = self.incidents_flaw.as_ref();
                flaw.map(|reason| format!("what happened to it is not known: {reason}"))
            }
        }
    }
}
