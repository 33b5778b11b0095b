//! A file that an administrator writes and this server looks at again and again, and the copy of it that
//! could be used last.
//!
//! Invariant: the copy is only ever replaced by content that could be used, whole or not at all. So a slip
//! of the pen in a file that no recording depends on keeps no server from starting, and without a server
//! there is no sudo.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A file, how it was when it was looked at last, and where its copy lies.
#[derive(Debug)]
pub(crate) struct Watched {
    path: PathBuf,
    bytes_max: usize,
    /// Whatever came of it.
    seen: Option<Stamp>,
    copy: Option<PathBuf>,
}

/// Changes with every way in which a file is usually changed.
type Stamp = (SystemTime, u64);

impl Watched {
    /// That file; more than `bytes_max` are not read. No copy of it is kept.
    pub(crate) fn new(path: &Path, bytes_max: usize) -> Self {
        Self { seen: stamp(path), path: path.to_owned(), bytes_max, copy: None }
    }

    /// The same, with a copy in the server's own directory under that name.
    pub(crate) fn with_copy(path: &Path, bytes_max: usize, state_dir: &Path, name: &str) -> Self {
        let copy = Some(state_dir.join(COPIES).join(name));
        Self { copy, ..Self::new(path, bytes_max) }
    }

    /// Which file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds; one byte more than allowed when that is too much.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn read(&self) -> io::Result<Vec<u8>> {
        read(&self.path, self.bytes_max)
    }

    /// True when it is another than it was when this was asked last.
    pub(crate) fn has_changed(&mut self) -> bool {
        let now = stamp(&self.path);
        let before = std::mem::replace(&mut self.seen, now);
        now != before
    }

    /// Its content can be used: that is what the copy holds from now on. Without a copy a later slip costs
    /// more, so that is said, and nothing else comes of it.
    pub(crate) fn keep(&self, content: &[u8]) {
        let Some(copy) = &self.copy else { return };
        if self.last_good().is_some_and(|kept| kept == content) {
            return;
        }
        if let Err(error) = replace(copy, content) {
            tracing::warn!("{}: no copy of {}: {error}", copy.display(), self.path.display());
        }
    }

    /// The copy.
    pub(crate) fn last_good(&self) -> Option<Vec<u8>> {
        read(self.copy.as_deref()?, self.bytes_max).ok()
    }
}

fn read(path: &Path, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(bytes_max as u64 + 1).read_to_end(&mut content)?;
    Ok(content)
}

/// Puts a file in the place of another, or of none; whoever reads sees the old one or the new one, also after
/// a crash.
///
/// # Errors
/// The system's.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let new = path.with_extension("new");
    let options = File::options().create(true).truncate(true).write(true).mode(0o600).clone();
    let mut file = options.open(&new)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    File::open(dir)?.sync_all()
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// The directory of copies, below the server's own.
const COPIES: &str = "last-good";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_outlives_what_its_file_becomes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rules.yaml");
        fs::write(&path, "good").unwrap();
        let open = || Watched::with_copy(&path, 8, dir.path(), "rules.yaml");
        let mut file = open();
        assert_eq!((file.read().unwrap(), file.last_good()), (b"good".to_vec(), None));
        file.keep(b"good");
        assert!(!file.has_changed());
        fs::write(&path, "far too long").unwrap();
        assert!(file.has_changed() && !file.has_changed());
        assert_eq!(file.read().unwrap().len(), 9, "more than allowed is seen, and not read");
        fs::remove_file(&path).unwrap();
        assert!(file.has_changed() && file.read().is_err());
        assert_eq!(open().last_good().unwrap(), b"good");
        assert_eq!(Watched::new(&path, 8).last_good(), None);
    }

    #[test]
    fn what_cannot_be_copied_is_used_all_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rules.yaml");
        fs::write(&path, "good").unwrap();
        // Nobody, not even root, makes a directory where a file is.
        fs::write(dir.path().join(COPIES), "in the way").unwrap();
        let file = Watched::with_copy(&path, 8, dir.path(), "rules.yaml");
        file.keep(b"good");
        assert_eq!((file.last_good(), file.read().unwrap()), (None, b"good".to_vec()));
    }
}
