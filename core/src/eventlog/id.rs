//! What an entry is called, once and for all.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::session::SessionId;

/// Names an entry wherever it goes: what came twice is kept once, and whoever is told of it twice can see
/// that it is the same. 1 to 64 letters, digits, `-`, `.` and `_`, so that it may stand in a mail's
/// `Message-ID` and in a header.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EntryId(String);

/// Text that is no [`EntryId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event's id is 1 to 64 letters, digits, '-', '.' and '_', not {0:?}")]
pub struct EntryIdError(String);

impl EntryId {
    /// The entry with that number among those of one call of sudo, or of one run of a program, which
    /// has a random name.
    pub fn numbered(of: SessionId, number: u64) -> Self {
        Self(format!("{of}.{number}"))
    }
}

impl FromStr for EntryId {
    type Err = EntryIdError;

    fn from_str(text: &str) -> Result<Self, EntryIdError> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for EntryId {
    type Error = EntryIdError;

    fn try_from(text: String) -> Result<Self, EntryIdError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        if (1..=ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text))
        } else {
            Err(EntryIdError(text.chars().take(ID_BYTES_MAX).collect()))
        }
    }
}

impl From<EntryId> for String {
    fn from(id: EntryId) -> Self {
        id.0
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const ID_BYTES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numbered_id_is_one() {
        let id = EntryId::numbered(SessionId::from_bytes([0xff; 16]), u64::MAX);
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn an_id_may_stand_in_a_header() {
        for good in ["a", "0190-1.3", "web1.1732190000.123_45"] {
            assert_eq!(good.parse::<EntryId>().unwrap().to_string(), good);
        }
        for bad in ["", "a b", "a\r\nBcc: x", "é", &"x".repeat(65)] {
            assert!(bad.parse::<EntryId>().is_err(), "{bad:?}");
        }
    }
}
