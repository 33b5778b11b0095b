//! The outbox's files: `<number>.out`, appended to, and dropped from the oldest on.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use sudolog_core::limits::OUTBOX_SEGMENT_BYTES;

use super::record::Record;

/// All files, the newest open.
#[derive(Debug)]
pub(super) struct Files {
    dir: PathBuf,
    newest: Option<(File, u64)>,
    /// Number and length of each, the oldest first.
    lengths: Vec<(u64, u64)>,
}

impl Files {
    /// Opens a directory, made when missing, and gives what is in it, each record with its file's number.
    /// What a crash left half written at the end is cut off.
    ///
    /// # Errors
    /// When the disk does not let us.
    pub(super) fn open(dir: &Path) -> io::Result<(Self, Vec<(u64, Record)>)> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let mut numbers: Vec<u64> = fs::read_dir(dir)?
            .filter_map(|entry| {
                entry.ok()?.file_name().to_str()?.strip_suffix(SUFFIX)?.parse().ok()
            })
            .collect();
        numbers.sort_unstable();
        let mut files = Self { dir: dir.to_owned(), newest: None, lengths: Vec::new() };
        let mut records = Vec::new();
        let last = numbers.last().copied();
        for number in numbers {
            let path = files.path(number);
            let bytes = fs::read(&path)?;
            let mut rest = bytes.as_slice();
            while let Some((record, length)) = Record::take(rest) {
                records.extend(record.map(|record| (number, record)));
                rest = rest.get(length..).unwrap_or_default();
            }
            let good = (bytes.len() - rest.len()) as u64;
            let mut length = bytes.len() as u64;
            if !rest.is_empty() {
                tracing::warn!(
                    "{}: {} bytes at its end are no records",
                    path.display(),
                    rest.len()
                );
                // Only what a crash left half written; damage in an older file is evidence.
                if last == Some(number) {
                    OpenOptions::new().write(true).open(&path)?.set_len(good)?;
                    length = good;
                }
            }
            files.lengths.push((number, length));
        }
        Ok((files, records))
    }

    /// Writes records, whole or not at all, and gives the number of the file that they are in.
    ///
    /// # Errors
    /// Of the disk; what was written of them is taken back.
    pub(super) fn append(&mut self, records: &[u8], sync: bool) -> io::Result<u64> {
        let (mut file, number) = self.newest(records.len() as u64)?;
        let Some(length) = self.lengths.last_mut().map(|(_, length)| length) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let written =
            file.write_all(records).and_then(|()| if sync { file.sync_data() } else { Ok(()) });
        if let Err(error) = written {
            // If not even that works, the next record goes to another file.
            if file.set_len(*length).is_err() {
                self.newest = None;
            } else {
                self.newest = Some((file, number));
            }
            return Err(error);
        }
        *length += records.len() as u64;
        self.newest = Some((file, number));
        Ok(number)
    }

    /// The file for the next records.
    fn newest(&mut self, more: u64) -> io::Result<(File, u64)> {
        let length = self.lengths.last().map_or(0, |(_, length)| *length);
        if let Some((file, number)) = self.newest.take()
            && (length == 0 || length + more <= OUTBOX_SEGMENT_BYTES)
        {
            return Ok((file, number));
        }
        // After a start too: what a dying disk left behind the last record is not written over. A file that was
        // never written to is used: one that cannot be must not leave another one each time it is tried.
        let number = match self.lengths.pop_if(|(_, length)| *length == 0) {
            Some((number, _)) => number,
            None => self.lengths.last().map_or(1, |(number, _)| number + 1),
        };
        let path = self.path(number);
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path)?;
        // One that an earlier try left holds nothing that counts.
        file.set_len(0)?;
        File::open(&self.dir)?.sync_all()?;
        self.lengths.push((number, 0));
        Ok((file, number))
    }

    /// Length of all files, bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.lengths.iter().map(|(_, length)| length).sum()
    }

    /// How many files there are.
    pub(super) fn count(&self) -> usize {
        self.lengths.len()
    }

    /// The oldest file, unless it is the one that is written.
    pub(super) fn oldest(&self) -> Option<u64> {
        let (number, _) = self.lengths.first()?;
        (self.lengths.len() > 1).then_some(*number)
    }

    /// Removes the oldest file.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub(super) fn drop_oldest(&mut self) -> io::Result<()> {
        let Some(number) = self.oldest() else { return Ok(()) };
        match fs::remove_file(self.path(number)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.lengths.remove(0);
        Ok(())
    }

    fn path(&self, number: u64) -> PathBuf {
        self.dir.join(format!("{number:010}{SUFFIX}"))
    }
}

const SUFFIX: &str = ".out";
