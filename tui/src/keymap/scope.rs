//! Where a key means something: the narrowest place that gives it a meaning wins.

/// Where a key means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Always, also while text is typed.
    Everywhere,
    /// On every screen that does not give the key another meaning.
    Screen,
    /// Where a session is shown that may be running.
    Session,
    /// Where running sessions are listed.
    Live,
    /// Where several of them are shown side by side.
    Wall,
    /// Where one of them fills the screen.
    Whole,
    /// Where rows of a long list are shown.
    Table,
    /// In the table of all sessions.
    Browse,
    /// Where what somebody should look at is shown.
    Triage,
    /// Where sessions are added up.
    Summary,
    /// Where the rules are shown.
    Rules,
    /// Where the event log is shown.
    Events,
    /// Where alerts are shown.
    Alerts,
    /// While something is asked before it is done.
    Question,
    /// While one types why the rules shall change.
    Reason,
    /// While a filter is typed.
    Filter,
    /// While a recording is played.
    Replay,
    /// While plain text is shown in place of the screens.
    Plain,
    /// While one chooses what of a recorded screen to copy.
    Copy,
    /// While a recording's proof is checked and told.
    Verify,
    /// While the help is shown.
    Help,
    /// While a theme is chosen.
    Themes,
    /// While an order is given.
    Dialog,
    /// While something is said of sessions.
    Remark,
    /// While a recording is exported.
    Export,
    /// While one types what to search for.
    Prompt,
    /// While hits are listed.
    Hits,
    /// While something is chosen from a list.
    Chooser,
    /// While letters stand at everything that one can go to.
    Jump,
    /// Where text is typed: what types a character is text here.
    Text,
}

impl Scope {
    /// All of them, the widest first.
    pub const ALL: [Self; 30] = [
        Self::Everywhere,
        Self::Screen,
        Self::Session,
        Self::Live,
        Self::Wall,
        Self::Whole,
        Self::Table,
        Self::Browse,
        Self::Triage,
        Self::Summary,
        Self::Rules,
        Self::Events,
        Self::Alerts,
        Self::Replay,
        Self::Copy,
        Self::Plain,
        Self::Verify,
        Self::Help,
        Self::Themes,
        Self::Hits,
        Self::Text,
        Self::Prompt,
        Self::Dialog,
        Self::Remark,
        Self::Export,
        Self::Reason,
        Self::Question,
        Self::Chooser,
        Self::Filter,
        Self::Jump,
    ];

    /// Its name in a keymap file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Screen => "screen",
            Self::Session => "session",
            Self::Live => "live",
            Self::Wall => "wall",
            Self::Whole => "whole",
            Self::Table => "table",
            Self::Browse => "browse",
            Self::Triage => "triage",
            Self::Summary => "summary",
            Self::Rules => "rules",
            Self::Events => "events",
            Self::Alerts => "alerts",
            Self::Question => "question",
            Self::Reason => "reason",
            Self::Remark => "remark",
            Self::Export => "export",
            Self::Filter => "filter",
            Self::Replay => "replay",
            Self::Copy => "copy",
            Self::Plain => "plain",
            Self::Verify => "verify",
            Self::Help => "help",
            Self::Themes => "themes",
            Self::Hits => "hits",
            Self::Text => "text",
            Self::Prompt => "prompt",
            Self::Dialog => "dialog",
            Self::Chooser => "chooser",
            Self::Jump => "jump",
        }
    }

    /// True where text is typed.
    pub fn is_typed(self) -> bool {
        self.and_wider().any(|scope| matches!(scope, Self::Text | Self::Jump))
    }

    /// Where a key is looked up that means nothing here.
    pub fn wider(self) -> Option<Self> {
        match self {
            Self::Wall | Self::Whole => Some(Self::Live),
            Self::Live | Self::Replay => Some(Self::Session),
            Self::Browse | Self::Triage | Self::Summary | Self::Events | Self::Alerts => {
                Some(Self::Table)
            }
            Self::Session | Self::Table | Self::Rules | Self::Verify | Self::Help | Self::Hits => {
                Some(Self::Screen)
            }
            Self::Dialog
            | Self::Remark
            | Self::Export
            | Self::Reason
            | Self::Chooser
            | Self::Prompt
            | Self::Filter => Some(Self::Text),
            Self::Screen
            | Self::Copy
            | Self::Plain
            | Self::Themes
            | Self::Text
            | Self::Question
            | Self::Jump => Some(Self::Everywhere),
            Self::Everywhere => None,
        }
    }

    /// This one and all wider ones.
    pub fn and_wider(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |scope| scope.wider())
    }
}
