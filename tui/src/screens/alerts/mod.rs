//! Alerts: the targets, what was sent to them and what was not, and what an admin does about it.

mod detail;
mod question;
mod state;
mod table;
mod targets;
mod view;
mod words;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

pub use question::{Question, QuestionAction};
pub use state::{AlertsAction, AlertsIntent, Board};
pub(in crate::screens) use view::view;
pub(crate) use words::{STATES, done, health, state};
