//! One thing that somebody said of a session: a line of the file `remarks` beside the recording.

use serde::{Deserialize, Serialize};

use super::Verdict;
use crate::limits::{SENTENCE_BYTES_MAX, TAG_BYTES_MAX};
use crate::time::Timestamp;
use crate::untrusted::Untrusted;

/// Who said what, and when. Remarks are only ever added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The act that it belongs to: one order of an operator, for one session or for many. Chosen by
    /// the console.
    pub act: u64,
    /// When, by the server's clock.
    pub at: Timestamp,
    /// The operator.
    pub who: Untrusted,
    /// What.
    #[serde(flatten)]
    pub kind: RemarkKind,
}

/// What can be said of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum RemarkKind {
    /// A verdict, or that there is none any more.
    Verdict {
        /// Which.
        verdict: Option<Verdict>,
        /// Why; may be empty.
        #[serde(default)]
        why: Untrusted,
    },
    /// A note at a moment of the recording.
    Note {
        /// The moment, nanoseconds since the start.
        elapsed_ns: u64,
        /// The words, not empty.
        text: Untrusted,
    },
    /// A tag is put on.
    Tag {
        /// Which: 1 to [`TAG_BYTES_MAX`] bytes without blanks or commas.
        tag: Untrusted,
    },
    /// A tag is taken off.
    Untag {
        /// Which.
        tag: Untrusted,
    },
    /// Somebody shall look at it, or nobody any more.
    Assign {
        /// The operator's name.
        to: Option<Untrusted>,
    },
    /// What the same operator said with that act is taken back.
    TakeBack {
        /// The act.
        taken: u64,
    },
    /// Something that this build does not know.
    #[serde(other)]
    Unknown,
}

impl RemarkKind {
    /// What keeps it from being written down, in a sentence.
    ///
    /// # Errors
    /// The sentence.
    pub fn check(&self) -> Result<(), String> {
        let sentence = |text: &Untrusted, least: usize| {
            let bytes = text.as_bytes().trim_ascii().len();
            let fits = bytes >= least && text.len() <= SENTENCE_BYTES_MAX;
            fits.then_some(()).ok_or(format!("write {least} to {SENTENCE_BYTES_MAX} bytes"))
        };
        match self {
            Self::Verdict { why, .. } => sentence(why, 0),
            Self::Note { text, .. } => sentence(text, 1),
            Self::Tag { tag } | Self::Untag { tag } => is_tag(tag.as_bytes())
                .then_some(())
                .ok_or(format!("a tag is 1 to {TAG_BYTES_MAX} letters, digits or one of -_.:/")),
            Self::Assign { to: Some(name) } => sentence(name, 1),
            Self::Assign { to: None } | Self::TakeBack { .. } => Ok(()),
            Self::Unknown => Err("this server does not know what is said".to_owned()),
        }
    }
}

fn is_tag(bytes: &[u8]) -> bool {
    let fits = (1..=TAG_BYTES_MAX).contains(&bytes.len());
    fits && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_read_as_documented() {
        let line = r#"{"act":7,"at":{"seconds":1,"nanoseconds":2},"who":"olga","what":"verdict","verdict":"incident"}"#;
        let remark: Remark = serde_json::from_str(line).unwrap();
        let verdict = Some(Verdict::Incident);
        assert_eq!(remark.kind, RemarkKind::Verdict { verdict, why: Untrusted::default() });
        let newer = line.replace("\"what\":\"verdict\"", "\"what\":\"sing\"");
        assert_eq!(serde_json::from_str::<Remark>(&newer).unwrap().kind, RemarkKind::Unknown);
    }

    #[test]
    fn what_is_too_long_or_no_tag_is_refused() {
        let tag = |text: &str| RemarkKind::Tag { tag: text.into() }.check().is_ok();
        assert!(tag("case:2026-7") && tag("a"));
        assert!(!tag("") && !tag("two words") && !tag("a,b") && !tag("x\u{1b}"));
        assert!(!tag(&"x".repeat(TAG_BYTES_MAX + 1)));
        let note = |text: String| RemarkKind::Note { elapsed_ns: 0, text: text.into() }.check();
        assert!(note("x".repeat(SENTENCE_BYTES_MAX)).is_ok());
        assert!(note("x".repeat(SENTENCE_BYTES_MAX + 1)).is_err() && note("  ".into()).is_err());
    }
}
