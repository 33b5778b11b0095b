//! Why a directory cannot be read as a recording.

use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use sudolog_core::iolog::LogError;
use sudolog_core::untrusted::Untrusted;

/// A recording that cannot be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// No such directory.
    #[error("there is no recording at {}", shown(path))]
    Absent {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A directory without a recording in it.
    #[error("{} holds no recording: it has no file `timing`", shown(path))]
    NotOne {
        /// The directory.
        path: PathBuf,
    },
    /// A file that should be a plain file and is a link, a pipe, a device or a directory.
    #[error("{}/{file} is not a plain file", shown(path))]
    Strange {
        /// The directory.
        path: PathBuf,
        /// The file.
        file: String,
    },
    /// A metadata file larger than any sudo writes.
    #[error("{}/{file} is larger than {limit} bytes", shown(path))]
    TooLarge {
        /// The directory.
        path: PathBuf,
        /// The file.
        file: String,
        /// The limit.
        limit: u64,
    },
    /// `log.json` cannot be understood, and there is no `log` to fall back to.
    #[error("{}: {source}", shown(path))]
    Metadata {
        /// The directory.
        path: PathBuf,
        /// What is wrong.
        source: LogError,
    },
    /// The system refused.
    #[error("cannot read {}/{file}: {source}", shown(path))]
    Io {
        /// The directory.
        path: PathBuf,
        /// The file; empty for the directory itself.
        file: String,
        /// The system's words.
        source: io::Error,
    },
}

impl ArchiveError {
    /// True when there is no recording at the place (exit code 3).
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Absent { .. } | Self::NotOne { .. })
    }
}

/// Directories may be named after what a user chose.
fn shown(path: &Path) -> String {
    Untrusted::new(path.as_os_str().as_bytes()).escaped().to_string()
}
