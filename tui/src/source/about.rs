//! What is known of one session beside its events: the fields of lists and headings.

use sudolog_core::filter::Subject;
use sudolog_core::risk::{Anomaly, Score};
use sudolog_core::session::{SessionId, SessionState, Tsid};
use sudolog_core::time::Timestamp;
use sudolog_core::triage::Standing;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::SessionRow;

/// One session, as a list or a heading shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// What to call it by: its TSID, or its path below the log directory.
    pub name: Untrusted,
    /// Its number on the server that it is read from; absent for a directory.
    pub tsid: Option<Tsid>,
    /// The session's own name; absent for recordings that sudo made without Sudolog.
    pub session_id: Option<SessionId>,
    /// Where it stands.
    pub state: SessionState,
    /// Submit user.
    pub user: Untrusted,
    /// Submit host; empty when not known.
    pub host: Untrusted,
    /// Run user.
    pub run_user: Untrusted,
    /// Command and arguments, joined by blanks.
    pub command: Untrusted,
    /// Terminal, absent without one.
    pub tty: Option<Untrusted>,
    /// Submit time.
    pub start: Timestamp,
    /// Length of the recording, seconds, where it is known without reading it.
    pub duration_s: Option<f64>,
    /// Rows at the start, 0 when not known.
    pub lines: u16,
    /// Columns at the start, 0 when not known.
    pub columns: u16,
    /// Exit value, when it exited.
    pub exit_value: Option<i32>,
    /// Signal that ended it, without `SIG`.
    pub signal: Option<Untrusted>,
    /// How risky it is by the server's rules; 0 for a directory.
    pub risk: Score,
    /// What is out of the ordinary about it, as the server says.
    pub anomalies: Vec<Anomaly>,
    /// How it stands by what operators said of it.
    pub standing: Standing,
    /// The last event that the server says it has signed; absent where nobody says.
    pub signed: Option<u64>,
}

impl From<SessionRow> for About {
    fn from(row: SessionRow) -> Self {
        Self {
            name: row.tsid.to_string().into(),
            tsid: Some(row.tsid),
            session_id: row.session_id,
            state: row.state,
            user: row.user,
            host: row.host,
            run_user: row.run_user,
            command: row.command,
            tty: row.tty,
            start: row.start,
            duration_s: Some(row.duration_s),
            lines: 0,
            columns: 0,
            exit_value: row.exit_value,
            signal: row.signal,
            risk: row.risk,
            anomalies: row.anomalies,
            standing: row.standing,
            signed: None,
        }
    }
}

impl About {
    /// As conditions and orders see it.
    pub fn subject(&self) -> Subject<'_> {
        Subject {
            name: self.name.as_bytes().into(),
            state: self.state,
            user: self.user.as_bytes(),
            host: self.host.as_bytes(),
            run_user: self.run_user.as_bytes(),
            command: self.command.as_bytes(),
            tty: self.tty.as_ref().map(Untrusted::as_bytes),
            start: self.start,
            duration_s: self.duration_s.unwrap_or(0.0),
            exit_value: self.exit_value,
            signal: self.signal.as_ref().map(Untrusted::as_bytes),
            risk: self.risk,
            anomalies: &self.anomalies,
            standing: &self.standing,
        }
    }
}
