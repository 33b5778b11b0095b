//! JSON for pipes and terminals alike: what could steer a terminal is written as `\uXXXX`, so that
//! nothing is lost and nothing is acted on.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use sudolog_core::untrusted::{Untrusted, is_misleading};

/// Writes one value and a newline.
pub(super) fn write_line(
    out: &mut (impl Write + ?Sized),
    value: &impl Serialize,
) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Harmless))?;
    out.write_all(b"\n")
}

/// A recorded string as one of JSON: as it is, or escaped where it is not UTF-8.
pub(super) fn text(recorded: &Untrusted) -> String {
    match std::str::from_utf8(recorded.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => recorded.escaped().to_string(),
    }
}

struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        let mut rest = text;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_misleading(*c)) {
            let (plain, after) = rest.split_at(at);
            out.write_all(plain.as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = after.strip_prefix(c).unwrap_or_default();
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_acts(text: String, hostile in "[\u{7f}-\u{9f}\u{202e}\u{e0001}\n\u{1b}]{0,9}") {
            let text = text + &hostile;
            let mut out = Vec::new();
            write_line(&mut out, &text).unwrap();
            let out = String::from_utf8(out).unwrap();
            prop_assert!(!out.trim_end_matches('\n').chars().any(is_misleading), "{:?}", out);
            prop_assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
        }
    }

    #[test]
    fn what_is_no_text_is_escaped() {
        assert_eq!(text(&Untrusted::new(b"a\xff".as_slice())), "a\\xff");
    }
}
