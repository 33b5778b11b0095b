//! Which sessions were judged lately, on the disk before anything is said of them.
//!
//! The index is not waited for until the disk has it, so a crash or a power failure may leave it
//! behind what stands in `remarks`. Whatever is on this list is counted again at the next start.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use sudolog_core::session::Tsid;

use crate::store::StoreError;

/// The list: a file `judged` in the state directory, a TSID a line.
#[derive(Debug)]
pub(super) struct Docket {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Docket {
    /// Opens or makes the list, and gives what stands on it.
    pub(super) fn open(state_dir: &Path) -> Result<(Self, BTreeSet<Tsid>), StoreError> {
        let path = state_dir.join("judged");
        let opened: io::Result<_> = (|| {
            let file =
                File::options().create(true).read(true).append(true).mode(0o600).open(&path)?;
            File::open(state_dir)?.sync_all()?;
            let mut content = Vec::new();
            (&file).take(BYTES_READ_MAX).read_to_end(&mut content)?;
            let bytes = file.metadata()?.len();
            Ok((file, content, bytes))
        })();
        let (file, content, bytes) = opened.map_err(StoreError::at(&path))?;
        let lines = content.split(|byte| *byte == b'\n');
        let listed = lines.filter_map(|line| std::str::from_utf8(line).ok()?.parse().ok());
        let listed = listed.collect();
        Ok((Self { path, file, bytes }, listed))
    }

    /// Puts sessions on the list; they are on the disk when it returns.
    pub(super) fn list<'a>(
        &mut self,
        tsids: impl IntoIterator<Item = &'a Tsid>,
    ) -> Result<(), StoreError> {
        // Half a line that a crash left behind is none; it must not spoil the first one.
        let lines: String = std::iter::once("\n".to_owned())
            .chain(tsids.into_iter().map(|tsid| format!("{tsid}\n")))
            .collect();
        self.bytes += lines.len() as u64;
        let written = (&self.file).write_all(lines.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(StoreError::at(&self.path))
    }

    /// True when it should be settled, lest it grow.
    pub(super) fn is_long(&self) -> bool {
        self.bytes > BYTES_MAX
    }

    /// The index counts all that is on the list: once the disk has the index, the list is empty.
    pub(super) fn settle(&mut self) -> Result<(), StoreError> {
        let settled: io::Result<()> = (|| {
            // Not the index's own files: closing them would take SQLite's locks away.
            rustix::fs::syncfs(&self.file)?;
            self.file.set_len(0)
        })();
        settled.map_err(StoreError::at(&self.path))?;
        self.bytes = 0;
        Ok(())
    }
}

/// Some thousand sessions: counted again within a second.
const BYTES_MAX: u64 = 64 * 1024;
/// It is never that long.
const BYTES_READ_MAX: u64 = 16 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_listed_stands_there_after_a_crash_until_it_is_settled() {
        let dir = tempfile::tempdir().unwrap();
        let tsid = |seq| Tsid::from_seq(seq).unwrap();
        let (mut docket, listed) = Docket::open(dir.path()).unwrap();
        assert!(listed.is_empty());
        docket.list(&[tsid(2), tsid(1)]).unwrap();
        (&docket.file).write_all(b"0000").unwrap();
        let (mut docket, listed) = Docket::open(dir.path()).unwrap();
        assert_eq!(listed, [tsid(1), tsid(2)].into());
        docket.list(&[tsid(3)]).unwrap();
        assert_eq!(Docket::open(dir.path()).unwrap().1, [tsid(1), tsid(2), tsid(3)].into());
        docket.settle().unwrap();
        assert!(Docket::open(dir.path()).unwrap().1.is_empty() && !docket.is_long());
    }
}
