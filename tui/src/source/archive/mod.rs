//! Recordings in directories: those of sudo, of sudo_logsrvd and of sudolog-server, whole, killed,
//! torn, compressed or still growing.
//!
//! Nothing in a recording's directory is trusted: names are fixed, links are not followed, sizes
//! are bounded, and memory does not grow with the recording.

mod directory;
mod error;
mod events;
mod incidents;
mod list;
mod metadata;
mod spool;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::Path;

pub use error::ArchiveError;
pub use list::{Listed, list};

use self::directory::Directory;
use self::events::{Events, Flaw};
use self::incidents::Incidents;
use self::metadata::Metadata;
use super::{About, Proof, Recording, RecordingError, Standing};
use sudolog_core::iolog::{parse_acks, path};
use sudolog_core::session::{Event, Incident, Tsid};

/// One recording's directory.
pub struct Archive {
    directory: Directory,
    metadata: Metadata,
    events: Events,
    incidents: Incidents,
    standing: Standing,
}

/// What to do with data that no line of `timing` speaks of, as a killed sudo leaves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftovers {
    /// Show it, as the end of the recording.
    Show,
    /// Leave it out: nothing covers it.
    Ignore,
}

impl Archive {
    /// Opens the recording of that number in a log directory.
    ///
    /// # Errors
    /// [`ArchiveError`]; [`ArchiveError::is_not_found`] when there is none.
    pub fn in_log_dir(log_dir: &Path, tsid: Tsid) -> Result<Self, ArchiveError> {
        let path = tsid.directories().iter().fold(log_dir.to_owned(), |path, part| path.join(part));
        Self::open(&path, &tsid.to_string())
    }

    /// Opens any recording's directory; `name` is what to call it.
    ///
    /// # Errors
    /// [`ArchiveError`]; [`ArchiveError::is_not_found`] when it is not there, or no recording.
    pub fn open(path: &Path, name: &str) -> Result<Self, ArchiveError> {
        let directory = Directory::open(path)?;
        let metadata = Metadata::read(&directory, name)?;
        let events = Events::new(directory.clone());
        let (incidents, standing) = (Incidents::default(), Standing::Growing);
        Ok(Self { directory, metadata, events, incidents, standing })
    }

    /// The same recording without what no line of `timing` speaks of, or with it (the default).
    #[must_use]
    pub fn with_leftovers(mut self, leftovers: Leftovers) -> Self {
        self.events.leftovers = leftovers;
        self
    }

    /// One of the files as it is stored, by a name of [`path`]; `None` when there is none.
    ///
    /// # Errors
    /// [`ArchiveError`] when it is no plain file or cannot be opened.
    pub fn stored(&self, name: &str) -> Result<Option<File>, ArchiveError> {
        self.directory.file(name)
    }

    /// At the end of what is there: is it all, and if so, what is wrong with it?
    fn settle(&mut self) -> Result<(), ArchiveError> {
        self.metadata = Metadata::read(&self.directory, &self.metadata.name)?;
        if self.metadata.is_open() {
            self.standing = self.metadata.silent.map_or(Standing::Growing, Standing::Silent);
            return Ok(());
        }
        let flaw = self.events.finish();
        let unfinished = self.metadata.incomplete.clone();
        self.standing = match (flaw, unfinished) {
            (Some(Flaw::Damage(reason)), _) | (Some(Flaw::EndsEarly(reason)), None) => {
                Standing::Damaged(reason)
            }
            (Some(Flaw::EndsEarly(_)) | None, Some(reason)) => Standing::Unfinished(reason),
            (None, None) => Standing::Whole,
        };
        Ok(())
    }
}

impl Recording for Archive {
    fn about(&self) -> &About {
        &self.metadata.about
    }

    fn read(&mut self, from: u64) -> Result<Vec<Event>, RecordingError> {
        let events = self.events.read(from);
        if !events.is_empty() || !self.standing.may_grow() {
            return Ok(events);
        }
        self.settle()?;
        // More may have come before the second look, and leftovers may be let in now.
        let events = self.events.read(from);
        if self.events.has_leftovers() && self.standing == Standing::Whole {
            self.standing = Standing::Damaged("the last data has no times".to_owned());
        }
        Ok(events)
    }

    fn standing(&self) -> &Standing {
        &self.standing
    }

    fn progress(&self) -> Option<(u64, u64)> {
        self.events.progress()
    }

    fn incidents(&mut self) -> Result<&[Incident], RecordingError> {
        self.incidents.read(&self.directory)?;
        Ok(self.incidents.all())
    }

    fn proof(&mut self) -> Result<Option<Proof>, RecordingError> {
        let Some((start, end)) = self.metadata.session() else { return Ok(None) };
        let content = self.directory.read_all(path::ACKS, ACKS_BYTES_MAX)?;
        let (acks, bad_line) = parse_acks(&content.unwrap_or_default());
        Ok(Some(Proof { start, end, acks, bad_line }))
    }
}

/// Checkpoints of one session: a quarter of a million of them.
const ACKS_BYTES_MAX: u64 = 64 * 1024 * 1024;
