//! Directories of the operator whose program this is. Root may work with the home of somebody else, who could
//! put links where a file is about to be written.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// Where the console keeps what it remembers, by the XDG Base Directory Specification; `None` for whom no home
/// is named.
pub(crate) fn state(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let state = variable("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || Some(PathBuf::from(variable("HOME")?).join(".local/state"));
    Some(state.or_else(home)?.join("sudolog"))
}

/// Makes it, for its owner only, unless it is there.
///
/// # Errors
/// When it cannot be made, or is, or is reached by, somebody else's.
pub(crate) fn directory(path: &Path) -> io::Result<()> {
    directory_of(path, rustix::process::geteuid().as_raw())
}

fn directory_of(path: &Path, owner: u32) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    for found in [fs::symlink_metadata(path)?, fs::metadata(path)?] {
        if found.uid() != owner {
            let text = "the directory belongs to another user: set XDG_STATE_HOME to one of yours";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_ours_or_refused() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("state/sudolog");
        directory(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        let other = rustix::process::geteuid().as_raw() + 1;
        let error = directory_of(&path, other).unwrap_err().to_string();
        assert!(error.contains("set XDG_STATE_HOME"), "{error}");
    }
}
