//! What an operator can ask for, and how one thing of it stands in the registry.

use super::Scope;
use crate::app::Peek;
use crate::screens::alerts::{AlertsAction, QuestionAction};
use crate::screens::browse::BrowseAction;
use crate::screens::chooser::ChooserAction;
use crate::screens::copy::CopyAction;
use crate::screens::events::EventsAction;
use crate::screens::export::ExportAction;
use crate::screens::live::LiveAction;
use crate::screens::order::{DialogAction, Order};
use crate::screens::plain::PlainAction;
use crate::screens::remark::{RemarkAction, Say};
use crate::screens::replay::ReplayAction;
use crate::screens::rules::{ReasonAction, RulesAction};
use crate::screens::search::SearchAction;
use crate::screens::summary::SummaryAction;
use crate::screens::themes::ThemeAction;
use crate::screens::triage::TriageAction;
use crate::screens::verify::VerifyAction;
use crate::screens::{FilterAction, Step};
use crate::widgets::Edit;

/// What an operator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Intent {
    /// Shows or hides the help.
    Help,
    /// So many lines down in the help.
    ScrollHelp(isize),
    /// Leaves the screen; the console, if it was the first one.
    Back,
    /// Leaves the console.
    Quit,
    /// Stops the console, as the shell's job control does.
    Suspend,
    /// Something on the live screen.
    Live(LiveAction),
    /// Goes through the rows of a table.
    Step(Step),
    /// Something with its filter.
    Filter(FilterAction),
    /// Finds by a few letters among the rows that are here.
    Narrow,
    /// Opens the table of all sessions.
    OpenBrowse,
    /// Something in it.
    Browse(BrowseAction),
    /// Opens the triage screen.
    OpenTriage,
    /// Something on it.
    Triage(TriageAction),
    /// Play beside the reasons.
    Peek(Peek),
    /// Opens the summary screen.
    OpenSummary,
    /// Something on it.
    Summary(SummaryAction),
    /// Opens the rules screen.
    OpenRules,
    /// Something on it.
    Rules(RulesAction),
    /// Something in the dialog that asks why the rules shall change.
    Reason(ReasonAction),
    /// Opens the event log.
    OpenEvents,
    /// Something in it.
    Events(EventsAction),
    /// Opens the alerts screen.
    OpenAlerts,
    /// Something on it.
    Alerts(AlertsAction),
    /// The answer to the question there.
    Question(QuestionAction),
    /// Lists what the sessions that are here have in common, to filter by.
    Facets,
    /// Lists the saved filters.
    SavedFilters,
    /// Opens the dialog in which something is said of sessions.
    Say(Say),
    /// Something in that dialog.
    Remark(RemarkAction),
    /// Opens the dialog in which the recording is exported.
    OpenExport,
    /// Something in that dialog.
    Export(ExportAction),
    /// Takes back what was said last.
    TakeBack,
    /// Looks at the session of the alarm.
    LookAtAlarm,
    /// Puts the alarm away.
    PutAlarmAway,
    /// Something on the replay screen.
    Replay(ReplayAction),
    /// Holds the recorded screen that is shown, to copy of it.
    Copy,
    /// Plain text in place of the screens.
    Plain(PlainAction),
    /// Something while that is chosen.
    CopyMode(CopyAction),
    /// Lets the operator choose a theme.
    Themes,
    /// Something while a theme is chosen.
    Theme(ThemeAction),
    /// Opens the dialog that orders something of the session that is shown.
    Order(Order),
    /// Something about a search.
    Search(SearchAction),
    /// Something in that dialog.
    Dialog(DialogAction),
    /// Lists everything that can be done here, to choose from.
    Palette,
    /// The same, to type a time of day that a recording shall be played from.
    GoTo,
    /// Lists the lines that the user entered, to choose from.
    Lines,
    /// Lists the streams of the recording, to put on its screen and take off.
    Streams,
    /// Something in such a list.
    Choose(ChooserAction),
    /// Puts letters at everything that one can go to.
    Jump,
    /// Takes them away.
    EndJump,
    /// Something about a recording's proof.
    Verify(VerifyAction),
    /// Changes the line of text that is being typed.
    Edit(Edit),
}

impl Intent {
    /// True for what is done about alerts, not only looked at.
    pub fn is_about_alerts(self) -> bool {
        use AlertsAction::{Discard, Mark, MarkAll, Retry, Test};
        matches!(self, Self::Alerts(Retry | Discard | Test | Mark | MarkAll))
    }
}

/// One thing that a key can do.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What is asked for. With the key range `0-9` it is [`ReplayAction::Tenth`] of the digit.
    pub intent: Intent,
    /// Its name in a keymap file.
    pub name: &'static str,
    /// Where it can be asked for.
    pub scope: Scope,
    /// Keys, as [`Key`](super::Key) reads them, or the range `0-9`.
    pub keys: &'static [&'static str],
    /// What the help says, in a few words.
    pub title: &'static str,
    /// What the hint bar says, in a word or two; absent when it is not there. Neighbours with the
    /// same hint share it.
    pub hint: Option<&'static str>,
}

pub(super) const fn entry(
    intent: Intent,
    name: &'static str,
    scope: Scope,
    keys: &'static [&'static str],
    title: &'static str,
) -> Entry {
    Entry { intent, name, scope, keys, title, hint: None }
}

impl Entry {
    pub(super) const fn hinted(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }
}
