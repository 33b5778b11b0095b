//! A YAML document as a tree that knows its lines, and what is wrong with one.
//!
//! Bounded before anything is built from it: bytes, depth, no anchors, no aliases, no merge keys.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use serde_saphyr::{Error, Options, Spanned};

use crate::limits::DOCUMENT_DEPTH_MAX;

/// A file that is refused as a whole: where, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentError {
    line: Option<u64>,
    key: String,
    what: String,
}

/// A value and the line where it stands.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) line: u64,
    pub(crate) value: Value,
}

/// What YAML can say, as far as it is needed.
#[derive(Debug)]
pub(crate) enum Value {
    Nothing,
    Flag(bool),
    Number(i64),
    Fraction,
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl DocumentError {
    pub(crate) fn new(line: u64, key: &str, what: impl Into<String>) -> Self {
        Self { line: (line > 0).then_some(line), key: key.to_owned(), what: what.into() }
    }

    /// The line, from 1.
    pub fn line(&self) -> Option<u64> {
        self.line
    }

    /// The key, as in `rules[3].re`; empty where the file cannot be read as YAML.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl std::error::Error for DocumentError {}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.key.as_str()) {
            (Some(line), "") => write!(f, "line {line}: ")?,
            (Some(line), key) => write!(f, "line {line}, {key}: ")?,
            (None, "") => {}
            (None, key) => write!(f, "{key}: ")?,
        }
        f.write_str(&self.what)
    }
}

impl Node {
    /// Reads the one document of a file; `what` says what kind of file it is, in an error.
    pub(crate) fn parse(bytes: &[u8], what: &str, bytes_max: usize) -> Result<Self, DocumentError> {
        let refuse = |what: String| Err(DocumentError::new(0, "", what));
        if bytes.len() > bytes_max {
            return refuse(format!("{what} has {bytes_max} bytes at most, not {}", bytes.len()));
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
                let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count() as u64;
                return Err(DocumentError::new(line, "", "this is not UTF-8"));
            }
        };
        serde_saphyr::from_str_with_options(text, options()).map_err(|error| told(&error, what))
    }
}

fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DOCUMENT_DEPTH_MAX,
            flow_nesting_limit: DOCUMENT_DEPTH_MAX,
            max_aliases: 0,
            max_anchors: 0,
            max_documents: 1,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    }
}

fn told(error: &Error, file: &str) -> DocumentError {
    let error = error.without_snippet();
    let line = error.location().map_or(0, |location| location.line());
    let what = match error {
        Error::Budget {
            breach: BudgetBreach::Aliases { .. } | BudgetBreach::Anchors { .. },
            ..
        } => "anchors and aliases are not taken".to_owned(),
        Error::Budget { breach: BudgetBreach::Depth { .. }, .. } => too_deep(),
        Error::Budget { breach: BudgetBreach::Documents { .. }, .. }
        | Error::MultipleDocuments { .. } => "one document is wanted, not several".to_owned(),
        Error::DuplicateMappingKey { key, .. } => match key {
            Some(key) => format!("the key {key} stands there twice"),
            None => "a key stands there twice".to_owned(),
        },
        Error::MergeKeyNotAllowed { .. } => "merge keys are not taken".to_owned(),
        Error::Budget { .. } => format!("there is more in it than {file} can have"),
        other => {
            let text = one_line(&other.to_string());
            // The line is said before.
            text.split(" at line ").next().unwrap_or_default().to_owned()
        }
    };
    let is_depth = what.contains("recursion limit") || what.contains("nesting");
    let what = if is_depth { too_deep() } else { what };
    DocumentError::new(line, "", what)
}

fn too_deep() -> String {
    format!("lists and mappings lie in one another more than {DOCUMENT_DEPTH_MAX} deep")
}

/// What a library says, in one line.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        Ok(Self { line: spanned.referenced.line(), value: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Builder)
    }
}

struct Builder;

impl<'de> de::Visitor<'de> for Builder {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, true or false, a list or a mapping")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(i64::try_from(number).unwrap_or(i64::MAX)))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Fraction)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element()? {
            nodes.push(node);
        }
        Ok(Value::List(nodes))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Value::Map(entries))
    }
}
