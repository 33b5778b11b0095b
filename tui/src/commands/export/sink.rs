//! Where an export goes.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use crate::commands::Failure;
use crate::commands::opening::shown;

/// Standard output or a file, which has its name once it is whole.
pub(crate) struct Sink {
    out: BufWriter<Box<dyn Write + Send>>,
    /// Until it is finished.
    part: Option<Part>,
}

/// A file that is being written, as `NAME.part`.
struct Part {
    draft: PathBuf,
    path: PathBuf,
    force: bool,
}

impl Sink {
    pub(in crate::commands) fn stdout() -> Self {
        Self::new(io::stdout(), None)
    }

    fn new(out: impl Write + Send + 'static, part: Option<Part>) -> Self {
        Self { out: BufWriter::with_capacity(BUFFER_BYTES, Box::new(out)), part }
    }

    /// A file for its owner only, as recordings are. One that exists is kept unless `force`.
    pub(crate) fn file(path: &Path, force: bool) -> Result<Self, Failure> {
        let failed = |source| Failure::Io { what: format!("cannot write {}", shown(path)), source };
        match path.symlink_metadata() {
            Ok(_) if !force => return Err(exists(path)),
            // Nothing else takes the place of a device, or of what a link leads to.
            Ok(found) if !found.is_file() => {
                let file = OpenOptions::new().write(true).truncate(true).open(path);
                return Ok(Self::new(file.map_err(failed)?, None));
            }
            _ => {}
        }
        let mut draft = path.as_os_str().to_owned();
        draft.push(".part");
        let draft = PathBuf::from(draft);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft);
        let file = file.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => Failure::Usage(format!(
                "{} is there: another export writes it, or one was broken off and it can be removed",
                shown(&draft)
            )),
            _ => failed(source),
        })?;
        Ok(Self::new(file, Some(Part { draft, path: path.to_owned(), force })))
    }

    /// Everything is with the system, and the file has its name, when this returns.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.out.flush()?;
        let Some(Part { draft, path, force }) = &self.part else { return Ok(()) };
        let flags = if *force { RenameFlags::empty() } else { RenameFlags::NOREPLACE };
        match renameat_with(CWD, draft, CWD, path, flags) {
            // Not every file system can look and rename at once.
            Err(Errno::INVAL | Errno::NOSYS) => std::fs::rename(draft, path)?,
            done => done?,
        }
        self.part = None;
        Ok(())
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // Why it is not whole was told; one that cannot be removed says by its name that it is not.
        if let Some(part) = &self.part {
            let _ = std::fs::remove_file(&part.draft);
        }
    }
}

fn exists(path: &Path) -> Failure {
    Failure::Usage(format!("{} exists already; --force overwrites it", shown(path)))
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

const BUFFER_BYTES: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_its_name_once_it_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let (path, draft) = (dir.path().join("x.html"), dir.path().join("x.html.part"));
        let mut sink = Sink::file(&path, false).unwrap();
        sink.write_all(b"half").unwrap();
        sink.flush().unwrap();
        assert_eq!((path.exists(), std::fs::read(&draft).unwrap()), (false, b"half".to_vec()));
        let second = Sink::file(&path, false).err().unwrap().to_string();
        assert!(second.contains("x.html.part is there"), "{second}");
        sink.finish().unwrap();
        drop(sink);
        assert_eq!((std::fs::read(&path).unwrap(), draft.exists()), (b"half".to_vec(), false));
        assert!(Sink::file(&path, false).is_err());
        drop(Sink::file(&path, true).unwrap());
        assert_eq!((std::fs::read(&path).unwrap(), draft.exists()), (b"half".to_vec(), false));
    }

    #[test]
    fn what_came_to_be_meanwhile_is_kept_unless_it_is_to_be_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.txt");
        for (force, left) in [(false, "theirs"), (true, "")] {
            let mut sink = Sink::file(&path, force).unwrap();
            std::fs::write(&path, "theirs").unwrap();
            assert_eq!(sink.finish().is_ok(), force);
            assert_eq!(std::fs::read_to_string(&path).unwrap(), left);
            std::fs::remove_file(&path).unwrap();
        }
    }
}
