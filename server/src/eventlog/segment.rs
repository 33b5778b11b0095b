//! The files of the log: `<number of its first entry>.log`, whole lines, appended to and synced.
//!
//! Invariant: [`Disk::append`] returns `Ok` only when all its bytes are synced; after an error the
//! segment must be abandoned, because nobody knows what of the last write is on the disk. What it has
//! from the first number of the next segment on does not count.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

/// Where segments are written; [`Files`], or a disk that fails in a test.
pub(super) trait Disk: Send {
    /// Makes an empty segment; one of that name that an earlier failed try left is replaced.
    ///
    /// # Errors
    /// When the disk is full or fails.
    fn create(&mut self, first: u64) -> io::Result<()>;

    /// Writes at `place` of the newest segment, its end, and syncs.
    ///
    /// # Errors
    /// Of the write or the sync: the segment must not be appended to any more.
    fn append(&mut self, place: u64, bytes: &[u8]) -> io::Result<()>;

    /// All bytes of a segment.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(&self, first: u64) -> io::Result<Vec<u8>>;

    /// Puts other bytes in the place of a segment that is not the newest; whoever reads it has the old or the
    /// new ones.
    ///
    /// # Errors
    /// When the disk is full or fails; then it is as it was.
    fn replace(&mut self, first: u64, bytes: &[u8]) -> io::Result<()>;

    /// Removes a segment.
    ///
    /// # Errors
    /// When it is there and cannot be removed.
    fn remove(&mut self, first: u64) -> io::Result<()>;
}

/// Segments as files in a directory.
#[derive(Debug)]
pub(super) struct Files {
    dir: PathBuf,
    newest: Option<File>,
}

impl Files {
    /// Segments in `dir`, which is made (0700) when it is missing.
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        Ok(Self { dir: dir.to_owned(), newest: None })
    }

    /// Takes a segment that is there as the newest and cuts it at `end`.
    pub(super) fn resume(&mut self, first: u64, end: u64) -> io::Result<()> {
        let file = options().write(true).open(path_of(&self.dir, first))?;
        if file.metadata()?.len() != end {
            file.set_len(end)?;
            file.sync_all()?;
        }
        self.newest = Some(file);
        Ok(())
    }
}

impl Disk for Files {
    fn create(&mut self, first: u64) -> io::Result<()> {
        let path = path_of(&self.dir, first);
        let file = options().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        file.sync_all()?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        rustix::fs::fsync(rustix::fs::open(&self.dir, flags, Mode::empty())?)?;
        self.newest = Some(file);
        Ok(())
    }

    fn append(&mut self, place: u64, bytes: &[u8]) -> io::Result<()> {
        let Some(file) = &self.newest else { return Err(io::ErrorKind::NotFound.into()) };
        file.write_all_at(bytes, place)?;
        file.sync_data()
    }

    fn read(&self, first: u64) -> io::Result<Vec<u8>> {
        read(&self.dir, first)
    }

    fn replace(&mut self, first: u64, bytes: &[u8]) -> io::Result<()> {
        crate::watched::replace(&path_of(&self.dir, first), bytes)
    }

    fn remove(&mut self, first: u64) -> io::Result<()> {
        match std::fs::remove_file(path_of(&self.dir, first)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }
}

/// The first numbers of all segments in `dir`, ascending.
///
/// # Errors
/// When the directory cannot be read.
pub(super) fn list(dir: &Path) -> io::Result<Vec<u64>> {
    let mut firsts = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let name = entry?.file_name();
        let digits = name.to_str().and_then(|name| name.strip_suffix(SUFFIX));
        firsts.extend(digits.and_then(|digits| digits.parse::<u64>().ok()));
    }
    firsts.sort_unstable();
    Ok(firsts)
}

/// All bytes of a segment; none when it has been removed meanwhile.
///
/// # Errors
/// When it cannot be read, or is larger than any that this program writes.
pub(super) fn read(dir: &Path, first: u64) -> io::Result<Vec<u8>> {
    read_into(dir, first, Vec::new())
}

/// The same into a buffer whose room is used again.
///
/// # Errors
/// As [`read`].
pub(super) fn read_into(dir: &Path, first: u64, mut bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    use std::io::Read as _;
    bytes.clear();
    let path = path_of(dir, first);
    let file = match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(bytes),
        other => other?,
    };
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let text = format!("{}: larger than any segment of the event log", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    Ok(bytes)
}

/// The path of a segment.
pub(super) fn path_of(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{first:016}{SUFFIX}"))
}

fn options() -> std::fs::OpenOptions {
    let mut options = File::options();
    options.custom_flags(i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or(0));
    options
}

const SUFFIX: &str = ".log";
/// A segment and the batch that made it full.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;
