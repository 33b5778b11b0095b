//! The console's own log: a file, never the terminal. It is made when there is something to say.
//!
//! `$XDG_STATE_HOME/sudolog/tui.log` (`~/.local/state/…`), mode 0600. Warnings are always written;
//! `SUDOLOG_LOG=debug` (a filter of `tracing_subscriber::EnvFilter`) asks for more.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Sends what the program logs to its file. Without a place for it, nothing is logged.
pub(crate) fn start() {
    if let Some(path) = place(|name| std::env::var_os(name)) {
        start_at(path);
    }
}

/// Sends it to `tui.log` in this directory instead.
#[cfg(feature = "embedded")]
pub(crate) fn start_in(directory: &std::path::Path) {
    start_at(directory.join("tui.log"));
}

fn start_at(path: PathBuf) {
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::WARN.into())
        .with_env_var("SUDOLOG_LOG")
        .from_env_lossy();
    let writer = Mutex::new(LogFile { path, file: None });
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_env_filter(filter);
    // A second call in one process, as in tests, keeps the first log.
    let _ = subscriber.with_writer(writer).try_init();
}

fn place(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    Some(crate::own::state(variable)?.join("tui.log"))
}

/// The file, opened with the first line.
struct LogFile {
    path: PathBuf,
    file: Option<File>,
}

impl LogFile {
    fn open(&mut self) -> io::Result<&mut File> {
        let file = match self.file.take() {
            Some(file) => file,
            None => {
                if let Some(directory) = self.path.parent() {
                    crate::own::directory(directory)?;
                }
                OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?
            }
        };
        Ok(self.file.insert(file))
    }
}

impl Write for LogFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.open()?.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), File::flush)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_file_is_made_with_the_first_line_and_for_its_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        let path = place(|name| (name == "XDG_STATE_HOME").then(|| state.clone().into())).unwrap();
        let mut log = LogFile { path: path.clone(), file: None };
        assert!(!state.exists());
        log.write_all(b"line\n").unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read(path).unwrap(), b"line\n");
    }

    #[test]
    fn without_a_home_nothing_is_logged() {
        assert_eq!(place(|_| None), None);
    }
}
