//! `log.json`: who ran what, as sudo 1.9.2 and later write it, and what Sudolog adds to it.
//!
//! Strings may hold any bytes. sudo escapes control characters as `\u00XX` and writes all other
//! bytes as they are, valid UTF-8 or not; so does this. Invariant I8: from this file and `uuid`
//! exactly the [`SessionStart`] and [`SessionEnd`] come back that the hash chain covers.

mod encode;
mod parse;

use crate::session::{EndReason, SessionEnd, SessionId, SessionStart};
use crate::time::Timestamp;
use crate::untrusted::Untrusted;

/// What the metadata files of any recording say. Fields that older sudos do not write are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogInfo {
    /// When sudo was called.
    pub submit_time: Timestamp,
    /// Who called it.
    pub submit_user: Untrusted,
    /// On which host.
    pub submit_host: Option<Untrusted>,
    /// In which directory.
    pub submit_cwd: Option<Untrusted>,
    /// Who the command ran as.
    pub run_user: Untrusted,
    /// Numeric id of that user.
    pub run_uid: Option<u32>,
    /// Group asked for with `-g`.
    pub run_group: Option<Untrusted>,
    /// Numeric id of that group.
    pub run_gid: Option<u32>,
    /// Directory in which it ran.
    pub run_cwd: Option<Untrusted>,
    /// Full path of the command.
    pub command: Untrusted,
    /// Its arguments, `argv[0]` first; empty where only the joined line is known.
    pub argv: Vec<Untrusted>,
    /// Command and arguments joined by blanks.
    pub command_line: Untrusted,
    /// Terminal, `None` without one.
    pub tty: Option<Untrusted>,
    /// Rows at the start, 0 when not known.
    pub lines: u16,
    /// Columns at the start, 0 when not known.
    pub columns: u16,
    /// How long it ran.
    pub run_time: Option<RunTime>,
    /// Exit value.
    pub exit_value: Option<i32>,
    /// Signal that ended it, without `SIG`.
    pub signal: Option<Untrusted>,
    /// The signal left a core file.
    pub dumped_core: bool,
    /// What only Sudolog writes.
    pub(super) own: Option<Own>,
}

/// A length of time as sudo writes it, seconds and nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunTime(pub std::time::Duration);

/// The fields of a session that sudo has no key for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Own {
    submit_uid: u32,
    has_tty: bool,
    sudo_pid: u32,
    pid_start_ticks: u64,
    boot_id: Untrusted,
    parent: Option<SessionId>,
    end: Option<OwnEnd>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OwnEnd {
    final_seq: u64,
    run_time_ns: u64,
    error: Option<Untrusted>,
    reason: EndReason,
}

/// A metadata file that cannot be understood.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Not JSON, cut off, or a field of the wrong type.
    #[error("log.json: {0}")]
    Json(#[from] serde_json::Error),
    /// A recording without the two fields that every sudo writes.
    #[error("log.json has no {0}")]
    Missing(&'static str),
}

impl LogInfo {
    /// The file's content for a session that runs (`end` absent) or has ended.
    pub fn encode(start: &SessionStart, end: Option<&SessionEnd>) -> Vec<u8> {
        encode::encode(start, end)
    }

    /// Reads the file of any sudo. Unknown keys are passed over.
    ///
    /// # Errors
    /// [`LogError`]; a file that is being written may be read again.
    pub fn parse(content: &[u8]) -> Result<Self, LogError> {
        parse::parse(content)
    }

    /// The start and end that the hash chain covers, when Sudolog wrote the file.
    pub fn to_session(&self, session_id: SessionId) -> Option<(SessionStart, Option<SessionEnd>)> {
        let own = self.own.as_ref()?;
        let host = std::str::from_utf8(self.submit_host.as_ref()?.as_bytes()).ok()?;
        let start = SessionStart {
            session_id,
            submit_host: host.parse().ok()?,
            submit_user: self.submit_user.clone(),
            submit_uid: own.submit_uid,
            submit_cwd: self.submit_cwd.clone()?,
            submit_time: self.submit_time,
            run_user: self.run_user.clone(),
            run_uid: self.run_uid?,
            run_group: self.run_group.clone(),
            run_gid: self.run_gid,
            run_cwd: self.run_cwd.clone()?,
            command: self.command.clone(),
            argv: self.argv.clone(),
            tty: self.tty.clone(),
            lines: self.lines,
            columns: self.columns,
            sudo_pid: own.sudo_pid,
            pid_start_ticks: own.pid_start_ticks,
            boot_id: own.boot_id.clone(),
            parent: own.parent,
        };
        let end = own.end.as_ref().map(|end| SessionEnd {
            final_seq: end.final_seq,
            run_time_ns: end.run_time_ns,
            exit_value: self.exit_value,
            signal: self.signal.clone(),
            dumped_core: self.dumped_core,
            error: end.error.clone(),
            reason: end.reason.clone(),
        });
        Some((start, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::sample;
    use proptest::prelude::*;

    fn any_text() -> impl Strategy<Value = Untrusted> {
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Untrusted::new)
    }

    prop_compose! {
        fn any_start()(
            texts in prop::collection::vec(any_text(), 7),
            argv in prop::collection::vec(any_text(), 0..5),
            group in prop::option::of((any_text(), any::<u32>())),
            tty in prop::option::of(prop_oneof![any_text(), Just(Untrusted::from("unknown"))]),
            numbers: (u32, u32, u32, u64, u16, u16),
            time: (i64, u32),
            parent in prop::option::of(any::<[u8; 16]>()),
        ) -> SessionStart {
            let mut texts = texts.into_iter();
            let mut text = || texts.next().unwrap();
            SessionStart {
                submit_user: text(), submit_cwd: text(), run_user: text(), run_cwd: text(),
                command: text(), boot_id: text(), argv, tty,
                run_group: group.clone().map(|g| g.0), run_gid: group.map(|g| g.1),
                submit_uid: numbers.0, run_uid: numbers.1, sudo_pid: numbers.2,
                pid_start_ticks: numbers.3, lines: numbers.4, columns: numbers.5,
                submit_time: Timestamp { seconds: time.0, nanoseconds: time.1 % 1_000_000_000 },
                parent: parent.map(SessionId::from_bytes),
                ..sample::start()
            }
        }
    }

    prop_compose! {
        fn any_end()(
            numbers: (u64, u64), exit_value: Option<i32>, dumped_core: bool,
            signal in prop::option::of(any_text()), error in prop::option::of(any_text()),
            reason in "[a-z_]{1,32}",
        ) -> SessionEnd {
            SessionEnd {
                final_seq: numbers.0, run_time_ns: numbers.1, exit_value, signal, dumped_core, error,
                reason: EndReason::new(&reason).unwrap(),
            }
        }
    }

    proptest! {
        #[test]
        fn the_file_gives_back_exactly_the_session(start in any_start(), end in prop::option::of(any_end())) {
            let file = LogInfo::encode(&start, end.as_ref());
            let back = LogInfo::parse(&file).unwrap().to_session(start.session_id);
            prop_assert_eq!(back, Some((start, end)));
        }

        #[test]
        fn any_bytes_are_read_without_panic(content: Vec<u8>) {
            let _ = LogInfo::parse(&content);
        }
    }

    #[test]
    fn the_layout_is_sudos() {
        let mut start = sample::start();
        start.tty = None;
        start.argv = vec!["id".into(), "a\n\"\\\u{7f}é".into()];
        let text = String::from_utf8(LogInfo::encode(&start, None)).unwrap();
        assert!(
            text.starts_with("{\n    \"timestamp\": {\n        \"seconds\": 1763000000,\n"),
            "{text}"
        );
        assert!(text.contains("\"ttyname\": \"unknown\""), "{text}");
        assert!(text.contains("\"a\\u000a\\\"\\\\\\u007fé\""), "{text}");
        assert!(text.ends_with("\n}\n"), "{text}");
    }

    #[test]
    fn files_of_other_sudos_are_read() {
        let info = LogInfo::parse(br#"{"submituser":"a","command":"/bin/x","runargv":["x","y z"],"runenv":["A=1"],"new":{"a":[1]}}"#).unwrap();
        assert_eq!(info.command_line, "/bin/x y z".into());
        assert_eq!(info.run_user, "root".into());
        assert!(info.to_session(SessionId::from_bytes([0; 16])).is_none());
        let raw = LogInfo::parse(b"{\"submituser\":\"\xff\\u001b\",\"command\":\"c\"}").unwrap();
        assert_eq!(raw.submit_user, Untrusted::new(b"\xff\x1b".as_slice()));
    }

    #[test]
    fn what_is_missing_or_torn_is_named() {
        let error = |content: &str| LogInfo::parse(content.as_bytes()).unwrap_err().to_string();
        assert_eq!(error(r#"{"command":"x"}"#), "log.json has no submituser");
        assert_eq!(error(r#"{"submituser":"x"}"#), "log.json has no command");
        assert!(error(r#"{"submituser":1,"command":"x"}"#).contains("line 1"));
        assert!(error(r#"{"submituser":"x","#).contains("EOF"));
    }
}
