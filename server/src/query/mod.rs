//! What consoles ask and how it is answered.
//!
//! Every request is checked against what the operator may see, and every view is written to the
//! access log before it takes effect (invariant I7).

mod alerting;
mod connection;
mod desk;
mod events;
mod gate;
mod glances;
mod judging;
mod looking;
mod overview;
mod reading;
mod request;
mod reviewing;
mod ruling;
mod searching;
mod surveying;
mod tallying;

pub use connection::{QueryError, serve};
