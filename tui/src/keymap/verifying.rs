//! What can be done about the proof of a recording.

use super::Scope;
use super::entry::{Entry, Intent, entry};
use crate::screens::verify::VerifyAction;

pub(super) const VERIFYING: &[Entry] = &[
    entry(
        Intent::Verify(VerifyAction::Open),
        "verify",
        Scope::Session,
        &["V"],
        "check its signatures",
    )
    .hinted("verify"),
    entry(
        Intent::Verify(VerifyAction::Open),
        "row_verify",
        Scope::Browse,
        &["V"],
        "check its signatures",
    ),
    entry(
        Intent::Verify(VerifyAction::Open),
        "queue_verify",
        Scope::Triage,
        &["V"],
        "check its signatures",
    ),
    entry(
        Intent::Verify(VerifyAction::GoTo),
        "go_to_break",
        Scope::Verify,
        &["Enter"],
        "to where the proof ends",
    )
    .hinted("look at it"),
    entry(
        Intent::Verify(VerifyAction::Again),
        "check_again",
        Scope::Verify,
        &["r"],
        "check once more",
    )
    .hinted("again"),
    entry(
        Intent::Verify(VerifyAction::Scroll(1)),
        "found_down",
        Scope::Verify,
        &["Down", "j"],
        "further down",
    )
    .hinted("scroll"),
    entry(
        Intent::Verify(VerifyAction::Scroll(-1)),
        "found_up",
        Scope::Verify,
        &["Up", "k"],
        "further up",
    )
    .hinted("scroll"),
    entry(
        Intent::Verify(VerifyAction::Scroll(10)),
        "found_page_down",
        Scope::Verify,
        &["PgDn", "Space"],
        "ten down",
    ),
    entry(
        Intent::Verify(VerifyAction::Scroll(-10)),
        "found_page_up",
        Scope::Verify,
        &["PgUp"],
        "ten up",
    ),
];
