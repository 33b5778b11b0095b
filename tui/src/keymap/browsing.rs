//! What can be done in the table of all sessions.

use super::Scope;
use super::entry::{Entry, Intent, entry};
use crate::screens::browse::BrowseAction;

pub(super) const BROWSING: &[Entry] = &[
    entry(
        Intent::Browse(BrowseAction::Move(-1)),
        "row_up",
        Scope::Browse,
        &["Up", "k"],
        "row above",
    )
    .hinted("choose"),
    entry(
        Intent::Browse(BrowseAction::Move(1)),
        "row_down",
        Scope::Browse,
        &["Down", "j"],
        "row below",
    )
    .hinted("choose"),
    entry(
        Intent::Browse(BrowseAction::Half(-2)),
        "rows_up",
        Scope::Browse,
        &["PgUp", "Ctrl-b"],
        "a page up",
    ),
    entry(
        Intent::Browse(BrowseAction::Half(2)),
        "rows_down",
        Scope::Browse,
        &["PgDn", "Ctrl-f"],
        "a page down",
    ),
    entry(
        Intent::Browse(BrowseAction::Half(-1)),
        "rows_half_up",
        Scope::Browse,
        &["Ctrl-u"],
        "half a page up",
    ),
    entry(
        Intent::Browse(BrowseAction::Half(1)),
        "rows_half_down",
        Scope::Browse,
        &["Ctrl-d"],
        "half a page down",
    ),
    entry(
        Intent::Browse(BrowseAction::Move(isize::MIN)),
        "row_first",
        Scope::Browse,
        &["g", "Home"],
        "first row",
    ),
    entry(
        Intent::Browse(BrowseAction::Move(isize::MAX)),
        "row_last",
        Scope::Browse,
        &["G", "End"],
        "last row",
    ),
    entry(
        Intent::Browse(BrowseAction::Replay),
        "row_replay",
        Scope::Browse,
        &["Enter", "p"],
        "replay it",
    )
    .hinted("replay"),
    entry(
        Intent::Browse(BrowseAction::Filter),
        "filter",
        Scope::Browse,
        &["/"],
        "filter by words and fields",
    )
    .hinted("filter"),
    entry(
        Intent::Browse(BrowseAction::Narrow),
        "narrow",
        Scope::Browse,
        &["f"],
        "find among the rows here",
    )
    .hinted("find"),
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
    entry(
        Intent::Browse(BrowseAction::Apply),
        "filter_apply",
        Scope::Filter,
        &["Enter"],
        "filter by it",
    )
    .hinted("filter"),
    entry(
        Intent::Browse(BrowseAction::Cancel),
        "filter_cancel",
        Scope::Filter,
        &["Esc"],
        "leave the filter",
    )
    .hinted("cancel"),
];
