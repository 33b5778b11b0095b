//! The rules: what each looks for, switched and edited as a draft, tried on the store, put into force
//! with a reason.

mod book;
mod draft;
mod list;
mod reason;
mod state;
mod view;
mod words;

#[cfg(test)]
mod tests;

pub use book::Book;
pub use draft::{Changed, Draft};
pub use reason::{Reason, ReasonAction};
pub use state::{Pane, Rulebook, RulesAction, RulesIntent, Trial};
pub(in crate::screens) use view::{view, view_reason};
