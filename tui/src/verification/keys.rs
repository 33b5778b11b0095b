//! The operator's file with the server's public keys.

use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use sudolog_core::ack::{AckVerifiers, KeyError};
use sudolog_core::untrusted::Untrusted;

/// Public keys, and the text that they were read from.
#[derive(Clone, Debug)]
pub struct VerifyKeys {
    /// All of the file.
    pub text: String,
    /// The keys in it.
    pub keys: AckVerifiers,
}

/// A key file that cannot be used. Its text is safe to show.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// There is none.
    #[error("there is no key file {}", shown(path))]
    Absent {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot read the key file {}: {source}", shown(path))]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// It holds no keys.
    #[error("the key file {}: {source}", shown(path))]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: KeyError,
    },
}

impl VerifyKeys {
    /// Reads a file with one key a line.
    ///
    /// # Errors
    /// [`KeyFileError`]
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        let text = std::fs::read_to_string(path).map_err(|source| {
            let path = path.to_owned();
            match source.kind() {
                io::ErrorKind::NotFound => KeyFileError::Absent { path },
                _ => KeyFileError::Io { path, source },
            }
        })?;
        let keys = AckVerifiers::parse(&text);
        let keys =
            keys.map_err(|source| KeyFileError::Content { path: path.to_owned(), source })?;
        Ok(Self { text, keys })
    }
}

/// A path as it may be shown.
pub(super) fn shown(path: &Path) -> String {
    Untrusted::new(path.as_os_str().as_bytes()).escaped().to_string()
}
