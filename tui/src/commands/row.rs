//! A session as one line of JSON: what `list --json` and `triage --json` print.

use std::io::{self, Write};

use serde::Serialize;
use sudolog_core::risk::{Anomaly, Score};
use sudolog_core::session::SessionState;
use sudolog_core::time::Timestamp;
use sudolog_core::triage::Verdict;

use super::json::{text, write_line};
use crate::source::About;

/// Writes one object a session.
pub(super) fn write_rows(out: &mut impl Write, sessions: &[About]) -> io::Result<()> {
    sessions.iter().try_for_each(|about| write_line(out, &Row::from(about)))
}

/// A recorded time; one that no calendar has becomes the epoch.
pub(super) fn instant(time: Timestamp) -> jiff::Timestamp {
    let nanos = i32::try_from(time.nanoseconds).unwrap_or(0);
    jiff::Timestamp::new(time.seconds, nanos).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

/// One line. New fields may be added; these stay.
#[derive(Serialize)]
struct Row {
    tsid: String,
    session_id: Option<String>,
    state: SessionState,
    user: String,
    host: String,
    run_user: String,
    command: String,
    tty: Option<String>,
    start: String,
    duration_s: Option<f64>,
    exit_value: Option<i32>,
    signal: Option<String>,
    risk: Score,
    anomalies: Vec<Anomaly>,
    verdict: Option<Verdict>,
    reviewed_by: Vec<String>,
    awaits_second: bool,
    assignee: Option<String>,
    tags: Vec<String>,
    notes: u32,
}

impl From<&About> for Row {
    fn from(about: &About) -> Self {
        let standing = &about.standing;
        Self {
            tsid: text(&about.name),
            session_id: about.session_id.map(|id| id.to_string()),
            state: about.state,
            user: text(&about.user),
            host: text(&about.host),
            run_user: text(&about.run_user),
            command: text(&about.command),
            tty: about.tty.as_ref().map(text),
            start: instant(about.start).to_string(),
            duration_s: about.duration_s,
            exit_value: about.exit_value,
            signal: about.signal.as_ref().map(text),
            risk: about.risk,
            anomalies: about.anomalies.clone(),
            verdict: standing.verdict,
            reviewed_by: standing.reviewed_by.iter().map(text).collect(),
            awaits_second: standing.awaits_second,
            assignee: standing.assignee.as_ref().map(text),
            tags: standing.tags.iter().map(text).collect(),
            notes: standing.notes,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::screens::live::sample::row;

    fn written(about: &About) -> Value {
        let mut out = Vec::new();
        write_rows(&mut out, std::slice::from_ref(about)).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn risk_and_standing_are_what_the_server_says() {
        let mut row = row(1, SessionState::Complete);
        (row.risk, row.anomalies) = (Score::capped(85), vec![Anomaly::RootShell, Anomaly::Escape]);
        row.standing.verdict = Some(Verdict::FalsePositive);
        row.standing.reviewed_by = vec!["olga".into()];
        row.standing.awaits_second = true;
        row.standing.assignee = Some("v\u{1b}[2Jic".into());
        row.standing.tags = vec!["case-7".into()];
        row.standing.notes = 3;
        let line = written(&About::from(row));
        for (key, want) in [
            ("risk", json!(85)),
            ("anomalies", json!(["root_shell", "escape"])),
            ("verdict", json!("false_positive")),
            ("reviewed_by", json!(["olga"])),
            ("awaits_second", json!(true)),
            ("assignee", json!("v\u{1b}[2Jic")),
            ("tags", json!(["case-7"])),
            ("notes", json!(3)),
        ] {
            assert_eq!(line[key], want, "{key}");
        }
    }

    #[test]
    fn what_nobody_has_said_is_there_all_the_same() {
        let line = written(&About::from(row(1, SessionState::Live)));
        assert_eq!((&line["verdict"], &line["assignee"]), (&Value::Null, &Value::Null));
        assert_eq!((&line["tags"], &line["reviewed_by"]), (&json!([]), &json!([])));
        assert_eq!((&line["risk"], &line["notes"]), (&json!(0), &json!(0)));
    }
}
