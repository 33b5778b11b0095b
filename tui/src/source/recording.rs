//! A recording as the player and the commands read it, wherever it is kept.

use sudolog_core::ack::SignedAck;
use sudolog_core::session::{Event, Incident, SessionEnd, SessionStart};

use super::archive::ArchiveError;
use super::server::ClientError;
use super::{About, Distant};

/// One recording, read in pieces from any event on.
///
/// Calls may block; they are made from a thread that is there for it. Events are numbered from 1
/// without gaps.
pub trait Recording: Send {
    /// What is known of the session now.
    fn about(&self) -> &About;

    /// The next events from number `from` on, in order: about a quarter of a megabyte of them,
    /// fewer towards the end, none at the end. `from` is at most one more than the last event
    /// that was ever given.
    ///
    /// # Errors
    /// [`RecordingError`] when the recording cannot be read at all. What is damaged ends the
    /// events and shows in [`standing`](Self::standing).
    fn read(&mut self, from: u64) -> Result<Vec<Event>, RecordingError>;

    /// Whether more may come, once [`read`](Self::read) has given none.
    fn standing(&self) -> &Standing;

    /// Bytes read of all there are, by the reading that went farthest; `None` when not known.
    fn progress(&self) -> Option<(u64, u64)>;

    /// What happened to the session from outside, in the order in which it was heard of: as it was when
    /// [`read`](Self::read) last came to the end, or later.
    ///
    /// # Errors
    /// [`RecordingError`] when it cannot be read. The events can be played all the same.
    fn incidents(&mut self) -> Result<&[Incident], RecordingError>;

    /// For a recording that can be played without being read: by asking for what is looked at.
    fn distant(&self) -> Option<Distant> {
        None
    }

    /// What the server's signatures cover; `None` for recordings made without Sudolog.
    ///
    /// # Errors
    /// [`RecordingError`] when it cannot be read.
    fn proof(&mut self) -> Result<Option<Proof>, RecordingError>;
}

/// What follows after the last event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// More may come.
    Growing,
    /// More may come, but nothing has for so many minutes: as of a command that waits, or was killed.
    Silent(u64),
    /// This is all, and all there should be.
    Whole,
    /// This is all there is; the session never came to its end, for this reason.
    Unfinished(String),
    /// Something is missing or cannot be read, for this reason.
    Damaged(String),
}

/// What a recording says for its own verification.
#[derive(Clone, Debug)]
pub struct Proof {
    /// How it starts.
    pub start: SessionStart,
    /// How it ended, if it did.
    pub end: Option<SessionEnd>,
    /// Signed checkpoints, oldest first.
    pub acks: Vec<SignedAck>,
    /// The first line of the checkpoints that cannot be read.
    pub bad_line: Option<usize>,
}

impl Standing {
    /// True while it is worth looking for more.
    pub fn may_grow(&self) -> bool {
        matches!(self, Self::Growing | Self::Silent(_))
    }
}

/// A recording that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The directory.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The server.
    #[error(transparent)]
    Server(#[from] ClientError),
}
