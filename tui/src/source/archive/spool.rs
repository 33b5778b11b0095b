//! The files of a recording as the reader wants them: unpacked, from any offset on.
//!
//! A packed file cannot be read from its middle. What is unpacked by the reading that goes ahead is
//! therefore kept in a temporary file without a name, up to a limit, for the seeks that follow.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sudolog_core::iolog::{Bookmark, Capped, Cut, Source, path};
use sudolog_core::limits::REPLAY_SPOOL_BYTES_MAX;

use super::directory::Directory;

/// What all readings of one recording share.
pub(super) struct Files {
    directory: Directory,
    /// Unpacked content of packed files, by the place of their name in [`names`].
    kept: Mutex<[Option<Arc<File>>; FILES]>,
    kept_bytes: AtomicU64,
    kept_bytes_max: u64,
    cut: Mutex<Option<(&'static str, Cut)>>,
    /// `timing` was read and is not packed, so no other file is.
    plain: AtomicBool,
    read_bytes: AtomicU64,
    total_bytes: u64,
}

impl Files {
    pub(super) fn new(directory: Directory) -> Arc<Self> {
        Self::with_limit(directory, REPLAY_SPOOL_BYTES_MAX)
    }

    fn with_limit(directory: Directory, kept_bytes_max: u64) -> Arc<Self> {
        let size = |name| Some(directory.file(name).ok()??.metadata().ok()?.len());
        let total_bytes = names().filter_map(size).sum();
        Arc::new(Self {
            directory,
            kept: Mutex::default(),
            kept_bytes: AtomicU64::new(0),
            kept_bytes_max,
            cut: Mutex::default(),
            plain: AtomicBool::new(false),
            read_bytes: AtomicU64::new(0),
            total_bytes,
        })
    }

    /// Bytes read by the reading that goes ahead, and all there were when it began; more than that
    /// of a recording that has grown.
    pub(super) fn progress(&self) -> (u64, u64) {
        let read = self.read_bytes.load(Ordering::Relaxed);
        (read, self.total_bytes.max(read))
    }

    /// The first packed file that gave less than it claims.
    pub(super) fn cut(&self) -> Option<(&'static str, Cut)> {
        *self.cut.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, name: &'static str, unpacked: &[u8]) -> io::Result<()> {
        let added = unpacked.len() as u64;
        if self.kept_bytes.fetch_add(added, Ordering::Relaxed) + added > self.kept_bytes_max {
            let text = format!("unpacks to more than {} MiB", self.kept_bytes_max >> 20);
            return Err(io::Error::other(text));
        }
        let file = self.kept_file(name, true)?;
        let written = file.map_or(Ok(()), |file| (&*file).write_all(unpacked));
        written.map_err(cannot_keep)
    }

    fn kept_file(&self, name: &str, make: bool) -> io::Result<Option<Arc<File>>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = names().position(|known| known == name).and_then(|at| kept.get_mut(at));
        let Some(slot) = slot else { return Ok(None) };
        if slot.is_none() && make {
            *slot = Some(Arc::new(tempfile::tempfile().map_err(cannot_keep)?));
        }
        Ok(slot.clone())
    }
}

/// The reading that goes ahead: unpacks, and keeps what it unpacked.
pub(super) struct Ahead(pub(super) Arc<Files>);

impl Source for Ahead {
    fn open(&self, name: &str) -> io::Result<Option<Box<dyn Read + Send>>> {
        let Some(name) = names().find(|known| *known == name) else { return Ok(None) };
        let Some(file) = self.0.directory.file(name).map_err(io::Error::other)? else {
            return Ok(None);
        };
        let counted = Counted { file, files: self.0.clone() };
        let plain = self.0.plain.load(Ordering::Relaxed);
        let file = if plain { Capped::unpacked(counted) } else { Capped::new(counted) };
        Ok(Some(Box::new(Keeping { name, file, files: self.0.clone() })))
    }
}

/// A reading behind it, from a bookmark on.
pub(super) struct Behind {
    pub(super) files: Arc<Files>,
    pub(super) from: Bookmark,
}

impl Source for Behind {
    fn open(&self, name: &str) -> io::Result<Option<Box<dyn Read + Send>>> {
        let offset = self.from.offset(name);
        if let Some(file) = self.files.kept_file(name, false)? {
            return Ok(Some(Box::new(Kept { file, offset })));
        }
        let Some(mut file) = self.files.directory.file(name).map_err(io::Error::other)? else {
            return Ok(None);
        };
        file.seek(SeekFrom::Start(offset))?;
        Ok(Some(Box::new(file)))
    }
}

/// Counts what is read from the disk.
struct Counted {
    file: File,
    files: Arc<Files>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.files.read_bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Keeps what it unpacks.
struct Keeping {
    name: &'static str,
    file: Capped<Counted>,
    files: Arc<Files>,
}

impl Read for Keeping {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        if self.name == path::TIMING && self.file.is_plain() {
            self.files.plain.store(true, Ordering::Relaxed);
        }
        if self.file.is_packed() {
            self.files.keep(self.name, buffer.get(..count).unwrap_or_default())?;
        }
        if let Some(cut) = self.file.cut() {
            let mut first = self.files.cut.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert((self.name, cut));
        }
        Ok(count)
    }
}

/// What was kept, from an offset on. The file is still written to at its end.
struct Kept {
    file: Arc<File>,
    offset: u64,
}

impl Read for Kept {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.offset)?;
        self.offset += count as u64;
        Ok(count)
    }
}

/// The files that hold events: `timing` and the streams.
fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once(path::TIMING).chain(path::streams().map(|(_, name)| name))
}

fn cannot_keep(error: io::Error) -> io::Error {
    let place = std::env::temp_dir();
    io::Error::other(format!(
        "cannot keep unpacked data in {}: {error}; set TMPDIR to a place with room",
        place.display()
    ))
}

const FILES: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_has_a_limit() {
        let outer = tempfile::tempdir().unwrap();
        let files = Files::with_limit(Directory::open(outer.path()).unwrap(), 10);
        files.keep("ttyout", b"0123456789").unwrap();
        assert!(files.keep("ttyin", b"0").unwrap_err().to_string().contains("unpacks to more"));
    }
}
