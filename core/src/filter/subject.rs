//! A session as conditions see it, and whether it fulfils them.

use std::borrow::Cow;

use super::{Column, Condition, Test, pattern};
use crate::risk::{Anomaly, Score};
use crate::session::SessionState;
use crate::time::Timestamp;
use crate::triage::Standing;
use crate::untrusted::Untrusted;

/// What conditions and orders look at.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// TSID, or what else the session is called by.
    pub name: Cow<'a, [u8]>,
    /// Where it stands.
    pub state: SessionState,
    /// Submit user.
    pub user: &'a [u8],
    /// Submit host.
    pub host: &'a [u8],
    /// Run user.
    pub run_user: &'a [u8],
    /// Command and arguments.
    pub command: &'a [u8],
    /// Terminal.
    pub tty: Option<&'a [u8]>,
    /// Submit time.
    pub start: Timestamp,
    /// Length so far, seconds.
    pub duration_s: f64,
    /// Exit value.
    pub exit_value: Option<i32>,
    /// Signal that ended it, without `SIG`.
    pub signal: Option<&'a [u8]>,
    /// Its risk.
    pub risk: Score,
    /// What is out of the ordinary.
    pub anomalies: &'a [Anomaly],
    /// How it stands by what operators said.
    pub standing: &'a Standing,
}

impl Subject<'_> {
    /// True when each word occurs in name, user, run user, host or command, and all conditions are
    /// fulfilled.
    pub fn fits(&self, text: &str, conditions: &[Condition]) -> bool {
        let haystack = self.haystack();
        text.split_whitespace().all(|word| haystack.contains(&word.to_lowercase()))
            && conditions.iter().all(|condition| self.fulfils(condition, &haystack))
    }

    /// What words are looked for in: lower case, a field a line.
    pub fn haystack(&self) -> String {
        let fields = [&self.name, self.user, self.run_user, self.host, self.command];
        fields.map(|bytes| String::from_utf8_lossy(bytes).to_lowercase()).join("\n")
    }

    fn fulfils(&self, condition: &Condition, haystack: &str) -> bool {
        let fulfilled = match &condition.test {
            Test::Like { column, patterns } => {
                patterns.iter().any(|pattern| self.is_like(*column, pattern, haystack))
            }
            Test::State { states } => states.contains(&self.state),
            Test::Exit { values, other } => {
                self.exit_value.is_some_and(|value| values.contains(&value) != *other)
            }
            Test::Started { from, to } => {
                from.is_none_or(|from| from <= self.start) && to.is_none_or(|to| self.start < to)
            }
            Test::Risk { from, to } => (*from..=*to).contains(&self.risk),
            Test::Anomaly { anomalies, any } => {
                self.anomalies.iter().any(|anomaly| *any || anomalies.contains(anomaly))
            }
            Test::Verdict { verdicts, none, awaiting } => {
                let Standing { verdict, awaits_second, .. } = self.standing;
                verdict.map_or(*none, |verdict| verdicts.contains(&verdict))
                    || (*awaiting && *awaits_second)
            }
            Test::Unknown => return false,
        };
        fulfilled != condition.not
    }

    fn is_like(&self, column: Column, pattern: &str, haystack: &str) -> bool {
        let whole = |value: &[u8]| pattern::matches(pattern.as_bytes(), value);
        match column {
            Column::User => whole(self.user),
            Column::Host => whole(self.host),
            Column::RunUser => whole(self.run_user),
            Column::Tty => self.tty.is_some_and(|tty| is_tty(pattern, tty)),
            Column::Signal => self.signal.is_some_and(whole),
            Column::Command => pattern::occurs(pattern.as_bytes(), self.command),
            Column::Any => is_somewhere(pattern, haystack),
            Column::Tag => self.standing.tags.iter().any(|tag| whole(tag.as_bytes())),
            Column::Assignee => {
                self.standing.assignee.as_ref().map(Untrusted::as_bytes).is_some_and(whole)
            }
            Column::Tsid => self.name.as_ref() == pattern.as_bytes(),
            Column::Unknown => false,
        }
    }
}

impl Column {
    /// True when a value of this column is like the pattern; for [`Column::Any`] the value is a
    /// [`Subject::haystack`], for [`Column::Tag`] all tags with a blank between them.
    pub fn is_like(self, pattern: &str, value: &[u8]) -> bool {
        match self {
            Self::User | Self::Host | Self::RunUser | Self::Signal | Self::Assignee => {
                pattern::matches(pattern.as_bytes(), value)
            }
            Self::Tty => is_tty(pattern, value),
            Self::Command => pattern::occurs(pattern.as_bytes(), value),
            Self::Any => std::str::from_utf8(value).is_ok_and(|text| is_somewhere(pattern, text)),
            Self::Tag => {
                let tags = value.split(|byte| *byte == b' ');
                tags.into_iter().any(|tag| pattern::matches(pattern.as_bytes(), tag))
            }
            Self::Tsid => pattern.as_bytes() == value,
            Self::Unknown => false,
        }
    }
}

/// `pts/3` and `/dev/pts/3` are the same.
fn is_tty(pattern: &str, tty: &[u8]) -> bool {
    let pattern = pattern.strip_prefix(DEV).unwrap_or(pattern);
    let short = tty.strip_prefix(DEV.as_bytes()).unwrap_or(tty);
    pattern::matches(pattern.as_bytes(), short)
}

fn is_somewhere(pattern: &str, haystack: &str) -> bool {
    pattern::occurs(pattern.to_lowercase().as_bytes(), haystack.as_bytes())
}

const DEV: &str = "/dev/";
