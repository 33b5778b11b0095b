//! Paths in the log directory, and the numbers of the recordings in it.
//!
//! Every path is made from a [`Tsid`] and fixed names; nothing that a host says becomes a path.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, OFlags};
use sudolog_core::iolog::path::{SEQ, encode_seq, parse_seq};
use sudolog_core::session::Tsid;

use super::StoreError;

/// A log directory.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// Opens the directory, making it (0700) when it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        make_dir(root)?;
        Ok(Self { root: root.to_owned() })
    }

    /// The log directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The directory of a recording.
    pub fn directory(&self, tsid: Tsid) -> PathBuf {
        tsid.directories().iter().fold(self.root.clone(), |path, part| path.join(part))
    }

    /// Makes the directory of a recording.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make(&self, tsid: Tsid) -> Result<PathBuf, StoreError> {
        let dir = self.directory(tsid);
        make_dir(&dir)?;
        Ok(dir)
    }

    /// The number given last, as sudo's `seq` file says.
    pub fn last_seq(&self) -> u32 {
        fs::read(self.root.join(SEQ)).map_or(0, |content| parse_seq(&content))
    }

    /// Writes the `seq` file under sudo's own lock, unless it is already further.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_seq(&self, last: Tsid) -> Result<(), StoreError> {
        let path = self.root.join(SEQ);
        let written: io::Result<()> = (|| {
            let mut file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .read(true)
                .mode(0o600)
                .custom_flags(no_follow())
                .open(&path)?;
            // sudo takes a POSIX lock on this file (iolog_nextid.c).
            rustix::fs::fcntl_lock(&file, FlockOperation::LockExclusive)?;
            let mut content = Vec::new();
            io::Read::read_to_end(&mut io::Read::take(&mut file, 64), &mut content)?;
            if parse_seq(&content) < last.seq() {
                io::Seek::rewind(&mut file)?;
                file.write_all(encode_seq(last).as_bytes())?;
            }
            Ok(())
        })();
        written.map_err(StoreError::at(&path))
    }

    /// All recordings, in the order of their numbers. Directories with other names are not ours.
    pub fn recordings(&self) -> impl Iterator<Item = Tsid> {
        let names = |dir: PathBuf| {
            let mut names: Vec<String> = fs::read_dir(dir)
                .into_iter()
                .flatten()
                .flatten()
                .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
                .filter_map(|entry| entry.file_name().into_string().ok())
                .filter(|name| name.len() == 2)
                .collect();
            names.sort_unstable();
            names
        };
        let root = self.root.clone();
        names(root.clone()).into_iter().flat_map(move |a| {
            let root = root.clone();
            names(root.join(&a)).into_iter().flat_map(move |b| {
                let prefix = format!("{a}{b}");
                names(root.join(&a).join(&b))
                    .into_iter()
                    .filter_map(move |c| format!("{prefix}{c}").parse().ok())
            })
        })
    }
}

fn make_dir(path: &Path) -> Result<(), StoreError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(StoreError::at(path))
}

/// Flag for `open`: a link in a recording's directory is never followed.
pub(super) fn no_follow() -> i32 {
    (OFlags::NOFOLLOW | OFlags::CLOEXEC).bits().cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_found_in_order_and_strangers_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::open(dir.path()).unwrap();
        for name in ["00001A", "000002", "0A0000"] {
            layout.make(name.parse().unwrap()).unwrap();
        }
        fs::create_dir_all(dir.path().join("xx/00/01")).unwrap();
        fs::create_dir_all(dir.path().join("other/00")).unwrap();
        fs::write(dir.path().join("00/00/03"), "").unwrap();
        let found: Vec<String> = layout.recordings().map(|t| t.to_string()).collect();
        assert_eq!(found, ["000002", "00001A", "0A0000"]);
    }

    #[test]
    fn seq_only_goes_up() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::open(dir.path()).unwrap();
        assert_eq!(layout.last_seq(), 0);
        layout.write_seq("00001A".parse().unwrap()).unwrap();
        layout.write_seq("000002".parse().unwrap()).unwrap();
        assert_eq!(layout.last_seq(), 46);
        assert_eq!(fs::read(dir.path().join("seq")).unwrap(), b"00001A\n");
    }
}
