//! One entry.

use serde::{Deserialize, Serialize};

use super::{EntryId, Kind, Severity, Source};
use crate::limits::{ENTRY_DETAILS_MAX, ENTRY_JSON_BYTES_MAX};
use crate::risk::Score;
use crate::session::{LengthError, SessionId, Tsid, check_texts};
use crate::time::Timestamp;
use crate::untrusted::Untrusted;

/// Something that happened. What is not known is empty or absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name, by whoever noticed it.
    pub id: EntryId,
    /// When, by the clock of whoever noticed it.
    pub time: Timestamp,
    /// Who noticed it.
    pub source: Source,
    /// What.
    pub kind: Kind,
    /// How much it matters.
    #[serde(default)]
    pub severity: Severity,
    /// Where. The server puts the name of the certificate here, whatever a host says.
    #[serde(default)]
    pub host: Untrusted,
    /// Who called sudo; for a record of the kernel, who had logged in (`auid`).
    #[serde(default, skip_serializing_if = "Untrusted::is_empty")]
    pub user: Untrusted,
    /// The same as a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// Who the command runs as.
    #[serde(default, skip_serializing_if = "Untrusted::is_empty")]
    pub run_user: Untrusted,
    /// The command and its arguments, without sudo's own options; empty where only the joined line is known,
    /// which is then the detail [`COMMAND_DETAIL`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub argv: Vec<Untrusted>,
    /// The terminal.
    #[serde(default, skip_serializing_if = "Untrusted::is_empty")]
    pub tty: Untrusted,
    /// The session that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// The same in the server's store; only the server knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tsid: Option<Tsid>,
    /// The process: sudo, or who made the kernel write a record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// Which rule, key or plugin it was.
    #[serde(default, skip_serializing_if = "Untrusted::is_empty")]
    pub by: Untrusted,
    /// The session's risk by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Score>,
    /// What happened, in a sentence.
    #[serde(default, skip_serializing_if = "Untrusted::is_empty")]
    pub text: Untrusted,
    /// More, by name: at most [`ENTRY_DETAILS_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<(String, Untrusted)>,
}

/// An entry as the server keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Its place in the log, from 1, without gaps.
    pub number: u64,
    /// When it was stored, by the server's clock.
    pub stored: Timestamp,
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
}

impl Entry {
    /// One of which nothing else is known yet.
    pub fn new(id: EntryId, time: Timestamp, source: Source, kind: Kind) -> Self {
        Self {
            id,
            time,
            source,
            kind,
            severity: Severity::default(),
            host: Untrusted::default(),
            user: Untrusted::default(),
            uid: None,
            run_user: Untrusted::default(),
            argv: Vec::new(),
            tty: Untrusted::default(),
            session_id: None,
            tsid: None,
            pid: None,
            by: Untrusted::default(),
            risk: None,
            text: Untrusted::default(),
            details: Vec::new(),
        }
    }

    /// The command line, its words joined by spaces, or as it is known where they are not.
    pub fn command(&self) -> Untrusted {
        if self.argv.is_empty() {
            let joined = self.details.iter().find(|(name, _)| name == COMMAND_DETAIL);
            return joined.map(|(_, line)| line.clone()).unwrap_or_default();
        }
        let words: Vec<_> = self.argv.iter().map(Untrusted::as_bytes).collect();
        Untrusted::new(words.join(&b' '))
    }

    /// Its length in memory, bytes, about.
    pub fn bytes(&self) -> usize {
        let texts: usize = self.texts().map(|text| text.len() + 32).sum();
        let argv: usize = self.argv.iter().map(|word| word.len() + 32).sum();
        size_of::<Self>() + texts + argv
    }

    /// Its length as JSON writes it, bytes, about.
    pub fn json_bytes(&self) -> usize {
        let texts: usize = self.texts().chain(&self.argv).map(Untrusted::json_bytes).sum();
        let names: usize = self.details.iter().map(|(name, _)| name.len() + 8).sum();
        texts + names + JSON_FRAME_BYTES
    }

    /// Cuts the longest of it until it is no longer than [`ENTRY_JSON_BYTES_MAX`], and says so in a
    /// detail. Whoever is recorded chooses its words: a few entries must not fill what keeps them.
    pub fn shorten(&mut self) {
        let whole = self.json_bytes();
        let mut most = ENTRY_JSON_BYTES_MAX;
        while self.json_bytes() > ENTRY_JSON_BYTES_MAX && most > 0 {
            most /= 2;
            let own = [&mut self.host, &mut self.user, &mut self.run_user, &mut self.tty];
            let rest = [&mut self.by, &mut self.text];
            let details = self.details.iter_mut().map(|(_, value)| value);
            own.into_iter().chain(rest).chain(details).for_each(|text| text.truncate(most));
            let mut left = most;
            self.argv.retain_mut(|word| {
                let has_room = left > 0;
                word.truncate(left);
                left = left.saturating_sub(word.json_bytes());
                has_room
            });
        }
        if most < ENTRY_JSON_BYTES_MAX {
            self.details.truncate(ENTRY_DETAILS_MAX - 1);
            self.details.push(("cut".to_owned(), whole.to_string().into()));
        }
    }

    /// Bounds what is stored and passed on.
    ///
    /// # Errors
    /// [`LengthError`] with the length seen.
    pub fn check(&self) -> Result<(), LengthError> {
        let names: usize = self.details.iter().map(|(name, _)| name.len()).sum();
        if self.details.len() > ENTRY_DETAILS_MAX || names > DETAIL_NAMES_BYTES_MAX {
            return Err(LengthError::Details(self.details.len()));
        }
        check_texts(self.texts(), &self.argv)
    }

    fn texts(&self) -> impl Iterator<Item = &Untrusted> {
        let own = [&self.host, &self.user, &self.run_user, &self.tty, &self.by, &self.text];
        own.into_iter().chain(self.details.iter().map(|(_, value)| value))
    }
}

/// Where a command line stands whose words are not known, and the path of one whose words are.
pub const COMMAND_DETAIL: &str = "command";
/// Names of fields, numbers and ids.
const JSON_FRAME_BYTES: usize = 512;
const DETAIL_NAMES_BYTES_MAX: usize = 64 * ENTRY_DETAILS_MAX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_survives_its_form_and_its_bounds_hold() {
        let id: EntryId = "a.1".parse().unwrap();
        let mut entry = Entry::new(id, Timestamp::from_nanos(5), Source::Sudo, Kind::Reject);
        entry.argv = vec!["id".into(), Untrusted::new([0xff])];
        entry.details = vec![("cwd".into(), "/".into())];
        assert_eq!(entry.command(), Untrusted::new(b"id \xff".as_slice()));
        let mut joined = entry.clone();
        joined.argv.clear();
        assert_eq!(joined.command(), Untrusted::default());
        joined.details.push((COMMAND_DETAIL.to_owned(), "/bin/id 'a b'".into()));
        assert_eq!(joined.command(), "/bin/id 'a b'".into());
        let stored = Stored { number: 7, stored: Timestamp::from_nanos(6), entry };
        let json = serde_json::to_string(&stored).unwrap();
        assert_eq!(serde_json::from_str::<Stored>(&json).unwrap(), stored);
        assert!(!json.contains("run_user"), "{json}");
        stored.entry.check().unwrap();
        let mut entry = stored.entry;
        entry.details = vec![("x".into(), Untrusted::default()); ENTRY_DETAILS_MAX + 1];
        assert!(entry.check().is_err());
    }

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        let id: EntryId = "a.1".parse().unwrap();
        let mut entry = Entry::new(id, Timestamp::default(), Source::Sudo, Kind::Request);
        entry.argv = vec!["id".into()];
        let short = entry.clone();
        entry.shorten();
        assert_eq!(entry, short);
        entry.argv = vec![Untrusted::new(vec![7; 10_000]); 100];
        entry.user = Untrusted::new(vec![b'x'; 200_000]);
        entry.details = vec![("x".into(), Untrusted::new(vec![0xff; 60_000])); ENTRY_DETAILS_MAX];
        entry.shorten();
        let json = serde_json::to_vec(&entry).unwrap();
        assert!(json.len() <= ENTRY_JSON_BYTES_MAX + 256, "{}", json.len());
        assert!(!entry.argv.is_empty() && entry.details.last().unwrap().0 == "cut");
        entry.check().unwrap();
    }
}
