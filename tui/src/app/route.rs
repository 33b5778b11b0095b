//! Which screen is shown, and what it knows.

use std::time::Duration;

use crate::keymap::Scope;
use crate::screens::alerts::Board;
use crate::screens::browse::Browse;
use crate::screens::events::Log;
use crate::screens::hunt::Hunt;
use crate::screens::live::{Focus, Live};
use crate::screens::replay::Replay;
use crate::screens::rules::Rulebook;
use crate::screens::search::Prompt;
use crate::screens::summary::Sums;
use crate::screens::triage::Triage;
use crate::screens::verify::Verify;

/// One screen with its state.
pub enum Route {
    /// Running sessions.
    Live(Box<Live>),
    /// All sessions.
    Browse(Box<Browse>),
    /// What somebody should look at.
    Triage(Box<Triage>),
    /// Sessions added up.
    Summary(Box<Sums>),
    /// The rules.
    Rules(Box<Rulebook>),
    /// The event log.
    Events(Box<Log>),
    /// Alerts.
    Alerts(Box<Board>),
    /// One recording.
    Replay(Box<Replay>),
    /// A search through all sessions.
    Hunt(Box<Hunt>),
    /// The proof of one recording.
    Verify(Box<Verify>),
}

impl Route {
    /// Whose keys are in force.
    pub fn scope(&self) -> Scope {
        match self {
            Self::Live(live) => match live.focus() {
                Focus::List => Scope::Live,
                Focus::Wall => Scope::Wall,
                Focus::Screen => Scope::Whole,
            },
            Self::Browse(browse) if browse.filter().input().is_some() => Scope::Filter,
            Self::Browse(_) => Scope::Browse,
            Self::Triage(triage) if triage.filter().input().is_some() => Scope::Filter,
            Self::Triage(_) => Scope::Triage,
            Self::Summary(sums) if sums.filter().input().is_some() => Scope::Filter,
            Self::Summary(_) => Scope::Summary,
            Self::Rules(book) if book.reason().is_some() => Scope::Reason,
            Self::Rules(_) => Scope::Rules,
            Self::Events(log) if log.filter().input().is_some() => Scope::Filter,
            Self::Events(_) => Scope::Events,
            Self::Alerts(board) if board.question().is_some() => Scope::Question,
            Self::Alerts(board) if board.filter().input().is_some() => Scope::Filter,
            Self::Alerts(_) => Scope::Alerts,
            Self::Replay(replay) => replay.scope(),
            Self::Hunt(hunt) => hunt.scope(),
            Self::Verify(_) => Scope::Verify,
        }
    }

    /// What is being typed at its bottom, if anything.
    pub fn prompt(&self) -> Option<&Prompt> {
        match self {
            Self::Replay(replay) => replay.prompt(),
            Self::Hunt(hunt) => hunt.prompt(),
            _ => None,
        }
    }

    /// The same, to change it.
    pub fn prompt_mut(&mut self) -> Option<&mut Prompt> {
        match self {
            Self::Replay(replay) => replay.prompt_mut(),
            Self::Hunt(hunt) => hunt.prompt_mut(),
            _ => None,
        }
    }

    /// When it changes by itself next, in time since the console began.
    pub fn deadline(&self, now: Duration) -> Option<Duration> {
        match self {
            Self::Live(_) | Self::Browse(_) => Some(now.saturating_add(AGES_INTERVAL)),
            Self::Replay(replay) => replay.deadline(now),
            Self::Hunt(_)
            | Self::Triage(_)
            | Self::Summary(_)
            | Self::Rules(_)
            | Self::Events(_)
            | Self::Alerts(_)
            | Self::Verify(_) => None,
        }
    }
}

/// Ages of sessions are shown to the second.
const AGES_INTERVAL: Duration = Duration::from_secs(1);
