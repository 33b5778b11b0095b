//! What a document says, key by key: every value knows its key and line, so that whatever is wrong
//! with it can be told.

use super::node::{DocumentError, Node, Value};
use crate::limits::{DOCUMENT_TEXT_BYTES_MAX, DOCUMENT_VALUES_MAX};

/// A value with its line and its key in full.
#[derive(Debug)]
pub(crate) struct Spot {
    pub(crate) mark: Mark,
    value: Value,
}

/// Where a value stands.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    line: u64,
    key: String,
}

/// A mapping, from which known keys are taken.
pub(crate) struct Fields {
    mark: Mark,
    entries: Vec<(String, Node)>,
}

impl Mark {
    /// That value is refused.
    pub(crate) fn refuse<T>(&self, what: impl Into<String>) -> Result<T, DocumentError> {
        Err(DocumentError::new(self.line, &self.key, what))
    }

    /// The last part of the key.
    pub(crate) fn name(&self) -> &str {
        self.key.rsplit('.').next().unwrap_or_default()
    }

    fn of(&self, key: &str) -> String {
        if self.key.is_empty() { key.to_owned() } else { format!("{}.{key}", self.key) }
    }
}

impl Fields {
    /// The mapping for these keys, and no others.
    fn new(mark: Mark, entries: Vec<(String, Node)>, keys: &[&str]) -> Result<Self, DocumentError> {
        if let Some((key, node)) = entries.iter().find(|(key, _)| !keys.contains(&key.as_str())) {
            let mark = Mark { line: node.line, key: mark.of(key) };
            return mark.refuse(format!("no such key; there are {}", keys.join(", ")));
        }
        Ok(Self { mark, entries })
    }

    pub(crate) fn mark(&self) -> &Mark {
        &self.mark
    }

    /// A key that may be missing.
    pub(crate) fn take(&mut self, key: &str) -> Option<Spot> {
        let at = self.entries.iter().position(|(known, _)| known == key)?;
        let (_, node) = self.entries.swap_remove(at);
        Some(Spot { mark: Mark { line: node.line, key: self.mark.of(key) }, value: node.value })
    }

    /// A key that must be there.
    pub(crate) fn need(&mut self, key: &str) -> Result<Spot, DocumentError> {
        match self.take(key) {
            Some(spot) => Ok(spot),
            None => self.mark.refuse(format!("`{key}` is missing")),
        }
    }

    /// What is made of a key, if it is there.
    pub(crate) fn optional<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(Spot) -> Result<T, DocumentError>,
    ) -> Result<Option<T>, DocumentError> {
        self.take(key).map(read).transpose()
    }
}

impl Spot {
    pub(crate) fn root(node: Node) -> Self {
        Self { mark: Mark { line: node.line, key: String::new() }, value: node.value }
    }

    pub(crate) fn fields(self, keys: &[&str]) -> Result<Fields, DocumentError> {
        match self.value {
            Value::Map(entries) => Fields::new(self.mark, entries, keys),
            other => self.mark.refuse(format!("a mapping is wanted, not {}", kind(&other))),
        }
    }

    pub(crate) fn list(self) -> Result<Vec<Self>, DocumentError> {
        let Mark { key, .. } = &self.mark;
        match self.value {
            Value::List(nodes) => {
                let spot = |(at, node): (usize, Node)| Self {
                    mark: Mark { line: node.line, key: format!("{key}[{at}]") },
                    value: node.value,
                };
                Ok(nodes.into_iter().enumerate().map(spot).collect())
            }
            other => self.mark.refuse(format!("a list is wanted, not {}", kind(&other))),
        }
    }

    /// The values of a mapping whose keys are names of somebody's choice.
    #[cfg(feature = "alert")]
    pub(crate) fn named(self) -> Result<Vec<(String, Self)>, DocumentError> {
        let mark = self.mark;
        match self.value {
            Value::Map(entries) => {
                let spot = |(key, node): (String, Node)| {
                    let mark = Mark { line: node.line, key: mark.of(&key) };
                    (key, Self { mark, value: node.value })
                };
                Ok(entries.into_iter().map(spot).collect())
            }
            other => mark.refuse(format!("a mapping is wanted, not {}", kind(&other))),
        }
    }

    /// The values of a list, or the one value that stands for a list of one.
    #[cfg(feature = "alert")]
    pub(crate) fn one_or_more(self) -> Result<Vec<Self>, DocumentError> {
        match self.value {
            Value::List(_) => self.list(),
            _ => Ok(vec![self]),
        }
    }

    /// Like [`flag`](Self::flag); people also write `yes` and `no`.
    #[cfg(feature = "alert")]
    pub(crate) fn yes_or_no(self) -> Result<bool, DocumentError> {
        match &self.value {
            Value::Text(word) if word == "yes" => Ok(true),
            Value::Text(word) if word == "no" => Ok(false),
            _ => self.flag(),
        }
    }

    /// True for a mapping.
    #[cfg(feature = "alert")]
    pub(crate) fn is_mapping(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    pub(crate) fn text(self) -> Result<String, DocumentError> {
        match self.value {
            Value::Text(text) if text.len() <= DOCUMENT_TEXT_BYTES_MAX => Ok(text),
            Value::Text(text) => {
                let length = text.len();
                self.mark.refuse(format!("{DOCUMENT_TEXT_BYTES_MAX} bytes at most, not {length}"))
            }
            other => self.mark.refuse(format!("text is wanted, not {}", kind(&other))),
        }
    }

    /// A list of texts.
    pub(crate) fn texts(self) -> Result<Vec<String>, DocumentError> {
        let mark = self.mark.clone();
        let spots = self.list()?;
        if spots.len() > DOCUMENT_VALUES_MAX {
            return mark
                .refuse(format!("{DOCUMENT_VALUES_MAX} values at most, not {}", spots.len()));
        }
        spots.into_iter().map(Self::text).collect()
    }

    pub(crate) fn number(self, from: u64, to: u64) -> Result<u64, DocumentError> {
        let number = match self.value {
            Value::Number(number) => number,
            other => {
                let kind = kind(&other);
                return self.mark.refuse(format!("a whole number is wanted, not {kind}"));
            }
        };
        match u64::try_from(number) {
            Ok(number) if (from..=to).contains(&number) => Ok(number),
            _ => self.mark.refuse(format!("{from} to {to}, not {number}")),
        }
    }

    pub(crate) fn flag(self) -> Result<bool, DocumentError> {
        match self.value {
            Value::Flag(flag) => Ok(flag),
            other => self.mark.refuse(format!("true or false is wanted, not {}", kind(&other))),
        }
    }

    /// One of these words.
    pub(crate) fn word<T>(
        self,
        words: impl Iterator<Item = (&'static str, T)>,
    ) -> Result<T, DocumentError> {
        let mark = self.mark.clone();
        let text = self.text()?;
        let mut names = Vec::new();
        for (name, meaning) in words {
            if name == text {
                return Ok(meaning);
            }
            names.push(name);
        }
        mark.refuse(format!("one of {}, not {text:?}", names.join(", ")))
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Nothing => "nothing",
        Value::Flag(_) => "true or false",
        Value::Number(_) => "a number",
        Value::Fraction => "a fraction",
        Value::Text(_) => "text",
        Value::List(_) => "a list",
        Value::Map(_) => "a mapping",
    }
}
