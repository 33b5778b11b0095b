//! The `incidents` file of a recording, read again when it has grown.

use sudolog_core::iolog::{parse_incidents, path};
use sudolog_core::session::Incident;

use super::ArchiveError;
use super::directory::{Directory, io_error};

/// What the file said when it was last read.
#[derive(Default)]
pub(super) struct Incidents {
    all: Vec<Incident>,
    /// The length of the file then, bytes. Lines are only ever added.
    length: u64,
}

impl Incidents {
    /// Reads the file, unless nothing was added; there may be none.
    pub(super) fn read(&mut self, directory: &Directory) -> Result<(), ArchiveError> {
        let Some(file) = directory.file(path::INCIDENTS)? else { return Ok(()) };
        let status = file.metadata();
        let length = status.map_err(|e| io_error(directory.path(), path::INCIDENTS, e))?.len();
        if length != self.length {
            let content = directory.read_all(path::INCIDENTS, INCIDENTS_BYTES_MAX)?;
            self.all = parse_incidents(&content.unwrap_or_default());
            self.length = length;
        }
        Ok(())
    }

    pub(super) fn all(&self) -> &[Incident] {
        &self.all
    }
}

/// A thousand lines, each with a sentence that JSON makes six times as long.
const INCIDENTS_BYTES_MAX: u64 = 32 * 1024 * 1024;
