//! What the screen knows and how it changes: by news from the check and by the operator.

use sudolog_core::session::Tsid;

use super::words;
use crate::source::About;
use crate::verification::{News, Progress, Report};

/// The check of one recording.
pub struct Verify {
    about: About,
    stage: Stage,
    scrolled: usize,
    /// The event that is being gone to.
    goal: Option<u64>,
}

/// How far the check is.
pub enum Stage {
    /// It reads and compares.
    Checking(Progress),
    /// It is done: what it has found, with the keys of this file.
    Done(Box<Report>, String),
    /// It cannot be done, for this reason, escaped.
    Failed(String),
}

/// What the operator does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VerifyAction {
    /// Checks the session that is shown or chosen.
    Open,
    /// So many lines down.
    Scroll(isize),
    /// Goes to where it breaks, or to the first event that nothing proves.
    GoTo,
    /// Checks once more.
    Again,
}

/// What the application is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyIntent {
    /// Show this event.
    GoTo(u64),
    /// Check once more.
    Check,
    /// Say that there is nothing to go to, for this reason.
    Nowhere(&'static str),
}

impl Verify {
    /// A check that has just begun.
    pub fn new(about: About) -> Self {
        Self { about, stage: Stage::Checking(None), scrolled: 0, goal: None }
    }

    /// The session.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Its number on the server; absent for a directory.
    pub fn tsid(&self) -> Option<Tsid> {
        self.about.tsid
    }

    /// How far it is.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// True when there is an event to go to.
    pub fn leads_on(&self) -> bool {
        matches!(&self.stage, Stage::Done(report, _) if report.event_to_look_at().is_some())
    }

    /// Lines that lie above the first one shown, if there are as many.
    pub fn scrolled(&self) -> usize {
        self.scrolled
    }

    /// Takes news.
    pub fn learn(&mut self, news: News) {
        self.stage = match news {
            News::Progress(progress) => Stage::Checking(progress),
            News::Done(report, key_file) => {
                self.about = report.about.clone();
                Stage::Done(report, key_file)
            }
            News::Failed(reason) => Stage::Failed(reason),
        };
    }

    /// Does what the operator wants.
    pub fn act(&mut self, action: VerifyAction) -> Option<VerifyIntent> {
        match action {
            VerifyAction::Open => None,
            VerifyAction::Scroll(by) => {
                let end = match &self.stage {
                    Stage::Done(report, key_file) => words::rows(report, key_file).len() * 2,
                    Stage::Checking(_) | Stage::Failed(_) => 0,
                };
                self.scrolled = self.scrolled.saturating_add_signed(by).min(end);
                None
            }
            VerifyAction::GoTo => Some(self.go_to()),
            VerifyAction::Again => {
                *self = Self::new(self.about.clone());
                Some(VerifyIntent::Check)
            }
        }
    }

    /// The event that is being gone to, when this is its session; only once.
    pub fn take_goal(&mut self, about: &About) -> Option<u64> {
        self.goal.take().filter(|_| about.tsid.is_some() && about.tsid == self.about.tsid)
    }

    fn go_to(&mut self) -> VerifyIntent {
        let Stage::Done(report, _) = &self.stage else {
            return VerifyIntent::Nowhere("the recording is not checked yet");
        };
        match report.event_to_look_at() {
            Some(seq) => {
                self.goal = Some(seq);
                VerifyIntent::GoTo(seq)
            }
            None => VerifyIntent::Nowhere("there is no place to go to: it breaks nowhere"),
        }
    }
}
