//! Names of sessions and hosts: parsed once at the edge, then known to be harmless.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::limits::HOST_NAME_BYTES_MAX;

/// A name that is not of its form. The value is shown escaped.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NameError {
    /// Not 36 characters `8-4-4-4-12` of lower-case hexadecimal.
    #[error("a session id is a lower-case UUID, not {0:?}")]
    SessionId(String),
    /// Not six characters 0–9, A–Z, or the all-zero id that sudo never gives.
    #[error("a TSID is six characters 0-9 A-Z, not {0:?}")]
    Tsid(String),
    /// Not a host name of RFC 1123.
    #[error("a host name has 1 to 253 letters, digits, '-' and single '.', not {0:?}")]
    HostName(String),
}

/// A session's own name, a UUIDv7 made by the plugin (RFC 9562 section 5.7).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionId([u8; 16]);

impl SessionId {
    /// Makes a UUIDv7 from the time in milliseconds since the epoch and ten random bytes.
    pub fn v7(unix_ms: u64, random: [u8; 10]) -> Self {
        let [_, _, t0, t1, t2, t3, t4, t5] = unix_ms.to_be_bytes();
        let [r0, r1, r2, r3, r4, r5, r6, r7, r8, r9] = random;
        let (version, variant) = (0x70 | (r0 & 0x0f), 0x80 | (r2 & 0x3f));
        Self([t0, t1, t2, t3, t4, t5, version, r1, variant, r3, r4, r5, r6, r7, r8, r9])
    }

    /// The name that the server gives to what ran without a recording: of the host and of what was said
    /// about it, so what is told twice has one name (RFC 9562 section 5.8: version 8).
    pub fn of_unrecorded(host: &HostName, told: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [b"sudolog unrecorded 1".as_slice(), host.as_str().as_bytes(), told.as_bytes()]
        {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let [r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, r13, r14, r15, ..]: [u8; 32] =
            hash.finalize().into();
        let (version, variant) = (0x80 | (r6 & 0x0f), 0x80 | (r8 & 0x3f));
        Self([r0, r1, r2, r3, r4, r5, version, r7, variant, r9, r10, r11, r12, r13, r14, r15])
    }

    /// True for such a name: there is no recording.
    pub fn is_unrecorded(&self) -> bool {
        let [_, _, _, _, _, _, version, ..] = self.0;
        version & 0xf0 == 0x80
    }

    /// The sixteen bytes as they are, in the order of the text.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The inverse of [`from_bytes`](Self::from_bytes).
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for SessionId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        crate::untrusted::decode_hex(&digits)
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .filter(|id| id.to_string() == text)
            .ok_or_else(|| NameError::SessionId(shorten(text)))
    }
}

/// A session's number in sudo's own numbering: six base-36 digits, its directory `AB/CD/EF`
/// (`sudoers(5)`, `iolog_file`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tsid([u8; 6]);

impl Tsid {
    /// The largest sequence number, `ZZZZZZ`.
    pub const SEQ_MAX: u32 = 36u32.pow(6) - 1;

    /// The TSID of a sequence number; `None` for 0 and above [`SEQ_MAX`](Self::SEQ_MAX).
    pub fn from_seq(seq: u32) -> Option<Self> {
        if seq == 0 || seq > Self::SEQ_MAX {
            return None;
        }
        let mut rest = seq;
        let mut text = [b'0'; 6];
        for place in text.iter_mut().rev() {
            *place = char::from_digit(rest % 36, 36).map_or(b'0', |c| c.to_ascii_uppercase() as u8);
            rest /= 36;
        }
        Some(Self(text))
    }

    /// The sequence number, 1 to [`SEQ_MAX`](Self::SEQ_MAX).
    pub fn seq(self) -> u32 {
        self.0.iter().fold(0, |seq, c| seq * 36 + char::from(*c).to_digit(36).unwrap_or(0))
    }

    /// The three directory names below the log directory, e.g. `["00", "00", "1A"]`.
    pub fn directories(self) -> [String; 3] {
        let [a, b, c, d, e, f] = self.0.map(char::from);
        [String::from_iter([a, b]), String::from_iter([c, d]), String::from_iter([e, f])]
    }
}

impl fmt::Display for Tsid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|c| write!(f, "{}", char::from(*c)))
    }
}

impl fmt::Debug for Tsid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Tsid {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes: Option<[u8; 6]> = text.as_bytes().try_into().ok();
        bytes
            .filter(|b| b.iter().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase()))
            .map(Self)
            .filter(|tsid| tsid.seq() > 0)
            .ok_or_else(|| NameError::Tsid(shorten(text)))
    }
}

/// A host's name as its certificate says it: letters, digits, `-`, labels joined by single dots
/// (RFC 1123 section 2.1). Compared exactly: no case folding, no trailing dot, no wildcard.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostName(String);

impl HostName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for HostName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() <= HOST_NAME_BYTES_MAX && text.split('.').all(is_label) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError::HostName(shorten(text)))
        }
    }
}

fn is_label(label: &str) -> bool {
    let inner = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    (1..=63).contains(&label.len())
        && label.bytes().all(inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn shorten(text: &str) -> String {
    text.chars().take(64).collect()
}

macro_rules! string_form {
    ($($name:ty),*) => {$(
        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.to_string()
            }
        }
    )*};
}
string_form!(SessionId, Tsid, HostName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuid_has_version_and_variant() {
        let id = SessionId::v7(0x0123_4567_89ab, [0xff; 10]);
        assert_eq!(id.to_string(), "01234567-89ab-7fff-bfff-ffffffffffff");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn session_ids_are_parsed_strictly() {
        for text in [
            "",
            "../../etc",
            "0123456789ab-7fff-bfff-ffffffffffff00",
            "01234567-89AB-7fff-bfff-ffffffffffff",
        ] {
            assert!(text.parse::<SessionId>().is_err(), "{text}");
        }
    }

    #[test]
    fn tsid_counts_as_sudo_does() {
        let tsid = Tsid::from_seq(46).unwrap();
        assert_eq!(tsid.to_string(), "00001A");
        assert_eq!(tsid.directories(), ["00", "00", "1A"]);
        assert_eq!("ZZZZZZ".parse::<Tsid>().unwrap().seq(), Tsid::SEQ_MAX);
        assert_eq!(Tsid::from_seq(0), None);
        assert_eq!(Tsid::from_seq(Tsid::SEQ_MAX + 1), None);
        for text in ["", "00000a", "000000", "../../", "0000001", "00001é"] {
            assert!(text.parse::<Tsid>().is_err(), "{text}");
        }
    }

    #[test]
    fn host_names_never_become_paths() {
        for text in [
            "",
            ".",
            "..",
            "a..b",
            "a/b",
            "../x",
            "a\0b",
            "a b",
            "-a",
            "a-",
            "é",
            &"a".repeat(64),
            "a.",
        ] {
            assert!(text.parse::<HostName>().is_err(), "{text:?}");
        }
        for text in ["web1", "db-2.example.test", "A1", "vm_3"] {
            assert!(text.parse::<HostName>().is_ok(), "{text:?}");
        }
    }
}
