//! Where an export goes.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::commands::Failure;
use crate::commands::opening::shown;

/// Standard output or a file.
pub(in crate::commands) struct Sink(BufWriter<Box<dyn Write + Send>>);

impl Sink {
    pub(in crate::commands) fn stdout() -> Self {
        Self(BufWriter::with_capacity(BUFFER_BYTES, Box::new(io::stdout())))
    }

    /// A file for its owner only, as recordings are. One that exists is kept unless `force`.
    pub(super) fn file(path: &Path, force: bool) -> Result<Self, Failure> {
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
        Ok(Self(BufWriter::with_capacity(BUFFER_BYTES, Box::new(file))))
    }

    /// Everything is with the system when this returns.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

const BUFFER_BYTES: usize = 64 * 1024;
