//! Which sessions somebody asks for: conditions on the fields of a session, the language in which
//! an operator writes them, and the orders of a list. The server does the same in its index; what
//! is here says what is right.

mod letters;
mod order;
mod parse;
mod pattern;
mod subject;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::risk::{Anomaly, Score};
use crate::session::SessionState;
use crate::time::Timestamp;
use crate::triage::Verdict;

pub use letters::Letters;
pub use order::SortBy;
pub use parse::{FIELDS, Filter, FilterError};
pub use pattern::matches;
pub use subject::Subject;

/// The words of the language, for others that are like it.
pub(crate) mod words {
    pub(crate) use super::parse::{
        FilterError, Value, field, moment, quoted, text_of, tokens, wrong,
    };
}

#[cfg(test)]
mod properties;

/// One condition; a session must fulfil all of a query's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// The opposite is asked for.
    #[serde(default)]
    pub not: bool,
    /// What is looked at.
    #[serde(flatten)]
    pub test: Test,
}

/// What can be asked of a session. A field that a session has not, such as its tty, is like
/// nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "test", rename_all = "snake_case")]
pub enum Test {
    /// A text is like one of these patterns.
    Like {
        /// Which text.
        column: Column,
        /// `*` stands for any run of bytes.
        patterns: Vec<String>,
    },
    /// It stands so, or so.
    State {
        /// The states.
        states: Vec<SessionState>,
    },
    /// It exited with one of these values.
    Exit {
        /// The values.
        values: Vec<i32>,
        /// It exited with any other value instead.
        #[serde(default)]
        other: bool,
    },
    /// It started then.
    Started {
        /// Not before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Timestamp>,
        /// Before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Timestamp>,
    },
    /// Its risk lies there, both ends included.
    Risk {
        /// The lowest.
        from: Score,
        /// The highest.
        to: Score,
    },
    /// Something is out of the ordinary about it.
    Anomaly {
        /// One of these.
        anomalies: Vec<Anomaly>,
        /// Anything at all.
        #[serde(default)]
        any: bool,
    },
    /// Operators have judged it so.
    Verdict {
        /// One of these.
        verdicts: Vec<Verdict>,
        /// Nobody has judged it.
        #[serde(default)]
        none: bool,
        /// A second operator is waited for.
        #[serde(default)]
        awaiting: bool,
    },
    /// Something that this build does not know.
    #[serde(other)]
    Unknown,
}

/// The texts of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// Submit user, all of it.
    User,
    /// Submit host, all of it.
    Host,
    /// Run user, all of it.
    RunUser,
    /// Terminal, all of it, `/dev/` or not.
    Tty,
    /// The signal that ended it, all of its name without `SIG`.
    Signal,
    /// A part of command and arguments, whatever the case of its ASCII letters.
    Command,
    /// A part of what words are looked for in, whatever its case.
    Any,
    /// One of its tags, all of it.
    Tag,
    /// Who shall look at it, all of the name.
    Assignee,
    /// Its TSID, six letters and digits.
    Tsid,
    /// Something that this build does not know.
    #[serde(other)]
    Unknown,
}

impl Condition {
    /// The text is like one of these patterns.
    pub fn like(column: Column, patterns: impl Into<Vec<String>>) -> Self {
        Self { not: false, test: Test::Like { column, patterns: patterns.into() } }
    }

    /// True when this build knows what is asked.
    pub fn is_known(&self) -> bool {
        match &self.test {
            Test::Unknown | Test::Like { column: Column::Unknown, .. } => false,
            Test::Anomaly { anomalies, .. } => !anomalies.contains(&Anomaly::Other),
            _ => true,
        }
    }

    /// The texts that are compared with recorded ones.
    pub fn patterns(&self) -> &[String] {
        match &self.test {
            Test::Like { patterns, .. } => patterns,
            _ => &[],
        }
    }

    /// How many values it names.
    pub fn values(&self) -> usize {
        match &self.test {
            Test::Like { patterns, .. } => patterns.len(),
            Test::State { states } => states.len(),
            Test::Exit { values, .. } => values.len(),
            Test::Anomaly { anomalies, .. } => anomalies.len(),
            Test::Verdict { verdicts, .. } => verdicts.len(),
            Test::Started { .. } | Test::Risk { .. } | Test::Unknown => 1,
        }
    }
}

/// As an operator would write it.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = if self.not { "-" } else { "" };
        let all = |values: Vec<String>| values.join(",");
        match &self.test {
            Test::Like { column, patterns } if column.takes_lists() => {
                let patterns = patterns.iter().map(|pattern| parse::quoted(pattern)).collect();
                write!(f, "{not}{}:{}", column.name(), all(patterns))
            }
            // The language has one of them in each condition.
            Test::Like { column, patterns } => {
                for (at, pattern) in patterns.iter().enumerate() {
                    let gap = if at > 0 { " or " } else { "" };
                    write!(f, "{gap}{not}{}:{}", column.name(), parse::quoted(pattern))?;
                }
                Ok(())
            }
            Test::State { states } => {
                write!(f, "{not}state:{}", all(states.iter().map(ToString::to_string).collect()))
            }
            Test::Exit { values, other: true } if values.is_empty() => write!(f, "{not}exit:*"),
            Test::Exit { values, other } => {
                let other = if *other { "!" } else { "" };
                let values = values.iter().map(ToString::to_string).collect();
                write!(f, "{not}exit:{other}{}", all(values))
            }
            Test::Started { from, to } => {
                let ends = [("after", from), ("before", to)];
                let ends = ends.into_iter().filter_map(|(name, time)| Some((name, (*time)?)));
                for (at, (name, time)) in ends.enumerate() {
                    let gap = if at > 0 { " " } else { "" };
                    let Timestamp { seconds, nanoseconds } = time;
                    write!(f, "{gap}{not}{name}:@{seconds}.{nanoseconds:09}")?;
                }
                Ok(())
            }
            Test::Risk { from, to } => write!(f, "{not}risk:{from}-{to}"),
            Test::Anomaly { any: true, .. } => write!(f, "{not}anomaly:*"),
            Test::Anomaly { anomalies, .. } => {
                let names = anomalies.iter().map(ToString::to_string).collect();
                write!(f, "{not}anomaly:{}", all(names))
            }
            Test::Verdict { verdicts, none, awaiting } => {
                let names = verdicts.iter().map(ToString::to_string);
                let none = none.then(|| parse::NO_VERDICT.to_owned());
                let awaiting = awaiting.then(|| parse::AWAITING.to_owned());
                write!(f, "{not}verdict:{}", all(names.chain(none).chain(awaiting).collect()))
            }
            Test::Unknown => f.write_str("something unknown"),
        }
    }
}

impl Column {
    /// The field's name in the language.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Host => "host",
            Self::RunUser => "run",
            Self::Tty => "tty",
            Self::Signal => "signal",
            Self::Command => "command",
            Self::Any => "any",
            Self::Tag => "tag",
            Self::Assignee => "assigned",
            Self::Tsid => "tsid",
            Self::Unknown => "unknown",
        }
    }

    /// True where a comma separates values: in a command it is a character like others.
    fn takes_lists(self) -> bool {
        !matches!(self, Self::Command | Self::Any)
    }
}
