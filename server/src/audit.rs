//! The access log: every view is written down before it takes effect (invariant I7).
//!
//! One JSON object a line, appended to `access.log` in the state directory and never changed.

mod tail;

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use sudolog_core::session::Tsid;

use crate::authz::{Operator, Role};

/// The open log; clones share it.
#[derive(Clone, Debug)]
pub struct AccessLog {
    path: PathBuf,
    appender: Arc<Mutex<Appender<File>>>,
}

#[derive(Debug)]
struct Appender<W> {
    file: W,
    /// The last line may be there in part only.
    torn: bool,
}

#[derive(Serialize)]
struct Line<'a> {
    time_ms: u128,
    operator: &'a str,
    role: Role,
    /// Address or "local".
    from: &'a str,
    action: &'a str,
    tsid: Option<Tsid>,
    detail: &'a str,
}

impl AccessLog {
    /// Opens or makes `access.log` in the state directory.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn open(state_dir: &Path) -> io::Result<Self> {
        let path = state_dir.join("access.log");
        let file = File::options().create(true).append(true).mode(0o600).open(&path)?;
        // What a crash left of a line must not swallow the next one.
        let torn = file.metadata()?.len() > 0 && !ends_with_newline(&path)?;
        Ok(Self { path, appender: Arc::new(Mutex::new(Appender { file, torn })) })
    }

    /// Writes one line; when it returns, the line is with the system. Strings are JSON-escaped, so
    /// no name can forge another line.
    ///
    /// # Errors
    /// When it cannot be written; then the view must not happen.
    pub fn record(
        &self,
        operator: &Operator,
        from: &str,
        action: &str,
        tsid: Option<Tsid>,
        detail: &str,
    ) -> io::Result<()> {
        self.record_all(operator, from, action, &[tsid], detail)
    }

    /// Writes a line for each of these sessions, all at once; each of them can be found by itself.
    ///
    /// # Errors
    /// When they cannot be written; then nothing may happen.
    pub fn record_all(
        &self,
        operator: &Operator,
        from: &str,
        action: &str,
        tsids: &[Option<Tsid>],
        detail: &str,
    ) -> io::Result<()> {
        let time_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_millis());
        let (operator, role) = (operator.name.as_str(), operator.grant.role);
        let mut lines = Vec::new();
        for &tsid in tsids {
            let line = Line { time_ms, operator, role, from, action, tsid, detail };
            serde_json::to_writer(&mut lines, &line)?;
            lines.push(b'\n');
        }
        self.appender.lock().unwrap_or_else(PoisonError::into_inner).append(&lines)
    }
}

impl<W: Write> Appender<W> {
    /// Whole lines at a time: those of several connections never mix.
    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let start: &[u8] = if self.torn { b"\n" } else { b"" };
        self.torn = true;
        self.file.write_all(&[start, lines].concat())?;
        self.torn = false;
        Ok(())
    }
}

fn ends_with_newline(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authz::Grant;

    /// A disk with room for so many bytes more.
    struct Disk(Vec<u8>, usize);

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = bytes.len().min(self.1);
            self.1 -= count;
            self.0.extend_from_slice(&bytes[..count]);
            if count == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(count) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_that_did_not_fit_is_an_error_and_spoils_no_other() {
        let mut log = Appender { file: Disk(Vec::new(), 12), torn: false };
        log.append(b"{\"a\":1}\n").unwrap();
        assert!(log.append(b"{\"b\":2}\n").is_err());
        log.file.1 = 100;
        log.append(b"{\"c\":3}\n").unwrap();
        log.append(b"{\"d\":4}\n").unwrap();
        let text = String::from_utf8(log.file.0).unwrap();
        assert_eq!(text, "{\"a\":1}\n{\"b\"\n{\"c\":3}\n{\"d\":4}\n");
    }

    #[test]
    fn a_line_that_a_crash_cut_spoils_no_other() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("access.log"), "{\"cut").unwrap();
        let grant = Grant { role: Role::Admin, hosts: vec![], users: vec![], uids: vec![] };
        let operator = Operator { name: "olga".parse().unwrap(), grant };
        AccessLog::open(dir.path()).unwrap().record(&operator, "local", "list", None, "").unwrap();
        let text = std::fs::read_to_string(dir.path().join("access.log")).unwrap();
        let last = text.lines().nth(1).unwrap();
        assert!(text.starts_with("{\"cut\n") && last.contains("olga"), "{text}");
    }

    #[test]
    fn one_view_is_one_line_whatever_it_holds() {
        let dir = tempfile::tempdir().unwrap();
        let log = AccessLog::open(dir.path()).unwrap();
        let grant = Grant { role: Role::Viewer, hosts: vec![], users: vec![], uids: vec![] };
        let operator = Operator { name: "olga".parse().unwrap(), grant };
        let tsid = Some("00001A".parse().unwrap());
        log.record(&operator, "127.0.0.1:5", "watch", tsid, "a\n{\"forged\":1}").unwrap();
        log.record(&operator, "local", "list", None, "").unwrap();
        let text = std::fs::read_to_string(dir.path().join("access.log")).unwrap();
        let lines: Vec<serde_json::Value> =
            text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!((&lines[0]["operator"], &lines[0]["tsid"]), (&"olga".into(), &"00001A".into()));
        assert_eq!(lines[0]["role"], "viewer");
    }
}
