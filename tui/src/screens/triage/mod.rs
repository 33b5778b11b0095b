//! The triage screen: what somebody should look at, the riskiest first, and beside it why.

mod facet;
mod glimpse;
mod queue;
mod reasons;
mod review;
mod state;
mod view;

#[cfg(test)]
mod peek_tests;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod state_tests;
#[cfg(test)]
mod view_tests;
#[cfg(test)]
mod whole_tests;

pub use facet::Facet;
pub use reasons::Goal;
pub use state::{Triage, TriageAction, UNSETTLED};
pub(in crate::screens) use view::{view, view_with_player};
