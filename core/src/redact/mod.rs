//! Redaction: recordings without what rules say is to be hidden, for whoever may see the rest.
//!
//! A [`Survey`] reads a recording once or twice and finds what the [`Rules`] match: on its screens, in lines that
//! scrolled by, in the names of the session. The [`Redaction`] that comes of it gives events in which nothing of
//! that is left: what was recorded goes through the emulator, and what comes out is drawn anew from screens with
//! blocks in place of what is hidden. So it makes no difference over how many events, sequences or
//! moments a secret was spread, as long as a screen showed it.
//!
//! Nothing here says that a recording holds no other secrets: only what is matched is hidden. How long a
//! hidden text was can be seen, and blanks within it.

mod draw;
mod grid;
mod lineage;
mod lines;
mod redactor;
mod rules;
mod secrets;
mod survey;

#[cfg(test)]
mod tests;

pub use lines::Lines;
pub use redactor::{Redaction, Redactor};
pub use rules::{Rules, RulesError};
pub use survey::{Survey, Surveyed};

use crate::limits::{REDACTED_CELLS_MAX, REDACTED_TEXTS_MAX};
use crate::session::EventKind;

/// More is to be hidden than can be kept in mind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedactError {
    /// More than [`REDACTED_CELLS_MAX`].
    #[error("the rules match more than {REDACTED_CELLS_MAX} characters: narrow them")]
    TooManyCells,
    /// More than [`REDACTED_TEXTS_MAX`], or more than a megabyte of them.
    #[error("the rules match more than {REDACTED_TEXTS_MAX} different texts: narrow them")]
    TooManyTexts,
}

/// True for what changes the screen.
fn shows(kind: EventKind) -> bool {
    match kind {
        EventKind::Ttyout | EventKind::Stdout | EventKind::Stderr | EventKind::Winsize => true,
        EventKind::Stdin | EventKind::Ttyin | EventKind::Suspend => false,
    }
}
