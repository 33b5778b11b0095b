//! The private directory of the embedded parts, and its removal.

use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::EmbeddedError;
use super::repertoire::FILES;

/// A directory that only its owner can enter, removed with all that is in it when dropped.
#[derive(Debug)]
pub(super) struct PrivateDirectory {
    root: tempfile::TempDir,
}

impl PrivateDirectory {
    /// Makes it, with the files that the scripts work on.
    pub(super) fn create() -> Result<Self, EmbeddedError> {
        let root = tempfile::Builder::new()
            .prefix("sudolog-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(place())
            .map_err(|source| EmbeddedError::Directory { path: place(), source })?;
        let directory = Self { root };
        directory.fill().map_err(|source| {
            let path = directory.path().to_owned();
            EmbeddedError::Directory { path, source }
        })?;
        Ok(directory)
    }

    fn fill(&self) -> std::io::Result<()> {
        for made in [self.home(), self.logs(), self.state()] {
            DirBuilder::new().mode(0o700).create(made)?;
        }
        FILES.iter().try_for_each(|(name, text)| fs::write(self.home().join(name), text))
    }

    /// The directory itself.
    pub(super) fn path(&self) -> &Path {
        self.root.path()
    }

    /// Keys and certificates.
    pub(super) fn pki(&self) -> PathBuf {
        self.path().join("pki")
    }

    /// The public key of the server in it.
    pub(super) fn verify_key(&self) -> PathBuf {
        self.pki().join("ack-verify.pub")
    }

    /// Recordings, in sudo's numbering.
    pub(super) fn logs(&self) -> PathBuf {
        self.path().join("log")
    }

    /// The server's journal and index.
    pub(super) fn state(&self) -> PathBuf {
        self.path().join("state")
    }

    /// Where the scripted programs run.
    pub(super) fn home(&self) -> PathBuf {
        self.path().join("home")
    }

    /// Where alerts go.
    pub(super) fn inbox(&self) -> PathBuf {
        self.path().join("alerts.sock")
    }

    /// The shipper's socket.
    pub(super) fn socket(&self) -> PathBuf {
        self.path().join("plugin.sock")
    }
}

/// `$TMPDIR`, unless the name of a socket in it would be too long for the system.
fn place() -> PathBuf {
    let usual = std::env::temp_dir();
    let fits = usual.is_absolute() && usual.as_os_str().len() <= PLACE_BYTES_MAX;
    if fits { usual } else { PathBuf::from("/tmp") }
}

/// A socket's path has 107 bytes (`unix(7)`); ours adds about 32 to its directory.
const PLACE_BYTES_MAX: usize = 70;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_private_and_leaves_nothing() {
        let directory = PrivateDirectory::create().unwrap();
        let path = directory.path().to_owned();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert!(directory.home().join("notes.txt").exists());
        assert!(directory.socket().as_os_str().len() < 107);
        drop(directory);
        assert!(!path.exists());
    }
}
