//! What an operator asks of the event log: words, `kind:reject,error`, `severity:high`, `session:00001A`.

use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::EventsQuery;

use super::QueryLine;
use super::parts::{parts, unknown};
use crate::calendar;

impl QueryLine for EventsQuery {
    fn read(text: &str, now: Timestamp) -> Result<Self, String> {
        let (mut query, mut words) = (Self::default(), Vec::new());
        for part in parts(text)? {
            match part.name.as_str() {
                "" => words.push(part.value),
                "kind" => query.kinds.append(&mut listed(&part.value)?),
                "source" => query.sources.append(&mut listed(&part.value)?),
                "severity" => query.severity = part.value.parse()?,
                "host" => query.host = part.value,
                "user" => query.user = part.value,
                "session" | "tsid" => {
                    let tsid = part.value.parse().map_err(|_| no_session(&part.value))?;
                    query.tsid = Some(tsid);
                }
                "after" => query.since = Some(moment(&part.value, now)?),
                "before" => query.until = Some(moment(&part.value, now)?),
                name => return Err(unknown(name, &FIELDS)),
            }
        }
        query.text = words.join(" ");
        Ok(query)
    }
}

fn listed<T: std::str::FromStr<Err = String>>(values: &str) -> Result<Vec<T>, String> {
    values.split(',').map(str::parse).collect()
}

fn moment(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    calendar::at(text, now).ok_or_else(|| {
        format!("a time is 2026-11-20, 2026-11-20T14:05, 14:05, yesterday or 2h, not {text:?}")
    })
}

fn no_session(text: &str) -> String {
    format!("a session is six digits and letters such as 00001A, not {text:?}")
}

const FIELDS: [&str; 8] =
    ["kind", "source", "severity", "host", "user", "session", "after", "before"];

#[cfg(test)]
mod tests {
    use super::*;
    use sudolog_core::eventlog::{Kind, Severity, Source};

    fn read(text: &str) -> Result<EventsQuery, String> {
        EventsQuery::read(text, Timestamp { seconds: 1_763_000_000, nanoseconds: 0 })
    }

    #[test]
    fn a_line_says_which_events() {
        let query = read(
            "kind:reject,error source:kernel severity:high host:web1 user:al session:00001A x y",
        )
        .unwrap();
        assert_eq!(query.kinds, [Kind::Reject, Kind::Error]);
        assert_eq!((query.sources, query.severity), (vec![Source::Kernel], Severity::High));
        assert_eq!((query.host.as_str(), query.user.as_str()), ("web1", "al"));
        assert_eq!((query.tsid, query.text.as_str()), ("00001A".parse().ok(), "x y"));
        let query = read("after:2h before:2025-11-13T02:00:00Z").unwrap();
        assert_eq!(query.since.map(|at| at.seconds), Some(1_762_992_800));
        assert!(query.until.is_some());
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (text, says) in [
            ("kind:x", "accept"),
            ("source:x", "kernel"),
            ("severity:bad", "critical"),
            ("session:../x", "six"),
            ("after:soon", "14:05"),
            ("mood:x", "session"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
