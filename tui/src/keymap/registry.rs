//! The one list of everything a key can do. The keymap, the help and the hint bar are made of it.

use super::Scope;
use super::alerting::ALERTING;
use super::browsing::BROWSING;
use super::copying::COPYING;
use super::entry::{Entry, Intent, entry};
use super::exporting::EXPORTING;
use super::logging::LOGGING;
use super::playing::PLAYING;
use super::ruling::RULING;
use super::summarising::SUMMARISING;
use super::tables::TABLES;
use super::triaging::TRIAGING;
use super::verifying::VERIFYING;
use super::watching::{WATCHING, WATCHING_CLOSELY};
use crate::screens::chooser::ChooserAction;
use crate::screens::order::DialogAction;
use crate::screens::replay::ReplayAction;
use crate::screens::search::{PromptAction, SearchAction as Find};
use crate::screens::themes::ThemeAction;
use crate::widgets::Edit;

/// Everything, in the order of the help and the hint bar.
pub const REGISTRY: &[Entry] = &joined();

/// The parts of the list, in the order of the help.
const PARTS: [&[Entry]; 14] = [
    BROWSING,
    LOGGING,
    ALERTING,
    TABLES,
    WATCHING_CLOSELY,
    WATCHING,
    OTHERS,
    PLAYING,
    COPYING,
    TRIAGING,
    SUMMARISING,
    RULING,
    VERIFYING,
    EXPORTING,
];

#[expect(clippy::indexing_slicing, reason = "a constant: out of bounds does not compile")]
const fn count() -> usize {
    let (mut part, mut count) = (0, 0);
    while part < PARTS.len() {
        count += PARTS[part].len();
        part += 1;
    }
    count
}

#[expect(clippy::indexing_slicing, reason = "a constant: out of bounds does not compile")]
const fn joined() -> [Entry; count()] {
    let mut all = [BROWSING[0]; count()];
    let (mut part, mut at, mut place) = (0, 0, 0);
    while part < PARTS.len() {
        if at == PARTS[part].len() {
            (part, at) = (part + 1, 0);
        } else {
            all[place] = PARTS[part][at];
            (at, place) = (at + 1, place + 1);
        }
    }
    all
}

const OTHERS: &[Entry] = &[
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
        Intent::Replay(ReplayAction::BackMinute),
        "minute_back",
        Scope::Replay,
        &["PgUp", "Up"],
        "a minute back",
    ),
    entry(
        Intent::Replay(ReplayAction::ForwardMinute),
        "minute_forward",
        Scope::Replay,
        &["PgDn", "Down"],
        "a minute on",
    ),
    entry(
        Intent::Replay(ReplayAction::BackTenth),
        "tenth_back",
        Scope::Replay,
        &["("],
        "10 % back",
    ),
    entry(
        Intent::Replay(ReplayAction::ForwardTenth),
        "tenth_forward",
        Scope::Replay,
        &[")"],
        "10 % on",
    ),
    entry(Intent::GoTo, "go_to", Scope::Replay, &["@"], "to a time of day"),
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
        Intent::Replay(ReplayAction::PreviousCommand),
        "previous_command",
        Scope::Replay,
        &["{"],
        "to the command before",
    ),
    entry(
        Intent::Replay(ReplayAction::NextCommand),
        "next_command",
        Scope::Replay,
        &["}"],
        "to the next command",
    ),
    entry(
        Intent::Replay(ReplayAction::ToggleMark),
        "own_mark",
        Scope::Replay,
        &["m"],
        "a mark of your own here",
    ),
    entry(
        Intent::Replay(ReplayAction::OwnMark),
        "to_own_mark",
        Scope::Replay,
        &["'"],
        "to your mark, and back",
    ),
    search(Find::Ask, "search", Scope::Replay, &["/"], "search what was shown").hinted("search"),
    search(Find::Next, "next_hit", Scope::Replay, &["n"], "to the next hit").hinted("hit"),
    search(Find::Previous, "previous_hit", Scope::Replay, &["N"], "to the hit before")
        .hinted("hit"),
    search(Find::List, "hits", Scope::Replay, &["H"], "list the hits").hinted("hits"),
    entry(
        Intent::Replay(ReplayAction::IdleLimit),
        "idle_limit",
        Scope::Replay,
        &["i"],
        "cut pauses: off, 1, 2, 5 s",
    )
    .hinted("pauses"),
    entry(Intent::Lines, "lines", Scope::Replay, &["c"], "commands and entered lines")
        .hinted("lines"),
    entry(
        Intent::Replay(ReplayAction::ToggleKeys),
        "keys",
        Scope::Replay,
        &["k"],
        "show what was typed",
    )
    .hinted("keys"),
    entry(Intent::Streams, "streams", Scope::Replay, &["S"], "streams on and off"),
    entry(Intent::Replay(ReplayAction::ToggleLoop), "loop", Scope::Replay, &["o"], "over and over"),
    entry(
        Intent::Replay(ReplayAction::Reveal),
        "reveal",
        Scope::Replay,
        &["x"],
        "show hidden text",
    ),
    entry(
        Intent::Replay(ReplayAction::Difference),
        "changes",
        Scope::Replay,
        &["d"],
        "show what changes",
    ),
    entry(
        Intent::Replay(ReplayAction::LiveEdge),
        "live_edge",
        Scope::Replay,
        &["L"],
        "as it happens",
    ),
    entry(
        Intent::Replay(ReplayAction::Zoom),
        "zoom",
        Scope::Replay,
        &["z"],
        "all of a large screen",
    ),
    entry(
        Intent::Replay(ReplayAction::Pan(0, -8)),
        "pan_left",
        Scope::Replay,
        &["Alt-Left", "Alt-h"],
        "look further left",
    ),
    entry(
        Intent::Replay(ReplayAction::Pan(0, 8)),
        "pan_right",
        Scope::Replay,
        &["Alt-Right", "Alt-l"],
        "look further right",
    ),
    entry(
        Intent::Replay(ReplayAction::Pan(-4, 0)),
        "pan_up",
        Scope::Replay,
        &["Alt-Up", "Alt-k"],
        "look further up",
    ),
    entry(
        Intent::Replay(ReplayAction::Pan(4, 0)),
        "pan_down",
        Scope::Replay,
        &["Alt-Down", "Alt-j"],
        "look further down",
    ),
    entry(
        Intent::Theme(ThemeAction::Move(-1)),
        "theme_up",
        Scope::Themes,
        &["Up", "k"],
        "theme above",
    )
    .hinted("choose"),
    entry(
        Intent::Theme(ThemeAction::Move(1)),
        "theme_down",
        Scope::Themes,
        &["Down", "j"],
        "theme below",
    )
    .hinted("choose"),
    entry(Intent::Theme(ThemeAction::Keep), "theme_keep", Scope::Themes, &["Enter"], "take it")
        .hinted("take it"),
    entry(
        Intent::Theme(ThemeAction::Restore),
        "theme_restore",
        Scope::Themes,
        &["Esc", "q", "t"],
        "as it was",
    )
    .hinted("back"),
    entry(Intent::Dialog(DialogAction::Send), "send", Scope::Dialog, &["Enter"], "order it")
        .hinted("order"),
    entry(Intent::Dialog(DialogAction::Cancel), "cancel", Scope::Dialog, &["Esc"], "order nothing")
        .hinted("cancel"),
    search(
        Find::Prompt(PromptAction::Accept),
        "search_accept",
        Scope::Prompt,
        &["Enter"],
        "search; nothing: as before",
    ),
    search(
        Find::Prompt(PromptAction::Cancel),
        "search_cancel",
        Scope::Prompt,
        &["Esc"],
        "search nothing",
    ),
    search(
        Find::Prompt(PromptAction::NextKind),
        "search_regex",
        Scope::Prompt,
        &["Ctrl-r"],
        "text, regex, fuzzy",
    ),
    search(Find::Move(-1), "hit_above", Scope::Hits, &["Up", "k"], "hit above").hinted("choose"),
    search(Find::Move(1), "hit_below", Scope::Hits, &["Down", "j"], "hit below").hinted("choose"),
    search(Find::Move(-10), "hits_up", Scope::Hits, &["PgUp", "Ctrl-b"], "ten up"),
    search(Find::Move(10), "hits_down", Scope::Hits, &["PgDn", "Ctrl-f"], "ten down"),
    search(Find::Move(isize::MIN), "first_hit", Scope::Hits, &["g", "Home"], "first hit"),
    search(Find::Move(isize::MAX), "last_hit", Scope::Hits, &["G", "End"], "last hit"),
    search(Find::Choose, "choose_hit", Scope::Hits, &["Enter"], "go to this hit").hinted("go to"),
    search(Find::Ask, "search_again", Scope::Hits, &["/"], "search something else")
        .hinted("search"),
    search(Find::List, "close_hits", Scope::Hits, &["H"], "close the list").hinted("close"),
    entry(Intent::Choose(ChooserAction::Pick), "pick", Scope::Chooser, &["Enter"], "take it")
        .hinted("take"),
    entry(
        Intent::Choose(ChooserAction::Cancel),
        "let_be",
        Scope::Chooser,
        &["Esc"],
        "take nothing",
    )
    .hinted("cancel"),
    entry(
        Intent::Choose(ChooserAction::Move(-1)),
        "choose_up",
        Scope::Chooser,
        &["Up", "Ctrl-p"],
        "the one above",
    )
    .hinted("choose"),
    entry(
        Intent::Choose(ChooserAction::Move(1)),
        "choose_down",
        Scope::Chooser,
        &["Down", "Ctrl-n"],
        "the one below",
    )
    .hinted("choose"),
    entry(
        Intent::Choose(ChooserAction::Move(-10)),
        "choose_page_up",
        Scope::Chooser,
        &["PgUp"],
        "ten up",
    ),
    entry(
        Intent::Choose(ChooserAction::Move(10)),
        "choose_page_down",
        Scope::Chooser,
        &["PgDn"],
        "ten down",
    ),
    entry(Intent::Edit(Edit::Left), "edit_left", Scope::Text, &["Left", "Ctrl-b"], "left"),
    entry(Intent::Edit(Edit::Right), "edit_right", Scope::Text, &["Right", "Ctrl-f"], "right"),
    entry(Intent::Edit(Edit::Home), "edit_home", Scope::Text, &["Home", "Ctrl-a"], "first"),
    entry(Intent::Edit(Edit::End), "edit_end", Scope::Text, &["End", "Ctrl-e"], "last"),
    entry(
        Intent::Edit(Edit::Backspace),
        "edit_backspace",
        Scope::Text,
        &["Backspace", "Ctrl-h"],
        "deletes before the cursor",
    ),
    entry(
        Intent::Edit(Edit::Delete),
        "edit_delete",
        Scope::Text,
        &["Delete", "Ctrl-d"],
        "deletes under the cursor",
    ),
    entry(Intent::Edit(Edit::DeleteWord), "edit_word", Scope::Text, &["Ctrl-w"], "deletes a word")
        .hinted("delete word"),
    entry(
        Intent::Edit(Edit::DeleteToStart),
        "edit_start",
        Scope::Text,
        &["Ctrl-u"],
        "deletes all before",
    )
    .hinted("delete all"),
    entry(Intent::Themes, "themes", Scope::Screen, &["t"], "choose a theme"),
    entry(Intent::Palette, "palette", Scope::Screen, &[":"], "find what to do").hinted("more"),
    entry(Intent::Jump, "jump", Scope::Screen, &[";"], "go there by letters").hinted("jump"),
    entry(Intent::Jump, "jump_to_hit", Scope::Hits, &[";"], "go there by letters"),
    entry(Intent::EndJump, "stay", Scope::Jump, &["Esc"], "stay here").hinted("cancel"),
    entry(Intent::ScrollHelp(1), "help_down", Scope::Help, &["Down", "j"], "further down")
        .hinted("scroll"),
    entry(Intent::ScrollHelp(-1), "help_up", Scope::Help, &["Up", "k"], "further up")
        .hinted("scroll"),
    entry(Intent::ScrollHelp(10), "help_page_down", Scope::Help, &["PgDn", "Space"], "ten down"),
    entry(Intent::ScrollHelp(-10), "help_page_up", Scope::Help, &["PgUp"], "ten up"),
    entry(Intent::Help, "help", Scope::Screen, &["?", "F1"], "this help").hinted("help"),
    search(Find::End, "end_search", Scope::Screen, &["Esc"], "end the search, or back")
        .hinted("end"),
    entry(Intent::Back, "back", Scope::Screen, &["q"], "back, or leave").hinted("back"),
    entry(Intent::Suspend, "suspend", Scope::Everywhere, &["Ctrl-z"], "stop, until `fg`"),
    entry(Intent::Quit, "quit", Scope::Everywhere, &["Ctrl-c"], "leave at once"),
];

const fn search(
    action: Find,
    name: &'static str,
    scope: Scope,
    keys: &'static [&'static str],
    title: &'static str,
) -> Entry {
    entry(Intent::Search(action), name, scope, keys, title)
}
