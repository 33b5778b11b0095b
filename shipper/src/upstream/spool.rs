//! Entries of the event log beside the shipper's socket, so that a shipper that is restarted, or dies,
//! while the server is away has them still.
//!
//! The file may hold entries that the server has: it keeps what comes twice once. So nothing here is
//! synced or waited for, and the file is emptied when nothing waits any more. On the usual `/run` it
//! lives as long as the machine runs.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use sudolog_core::eventlog::Entry;
use sudolog_core::limits::AUDIT_SPOOL_BYTES_MAX;
use tracing::warn;

/// The open file.
#[derive(Debug)]
pub struct Spool {
    path: PathBuf,
    file: File,
    bytes: u64,
    /// It could not be written, and that was said.
    failed: bool,
}

impl Spool {
    /// The file at `path`, which is made when it is missing, and what an earlier shipper left there. What
    /// is no entry is passed over.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn open(path: &Path) -> io::Result<(Self, Vec<Entry>)> {
        let file = File::options()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .custom_flags(i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or(0))
            .open(path)?;
        let mut text = Vec::new();
        (&file).take(AUDIT_SPOOL_BYTES_MAX * 2).read_to_end(&mut text)?;
        let entry = |line: &[u8]| {
            serde_json::from_slice::<Entry>(line).ok().filter(|entry| entry.check().is_ok())
        };
        let entries = text.split(|byte| *byte == b'\n').filter_map(entry).collect();
        let bytes = file.metadata()?.len();
        let mut spool = Self { path: path.to_owned(), file, bytes, failed: false };
        if text.last().is_some_and(|byte| *byte != b'\n') {
            // What a crash left of a line must not swallow the next one.
            spool.write(b"\n");
        }
        Ok((spool, entries))
    }

    /// Adds an entry. False when the file is too long: then [`begin_anew`](Self::begin_anew).
    pub(super) fn add(&mut self, entry: &Entry) -> bool {
        self.write(&line(entry));
        self.bytes <= AUDIT_SPOOL_BYTES_MAX
    }

    /// From now on only these entries are there.
    pub(super) fn begin_anew<'a>(&mut self, entries: impl Iterator<Item = &'a Entry>) {
        if self.bytes == 0 && !self.failed {
            return entries.for_each(|entry| self.write(&line(entry)));
        }
        match self.file.set_len(0) {
            Ok(()) => {
                self.bytes = 0;
                let lines: Vec<u8> = entries.flat_map(line).collect();
                self.write(&lines);
            }
            Err(error) => self.fail(&error),
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        match self.file.write_all(bytes) {
            Ok(()) => {
                self.bytes += bytes.len() as u64;
                self.failed = false;
            }
            Err(error) => self.fail(&error),
        }
    }

    fn fail(&mut self, error: &io::Error) {
        if !std::mem::replace(&mut self.failed, true) {
            warn!(
                path = %self.path.display(), %error,
                "audit events that wait for the server are in memory only: a restart loses them"
            );
        }
    }
}

fn line(entry: &Entry) -> Vec<u8> {
    // String keys and no fallible Serialize: this cannot fail.
    let mut line = serde_json::to_vec(entry).unwrap_or_default();
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use sudolog_core::eventlog::{Kind, Source};

    use super::*;

    fn entry(n: usize) -> Entry {
        let id = format!("a.{n}").parse().unwrap();
        Entry::new(id, Default::default(), Source::Sudo, Kind::Reject)
    }

    #[test]
    fn what_is_added_is_there_after_a_crash_at_any_byte() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events");
        let (mut spool, found) = Spool::open(&path).unwrap();
        assert_eq!(found, []);
        (1..=2).for_each(|n| assert!(spool.add(&entry(n))));
        let whole = std::fs::read(&path).unwrap();
        let second = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for end in second..whole.len() - 1 {
            std::fs::write(&path, &whole[..end]).unwrap();
            let (mut spool, found) = Spool::open(&path).unwrap();
            assert_eq!(found, [entry(1)]);
            spool.add(&entry(3));
            assert_eq!(Spool::open(&path).unwrap().1, [entry(1), entry(3)]);
        }
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events");
        let mut spool = Spool::open(&path).unwrap().0;
        let mut long = entry(1);
        long.text = sudolog_core::untrusted::Untrusted::new(vec![b'x'; 60_000]);
        while spool.add(&long) {}
        let kept = [entry(7), entry(8)];
        spool.begin_anew(kept.iter());
        assert_eq!(Spool::open(&path).unwrap().1, kept);
        spool.begin_anew([].iter());
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
    }
}
