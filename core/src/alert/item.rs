//! An entry as it is told: every text made safe to show, and no longer than a reader wants it.

use serde::{Deserialize, Serialize};

use super::plan::Plan;
use super::split::Unit;
use super::stamp::rfc3339;
use crate::eventlog::{Severity, Stored};
use crate::limits::{ALERT_COMMAND_BYTES_MAX, ALERT_NAME_BYTES_MAX};
use crate::untrusted::Untrusted;

/// What templates and services get of an entry. No text of it holds a control character or anything else
/// that misleads; what somebody else wrote is escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Number in the event log.
    pub number: u64,
    /// The entry's id.
    pub id: String,
    /// When, RFC 3339.
    pub time: String,
    /// Who noticed it.
    pub source: String,
    /// What.
    pub kind: String,
    /// How much it matters.
    pub severity: Severity,
    /// Where.
    pub host: String,
    /// Who called sudo.
    pub user: String,
    /// The same as a number.
    pub uid: Option<u32>,
    /// Who the command runs as.
    pub run_user: String,
    /// The command line.
    pub command: String,
    /// The terminal.
    pub tty: String,
    /// The session's number in the store.
    pub session: String,
    /// Which rule, key or plugin it was.
    pub rule: String,
    /// The session's risk by then.
    pub risk: Option<u8>,
    /// What happened, in a sentence.
    pub text: String,
    /// What the administrator knows of host and user.
    pub label: String,
}

impl Item {
    /// Its length as JSON writes it, bytes, about: backslashes and quotes take two.
    pub fn json_bytes(&self) -> usize {
        let texts = [
            &self.id,
            &self.time,
            &self.source,
            &self.kind,
            &self.host,
            &self.user,
            &self.run_user,
            &self.command,
            &self.tty,
            &self.session,
            &self.rule,
            &self.text,
            &self.label,
        ];
        texts.into_iter().map(|text| 2 * text.len()).sum::<usize>() + JSON_FRAME_BYTES
    }

    /// What is told of an entry by that plan.
    pub fn new(stored: &Stored, plan: &Plan) -> Self {
        let entry = &stored.entry;
        let name = |text: &Untrusted| shown(text, ALERT_NAME_BYTES_MAX);
        let mut item = Self {
            number: stored.number,
            id: entry.id.to_string(),
            time: rfc3339(entry.time),
            source: entry.source.name().to_owned(),
            kind: entry.kind.name().to_owned(),
            severity: match entry.severity {
                Severity::Other => Severity::Notice,
                known => known,
            },
            host: name(&entry.host),
            user: name(&entry.user),
            uid: entry.uid,
            run_user: name(&entry.run_user),
            command: shown(&entry.command(), ALERT_COMMAND_BYTES_MAX),
            tty: name(&entry.tty),
            session: entry.tsid.map(|tsid| tsid.to_string()).unwrap_or_default(),
            rule: name(&entry.by),
            risk: entry.risk.map(|risk| risk.points()),
            text: shown(&entry.text, ALERT_COMMAND_BYTES_MAX),
            label: plan.label(entry),
        };
        for mask in plan.masks() {
            mask.apply(&mut item);
        }
        item
    }

    /// The line that tells it when nobody asks for other words.
    pub fn line(&self) -> String {
        let mut words = vec![self.time.clone(), self.severity.name().to_uppercase()];
        let user = match self.uid {
            Some(uid) if !self.user.is_empty() => format!("{} (uid {uid})", self.user),
            _ => self.user.clone(),
        };
        words.push(match (user.is_empty(), self.host.is_empty()) {
            (false, false) => format!("{user} on {}", self.host),
            (true, false) => format!("on {}", self.host),
            _ => user,
        });
        words.push(self.what());
        if !self.command.is_empty() {
            let run_user = Some(&self.run_user).filter(|user| !user.is_empty());
            let as_whom = run_user.map(|user| format!("(as {user}) ")).unwrap_or_default();
            words.push(format!("{as_whom}`{}`", self.command));
        }
        if !self.label.is_empty() {
            words.push(format!("[{}]", self.label));
        }
        if !self.session.is_empty() {
            words.push(format!("session {}", self.session));
        }
        words.push(format!("#{}", self.number));
        words.retain(|word| !word.is_empty());
        words.join(" ")
    }

    /// What happened, in a few words: kind, rule, risk, and the sentence.
    pub fn what(&self) -> String {
        let rule = Some(&self.rule).filter(|rule| !rule.is_empty());
        let rule = rule.map(|rule| format!(" {rule}")).unwrap_or_default();
        let risk = self.risk.map(|risk| format!(" (risk {risk})")).unwrap_or_default();
        let colon = if self.text.is_empty() { "" } else { ": " };
        format!("{}{rule}{risk}{colon}{}", self.kind.replace('_', " "), self.text)
    }
}

/// A text escaped, and cut with a mark where it is longer than `most` bytes.
fn shown(text: &Untrusted, most: usize) -> String {
    let bytes = text.as_bytes();
    if bytes.len() <= most {
        return cut(&text.escaped().to_string(), most);
    }
    let kept = Untrusted::new(bytes.get(..most).unwrap_or_default());
    let escaped = cut(&kept.escaped().to_string(), most);
    format!("{escaped} …(+{} bytes)", bytes.len() - most)
}

/// The most of a text that `most` bytes hold, with a mark when that is not all.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    format!("{}…", beginning(text, most.saturating_sub('…'.len_utf8())))
}

/// The longest beginning of a text that `most` bytes hold.
pub(super) fn beginning(text: &str, most: usize) -> &str {
    Unit::Bytes.split(text, most).0
}

/// Names of fields and numbers.
const JSON_FRAME_BYTES: usize = 256;

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::eventlog::{Entry, Kind, Source};
    use crate::time::Timestamp;
    use crate::untrusted::is_misleading;

    /// An entry as hosts send them.
    pub(in crate::alert) fn stored(number: u64, kind: Kind, severity: Severity) -> Stored {
        let id = format!("e{number}").parse().unwrap();
        let time = Timestamp { seconds: 1_795_290_600, nanoseconds: 0 };
        let mut entry = Entry::new(id, time, Source::Server, kind);
        entry.severity = severity;
        entry.host = "web1".into();
        entry.user = "alice".into();
        Stored { number, stored: time, entry }
    }

    #[test]
    fn a_hostile_entry_is_told_in_one_harmless_line() {
        let mut stored = stored(7, Kind::Finding, Severity::High);
        let hostile = Untrusted::new(b"x\x1b]0;t\x07\r\nBcc: y\xff\xe2\x80\xae\xc2\x9b".as_slice());
        stored.entry.user = hostile.clone();
        stored.entry.host = hostile.clone();
        stored.entry.text = hostile.clone();
        stored.entry.by = hostile.clone();
        stored.entry.argv = vec![hostile; 3];
        let line = Item::new(&stored, &Plan::default()).line();
        assert!(!line.chars().any(is_misleading), "{line}");
        assert!(line.contains("\\u{1b}]0;t") && line.contains("#7"), "{line}");
    }

    #[test]
    fn a_long_command_is_cut_and_says_so() {
        let mut stored = stored(7, Kind::Request, Severity::Info);
        stored.entry.argv = vec!["x".repeat(70_000).as_str().into()];
        let item = Item::new(&stored, &Plan::default());
        assert!(item.command.len() < ALERT_COMMAND_BYTES_MAX + 64);
        let left = 70_000 - ALERT_COMMAND_BYTES_MAX;
        assert!(item.command.ends_with(&format!(" …(+{left} bytes)")), "{}", item.command.len());
    }

    #[test]
    fn a_line_says_who_where_what_and_where_to_look() {
        let mut stored = stored(12, Kind::Finding, Severity::High);
        stored.entry.uid = Some(1000);
        stored.entry.by = "log-delete".into();
        stored.entry.risk = Some(crate::risk::Score::capped(70));
        stored.entry.text = "a log was deleted".into();
        stored.entry.argv = vec!["rm".into(), "/var/log/auth.log".into()];
        stored.entry.run_user = "root".into();
        stored.entry.tsid = Some("00001A".parse().unwrap());
        assert_eq!(
            Item::new(&stored, &Plan::default()).line(),
            "2026-11-21T19:50:00.000Z HIGH alice (uid 1000) on web1 finding log-delete (risk 70): a \
             log was deleted (as root) `rm /var/log/auth.log` session 00001A #12"
        );
    }
}
