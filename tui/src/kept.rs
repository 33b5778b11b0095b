//! Copied text in a file of its own, for its owner only, where no clipboard takes it: below `$XDG_RUNTIME_DIR`,
//! which is empty again after the operator has left the machine, else below `$XDG_STATE_HOME`.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Zoned;

/// Text that could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeptError {
    /// Nothing says where.
    #[error("there is no place for a file: set XDG_RUNTIME_DIR, XDG_STATE_HOME or HOME")]
    NoPlace,
    /// The disk refuses it.
    #[error("cannot write {:?}: {source}", .path)]
    Io {
        /// Where.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
}

/// Writes text that was copied from the session of this name; gives where.
pub(crate) fn keep(text: &str, name: &str) -> Result<PathBuf, KeptError> {
    let directory = directory(|name| std::env::var_os(name)).ok_or(KeptError::NoPlace)?;
    let time = Zoned::now().strftime("%Y%m%d-%H%M%S").to_string();
    keep_in(&directory, &format!("{}-{time}", plain(name)), text)
}

fn keep_in(directory: &Path, stem: &str, text: &str) -> Result<PathBuf, KeptError> {
    let failed = |path: &Path, source| KeptError::Io { path: path.to_owned(), source };
    crate::own::directory(directory).map_err(|source| failed(directory, source))?;
    let mut last = io::ErrorKind::AlreadyExists.into();
    for number in 1..=NAMES_MAX {
        let more = if number == 1 { String::new() } else { format!("-{number}") };
        let path = directory.join(format!("{stem}{more}.txt"));
        // Never through what somebody else put there.
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => {
                let written = file.write_all(text.as_bytes());
                return written.map(|()| path.clone()).map_err(|source| failed(&path, source));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(failed(&path, error)),
        }
    }
    Err(failed(directory, last))
}

fn directory(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute =
        |name| variable(name).map(PathBuf::from).filter(|path: &PathBuf| path.is_absolute());
    let home = || Some(PathBuf::from(variable("HOME")?).join(".local/state"));
    let base = absolute("XDG_RUNTIME_DIR").or_else(|| absolute("XDG_STATE_HOME")).or_else(home)?;
    Some(base.join("sudolog/copied"))
}

/// A name that is one of a file, whatever was recorded.
fn plain(name: &str) -> String {
    let tail = name.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
    let plain: String = tail
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .take(NAME_CHARS_MAX)
        .collect();
    if plain.is_empty() { "screen".to_owned() } else { plain }
}

/// Files of one second.
const NAMES_MAX: u32 = 100;
const NAME_CHARS_MAX: usize = 40;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_for_its_owner_only_and_never_written_twice() {
        let base = tempfile::tempdir().unwrap();
        let directory = base.path().join("state/copied");
        let first = keep_in(&directory, "00001A-1", "one\n").unwrap();
        let second = keep_in(&directory, "00001A-1", "two\n").unwrap();
        assert_ne!(first, second);
        assert_eq!(std::fs::read(&first).unwrap(), b"one\n");
        assert_eq!(std::fs::read(&second).unwrap(), b"two\n");
        for (path, mode) in [(&first, 0o600), (&directory, 0o700)] {
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, mode);
        }
    }

    #[test]
    fn a_link_is_not_written_through() {
        let base = tempfile::tempdir().unwrap();
        let target = base.path().join("target");
        std::fs::write(&target, "mine").unwrap();
        std::os::unix::fs::symlink(&target, base.path().join("x.txt")).unwrap();
        let path = keep_in(base.path(), "x", "text").unwrap();
        assert_eq!(path, base.path().join("x-2.txt"));
        assert_eq!(std::fs::read(&target).unwrap(), b"mine");
    }

    #[test]
    fn no_recorded_name_leads_elsewhere() {
        assert_eq!(plain("../../etc/cron.d/x y"), "xy");
        assert_eq!(plain("/"), "screen");
        assert_eq!(plain("00001A"), "00001A");
        assert_eq!(directory(|_| None), None);
        let runtime = |name: &str| (name == "XDG_RUNTIME_DIR").then(|| "relative".into());
        assert_eq!(directory(runtime), None);
    }
}
