//! The one list of everything a key can do. The keymap, the help and the hint bar are made of it.

use crate::screens::live::LiveAction;
use crate::screens::order::{DialogAction, Order};
use crate::screens::replay::ReplayAction;
use crate::screens::search::{PromptAction, SearchAction};
use crate::widgets::Edit;

/// What an operator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Intent {
    /// Shows or hides the help.
    Help,
    /// Leaves the screen; the console, if it was the first one.
    Back,
    /// Leaves the console.
    Quit,
    /// Stops the console, as the shell's job control does.
    Suspend,
    /// Something on the live screen.
    Live(LiveAction),
    /// Something on the replay screen.
    Replay(ReplayAction),
    /// Opens the dialog that orders something of the session that is shown.
    Order(Order),
    /// Something about a search.
    Search(SearchAction),
    /// Something in that dialog.
    Dialog(DialogAction),
    /// Changes the line of text that is being typed.
    Edit(Edit),
}

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
    /// While a recording is played.
    Replay,
    /// While an order is given. What types a character is text here.
    Dialog,
    /// While one types what to search for. What types a character is text here.
    Prompt,
    /// Wherever text is typed.
    Typing,
    /// While hits are listed.
    Hits,
}

impl Scope {
    /// Where a key is looked up that means nothing here.
    pub fn wider(self) -> Option<Self> {
        match self {
            Self::Live | Self::Replay => Some(Self::Session),
            Self::Session => Some(Self::Screen),
            Self::Dialog | Self::Prompt => Some(Self::Typing),
            Self::Screen | Self::Typing | Self::Hits => Some(Self::Everywhere),
            Self::Everywhere => None,
        }
    }

    /// This one and all wider ones.
    pub fn and_wider(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |scope| scope.wider())
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

/// Everything, in the order of the help and the hint bar.
pub const REGISTRY: &[Entry] = &[
    entry(
        Intent::Replay(ReplayAction::TogglePlay),
        "toggle_play",
        Scope::Replay,
        &["Space"],
        "play or pause",
    )
    .hinted("play"),
    entry(
        Intent::Replay(ReplayAction::Back),
        "seek_back",
        Scope::Replay,
        &["Left", "h"],
        "5 seconds back",
    )
    .hinted("5s"),
    entry(
        Intent::Replay(ReplayAction::Forward),
        "seek_forward",
        Scope::Replay,
        &["Right", "l"],
        "5 seconds on",
    )
    .hinted("5s"),
    entry(
        Intent::Replay(ReplayAction::Slower),
        "slower",
        Scope::Replay,
        &["<"],
        "slower, down to 0.25x",
    )
    .hinted("speed"),
    entry(
        Intent::Replay(ReplayAction::Faster),
        "faster",
        Scope::Replay,
        &[">"],
        "faster, up to 16x",
    )
    .hinted("speed"),
    entry(
        Intent::Replay(ReplayAction::NormalSpeed),
        "normal_speed",
        Scope::Replay,
        &["=", "Backspace"],
        "speed 1x",
    ),
    entry(
        Intent::Replay(ReplayAction::Restart),
        "restart",
        Scope::Replay,
        &["R", "Home", "g"],
        "to the beginning",
    )
    .hinted("restart"),
    entry(Intent::Replay(ReplayAction::End), "end", Scope::Replay, &["End", "G"], "to the end"),
    entry(
        Intent::Replay(ReplayAction::Tenth(0)),
        "tenth",
        Scope::Replay,
        &["0-9"],
        "to 0 % … 90 %",
    ),
    entry(
        Intent::Replay(ReplayAction::StepBack),
        "step_back",
        Scope::Replay,
        &[","],
        "one event back",
    ),
    entry(
        Intent::Replay(ReplayAction::StepForward),
        "step_forward",
        Scope::Replay,
        &["."],
        "one event forward",
    ),
    entry(
        Intent::Replay(ReplayAction::PreviousMark),
        "previous_mark",
        Scope::Replay,
        &["["],
        "to the mark before",
    )
    .hinted("mark"),
    entry(
        Intent::Replay(ReplayAction::NextMark),
        "next_mark",
        Scope::Replay,
        &["]"],
        "to the next mark",
    )
    .hinted("mark"),
    entry(
        Intent::Search(SearchAction::Ask),
        "search",
        Scope::Replay,
        &["/"],
        "search what was shown",
    )
    .hinted("search"),
    entry(Intent::Search(SearchAction::Next), "next_hit", Scope::Replay, &["n"], "to the next hit")
        .hinted("hit"),
    entry(
        Intent::Search(SearchAction::Previous),
        "previous_hit",
        Scope::Replay,
        &["N"],
        "to the hit before",
    )
    .hinted("hit"),
    entry(Intent::Search(SearchAction::List), "hits", Scope::Replay, &["H"], "list the hits")
        .hinted("hits"),
    entry(
        Intent::Search(SearchAction::End),
        "end_search",
        Scope::Replay,
        &["Esc"],
        "end the search, or leave",
    )
    .hinted("end"),
    entry(
        Intent::Replay(ReplayAction::IdleLimit),
        "idle_limit",
        Scope::Replay,
        &["i"],
        "cut pauses: off, 1, 2, 5 s",
    )
    .hinted("pauses"),
    entry(Intent::Live(LiveAction::Move(-1)), "up", Scope::Live, &["Up", "k"], "session above")
        .hinted("choose"),
    entry(Intent::Live(LiveAction::Move(1)), "down", Scope::Live, &["Down", "j"], "session below")
        .hinted("choose"),
    entry(Intent::Live(LiveAction::Move(-10)), "page_up", Scope::Live, &["PgUp"], "ten up"),
    entry(Intent::Live(LiveAction::Move(10)), "page_down", Scope::Live, &["PgDn"], "ten down"),
    entry(
        Intent::Live(LiveAction::Move(isize::MIN)),
        "first",
        Scope::Live,
        &["g", "Home"],
        "first",
    ),
    entry(Intent::Live(LiveAction::Move(isize::MAX)), "last", Scope::Live, &["G", "End"], "last"),
    entry(
        Intent::Live(LiveAction::Open),
        "open",
        Scope::Live,
        &["Enter"],
        "whole screen, or replay",
    )
    .hinted("open"),
    entry(
        Intent::Live(LiveAction::Replay),
        "replay",
        Scope::Live,
        &["p", "r"],
        "replay from the start",
    )
    .hinted("replay"),
    entry(Intent::Live(LiveAction::ToggleScope), "all", Scope::Live, &["a"], "finished ones too")
        .hinted("all"),
    entry(Intent::Order(Order::Freeze), "freeze", Scope::Session, &["F"], "freeze the command")
        .hinted("freeze"),
    entry(Intent::Order(Order::Thaw), "thaw", Scope::Session, &["T"], "let it go on")
        .hinted("freeze"),
    entry(Intent::Order(Order::Terminate), "terminate", Scope::Session, &["K"], "end the command")
        .hinted("end"),
    entry(Intent::Order(Order::Message), "message", Scope::Session, &["M"], "write to the user")
        .hinted("message"),
    entry(Intent::Dialog(DialogAction::Send), "send", Scope::Dialog, &["Enter"], "order it")
        .hinted("order"),
    entry(Intent::Dialog(DialogAction::Cancel), "cancel", Scope::Dialog, &["Esc"], "order nothing")
        .hinted("cancel"),
    entry(
        Intent::Search(SearchAction::Prompt(PromptAction::Accept)),
        "search_accept",
        Scope::Prompt,
        &["Enter"],
        "search; nothing: as before",
    ),
    entry(
        Intent::Search(SearchAction::Prompt(PromptAction::Cancel)),
        "search_cancel",
        Scope::Prompt,
        &["Esc"],
        "search nothing",
    ),
    entry(
        Intent::Search(SearchAction::Prompt(PromptAction::ToggleRegex)),
        "search_regex",
        Scope::Prompt,
        &["Ctrl-r"],
        "regex, or plain text",
    ),
    entry(
        Intent::Search(SearchAction::Move(-1)),
        "hit_above",
        Scope::Hits,
        &["Up", "k"],
        "hit above",
    )
    .hinted("choose"),
    entry(
        Intent::Search(SearchAction::Move(1)),
        "hit_below",
        Scope::Hits,
        &["Down", "j"],
        "hit below",
    )
    .hinted("choose"),
    entry(
        Intent::Search(SearchAction::Move(-10)),
        "hits_up",
        Scope::Hits,
        &["PgUp", "Ctrl-b"],
        "ten up",
    ),
    entry(
        Intent::Search(SearchAction::Move(10)),
        "hits_down",
        Scope::Hits,
        &["PgDn", "Ctrl-f"],
        "ten down",
    ),
    entry(
        Intent::Search(SearchAction::Move(isize::MIN)),
        "first_hit",
        Scope::Hits,
        &["g", "Home"],
        "first hit",
    ),
    entry(
        Intent::Search(SearchAction::Move(isize::MAX)),
        "last_hit",
        Scope::Hits,
        &["G", "End"],
        "last hit",
    ),
    entry(
        Intent::Search(SearchAction::Choose),
        "choose_hit",
        Scope::Hits,
        &["Enter"],
        "go to this hit",
    )
    .hinted("go to"),
    entry(
        Intent::Search(SearchAction::List),
        "close_hits",
        Scope::Hits,
        &["H", "Esc", "q"],
        "close the list",
    )
    .hinted("close"),
    entry(Intent::Edit(Edit::Left), "edit_left", Scope::Typing, &["Left", "Ctrl-b"], "left"),
    entry(Intent::Edit(Edit::Right), "edit_right", Scope::Typing, &["Right", "Ctrl-f"], "right"),
    entry(Intent::Edit(Edit::Home), "edit_home", Scope::Typing, &["Home", "Ctrl-a"], "first"),
    entry(Intent::Edit(Edit::End), "edit_end", Scope::Typing, &["End", "Ctrl-e"], "last"),
    entry(
        Intent::Edit(Edit::Backspace),
        "edit_backspace",
        Scope::Typing,
        &["Backspace", "Ctrl-h"],
        "deletes before the cursor",
    ),
    entry(
        Intent::Edit(Edit::Delete),
        "edit_delete",
        Scope::Typing,
        &["Delete", "Ctrl-d"],
        "deletes under the cursor",
    ),
    entry(
        Intent::Edit(Edit::DeleteWord),
        "edit_word",
        Scope::Typing,
        &["Ctrl-w"],
        "deletes a word",
    )
    .hinted("delete word"),
    entry(
        Intent::Edit(Edit::DeleteToStart),
        "edit_start",
        Scope::Typing,
        &["Ctrl-u"],
        "deletes all before",
    )
    .hinted("delete all"),
    entry(Intent::Help, "help", Scope::Screen, &["?", "F1"], "this help").hinted("help"),
    entry(Intent::Back, "back", Scope::Screen, &["q", "Esc"], "back, or leave").hinted("back"),
    entry(Intent::Suspend, "suspend", Scope::Everywhere, &["Ctrl-z"], "stop, until `fg`"),
    entry(Intent::Quit, "quit", Scope::Everywhere, &["Ctrl-c"], "leave at once"),
];

const fn entry(
    intent: Intent,
    name: &'static str,
    scope: Scope,
    keys: &'static [&'static str],
    title: &'static str,
) -> Entry {
    Entry { intent, name, scope, keys, title, hint: None }
}

impl Entry {
    const fn hinted(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }
}
