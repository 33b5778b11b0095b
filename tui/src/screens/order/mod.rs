//! The dialog in which an operator orders something of a running session: what, why, and for what
//! cannot be undone, once more which.

mod kind;
mod refused;
mod state;
mod view;

#[cfg(test)]
mod view_tests;

pub use kind::Order;
pub use refused::Refused;
pub(super) use refused::view as view_refused;
pub use state::{Dialog, DialogAction, OrderRequest, Refusal, Step, Target};
pub(super) use view::view;
