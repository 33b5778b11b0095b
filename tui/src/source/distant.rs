//! A recording that is played where it is not: what is shown around the screen is told, and of the
//! events only those come that somebody wants to see.

use sudolog_core::eventlog::Stored;
use sudolog_core::session::{Event, Incident};
use sudolog_core::term::{
    Coverage, Gathered, Keyframe, Moment, Page, Pattern, Streams, Timeline, Typing,
};

use super::{About, RecordingError, Standing};

/// The parts of a distant recording; each is used from a thread of its own.
pub struct Distant {
    /// Tells what there is.
    pub outliner: Box<dyn Outliner>,
    /// Brings what is looked at.
    pub looker: Box<dyn Looker>,
    /// Finds what is searched for.
    pub searcher: Box<dyn Searcher>,
}

/// Tells when the events of a recording happened, and what it holds beside its screens.
pub trait Outliner: Send {
    /// What is new since the last call; `None` for nothing. Waits for the answer and no longer: at the
    /// end of a recording that grows it is the caller who waits between two calls.
    ///
    /// # Errors
    /// [`RecordingError`]; the next call tries again.
    fn next(&mut self) -> Result<Option<Told>, RecordingError>;
}

/// More of the outline of a recording.
pub struct Told {
    /// The session as it stands now.
    pub about: About,
    /// The next events' moments, in order.
    pub moments: Vec<Moment>,
    /// Marks and activity so far.
    pub timeline: Timeline,
    /// What the user typed so far.
    pub typing: Typing,
    /// What happened to the session from outside.
    pub incidents: Vec<Incident>,
    /// The commands that sudo told of while it ran, as far as the event log has them.
    pub commands: Vec<Stored>,
    /// Events told of all there are.
    pub progress: (u64, u64),
    /// Present when this was all there is, for now or for good.
    pub end: Option<Standing>,
}

/// Brings moments of a recording.
pub trait Looker: Send {
    /// The screen after an event, of the last one where there are fewer, with these streams on it.
    ///
    /// # Errors
    /// [`RecordingError`]
    fn screen(&mut self, seq: u64, streams: Streams) -> Result<Keyframe, RecordingError>;

    /// Some events after this one, in order; none at the end.
    ///
    /// # Errors
    /// [`RecordingError`]
    fn events(&mut self, after: u64) -> Result<Vec<Event>, RecordingError>;
}

/// Finds text in a recording.
pub trait Searcher: Send {
    /// Searches all there is with these streams on the screen, and goes on while the recording grows; tells
    /// one page of the hits. `found` takes every piece, hits or none, and says whether to go on.
    ///
    /// # Errors
    /// [`RecordingError`]; a new search brings the same hits in the same order.
    fn search(
        &mut self,
        pattern: &Pattern,
        page: Page,
        streams: Streams,
        found: &mut dyn FnMut(Found) -> bool,
    ) -> Result<(), RecordingError>;
}

/// A piece of what a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What was found.
    pub hits: Gathered,
    /// The last event that was searched.
    pub seq: u64,
    /// All there is now is searched.
    pub caught_up: bool,
    /// There are more hits behind those that were told.
    pub is_full: bool,
    /// So many hits lie before those that are told.
    pub skipped: u64,
    /// What of the recording is searched.
    pub coverage: Coverage,
    /// Why the recording cannot be read beyond this.
    pub damage: Option<String>,
}
