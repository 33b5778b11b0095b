//! The access log: every view is written down before it takes effect (invariant I7).
//!
//! One JSON object a line, appended to `access.log` in the state directory and never changed.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use sudolog_core::session::Tsid;

use crate::authz::{Operator, Role};

/// The open log; clones share it.
#[derive(Clone, Debug)]
pub struct AccessLog(Arc<Mutex<File>>);

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
        let file = File::options().create(true).append(true).mode(0o600).open(path)?;
        Ok(Self(Arc::new(Mutex::new(file))))
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
        let time_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_millis());
        let line = Line {
            time_ms,
            operator: operator.name.as_str(),
            role: operator.grant.role,
            from,
            action,
            tsid,
            detail,
        };
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        // One write of one line: lines of several connections never mix.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authz::Grant;

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
