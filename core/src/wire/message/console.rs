//! What a console asks and the server answers.
//!
//! A request carries a number chosen by the console; every answer to it carries the same number,
//! as the REPLY's `id` and as the stream of the EVENT and KEYFRAME frames that it causes. A
//! request that streams ends with a REPLY `done` or `failed`.

use serde::{Deserialize, Serialize};

use super::alerts::{AlertAct, Alerts, AlertsQuery};
use super::control::OrderKind;
use super::events::{Events, EventsQuery};
use super::facets::{Among, Facets, FindQuery, PlaceQuery};
use super::outline::{Outline, OutlineKnown};
use super::rules::{RulesInForce, RulesTrial};
use super::triage::{Judgement, Review, Summary, SummaryQuery, Views, ViewsQuery};
use crate::ack::SignedAck;
use crate::filter::{Condition, SortBy, Subject, Test};
use crate::limits::{QUERY_CONDITIONS_MAX, QUERY_TEXT_BYTES_MAX, QUERY_VALUES_MAX};
use crate::risk::{Anomaly, Score};
use crate::session::{HostName, Incident, SessionEnd, SessionId, SessionStart, SessionState, Tsid};
use crate::time::Timestamp;
use crate::triage::Standing;
use crate::untrusted::Untrusted;

/// REQUEST.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Chosen by the console, not 0, not in use for another request on this connection.
    pub id: u32,
    /// What is wanted.
    #[serde(flatten)]
    pub body: RequestBody,
}

/// What a console can ask for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum RequestBody {
    /// A page of sessions; answered by one `sessions`.
    List(Query),
    /// All about one session; answered by one `session`.
    Show {
        /// Which.
        tsid: Tsid,
    },
    /// The recording from its first event or a later one to what is stored now; answered by EVENT
    /// frames, then `done`.
    Read {
        /// Which.
        tsid: Tsid,
        /// The first event wanted, from 1.
        from_seq: u64,
    },
    /// When the events of a recording happened and what else it holds beside them; answered by
    /// MOMENTS frames and one `outline`, which says how far it came.
    Outline {
        /// Which.
        tsid: Tsid,
        /// What the console has of it already.
        #[serde(default)]
        known: OutlineKnown,
    },
    /// A moment of a recording, without what lies before it; answered by the KEYFRAME of the screen
    /// after event `seq`, if it is wanted, EVENT frames that follow, then `done`.
    Look {
        /// Which.
        tsid: Tsid,
        /// The event, 0 for the beginning; the last one where there are fewer.
        seq: u64,
        /// The screen is wanted.
        screen: bool,
        /// Which streams are put on it, a bit for each of sudo's numbers.
        #[serde(default = "output_streams")]
        streams: u8,
        /// How much of the events that follow, frames and all, about; none for 0, else at least one.
        bytes: u32,
    },
    /// Text that the screens of a recording showed; answered by HITS frames, then `done`.
    Search {
        /// Which.
        tsid: Tsid,
        /// What to search for.
        text: String,
        /// It is a regular expression.
        #[serde(default)]
        regex: bool,
        /// As in `look`.
        #[serde(default = "output_streams")]
        streams: u8,
        /// A running session is searched on as it grows, until `cancel`.
        #[serde(default)]
        follow: bool,
        /// The lines are wanted that answer these letters best.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        fuzzy: bool,
        /// The first hits after this event are wanted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<u64>,
        /// The last hits before this event are wanted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<u64>,
    },
    /// A running session as it happens; answered by KEYFRAME, then EVENT frames, another KEYFRAME
    /// whenever the console was too slow, and `done` when the session ends.
    Watch {
        /// Which.
        tsid: Tsid,
    },
    /// Has something done with a running session; recorded first, then carried out, and answered by
    /// `done` as soon as it is recorded.
    Order {
        /// Which.
        tsid: Tsid,
        /// What.
        kind: OrderKind,
        /// Why: for the user and for the record. Not empty.
        why: Untrusted,
    },
    /// What is known of one session's risk, and what was said of it; answered by one `review`.
    Review {
        /// Which.
        tsid: Tsid,
    },
    /// Says something of sessions; recorded first, and answered by `done`. Of all sessions or none.
    Judge(Judgement),
    /// Sessions added up by user, host or command; answered by one `summary`.
    Summary(SummaryQuery),
    /// What sessions have in common; answered by one `facets`.
    Facets(Among),
    /// Sessions that answer a few letters, the nearest first; answered by one `sessions`.
    Find(FindQuery),
    /// Where a session stands in a list; answered by one `place`.
    Place(PlaceQuery),
    /// The rules; answered by one `rules`.
    Rules,
    /// What other rules would change; nothing is changed, and answered by one `trial`.
    TryRules {
        /// A file of rules.
        text: String,
    },
    /// Puts other rules into force; recorded first, and answered by `done`.
    SetRules {
        /// SHA-256 of the rules that they are to replace, in hexadecimal: of no others.
        base: String,
        /// A file of rules.
        text: String,
        /// Why. Not empty.
        why: Untrusted,
    },
    /// What operators looked at and did; answered by one `views`. For auditors and admins.
    Views(ViewsQuery),
    /// Entries of the event log; answered by one `events`.
    Events(EventsQuery),
    /// What became of alerts; answered by one `alerts`.
    Alerts(AlertsQuery),
    /// Does something about them; recorded first, and answered by `done`. For admins.
    Alert(AlertAct),
    /// Every session that stands differently from now on; answered by CHANGE frames until `cancel`.
    /// A console that is too slow misses some and lists again.
    Changes,
    /// Ends a `read`, `look`, `search`, `watch` or `changes`; both requests are answered by `done`.
    Cancel {
        /// The number of the request to end.
        target: u32,
    },
    /// Something that this build does not know; answered by `failed`.
    #[serde(other)]
    Unknown,
}

/// Which sessions to list, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// Words that must all occur in user, run user, host, command line or TSID; empty for all.
    #[serde(default)]
    pub text: String,
    /// Conditions that must all be fulfilled. A server that does not know one refuses the query.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Only sessions that may still grow.
    #[serde(default)]
    pub open_only: bool,
    /// What the page is sorted by.
    #[serde(default)]
    pub sort: SortBy,
    /// All of the order is reversed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reverse: bool,
    /// How many rows to skip.
    #[serde(default)]
    pub offset: u32,
    /// How many rows at most; the server gives 1,000 at most.
    #[serde(default)]
    pub limit: u32,
}

/// REPLY.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The request's number.
    pub id: u32,
    /// What is wrong with the server, in a line, empty when nothing is; absent where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<Untrusted>,
    /// The answer.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Outcome {
    /// To `list`.
    Sessions(Listing),
    /// To `show`.
    Session(Box<Detail>),
    /// To `outline`.
    Outline(Box<Outline>),
    /// To `review`.
    Review(Box<Review>),
    /// To `summary`.
    Summary(Summary),
    /// To `facets`.
    Facets(Facets),
    /// To `place`.
    Place {
        /// How many rows stand before it; absent when it is not in the list.
        #[serde(default)]
        at: Option<u32>,
    },
    /// To `rules`.
    Rules(Box<RulesInForce>),
    /// To `try_rules`.
    Trial(Box<RulesTrial>),
    /// To `views`.
    Views(Views),
    /// To `events`.
    Events(Events),
    /// To `alerts`.
    Alerts(Alerts),
    /// A stream has ended, or a `cancel` was carried out.
    Done,
    /// It could not be done.
    Failed(Failure),
}

/// A page of sessions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    /// How many sessions the query finds in all.
    pub total: u64,
    /// The page.
    pub rows: Vec<SessionRow>,
}

/// One session in a list: the fields of `list --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionRow {
    /// Number in the log directory.
    pub tsid: Tsid,
    /// The session's own name; absent for recordings that sudo made without Sudolog.
    #[serde(default)]
    pub session_id: Option<SessionId>,
    /// Where it stands.
    pub state: SessionState,
    /// Submit user.
    pub user: Untrusted,
    /// Submit host.
    pub host: Untrusted,
    /// Run user.
    pub run_user: Untrusted,
    /// Command and arguments, joined by spaces.
    pub command: Untrusted,
    /// Terminal, absent without one.
    #[serde(default)]
    pub tty: Option<Untrusted>,
    /// Submit time.
    pub start: Timestamp,
    /// Length of the recording so far, seconds.
    pub duration_s: f64,
    /// Events stored so far.
    pub events: u64,
    /// Exit value, when it exited.
    #[serde(default)]
    pub exit_value: Option<i32>,
    /// Signal that ended it, without `SIG`.
    #[serde(default)]
    pub signal: Option<Untrusted>,
    /// How risky it is by the rules, so far.
    #[serde(default)]
    pub risk: Score,
    /// What is out of the ordinary about it.
    #[serde(default)]
    pub anomalies: Vec<Anomaly>,
    /// How it stands by what operators said of it.
    #[serde(flatten)]
    pub standing: Standing,
}

impl SessionRow {
    /// A session of which nothing is known but its number: neither whose it was nor that it ended.
    pub fn unknown(tsid: Tsid) -> Self {
        Self {
            tsid,
            session_id: None,
            state: SessionState::Live,
            user: Untrusted::default(),
            host: Untrusted::default(),
            run_user: Untrusted::default(),
            command: Untrusted::default(),
            tty: None,
            start: Timestamp::default(),
            duration_s: 0.0,
            events: 0,
            exit_value: None,
            signal: None,
            risk: Score::default(),
            anomalies: Vec::new(),
            standing: Standing::default(),
        }
    }
}

/// All about one session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    /// As in the list.
    pub row: SessionRow,
    /// The session's start, when it was recorded by Sudolog.
    #[serde(default)]
    pub start: Option<SessionStart>,
    /// Its end, when it has ended properly.
    #[serde(default)]
    pub end: Option<SessionEnd>,
    /// Signed checkpoints, oldest first; the last one covers all that is acknowledged.
    #[serde(default)]
    pub acks: Vec<SignedAck>,
    /// Why it is incomplete.
    #[serde(default)]
    pub incomplete: Option<Untrusted>,
    /// What happened to it from outside, oldest first.
    #[serde(default)]
    pub incidents: Vec<Incident>,
}

/// Why something could not be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind.
    pub cause: Cause,
    /// One sentence, shown escaped.
    pub text: Untrusted,
}

/// Kinds of failure; they become the console's exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// No such session.
    NotFound,
    /// The operator may not.
    Forbidden,
    /// The request is not understood.
    Malformed,
    /// The server could not read or write.
    Storage,
    /// A cause that this build does not know.
    #[serde(other)]
    Other,
}

/// stdout, stderr, ttyout.
fn output_streams() -> u8 {
    1 << 1 | 1 << 2 | 1 << 4
}

impl Query {
    /// True when the row cannot be among those that are asked for, however the session stands by now.
    pub fn excludes(&self, row: &SessionRow) -> bool {
        let lasting = |condition: &&Condition| {
            matches!(condition.test, Test::Like { .. } | Test::Started { .. })
        };
        let lasting: Vec<Condition> = self.conditions.iter().filter(lasting).cloned().collect();
        !lasting.is_empty() && !row.subject().fits("", &lasting)
    }

    /// What keeps this build from answering it, in a sentence.
    ///
    /// # Errors
    /// The sentence.
    pub fn check(&self) -> Result<(), String> {
        let patterns = self.conditions.iter().flat_map(Condition::patterns);
        let bytes = self.text.len() + patterns.map(String::len).sum::<usize>();
        let values: usize = self.conditions.iter().map(Condition::values).sum();
        if bytes > QUERY_TEXT_BYTES_MAX {
            return Err(format!("search for {QUERY_TEXT_BYTES_MAX} bytes of text at most"));
        }
        if self.conditions.len() > QUERY_CONDITIONS_MAX || values > QUERY_VALUES_MAX {
            return Err(format!(
                "ask for {QUERY_CONDITIONS_MAX} conditions with {QUERY_VALUES_MAX} values at most"
            ));
        }
        if !self.conditions.iter().all(Condition::is_known) {
            return Err("this server does not know one of the conditions".to_owned());
        }
        if self.sort == SortBy::Unknown {
            return Err("this server cannot sort like that".to_owned());
        }
        Ok(())
    }
}

impl SessionRow {
    /// As conditions and orders see it.
    pub fn subject(&self) -> Subject<'_> {
        Subject {
            name: self.tsid.to_string().into_bytes().into(),
            state: self.state,
            user: self.user.as_bytes(),
            host: self.host.as_bytes(),
            run_user: self.run_user.as_bytes(),
            command: self.command.as_bytes(),
            tty: self.tty.as_ref().map(Untrusted::as_bytes),
            start: self.start,
            duration_s: self.duration_s,
            exit_value: self.exit_value,
            signal: self.signal.as_ref().map(Untrusted::as_bytes),
            risk: self.risk,
            anomalies: &self.anomalies,
            standing: &self.standing,
        }
    }

    /// The host as a checked name, when it is one.
    pub fn host_name(&self) -> Option<HostName> {
        std::str::from_utf8(self.host.as_bytes()).ok()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_read_as_documented() {
        let request: Request =
            serde_json::from_str(r#"{"id":1,"op":"read","tsid":"00001A","from_seq":1,"x":0}"#)
                .unwrap();
        let tsid = "00001A".parse().unwrap();
        assert_eq!(request.body, RequestBody::Read { tsid, from_seq: 1 });
        let list: Request = serde_json::from_str(r#"{"id":2,"op":"list"}"#).unwrap();
        assert_eq!(list.body, RequestBody::List(Query::default()));
        let query: Query = serde_json::from_str(
            r#"{"sort":"mood","conditions":[{"test":"like","column":"mood","patterns":[]}],"x":1}"#,
        )
        .unwrap();
        assert!(query.check().unwrap_err().contains("conditions"));
        assert!(Query { conditions: Vec::new(), ..query }.check().unwrap_err().contains("sort"));
        let newer: Request = serde_json::from_str(r#"{"id":3,"op":"teleport"}"#).unwrap();
        assert_eq!(newer.body, RequestBody::Unknown);
        assert!(
            serde_json::from_str::<Request>(r#"{"id":1,"op":"show","tsid":"../../x"}"#).is_err()
        );
    }

    #[test]
    fn replies_round_trip() {
        let reply = Reply {
            id: 4,
            warning: Some("rules".into()),
            outcome: Outcome::Sessions(Listing::default()),
        };
        let json = serde_json::to_string(&reply).unwrap();
        assert_eq!(json, r#"{"id":4,"warning":"rules","result":"sessions","total":0,"rows":[]}"#);
        assert_eq!(serde_json::from_str::<Reply>(&json).unwrap(), reply);
    }
}
