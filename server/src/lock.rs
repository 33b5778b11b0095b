//! One server to one state directory: two would destroy each other's journal.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// The right to use a state directory, until dropped. The kernel takes it back from a process that
/// dies.
#[derive(Debug)]
pub struct StateLock(#[expect(dead_code, reason = "held open, not used")] File);

impl StateLock {
    /// Takes the directory, making it (0700) when it is missing.
    ///
    /// # Errors
    /// When another server has it, or it cannot be made.
    pub fn take(state_dir: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(state_dir)?;
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(state_dir.join("lock"))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self(file)),
            Err(Errno::WOULDBLOCK) => Err(io::Error::new(
                io::ErrorKind::AddrInUse,
                "another sudolog-server uses this directory; stop it first",
            )),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_one_holder_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        let held = StateLock::take(&state).unwrap();
        let error = StateLock::take(&state).unwrap_err();
        assert!(error.to_string().contains("another sudolog-server"), "{error}");
        drop(held);
        StateLock::take(&state).unwrap();
    }
}
