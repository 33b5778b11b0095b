//! Up to which entry of each server's event log an operator has seen what was grave:
//! `$XDG_STATE_HOME/sudolog/seen.json` (`~/.local/state/…`), mode 0600. Without it, or when it cannot be
//! written, what is grave is told once more: nothing else comes of it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// What was seen, by server.
#[derive(Debug, Default)]
pub struct Seen {
    /// `None` without a home: nothing is remembered.
    path: Option<PathBuf>,
}

impl Seen {
    /// Of the operator whose program this is.
    pub fn of_operator() -> Self {
        Self { path: place(|name| std::env::var_os(name)) }
    }

    /// The number of the entry up to which all of this server's were seen; 0 for none.
    pub fn up_to(&self, server: &str) -> u64 {
        self.path.as_deref().map(read).unwrap_or_default().get(server).copied().unwrap_or(0)
    }

    /// Remembers that all up to this one were seen.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn remember(&self, server: &str, number: u64) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let mut seen = read(path);
        let known = seen.entry(server.to_owned()).or_default();
        *known = number.max(*known);
        while seen.len() > SERVERS_MAX {
            seen.pop_first();
        }
        if let Some(directory) = path.parent() {
            crate::own::directory(directory)?;
        }
        // Another console may write at the same time: one of them is believed, none reads half a file.
        let draft = path.with_extension(format!("{}.new", std::process::id()));
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // Never through a link that somebody else put there.
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(serde_json::to_string(&seen)?.as_bytes())?;
        fs::rename(&draft, path)
    }
}

fn read(path: &Path) -> BTreeMap<String, u64> {
    let fits = fs::metadata(path).is_ok_and(|file| file.len() <= FILE_BYTES_MAX);
    let text = fits.then(|| fs::read_to_string(path).ok()).flatten();
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

fn place(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    Some(crate::own::state(variable)?.join("seen.json"))
}

const SERVERS_MAX: usize = 64;
const FILE_BYTES_MAX: u64 = 64 * 1024;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_link_is_not_written_through() {
        let state = tempfile::tempdir().unwrap();
        let target = state.path().join("target");
        fs::write(&target, "mine").unwrap();
        let seen = Seen { path: Some(state.path().join("seen.json")) };
        let draft = state.path().join(format!("seen.{}.new", std::process::id()));
        std::os::unix::fs::symlink(&target, draft).unwrap();
        seen.remember("logs.test", 7).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"mine");
        assert_eq!(seen.up_to("logs.test"), 7);
    }

    #[test]
    fn each_server_has_its_own_number_and_it_never_goes_back() {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        let path = place(|name| (name == "XDG_STATE_HOME").then(|| state.clone().into()));
        let seen = Seen { path: path.clone() };
        assert_eq!(seen.up_to("logs.test"), 0);
        seen.remember("logs.test", 7).unwrap();
        seen.remember("other", 3).unwrap();
        seen.remember("logs.test", 5).unwrap();
        assert_eq!((seen.up_to("logs.test"), seen.up_to("other")), (7, 3));
        let path = path.unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, "{\"logs.test\":-1}").unwrap();
        assert_eq!(seen.up_to("logs.test"), 0, "a broken file is none");
        seen.remember("logs.test", 9).unwrap();
        assert_eq!(seen.up_to("logs.test"), 9);
        assert_eq!(Seen::default().up_to("logs.test"), 0);
    }
}
