//! What one record of the outbox says, and its bytes: `length u32, crc u32`, big-endian, and JSON.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};
use sudolog_core::alert::Letter;
use sudolog_core::limits::OUTBOX_RECORD_BYTES_MAX;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::DeliveryState;

/// Something that is remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Record {
    /// A letter, as it stands.
    Letter(Box<Kept>),
    /// How a letter stands from now on.
    Mark(Mark),
    /// Everything in the event log up to there is done with.
    Place(Place),
}

/// A letter and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) letter: Letter,
    pub(super) mark: Mark,
}

/// How a letter stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Mark {
    pub(super) number: u64,
    pub(super) state: DeliveryState,
    pub(super) tries: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tried: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<Timestamp>,
    /// For how long it has not been taken, on a clock that nobody sets.
    #[serde(default)]
    pub(super) failing_s: u64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) error: String,
}

/// A place in the event log, and what has come of targets by then.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) number: u64,
    /// Letters that each target took, ever.
    #[serde(default)]
    pub(super) sent: BTreeMap<String, u64>,
}

impl Mark {
    pub(super) fn new(number: u64) -> Self {
        Self {
            number,
            state: DeliveryState::Waiting,
            tries: 0,
            tried: None,
            next: None,
            failing_s: 0,
            error: String::new(),
        }
    }

    /// True while it may still be sent.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, DeliveryState::Waiting | DeliveryState::Retrying)
    }
}

impl Kept {
    /// Appends a letter's record. One that is too long to be read back is cut, and says so: an alert that
    /// cannot be kept must not keep those behind it from being told.
    ///
    /// # Errors
    /// When not even the cut letter has a form.
    pub(super) fn encode_cut(mut self, out: &mut Vec<u8>) -> io::Result<Self> {
        while let Err(error) = Record::Letter(Box::new(self.clone())).encode(out) {
            let lines = self.letter.lines.len();
            if self.letter.items.is_empty() && lines <= 1 {
                return Err(error);
            }
            self.letter.items.clear();
            self.letter.lines.truncate(lines / 2);
            self.letter.lines.push("(cut: too long to be kept; the event log has it)".to_owned());
            if self.letter.lines.len() >= lines {
                self.letter.lines = vec!["too long to be kept; the event log has it".to_owned()];
            }
        }
        Ok(self)
    }
}

impl Record {
    /// Appends the record's bytes.
    ///
    /// # Errors
    /// For a record that would not be read back; nothing is appended.
    pub(super) fn encode(&self, out: &mut Vec<u8>) -> io::Result<()> {
        let body = serde_json::to_vec(self)?;
        if body.len() > OUTBOX_RECORD_BYTES_MAX {
            let text = format!("a record of {} bytes is too long", body.len());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
        out.extend(length.to_be_bytes());
        out.extend(crc32fast::hash(&body).to_be_bytes());
        out.extend(body);
        Ok(())
    }

    /// The record at the front of `bytes` and how long it is; `None` where none was written whole.
    pub(super) fn take(bytes: &[u8]) -> Option<(Option<Self>, usize)> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (crc, rest) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let body = rest.get(..length)?;
        let is_whole = length > 0 && crc32fast::hash(body) == u32::from_be_bytes(*crc);
        // A whole record that this build does not know is passed over.
        is_whole.then(|| (serde_json::from_slice(body).ok(), length + HEAD_BYTES))
    }
}

pub(super) const HEAD_BYTES: usize = 8;
