//! What consoles ask and how it is answered.
//!
//! Every request is checked against the operator's role and patterns, and every view is written to
//! the access log before it takes effect (invariant I7).

mod connection;
mod request;

pub use connection::serve;
