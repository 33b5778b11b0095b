//! One file of the journal: `<number>.wal`, a header and records, space reserved in advance.
//!
//! Invariant: [`Disk::append`] returns `Ok` only when all its bytes are synced; after an error
//! the segment must be abandoned, because nobody knows what of the last write is on the disk. The
//! next segment's header then says how much of this one counts.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use bytes::{Buf, BufMut, Bytes};
use rustix::fs::{FallocateFlags, Mode, OFlags};

/// Where segments are written; [`Files`], or a model of a disk in a test.
pub trait Disk {
    /// Makes segment `number` and reserves `reserve_bytes` for it; when this returns `Ok`, its
    /// `content` is synced and [`append`](Self::append) goes to it. One of that number that an
    /// earlier failed try left behind is replaced.
    ///
    /// # Errors
    /// When the disk is full or fails; nothing of the segment counts then.
    fn create(&mut self, number: u64, reserve_bytes: u64, content: &[u8]) -> io::Result<()>;

    /// Writes at `place`, the end of all that is synced of the newest segment, and syncs.
    ///
    /// # Errors
    /// Of the write or the sync: the segment must not be appended to any more.
    fn append(&mut self, place: u64, bytes: &[u8]) -> io::Result<()>;
}

/// Segments as files in a directory.
#[derive(Debug)]
pub struct Files {
    dir: PathBuf,
    newest: Option<File>,
}

/// The first bytes of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The segment's own number.
    pub number: u64,
    /// How many bytes of the segment before count; 0 when there is none.
    pub previous_end: u64,
}

impl Header {
    /// The header's bytes, to stand before the records.
    pub fn encode(self, out: &mut Vec<u8>) {
        let head = out.len();
        out.put_slice(MAGIC);
        out.put_u64(self.number);
        out.put_u64(self.previous_end);
        let crc = crc32fast::hash(out.get(head..).unwrap_or_default());
        out.put_u32(crc);
    }

    /// Takes the header from the front of a segment's bytes; `None` when it has none, because the
    /// server ended while the segment was being made.
    pub fn take(bytes: &mut Bytes) -> Option<Self> {
        let covered = bytes.get(..HEADER_BYTES - 4)?;
        let crc = crc32fast::hash(covered);
        if !covered.starts_with(MAGIC) {
            return None;
        }
        bytes.advance(MAGIC.len());
        let number = bytes.try_get_u64().ok()?;
        let previous_end = bytes.try_get_u64().ok()?;
        (bytes.try_get_u32().ok()? == crc).then_some(Self { number, previous_end })
    }
}

impl Files {
    /// Segments in `dir`, which exists.
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), newest: None }
    }
}

impl Disk for Files {
    fn create(&mut self, number: u64, reserve_bytes: u64, content: &[u8]) -> io::Result<()> {
        let path = path_of(&self.dir, number);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let made = create_at(&path, reserve_bytes, content);
        if made.is_err() {
            // Gives the reserved space back; the error that counts is the first one.
            let _ = std::fs::remove_file(&path);
        }
        let file = made?;
        sync_dir(&self.dir)?;
        self.newest = Some(file);
        Ok(())
    }

    fn append(&mut self, place: u64, bytes: &[u8]) -> io::Result<()> {
        let Some(file) = &self.newest else { return Err(io::ErrorKind::NotFound.into()) };
        file.write_all_at(bytes, place)?;
        file.sync_data()
    }
}

fn create_at(path: &Path, reserve: u64, content: &[u8]) -> io::Result<File> {
    let options = OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .custom_flags(i32::try_from(options.bits()).unwrap_or(0))
        .open(path)?;
    // With the blocks reserved a full disk is noticed here, not in the middle of a batch, and
    // a sync need not change the file's size. Not every file system can.
    match rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, reserve) {
        Ok(()) | Err(rustix::io::Errno::OPNOTSUPP) => {}
        Err(error) => return Err(error.into()),
    }
    file.write_all_at(content, 0)?;
    file.sync_all()?;
    Ok(file)
}

/// The numbers of all segments in `dir`, ascending.
///
/// # Errors
/// When the directory cannot be read.
pub fn list(dir: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(SUFFIX));
        numbers.extend(number.and_then(|digits| digits.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// All bytes of a segment.
///
/// # Errors
/// When it cannot be read, or is larger than any segment that this program writes.
pub fn read(dir: &Path, number: u64) -> io::Result<Bytes> {
    use std::io::Read as _;
    let path = path_of(dir, number);
    let mut bytes = Vec::new();
    let file = File::open(&path)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let text = format!("{}: larger than any journal segment", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    Ok(bytes.into())
}

/// Removes a segment.
///
/// # Errors
/// When it is there and cannot be removed.
pub fn remove(dir: &Path, number: u64) -> io::Result<()> {
    match std::fs::remove_file(path_of(dir, number)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The path of a segment.
pub fn path_of(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:010}{SUFFIX}"))
}

fn sync_dir(dir: &Path) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let dir = rustix::fs::open(dir, flags, Mode::empty())?;
    Ok(rustix::fs::fsync(dir)?)
}

const MAGIC: &[u8; 16] = b"sudolog wal 1\0\0\0";
const HEADER_BYTES: usize = MAGIC.len() + 8 + 8 + 4;
const SUFFIX: &str = ".wal";
/// A segment, the batch that made it full, and the states at its head.
const FILE_BYTES_MAX: u64 = 1024 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_appended_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let mut content = Vec::new();
        Header { number: 7, previous_end: 99 }.encode(&mut content);
        let mut files = Files::new(dir.path());
        files.create(7, 4096, &content).unwrap();
        files.append(HEADER_BYTES as u64, b"abc").unwrap();
        files.append(HEADER_BYTES as u64 + 3, b"def").unwrap();
        assert_eq!(list(dir.path()).unwrap(), [7]);
        let mut bytes = read(dir.path(), 7).unwrap();
        assert_eq!(bytes.len(), 4096, "the space is reserved");
        assert_eq!(Header::take(&mut bytes), Some(Header { number: 7, previous_end: 99 }));
        assert!(bytes.starts_with(b"abcdef\0"));
        remove(dir.path(), 7).unwrap();
        remove(dir.path(), 7).unwrap();
        assert_eq!(list(dir.path()).unwrap(), [] as [u64; 0]);
    }

    #[test]
    fn a_torn_header_is_none() {
        let mut content = Vec::new();
        Header { number: 1, previous_end: 0 }.encode(&mut content);
        for end in 0..content.len() {
            let mut torn = Bytes::copy_from_slice(&content[..end]);
            assert_eq!(Header::take(&mut torn), None);
        }
        content[20] ^= 1;
        assert_eq!(Header::take(&mut Bytes::from(content)), None);
    }
}
