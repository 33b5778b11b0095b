//! Strings that came from a recorded user: any bytes, never shown as they are.
//!
//! `Untrusted` has no `Display` on purpose (invariant I6): whoever shows one must say `escaped()`.
//! On the wire valid UTF-8 is a JSON string and anything else `{"hex": "…"}`, so nothing is lost.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Bytes chosen by somebody else: a user name, an argument, a directory. At most
/// [`TEXT_BYTES_MAX`](crate::limits::TEXT_BYTES_MAX) where they come over the wire.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Untrusted(Vec<u8>);

impl Untrusted {
    /// Takes the bytes as they are.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The exact bytes, for storing, hashing and comparing; never for showing.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there is not one byte.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps the first so many bytes.
    pub fn truncate(&mut self, bytes: usize) {
        self.0.truncate(bytes);
    }

    /// Length as JSON writes it, with quotes and the comma behind it, bytes: up to six times
    /// [`len`](Self::len).
    pub fn json_bytes(&self) -> usize {
        let Ok(text) = std::str::from_utf8(&self.0) else {
            return self.0.len() * 2 + "{\"hex\":\"\"},".len();
        };
        let written = |byte: u8| match byte {
            b'"' | b'\\' | 0x08 | b'\t' | b'\n' | 0x0c | b'\r' => 2,
            0..0x20 => "\\u0000".len(),
            _ => 1,
        };
        text.bytes().map(written).sum::<usize>() + "\"\",".len()
    }

    /// The string with everything that could steer a terminal or mislead a reader written as an
    /// escape: C0 and C1 controls, DEL, invalid UTF-8 (`\xNN`), bidirectional and zero-width
    /// characters (`\u{…}`), and the backslash itself.
    pub fn escaped(&self) -> Escaped<'_> {
        Escaped(&self.0)
    }
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl From<String> for Untrusted {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.escaped())
    }
}

/// The safe form of an [`Untrusted`]; see [`Untrusted::escaped`].
#[derive(Clone, Copy)]
pub struct Escaped<'a>(&'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                write_char(f, c)?;
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

fn write_char(f: &mut fmt::Formatter<'_>, c: char) -> fmt::Result {
    use fmt::Write as _;
    match c {
        '\\' => f.write_str("\\\\"),
        '\n' => f.write_str("\\n"),
        '\r' => f.write_str("\\r"),
        '\t' => f.write_str("\\t"),
        c if is_misleading(c) => write!(f, "\\u{{{:x}}}", c as u32),
        c => f.write_char(c),
    }
}

/// True for characters that a terminal or a reader would act on instead of see: controls
/// (Unicode Cc), bidirectional formatting (Unicode annex 9), zero-width and invisible ones,
/// line separators, tags, variation selectors, private use and noncharacters.
pub fn is_misleading(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{10ffff}')
}

#[derive(Serialize, Deserialize)]
struct Hex<'a> {
    hex: std::borrow::Cow<'a, str>,
}

impl Serialize for Untrusted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => Hex { hex: encode_hex(&self.0).into() }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Untrusted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form<'a> {
            Text(String),
            Hex(Hex<'a>),
        }
        match Form::deserialize(deserializer)? {
            Form::Text(text) => Ok(text.into()),
            Form::Hex(Hex { hex }) => decode_hex(&hex)
                .map(Self)
                .ok_or_else(|| de::Error::custom("hex is not hexadecimal")),
        }
    }
}

/// Lower-case hexadecimal, two digits a byte.
pub fn encode_hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The inverse of [`encode_hex`]; `None` for an odd length or anything but hexadecimal digits.
pub fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let digit = |c: u8| char::from(c).to_digit(16);
    pairs.iter().map(|[high, low]| u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_what_steers_a_terminal() {
        let hostile = Untrusted::new(b"a\x1b]0;x\x07\xff\n\xc2\x9b\\\xe2\x80\xae".as_slice());
        assert_eq!(hostile.escaped().to_string(), r"a\u{1b}]0;x\u{7}\xff\n\u{9b}\\\u{202e}");
    }

    #[test]
    fn plain_text_stays_readable() {
        assert_eq!(
            Untrusted::from("vim naïve 日本.txt").escaped().to_string(),
            "vim naïve 日本.txt"
        );
    }

    proptest! {
        #[test]
        fn json_loses_no_byte(bytes: Vec<u8>) {
            let text = Untrusted::new(bytes);
            let json = serde_json::to_vec(&text).unwrap();
            prop_assert_eq!(json.len() + 1, text.json_bytes());
            prop_assert_eq!(serde_json::from_slice::<Untrusted>(&json).unwrap(), text);
        }

        #[test]
        fn escaped_has_nothing_misleading(bytes: Vec<u8>) {
            let shown = Untrusted::new(bytes).escaped().to_string();
            prop_assert!(!shown.chars().any(is_misleading));
        }
    }
}
