//! The file `risk` beside a recording: what the rules made of it, by which rules and when.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;

use sudolog_core::iolog::{encode_assessment, path};
use sudolog_core::wire::message::Assessment;

use super::layout::no_follow;
use super::{Directory, StoreError};

impl Directory {
    /// Adds what the rules make of the recording by now. Not synced: what a crash takes is found again.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn add_assessment(&self, assessment: &Assessment) -> Result<(), StoreError> {
        let path = self.0.join(path::RISK);
        let line = encode_assessment(assessment);
        let added: io::Result<()> = (|| {
            let mut file = File::options()
                .create(true)
                .read(true)
                .append(true)
                .mode(0o600)
                .custom_flags(no_follow())
                .open(&path)?;
            // Half a line that a crash left behind must not spoil this one.
            let mut last = [b'\n'];
            if file.metadata()?.len() > 0 {
                file.seek(SeekFrom::End(-1))?;
                file.read_exact(&mut last)?;
            }
            let torn = last != [b'\n'];
            file.write_all(&if torn { [b"\n".as_slice(), &line].concat() } else { line })
        })();
        added.map_err(StoreError::at(&path))
    }
}
