//! How a session ends: what CLOSE says and `log.json` keeps.

use serde::{Deserialize, Serialize};

use super::canonical::Canonical;
use super::{LengthError, check_sentences};
use crate::untrusted::Untrusted;

/// The end of a session as the plugin saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionEnd {
    /// Number of the last event, 0 when there was none.
    pub final_seq: u64,
    /// Monotonic time from the session's start to its end, nanoseconds.
    pub run_time_ns: u64,
    /// Exit value of a command that exited.
    #[serde(default)]
    pub exit_value: Option<i32>,
    /// Name without `SIG` of the signal that ended the command.
    #[serde(default)]
    pub signal: Option<Untrusted>,
    /// The signal left a core file.
    #[serde(default)]
    pub dumped_core: bool,
    /// Why the command could not be run, in sudo's words.
    #[serde(default)]
    pub error: Option<Untrusted>,
    /// Who ended it.
    #[serde(default)]
    pub reason: EndReason,
}

impl SessionEnd {
    /// Checks every length against `limits`.
    ///
    /// # Errors
    /// [`LengthError`] with the length seen.
    pub fn check(&self) -> Result<(), LengthError> {
        check_sentences(self.signal.iter().chain(&self.error))
    }

    /// The byte form that the last link of the chain covers; see `docs/protocol.md`.
    pub fn canonical(&self) -> Vec<u8> {
        Canonical::default()
            .u64(self.final_seq)
            .u64(self.run_time_ns)
            .optional(self.exit_value, |bytes, value| bytes.i64(value.into()))
            .optional(self.signal.as_ref(), Canonical::text)
            .u32(self.dumped_core.into())
            .optional(self.error.as_ref(), Canonical::text)
            .bytes(self.reason.as_str().as_bytes())
            .finish()
    }
}

/// Why a session ended: one word in lower case, so that a newer host can name a reason that this
/// build does not know and the chain still covers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EndReason(String);

impl EndReason {
    /// The command ended by itself.
    pub const EXITED: &'static str = "exited";
    /// The command could not be run.
    pub const EXEC_ERROR: &'static str = "exec_error";
    /// An operator ordered the end.
    pub const TERMINATED: &'static str = "terminated";
    /// Frozen for longer than the limit.
    pub const FREEZE_TIMEOUT: &'static str = "freeze_timeout";

    /// Takes 1 to 32 characters `a–z _`; anything else is `None`.
    pub fn new(word: &str) -> Option<Self> {
        let legal = |c: u8| c.is_ascii_lowercase() || c == b'_';
        ((1..=32).contains(&word.len()) && word.bytes().all(legal)).then(|| Self(word.to_owned()))
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for EndReason {
    fn default() -> Self {
        Self(Self::EXITED.to_owned())
    }
}

impl TryFrom<String> for EndReason {
    type Error = &'static str;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        Self::new(&word).ok_or("a reason is one word of 1 to 32 characters a-z and _")
    }
}

impl From<EndReason> for String {
    fn from(reason: EndReason) -> Self {
        reason.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_fields_have_defaults_and_unknown_ones_are_ignored() {
        let end: SessionEnd =
            serde_json::from_str(r#"{"final_seq":3,"run_time_ns":9,"exit_value":1,"new":[]}"#)
                .unwrap();
        assert_eq!((end.final_seq, end.exit_value, end.reason.as_str()), (3, Some(1), "exited"));
    }

    #[test]
    fn reasons_are_words() {
        for bad in ["", "Exited", "a b", "x\n", &"x".repeat(33)] {
            assert_eq!(EndReason::new(bad), None, "{bad:?}");
        }
        assert!(EndReason::new("killed_by_rule").is_some());
    }
}
