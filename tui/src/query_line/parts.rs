//! A line cut into words and `field:value`. Quotes hold blanks together and make a word of anything.

use sudolog_core::limits::QUERY_TEXT_BYTES_MAX;

/// A word, or a value with the name of its field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The field; empty for a word.
    pub(super) name: String,
    /// The word or the value.
    pub(super) value: String,
}

/// Cuts a line.
///
/// # Errors
/// That it is too long, or that a quote does not end.
pub(super) fn parts(text: &str) -> Result<Vec<Part>, String> {
    if text.len() > QUERY_TEXT_BYTES_MAX {
        return Err(format!("ask with {QUERY_TEXT_BYTES_MAX} bytes at most"));
    }
    let mut cut = Cut::default();
    for c in text.chars() {
        cut.take(c);
    }
    if cut.is_quoted {
        return Err("a quote does not end".to_owned());
    }
    cut.end();
    Ok(cut.parts)
}

/// The names of fields that a line may have, and what a field must not be.
pub(super) fn unknown(name: &str, known: &[&str]) -> String {
    format!("there is no field {name:?}, only {}; quotes make it a word", known.join(", "))
}

#[derive(Default)]
struct Cut {
    parts: Vec<Part>,
    name: Option<String>,
    value: String,
    is_quoted: bool,
    /// A quote was in it: it is a word, even an empty one.
    was_quoted: bool,
}

impl Cut {
    fn take(&mut self, c: char) {
        match c {
            '"' => (self.is_quoted, self.was_quoted) = (!self.is_quoted, true),
            c if c.is_whitespace() && !self.is_quoted => self.end(),
            ':' if self.name.is_none() && !self.was_quoted && !self.value.is_empty() => {
                self.name = Some(std::mem::take(&mut self.value));
            }
            c => self.value.push(c),
        }
    }

    fn end(&mut self) {
        let (name, value) = (self.name.take(), std::mem::take(&mut self.value));
        let was_quoted = std::mem::take(&mut self.was_quoted);
        // An address is a word like others.
        let part = match name {
            Some(name) if value.starts_with("//") => {
                Part { name: String::new(), value: format!("{name}:{value}") }
            }
            name => Part { name: name.unwrap_or_default(), value },
        };
        if !part.name.is_empty() || !part.value.is_empty() || was_quoted {
            self.parts.push(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<(String, String)> {
        parts(text).unwrap().into_iter().map(|part| (part.name, part.value)).collect()
    }

    fn pairs(parts: &[(&str, &str)]) -> Vec<(String, String)> {
        parts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn words_and_fields_are_told_apart() {
        assert_eq!(
            cut(r#" kind:reject  "rm -rf" host:"a b" "user:x" https://x:1 a:b:c "#),
            pairs(&[
                ("kind", "reject"),
                ("", "rm -rf"),
                ("host", "a b"),
                ("", "user:x"),
                ("", "https://x:1"),
                ("a", "b:c"),
            ])
        );
        assert_eq!(cut("host: :x"), pairs(&[("host", ""), ("", ":x")]));
        assert!(parts("\"a").unwrap_err().contains("quote"));
        assert!(parts(&"x".repeat(QUERY_TEXT_BYTES_MAX + 1)).is_err());
    }
}
