//! What can be done in the table of all sessions.

use super::Scope;
use super::entry::{Entry, Intent, entry};
use crate::screens::browse::BrowseAction;

pub(super) const BROWSING: &[Entry] = &[
    entry(
        Intent::Browse(BrowseAction::Replay),
        "row_replay",
        Scope::Browse,
        &["Enter", "p"],
        "replay it",
    )
    .hinted("replay"),
    entry(
        Intent::Browse(BrowseAction::Sort(1)),
        "sort_next",
        Scope::Browse,
        &["s"],
        "sort by the next column",
    )
    .hinted("sort"),
    entry(
        Intent::Browse(BrowseAction::Sort(-1)),
        "sort_previous",
        Scope::Browse,
        &["S"],
        "sort by the one before",
    )
    .hinted("sort"),
    entry(
        Intent::Browse(BrowseAction::Reverse),
        "sort_reverse",
        Scope::Browse,
        &["r"],
        "the other way round",
    )
    .hinted("reverse"),
    entry(
        Intent::Browse(BrowseAction::Scroll(-8)),
        "commands_left",
        Scope::Browse,
        &["Left", "h"],
        "start of the commands",
    ),
    entry(
        Intent::Browse(BrowseAction::Scroll(8)),
        "commands_right",
        Scope::Browse,
        &["Right", "l"],
        "rest of the commands",
    ),
];
