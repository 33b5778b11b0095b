//! The directory of one recording, opened once: its files are looked up in it and nowhere else.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{CWD, FileType, Mode, OFlags, openat};

use super::ArchiveError;

/// An open directory. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Directory {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    handle: std::os::fd::OwnedFd,
}

impl Directory {
    /// Opens a directory. A link at this path is the operator's choice and followed; within the
    /// directory none is.
    pub(super) fn open(path: &Path) -> Result<Self, ArchiveError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        match openat(CWD, path, flags, Mode::empty()) {
            Ok(handle) => Ok(Self { inner: Arc::new(Inner { path: path.to_owned(), handle }) }),
            Err(rustix::io::Errno::NOENT) => Err(ArchiveError::Absent { path: path.to_owned() }),
            Err(rustix::io::Errno::NOTDIR) => Err(ArchiveError::NotOne { path: path.to_owned() }),
            Err(errno) => Err(io_error(path, "", errno.into())),
        }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Opens a plain file in it; `None` when there is none.
    pub(super) fn file(&self, name: &str) -> Result<Option<File>, ArchiveError> {
        // A pipe in place of a file must not make us wait for its writer.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.inner.handle, name, flags, Mode::empty()) {
            Ok(handle) => File::from(handle),
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(rustix::io::Errno::LOOP | rustix::io::Errno::NXIO) => {
                return Err(self.strange(name));
            }
            Err(errno) => return Err(io_error(self.path(), name, errno.into())),
        };
        let status = rustix::fs::fstat(&file).map_err(|e| io_error(self.path(), name, e.into()))?;
        if FileType::from_raw_mode(status.st_mode) == FileType::RegularFile {
            Ok(Some(file))
        } else {
            Err(self.strange(name))
        }
    }

    /// All of a small file; `None` when there is none.
    pub(super) fn read_all(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, ArchiveError> {
        let Some(file) = self.file(name)? else { return Ok(None) };
        let mut content = Vec::new();
        let read = file.take(limit + 1).read_to_end(&mut content);
        read.map_err(|source| io_error(self.path(), name, source))?;
        if content.len() as u64 <= limit {
            return Ok(Some(content));
        }
        Err(ArchiveError::TooLarge { path: self.path().to_owned(), file: name.to_owned(), limit })
    }

    fn strange(&self, name: &str) -> ArchiveError {
        ArchiveError::Strange { path: self.path().to_owned(), file: name.to_owned() }
    }
}

pub(super) fn io_error(path: &Path, file: &str, source: io::Error) -> ArchiveError {
    ArchiveError::Io { path: path.to_owned(), file: file.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_pipes_are_not_files_of_a_recording() {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path();
        std::fs::write(path.join("ttyout"), "x").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", path.join("ttyin")).unwrap();
        std::fs::create_dir(path.join("stdin")).unwrap();
        rustix::fs::mkfifoat(CWD, path.join("stdout"), Mode::RUSR | Mode::WUSR).unwrap();
        let directory = Directory::open(path).unwrap();
        assert!(directory.file("ttyout").unwrap().is_some());
        assert!(directory.file("timing").unwrap().is_none());
        for name in ["ttyin", "stdin", "stdout"] {
            let error = directory.file(name).unwrap_err();
            assert!(matches!(error, ArchiveError::Strange { .. }), "{name}: {error}");
        }
    }

    #[test]
    fn small_files_are_bounded() {
        let outer = tempfile::tempdir().unwrap();
        std::fs::write(outer.path().join("uuid"), "12345").unwrap();
        let directory = Directory::open(outer.path()).unwrap();
        assert_eq!(directory.read_all("uuid", 5).unwrap(), Some(b"12345".to_vec()));
        assert!(matches!(directory.read_all("uuid", 4), Err(ArchiveError::TooLarge { .. })));
    }

    #[test]
    fn a_missing_directory_is_not_found() {
        let error = Directory::open(Path::new("/nonexistent/000001")).unwrap_err();
        assert!(error.is_not_found(), "{error}");
        assert!(Directory::open(Path::new("/etc/passwd")).unwrap_err().is_not_found());
    }
}
