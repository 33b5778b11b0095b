//! What can be done in the player beside going through a recording: following it, comparing two of its moments.

use super::Scope;
use super::entry::{Entry, Intent, entry};
use crate::screens::replay::ReplayAction;

pub(super) const PLAYING: &[Entry] = &[
    entry(
        Intent::Replay(ReplayAction::CatchUp),
        "catch_up",
        Scope::Replay,
        &["C"],
        "2x until it is live again",
    ),
    entry(
        Intent::Replay(ReplayAction::Compare),
        "compare",
        Scope::Replay,
        &["D"],
        "compare with this moment",
    ),
    entry(
        Intent::Replay(ReplayAction::Flip),
        "compare_flip",
        Scope::Replay,
        &["Tab"],
        "the other moment of both",
    ),
];
