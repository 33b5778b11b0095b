//! What can be done with running sessions: choosing, watching, ordering.

use super::Scope;
use super::entry::{Entry, Intent, entry};
use crate::screens::live::LiveAction;
use crate::screens::order::Order;
use crate::screens::search::SearchAction;

pub(super) const WATCHING: &[Entry] = &[
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
    entry(Intent::Live(LiveAction::Wall), "wall", Scope::Live, &["w"], "wall: 2x2, 3x3, 4x4")
        .hinted("wall"),
    entry(
        Intent::Live(LiveAction::FollowNewest),
        "newest",
        Scope::Live,
        &["N"],
        "go with the newest",
    )
    .hinted("newest"),
    entry(
        Intent::Live(LiveAction::FollowRiskiest),
        "riskiest",
        Scope::Live,
        &["H"],
        "go with the riskiest",
    )
    .hinted("riskiest"),
    entry(
        Intent::Live(LiveAction::Reorder),
        "attention",
        Scope::Live,
        &["o"],
        "newest or riskiest first",
    ),
    entry(Intent::Live(LiveAction::ToggleScope), "all", Scope::Live, &["a"], "finished ones too")
        .hinted("all"),
    entry(Intent::OpenBrowse, "browse", Scope::Live, &["b"], "table of all sessions")
        .hinted("browse"),
    entry(
        Intent::Search(SearchAction::Ask),
        "search_all",
        Scope::Live,
        &["/"],
        "search all sessions",
    )
    .hinted("search"),
    entry(Intent::Live(LiveAction::Pause), "pause", Scope::Live, &["Space"], "pause, to look back")
        .hinted("pause"),
    entry(Intent::Order(Order::Freeze), "freeze", Scope::Session, &["F"], "freeze the command")
        .hinted("freeze"),
    entry(Intent::Order(Order::Thaw), "thaw", Scope::Session, &["T"], "let it go on")
        .hinted("freeze"),
    entry(Intent::Order(Order::Terminate), "terminate", Scope::Session, &["K"], "end the command")
        .hinted("end"),
    entry(Intent::Order(Order::Message), "message", Scope::Session, &["M"], "write to the user")
        .hinted("message"),
    entry(Intent::Copy, "copy", Scope::Session, &["y"], "copy: screen, line, part"),
];

/// What can be done on the wall beside, and with one session that fills the screen.
pub(super) const WATCHING_CLOSELY: &[Entry] = &[
    entry(Intent::Live(LiveAction::Pin), "pin", Scope::Wall, &["P"], "keep on the first page")
        .hinted("pin"),
    entry(
        Intent::Live(LiveAction::Zoom),
        "thumbnails",
        Scope::Wall,
        &["z"],
        "whole screens, or parts",
    )
    .hinted("whole"),
    entry(BACK, "wall_back", Scope::Wall, &["Esc"], "back to the list").hinted("list"),
    entry(
        Intent::Live(LiveAction::Side(-1)),
        "tile_left",
        Scope::Wall,
        &["Left", "h"],
        "tile left",
    )
    .hinted("choose"),
    entry(
        Intent::Live(LiveAction::Side(1)),
        "tile_right",
        Scope::Wall,
        &["Right", "l"],
        "tile right",
    )
    .hinted("choose"),
    entry(
        Intent::Live(LiveAction::Side(-1)),
        "look_back",
        Scope::Whole,
        &["Left", "h"],
        "5 seconds back",
    )
    .hinted("5s"),
    entry(BACK, "whole_back", Scope::Whole, &["Esc"], "back to the list or wall").hinted("list"),
];

/// As on every screen, told in the words of this one.
const BACK: Intent = Intent::Search(SearchAction::End);
