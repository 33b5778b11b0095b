//! Reading the access log from its end: who looked at what, the newest first.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use serde::Deserialize;
use sudolog_core::limits::VIEWS_BYTES_MAX;
use sudolog_core::session::Tsid;
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::View;

use super::AccessLog;
use crate::authz::Role;

#[derive(Deserialize)]
struct Line {
    time_ms: u64,
    operator: Untrusted,
    role: Role,
    from: Untrusted,
    action: Untrusted,
    #[serde(default)]
    tsid: Option<Tsid>,
    #[serde(default)]
    detail: Untrusted,
}

impl AccessLog {
    /// So many lines at most of those that are wanted, the newest first. What lies further back than
    /// [`VIEWS_BYTES_MAX`] is not looked at, and what is no line is passed over.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn views(&self, most: usize, wanted: impl FnMut(&View) -> bool) -> io::Result<Vec<View>> {
        let mut file = File::open(&self.path)?;
        let length = file.metadata()?.len();
        let from = length.saturating_sub(VIEWS_BYTES_MAX);
        file.seek(SeekFrom::Start(from))?;
        let mut content = Vec::new();
        file.take(VIEWS_BYTES_MAX).read_to_end(&mut content)?;
        Ok(parse(&content, most, wanted))
    }
}

fn parse(content: &[u8], most: usize, wanted: impl FnMut(&View) -> bool) -> Vec<View> {
    let lines = content.rsplit(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.filter_map(view).filter(wanted).take(most).collect()
}

fn view(line: &[u8]) -> Option<View> {
    let Line { time_ms, operator, role, from, action, tsid, detail } =
        serde_json::from_slice(line).ok()?;
    let at = Timestamp::from_nanos(time_ms.saturating_mul(1_000_000));
    Some(View { at, operator, role, from, action, tsid, detail })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authz::{Grant, Operator};

    #[test]
    fn the_newest_come_first_and_what_is_no_line_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let log = AccessLog::open(dir.path()).unwrap();
        let grant = Grant { role: Role::Auditor, hosts: vec![], users: vec![], uids: vec![] };
        let operator = Operator { name: "olga".parse().unwrap(), grant };
        let tsid = |seq| Tsid::from_seq(seq);
        log.record(&operator, "local", "list", None, "a\n{}\u{1b}").unwrap();
        log.record_all(&operator, "local", "judge", &[tsid(1), tsid(2)], "x").unwrap();
        let path = dir.path().join("access.log");
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&b"torn\":1}\n[]\n"[..], &whole, b"{\"time_ms\":1,"].concat())
            .unwrap();

        let all = log.views(9, |_| true).unwrap();
        let of: Vec<_> = all.iter().map(|view| view.tsid).collect();
        assert_eq!(of, [tsid(2), tsid(1), None]);
        assert_eq!(all[2].detail, "a\n{}\u{1b}".into());
        assert!(all[0].role == Role::Auditor && all[0].at.seconds > 1_600_000_000);
        assert_eq!(log.views(1, |view| view.tsid == tsid(1)).unwrap(), all[1..2]);
    }

    #[test]
    fn only_so_much_of_it_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let log = AccessLog::open(dir.path()).unwrap();
        let line = r#"{"time_ms":1,"operator":"o","role":"admin","from":"l","action":"x","tsid":null,"detail":""}"#;
        let lines = VIEWS_BYTES_MAX as usize / (line.len() + 1);
        std::fs::write(dir.path().join("access.log"), format!("{line}\n").repeat(lines * 2))
            .unwrap();
        assert_eq!(log.views(usize::MAX, |_| true).unwrap().len(), lines);
    }
}
