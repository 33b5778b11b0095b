//! Terminals of recordings: the guarded emulator, keyframes, and the player's pure heart.
//!
//! Recorded output is hostile. It passes the [filter](filter), runs in the [guarded
//! emulator](emulator), and comes out as [`Cell`]s that are safe to draw (invariant I6). On that
//! stand [`Keyframe`], the [`Index`] of a recording, and the [`Playhead`] that decides which event
//! is due when. Nothing here draws, waits or reads a clock.

#[cfg(feature = "risk")]
mod backlog;
mod cell;
mod command;
mod deferred;
mod dump;
mod emulator;
#[cfg(feature = "risk")]
mod entry;
mod facts;
mod filter;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod index;
mod keyboard;
mod keyframe;
mod line;
mod moment;
mod outline;
mod playhead;
mod purse;
mod quiet;
mod screen;
mod scrolled;
mod search;
mod speed;
mod streams;
mod timeline;
mod track;
mod typing;
#[cfg(feature = "risk")]
mod vanished;
#[cfg(feature = "risk")]
mod watch;

#[cfg(test)]
mod amplification;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod recordings;

pub use cell::{Cell, Color, Style};
pub use command::Command;
pub use dump::{DumpError, behind};
pub use facts::{Facts, Prompt};
pub use index::Index;
pub use keyboard::TypedKey;
pub use keyframe::Keyframe;
pub use moment::Moment;
pub use outline::{OutlineError, Outlined, outline};
pub use playhead::{Playhead, Show};
pub use quiet::quiet_panic_hook;
pub use screen::{Cursor, SafeScreen, Snapshot, usual_size};
pub use search::{
    Coverage, Found, Gathered, Harvest, Hit, Page, Pattern, PatternError, PatternKind, Place, Scan,
    Sight, TextIndex,
};
pub use speed::{Speed, SpeedError};
pub use streams::Streams;
pub use timeline::{Mark, MarkKind, Timeline};
pub use track::Track;
pub use typing::{EnteredLine, Keystroke, Typing};
#[cfg(feature = "risk")]
pub use vanished::{Vanished, VanishedLine};
#[cfg(feature = "risk")]
pub(crate) use {
    entry::EnteredText,
    watch::{Brought, Watch},
};
