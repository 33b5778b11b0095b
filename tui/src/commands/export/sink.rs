//! Where an export goes.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::commands::Failure;
use crate::commands::opening::shown;

/// Standard output or a file.
pub(crate) struct Sink {
    out: BufWriter<Box<dyn Write + Send>>,
    /// The file, when it was not there before.
    made: Option<PathBuf>,
}

impl Sink {
    pub(in crate::commands) fn stdout() -> Self {
        Self { out: BufWriter::with_capacity(BUFFER_BYTES, Box::new(io::stdout())), made: None }
    }

    /// A file for its owner only, as recordings are. One that exists is kept unless `force`.
    pub(crate) fn file(path: &Path, force: bool) -> Result<Self, Failure> {
        let mut options = OpenOptions::new();
        options.write(true).mode(0o600);
        if force {
            options.create(true).truncate(true);
        } else {
            options.create_new(true);
        }
        let file: File = options.open(path).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => {
                Failure::Usage(format!("{} exists already; --force overwrites it", shown(path)))
            }
            _ => Failure::Io { what: format!("cannot write {}", shown(path)), source },
        })?;
        let made = (!force).then(|| path.to_owned());
        Ok(Self { out: BufWriter::with_capacity(BUFFER_BYTES, Box::new(file)), made })
    }

    /// Takes a file away that was made for nothing.
    pub(super) fn discard(self) {
        // What is left is an empty file, and why it is empty was told.
        if let Some(path) = &self.made {
            let _ = std::fs::remove_file(path);
        }
    }

    /// Everything is with the system when this returns.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
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
