//! One thing that a rule found in a session.

use serde::{Deserialize, Serialize};

use crate::untrusted::Untrusted;

/// What a rule found, where, and what it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's name.
    pub rule: String,
    /// What it is about.
    pub category: Category,
    /// What the rule counts, 0 to 100. Of a category only the highest counts for the score.
    pub points: u8,
    /// Where it was found.
    pub source: Source,
    /// The event with which it was found, 0 for the session's start.
    #[serde(default)]
    pub seq: u64,
    /// Time of that event since the session's start, nanoseconds.
    #[serde(default)]
    pub elapsed_ns: u64,
    /// What matched, shortened to [`FINDING_TEXT_BYTES_MAX`](crate::limits::FINDING_TEXT_BYTES_MAX).
    #[serde(default)]
    pub text: Untrusted,
}

/// What a rule is about. Categories add up; rules of one category do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Logs, audit and recording put out of action.
    Tamper,
    /// A way back in.
    Persistence,
    /// More rights.
    Privilege,
    /// Secrets.
    Credential,
    /// Shells out of other programs.
    Shell,
    /// Code from elsewhere.
    Download,
    /// Data to elsewhere.
    Exfil,
    /// Data and services destroyed.
    Destructive,
    /// Programs that are hostile as such.
    Malware,
    /// Looking round.
    Recon,
    /// Something is wrong with the recording.
    Integrity,
    /// Who, when and how long.
    Context,
    /// One that this build does not know.
    #[serde(other)]
    Other,
}

/// Where in a session a rule looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The command that sudo ran, with its arguments.
    Command,
    /// A line that the user entered.
    Typed,
    /// A line that the screen showed.
    Shown,
    /// Output as it was written.
    Raw,
    /// What is known of the session as a whole.
    Meta,
    /// Something that happened to the session.
    Event,
    /// One that this build does not know.
    #[serde(other)]
    Other,
}

impl Category {
    /// All that this build knows.
    pub const ALL: [Self; 12] = [
        Self::Tamper,
        Self::Persistence,
        Self::Privilege,
        Self::Credential,
        Self::Shell,
        Self::Download,
        Self::Exfil,
        Self::Destructive,
        Self::Malware,
        Self::Recon,
        Self::Integrity,
        Self::Context,
    ];

    /// Its name in rules.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tamper => "tamper",
            Self::Persistence => "persistence",
            Self::Privilege => "privilege",
            Self::Credential => "credential",
            Self::Shell => "shell",
            Self::Download => "download",
            Self::Exfil => "exfil",
            Self::Destructive => "destructive",
            Self::Malware => "malware",
            Self::Recon => "recon",
            Self::Integrity => "integrity",
            Self::Context => "context",
            Self::Other => "other",
        }
    }
}

impl Source {
    /// In a word, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Typed => "typed",
            Self::Shown => "shown",
            Self::Raw => "raw",
            Self::Meta => "session",
            Self::Event => "event",
            Self::Other => "other",
        }
    }
}
