//! The event log on the wire: how entries reach the server, and what a console asks of them.

use serde::{Deserialize, Serialize};

use crate::eventlog::{Entry, Kind, Severity, Source, Stored};
use crate::session::Tsid;
use crate::time::Timestamp;

/// AUDIT: something that a host saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// On the way to the server: the shipper's own count from 1, which AUDITED answers. 0 on the
    /// host.
    #[serde(default)]
    pub number: u64,
    /// What.
    pub entry: Entry,
}

/// AUDITED: the server keeps all that this shipper has sent it up to that number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audited {
    /// The last one.
    pub number: u64,
}

/// Which entries are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventsQuery {
    /// Words that must all occur in user, run user, host, command, rule, text or kind; empty for
    /// all.
    #[serde(default)]
    pub text: String,
    /// Only these kinds; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<Kind>,
    /// Only from these; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// Only as severe, or more.
    #[serde(default)]
    pub severity: Severity,
    /// Only this host, `*` for any run of characters; empty for all.
    #[serde(default)]
    pub host: String,
    /// Only of this user, likewise; empty for all.
    #[serde(default)]
    pub user: String,
    /// Only of this session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tsid: Option<Tsid>,
    /// Not before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Only those with a greater number: what is new.
    #[serde(default)]
    pub after: u64,
    /// Only those with a smaller number, 0 for all: the page that follows.
    #[serde(default)]
    pub before: u64,
    /// How many at most; the server gives [`EVENTS_MAX`](crate::limits::EVENTS_MAX) at most.
    #[serde(default)]
    pub limit: u32,
}

/// Entries, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Events {
    /// As many as fit into a frame.
    pub entries: Vec<Stored>,
    /// There may be more: the page that follows is asked for with `before` = [`reached`](Self::reached).
    #[serde(default)]
    pub more: bool,
    /// All down to this number were looked at. The server looks for a short while only, so a page may
    /// be empty though there are more.
    #[serde(default)]
    pub reached: u64,
    /// Number of the newest entry there is, wanted or not.
    #[serde(default)]
    pub newest: u64,
}
