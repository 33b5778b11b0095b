//! Recordings that are being played: what is known of each beside its files, so that a player gets any
//! moment of it without what lies before.
//!
//! A recording is surveyed as far as somebody asks for it, in slices, and what was learned is kept on a
//! shelf of bounded size. Nothing here is on the record path (invariant I2).

mod place;
mod room;
mod survey;

pub use place::Place;
pub use room::Shelf;
pub use survey::Survey;
