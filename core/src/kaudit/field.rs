//! The fields of a record, read one after the other.

use memchr::{memchr, memchr2};

use crate::untrusted::{Untrusted, decode_hex};

/// Goes through `name=value name=value …`. Words without `=` are passed over; a value that was cut off
/// ends with the bytes.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

/// A value as it stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// In double quotes: the bytes between them.
    Quoted(&'a [u8]),
    /// Up to the next space: a number, a word, or hexadecimal.
    Bare(&'a [u8]),
    /// In single quotes, always the last one: fields that a program wrote, not the kernel.
    Nested(&'a [u8]),
}

impl<'a> Fields<'a> {
    /// Of these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The first with this name.
    pub fn get(self, name: &str) -> Option<Value<'a>> {
        let mut fields = self;
        fields.find(|(found, _)| *found == name.as_bytes()).map(|(_, value)| value)
    }

    /// Text, decoded; `None` when it is not there or says that there is none.
    pub fn text(self, name: &str) -> Option<Untrusted> {
        self.get(name).and_then(|value| value.decoded())
    }

    /// A number in decimal.
    pub fn number(self, name: &str) -> Option<u32> {
        self.get(name)?.number()
    }

    /// A user id or session; `None` for 4294967295, which is none.
    pub fn id(self, name: &str) -> Option<u32> {
        self.number(name).filter(|id| *id != u32::MAX)
    }

    fn value(&mut self) -> Value<'a> {
        let Some((first, rest)) = self.rest.split_first() else { return Value::Bare(self.rest) };
        match first {
            b'"' => Value::Quoted(self.until(rest, b'"')),
            b'\'' => {
                // A directory may have an apostrophe in its name: only the last one ends it.
                let end = rest.iter().rposition(|byte| *byte == b'\'').unwrap_or(rest.len());
                self.rest = &[];
                Value::Nested(rest.get(..end).unwrap_or_default())
            }
            _ => {
                let all = self.rest;
                Value::Bare(self.until(all, b' '))
            }
        }
    }

    /// Takes the bytes before the first one that ends them, and that one.
    fn until(&mut self, bytes: &'a [u8], ends: u8) -> &'a [u8] {
        let end = memchr(ends, bytes).unwrap_or(bytes.len());
        self.rest = bytes.get(end + 1..).unwrap_or_default();
        bytes.get(..end).unwrap_or_default()
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a [u8], Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let end = memchr2(b'=', b' ', self.rest)?;
            let (name, rest) = self.rest.split_at(end);
            let is_field = rest.first() == Some(&b'=') && !name.is_empty();
            self.rest = rest.get(1..).unwrap_or_default();
            if is_field {
                let value = self.value();
                return Some((name, value));
            }
        }
    }
}

impl Value<'_> {
    /// Bytes that a user may have chosen: what is bare and upper-case hexadecimal is decoded, so this is
    /// for fields whose bare values cannot be numbers. `None` for `(null)`, `(none)` and `?`.
    pub fn decoded(self) -> Option<Untrusted> {
        match self {
            Self::Quoted(bytes) | Self::Nested(bytes) => Some(Untrusted::new(bytes)),
            Self::Bare(b"(null)" | b"(none)" | b"?" | b"") => None,
            Self::Bare(bytes) => {
                Some(Untrusted::new(unhex(bytes).unwrap_or_else(|| bytes.to_vec())))
            }
        }
    }

    /// The same for what is never hexadecimal: a word, a terminal.
    pub fn word(self) -> Option<Untrusted> {
        match self {
            Self::Bare(b"(null)" | b"(none)" | b"?" | b"") => None,
            Self::Quoted(bytes) | Self::Nested(bytes) | Self::Bare(bytes) => {
                Some(Untrusted::new(bytes))
            }
        }
    }

    /// A number in decimal.
    pub fn number(self) -> Option<u32> {
        let Self::Bare(bytes) = self else { return None };
        std::str::from_utf8(bytes).ok()?.parse().ok()
    }
}

/// The kernel writes upper case only; what has other letters was written by somebody else.
fn unhex(bytes: &[u8]) -> Option<Vec<u8>> {
    let is_upper = |byte: &u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(byte);
    if bytes.is_empty() || !bytes.iter().all(is_upper) {
        return None;
    }
    decode_hex(std::str::from_utf8(bytes).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_of_a_value_is_read() {
        let fields = Fields::new(
            b"pid=7 comm=\"a b\" exe=2F746D702F782079  a0=(null) lone auid=4294967295 key=\"k\"",
        );
        assert_eq!(fields.number("pid"), Some(7));
        assert_eq!(fields.text("comm"), Some("a b".into()));
        assert_eq!(fields.text("exe"), Some("/tmp/x y".into()));
        assert_eq!((fields.text("a0"), fields.id("auid")), (None, None));
        assert_eq!(fields.text("key"), Some("k".into()));
        assert_eq!(fields.count(), 6);
    }

    #[test]
    fn what_a_user_wrote_does_not_become_a_field() {
        let fields =
            Fields::new(b"comm=\"x key=y\" pid=1 msg='cwd=\"/it's\" cmd=\"a pid=9\" res=failed'");
        assert_eq!((fields.text("key"), fields.number("pid")), (None, Some(1)));
        let Some(Value::Nested(inner)) = fields.get("msg") else { panic!("no second level") };
        let inner = Fields::new(inner);
        assert_eq!(inner.text("cwd"), Some("/it's".into()));
        assert_eq!((inner.number("pid"), inner.text("res")), (None, Some("failed".into())));
    }

    #[test]
    fn hexadecimal_is_upper_case_and_whole() {
        for (text, want) in [("AB", vec![0xab]), ("ab", b"ab".to_vec()), ("ABC", b"ABC".to_vec())] {
            assert_eq!(Value::Bare(text.as_bytes()).decoded(), Some(Untrusted::new(want)));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_their_end(bytes: Vec<u8>) {
            let count = Fields::new(&bytes).filter_map(|(_, value)| value.decoded()).count();
            prop_assert!(count <= bytes.len());
        }
    }
}
