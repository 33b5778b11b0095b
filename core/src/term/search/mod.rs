//! Search over what a recorded screen showed.
//!
//! The [`TextIndex`] looks at the screen after every event and keeps each line that was not there
//! before, with its moment: what stood there for one frame only, what was overwritten, concealed
//! or scrolled away within one event is kept too. A [`Pattern`] finds its [`Hit`]s in it.
//!
//! A hit is an appearance: text that stays, moves or scrolls is one hit, text that is typed is found
//! when its last character comes, and what is shown anew later is another hit. Input that was not
//! echoed was never on the screen and is not found.

mod eye;
mod find;
mod flat;
mod folded;
mod harvest;
mod ink;
mod lines;
mod log;
mod page;
mod pattern;
mod ranking;
mod reach;
mod scan;
mod seen;
#[cfg(feature = "risk")]
mod shown;
mod sight;
mod text_index;
mod told;
mod traces;
mod whole_lines;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use find::{Found, Hit, Place};
pub use harvest::{Gathered, Harvest};
pub(super) use ink::{Ink, Untold};
pub(super) use lines::harmless;
pub use page::Page;
pub use pattern::{Pattern, PatternError, PatternKind};
pub(super) use scan::Reel;
pub use scan::Scan;
#[cfg(feature = "risk")]
pub(crate) use shown::ShownLine;
pub use sight::Sight;
pub use text_index::{Coverage, TextIndex};
pub(super) use traces::Traces;
