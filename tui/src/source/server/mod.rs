//! Client of the server's console protocol, over mutual TLS or the server's unix socket.
//!
//! What lives here: addresses, the handshake, and one multiplexed connection that comes back by
//! itself. What does not: screens, files of recordings, and what the answers are used for.
//! Invariant: every queue is bounded, and nothing here is waited for by whoever draws.

mod address;
mod alerts;
mod changes;
mod client;
mod commands;
mod connection;
mod driver;
mod error;
mod eventlog;
mod feed;
mod fetching;
mod follower;
mod glimpser;
mod judging;
mod last_screens;
mod link;
mod listing;
mod looking;
mod pager;
mod pending;
mod pictures;
mod queue;
mod recording;
mod reviewer;
mod ruling;
mod searching;
mod sentinel;
mod stream;
mod surveying;
mod tls;

#[cfg(test)]
pub(crate) mod fake;

#[cfg(test)]
mod feed_tests;
#[cfg(test)]
mod recording_tests;
#[cfg(test)]
mod tests;

pub use address::{Address, AddressError, TcpAddress};
pub use changes::Changes;
pub use client::Client;
pub use error::ClientError;
pub use feed::{Feed, News, Wanted};
pub use follower::Picture;
pub use glimpser::{Glimpse, Glimpser, Moment};
pub use link::LinkState;
pub use pager::{Ask, PageNews, Pager};
pub use recording::RemoteRecording;
pub use reviewer::{ReviewNews, Reviewer};
pub use ruling::{RulesAnswer, RulesAsk};
pub use searching::RemoteSearcher;
pub use sentinel::{Sentinel, Sighting};
pub use stream::{Item, Stream};
pub use tls::{TlsFiles, TlsFilesError};
