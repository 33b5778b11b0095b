//! Control messages between plugin, shipper and server.

use serde::{Deserialize, Serialize};

use crate::ack::{Chain, KeyId};
use crate::session::{HostName, SessionId, Tsid};
use crate::time::Timestamp;
use crate::untrusted::Untrusted;

/// HELLO: who speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Protocol version, 1.
    pub protocol: u16,
    /// The sender's own version, for the log.
    pub version: String,
    /// The sender's host, where it has one; consoles leave it out.
    #[serde(default)]
    pub host: Option<HostName>,
    /// Boot id of that host.
    #[serde(default)]
    pub boot_id: Option<Untrusted>,
    /// Names this run of a shipper, by chance: sessions of another run will never be resumed.
    #[serde(default)]
    pub instance: Option<Instance>,
}

/// One run of a shipper: 8 random bytes, 16 hexadecimal digits on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Instance(pub u64);

impl TryFrom<String> for Instance {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let number = (text.len() == 16).then(|| u64::from_str_radix(&text, 16).ok()).flatten();
        number.map(Self).ok_or("an instance is 16 hexadecimal digits")
    }
}

impl From<Instance> for String {
    fn from(instance: Instance) -> Self {
        format!("{:016x}", instance.0)
    }
}

/// WELCOME: who answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// Protocol version, 1.
    pub protocol: u16,
    /// The server's name for itself.
    pub server_id: String,
    /// The server's wall clock, to show skew.
    pub server_time: Timestamp,
    /// Keys that may sign acknowledgements.
    #[serde(default)]
    pub ack_key_ids: Vec<KeyId>,
    /// What the operator may do, who is told it to show no more than that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// What an operator may do. Each role may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Watch, read and list the sessions that the patterns allow.
    Viewer,
    /// And judge them.
    Auditor,
    /// And act on running sessions and change rules.
    Admin,
}

impl Role {
    /// Its name in `server.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
        }
    }
}

/// OPENED: the session may start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The session's own name, as in OPEN.
    pub session_id: SessionId,
    /// Its number in the server's log directory.
    pub tsid: Tsid,
    /// The session's cgroup directory. Set by the shipper for the plugin, never by the server: no
    /// path comes from the network. Absent where the host has none.
    #[serde(default)]
    pub cgroup: Option<Untrusted>,
    /// The session inside which this one was started. Set by the shipper, which finds it by the
    /// caller's cgroup, never by the server. The plugin must put it into its own session start
    /// before it begins the chain, or no acknowledgement will fit.
    #[serde(default)]
    pub parent: Option<SessionId>,
    /// What is entered waits for [`Checked`] from the first event on: what was typed before sudo had
    /// asked for it is entered as soon as the command runs.
    #[serde(default)]
    pub wait: bool,
}

/// DENIED: the session may not start, or cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denied {
    /// What kind of refusal.
    pub code: DenyCode,
    /// One sentence for the user, shown escaped.
    pub text: Untrusted,
}

/// Kinds of refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DenyCode {
    /// The server cannot be reached.
    Unreachable,
    /// The host is not who it says it is.
    Identity,
    /// The message is malformed or too large.
    Malformed,
    /// The session is not known, or not where the sender thinks.
    Session,
    /// The server cannot store (disk full, too many sessions).
    Storage,
    /// Policy forbids it.
    Policy,
    /// A code that this build does not know.
    #[serde(other)]
    Other,
}

/// RESUME: a session goes on over a new connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// Which session.
    pub session_id: SessionId,
    /// The first event that the sender still holds.
    pub first_seq: u64,
    /// The chain's value just before that event.
    pub chain: Chain,
}

/// RESUMED: where to go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    /// The first event that the server does not have; `final seq + 2` when it has the end as well.
    pub next_seq: u64,
}

/// ORDER: what an operator wants done with a running session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What to do.
    pub kind: OrderKind,
    /// Which operator.
    pub who: Untrusted,
    /// Why, shown to the user.
    pub why: Untrusted,
}

/// Kinds of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// Stop the command until a thaw.
    Freeze,
    /// Let it go on, if the recording is proven.
    Thaw,
    /// End it.
    Terminate,
    /// Only show the text.
    Message,
    /// An order that this build does not know.
    #[serde(other)]
    Other,
}

/// CHECKED: the rules have looked at what was entered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// At all events up to this one.
    pub seq: u64,
    /// From now on whatever is entered waits for this message, for
    /// [`CHECK_DEADLINE`](crate::limits::CHECK_DEADLINE) at most.
    #[serde(default)]
    pub wait: bool,
    /// The rule that forbids what was entered in that event; absent when none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Untrusted>,
}

/// NOTICE: what the shipper did or saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What.
    pub kind: NoticeKind,
    /// More about it, for people.
    #[serde(default)]
    pub text: Untrusted,
    /// Number of the last event before it, where the sender knows.
    #[serde(default)]
    pub after_seq: Option<u64>,
    /// How long ago it happened when it was sent, milliseconds: it could not be sent before.
    #[serde(default)]
    pub ago_ms: u64,
}

impl Notice {
    /// Something that happens now.
    pub fn new(kind: NoticeKind, text: impl Into<Untrusted>) -> Self {
        Self { kind, text: text.into(), after_seq: None, ago_ms: 0 }
    }
}

/// Kinds of notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The command is stopped: its recording is not proven.
    Frozen,
    /// The command runs again.
    Thawed,
    /// Frozen for too long: the command is being ended.
    FreezeTimeout,
    /// A process left the session's cgroup.
    Escape,
    /// The session is being ended by order.
    Terminating,
    /// A wrong acknowledgement was seen.
    BadAck,
    /// What was entered reached the command before the rules had looked at it; told once a session.
    Unchecked,
    /// sudo went away without saying how it ended: no CLOSE will come.
    Gone,
    /// A notice that this build does not know.
    #[serde(other)]
    Other,
}
