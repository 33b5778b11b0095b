//! What an entry of the registry is about: the headings of the help, and what stands first where one looks for
//! something to do.

use super::{Entry, Intent};
use crate::screens::FilterAction;
use crate::screens::alerts::AlertsAction;
use crate::screens::browse::BrowseAction;
use crate::screens::events::EventsAction;
use crate::screens::live::LiveAction;
use crate::screens::remark::Say;
use crate::screens::replay::ReplayAction;
use crate::screens::rules::RulesAction;
use crate::screens::search::SearchAction;
use crate::screens::summary::SummaryAction;
use crate::screens::triage::TriageAction;
use crate::screens::verify::VerifyAction;

/// What entries are about, in the order of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// How a recording is played.
    Play,
    /// What is shown of it, or of a list.
    Show,
    /// To another session, another moment.
    GoTo,
    /// Marks in a recording, marked rows.
    Marks,
    /// Searching, filtering, finding.
    Search,
    /// What is said of sessions.
    Judge,
    /// What is done to running sessions, to rules and alerts.
    Act,
    /// What leaves the console.
    Copy,
    /// Other screens.
    Screens,
    /// Where one types or answers.
    Type,
    /// The console itself.
    Console,
}

impl Group {
    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Play => "Play",
            Self::Show => "Show",
            Self::GoTo => "Go to",
            Self::Marks => "Marks",
            Self::Search => "Search and filter",
            Self::Judge => "Judge",
            Self::Act => "Act",
            Self::Copy => "Copy and export",
            Self::Screens => "Other screens",
            Self::Type => "Type and answer",
            Self::Console => "Console",
        }
    }
}

impl Entry {
    /// What it is about.
    pub fn group(&self) -> Group {
        match self.intent {
            Intent::Replay(action) => of_replay(action),
            Intent::Live(action) => of_live(action),
            Intent::Search(action) => of_search(action),
            Intent::Triage(TriageAction::Mark | TriageAction::MarkAll) => Group::Marks,
            Intent::Alerts(AlertsAction::Mark | AlertsAction::MarkAll) => Group::Marks,
            Intent::Triage(_) | Intent::Step(_) | Intent::GoTo | Intent::Lines => Group::GoTo,
            Intent::Browse(BrowseAction::Replay)
            | Intent::Events(EventsAction::Open)
            | Intent::Summary(SummaryAction::Drill)
            | Intent::Verify(VerifyAction::GoTo)
            | Intent::Alerts(AlertsAction::Open | AlertsAction::Switch)
            | Intent::Rules(RulesAction::Move(_))
            | Intent::Choose(_)
            | Intent::Theme(_) => Group::GoTo,
            Intent::Alerts(AlertsAction::Scroll(_)) | Intent::Rules(RulesAction::Scroll(_)) => {
                Group::Show
            }
            Intent::Browse(_) | Intent::Summary(_) | Intent::Events(_) | Intent::Verify(_) => {
                Group::Show
            }
            Intent::Rules(RulesAction::Difference | RulesAction::History | RulesAction::Again) => {
                Group::Show
            }
            Intent::Rules(_) | Intent::Alerts(_) | Intent::Order(_) => Group::Act,
            Intent::Filter(FilterAction::Ask)
            | Intent::Narrow
            | Intent::Facets
            | Intent::SavedFilters => Group::Search,
            Intent::Say(Say::Verdict | Say::Note | Say::Tag | Say::Assign) | Intent::TakeBack => {
                Group::Judge
            }
            Intent::Copy | Intent::OpenExport | Intent::CopyMode(_) | Intent::Plain(_) => {
                Group::Copy
            }
            Intent::Streams => Group::Show,
            Intent::Filter(_)
            | Intent::Edit(_)
            | Intent::Dialog(_)
            | Intent::Remark(_)
            | Intent::Reason(_)
            | Intent::Question(_) => Group::Type,
            Intent::OpenBrowse
            | Intent::OpenTriage
            | Intent::OpenSummary
            | Intent::OpenRules
            | Intent::OpenEvents
            | Intent::OpenAlerts
            | Intent::LookAtAlarm => Group::Screens,
            _ => Group::Console,
        }
    }

    /// Where it stands among what one may want: the first thing first, going about last, since that has
    /// keys which everybody knows.
    pub fn likelihood(&self) -> usize {
        let order = [
            Group::Search,
            Group::Play,
            Group::Judge,
            Group::Act,
            Group::Screens,
            Group::Show,
            Group::Copy,
            Group::Marks,
            Group::Console,
            Group::Type,
            Group::GoTo,
        ];
        let group = self.group();
        order.iter().position(|it| *it == group).unwrap_or(order.len())
    }
}

fn of_replay(action: ReplayAction) -> Group {
    match action {
        ReplayAction::TogglePlay
        | ReplayAction::Slower
        | ReplayAction::Faster
        | ReplayAction::NormalSpeed
        | ReplayAction::IdleLimit
        | ReplayAction::ToggleLoop
        | ReplayAction::LiveEdge
        | ReplayAction::CatchUp => Group::Play,
        ReplayAction::PreviousMark
        | ReplayAction::NextMark
        | ReplayAction::ToggleMark
        | ReplayAction::OwnMark => Group::Marks,
        ReplayAction::Back
        | ReplayAction::Forward
        | ReplayAction::BackMinute
        | ReplayAction::ForwardMinute
        | ReplayAction::BackTenth
        | ReplayAction::ForwardTenth
        | ReplayAction::StepBack
        | ReplayAction::StepForward
        | ReplayAction::Seek(_)
        | ReplayAction::Tenth(_)
        | ReplayAction::Pan(..)
        | ReplayAction::Restart
        | ReplayAction::End
        | ReplayAction::PreviousCommand
        | ReplayAction::NextCommand => Group::GoTo,
        _ => Group::Show,
    }
}

fn of_live(action: LiveAction) -> Group {
    match action {
        LiveAction::ToggleScope | LiveAction::Reorder | LiveAction::Zoom | LiveAction::Pin => {
            Group::Show
        }
        LiveAction::Wall | LiveAction::Replay => Group::Screens,
        _ => Group::GoTo,
    }
}

fn of_search(action: SearchAction) -> Group {
    match action {
        SearchAction::End => Group::Console,
        SearchAction::Prompt(_) => Group::Type,
        _ => Group::Search,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::{Keymap, REGISTRY, Scope};
    use super::*;

    #[test]
    fn no_heading_stands_over_everything() {
        let of = |scope| {
            let mut counts: HashMap<Group, usize> = HashMap::new();
            Keymap::entries(scope).for_each(|entry| *counts.entry(entry.group()).or_default() += 1);
            counts
        };
        for scope in [Scope::Live, Scope::Replay, Scope::Triage, Scope::Browse, Scope::Rules] {
            let counts = of(scope);
            let all: usize = counts.values().sum();
            assert!(counts.len() >= 4, "{scope:?}: {counts:?}");
            assert!(counts.values().all(|count| *count <= all / 2), "{scope:?}: {counts:?}");
        }
    }

    #[test]
    fn going_about_comes_last() {
        let likelihood = |name| REGISTRY.iter().find(|it| it.name == name).unwrap().likelihood();
        assert!(likelihood("toggle_play") < likelihood("freeze"));
        assert!(likelihood("freeze") < likelihood("themes"));
        let last = REGISTRY.iter().map(Entry::likelihood).max();
        assert_eq!(Some(likelihood("down")), last);
        assert_eq!(Some(likelihood("minute_back")), last);
    }
}
