//! What is hidden of one recording, once it is known: characters on its screens, and texts wherever they stand.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use regex::{Regex, RegexBuilder};

use super::RedactError;
use super::grid::HIDDEN;
use super::rules::Rules;
use crate::limits::{
    REDACTED_CELLS_MAX, REDACTED_PART_CHARS_MIN, REDACTED_TEXT_BYTES_MAX, REDACTED_TEXT_CHARS_MIN,
    REDACTED_TEXTS_BYTES_MAX, REDACTED_TEXTS_MAX,
};

/// Texts that rules matched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Texts {
    all: BTreeSet<String>,
    bytes: usize,
}

impl Texts {
    /// Keeps a text, unless it is so short that it would be found everywhere, or very long.
    pub(super) fn add(&mut self, text: &str) -> Result<(), RedactError> {
        let text = text.trim();
        let long = text.chars().nth(REDACTED_TEXT_CHARS_MIN - 1).is_some();
        if !long || text.len() > REDACTED_TEXT_BYTES_MAX || self.all.contains(text) {
            return Ok(());
        }
        self.bytes += text.len();
        self.all.insert(text.to_owned());
        if self.all.len() > REDACTED_TEXTS_MAX || self.bytes > REDACTED_TEXTS_BYTES_MAX {
            return Err(RedactError::TooManyTexts);
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

/// Numbers of characters.
#[derive(Clone, Debug, Default)]
pub(super) struct Hidden(HashSet<u64>);

impl Hidden {
    pub(super) fn add(&mut self, id: u64) -> Result<(), RedactError> {
        self.0.insert(id);
        if self.0.len() > REDACTED_CELLS_MAX {
            return Err(RedactError::TooManyCells);
        }
        Ok(())
    }

    pub(super) fn has(&self, id: u64) -> bool {
        self.0.contains(&id)
    }
}

/// Rules, and the texts that they matched.
#[derive(Clone, Debug)]
pub(super) struct Secrets {
    rules: Rules,
    texts: Option<Regex>,
    longest: usize,
    /// By their first characters, and by their last.
    heads: HashMap<String, Vec<String>>,
    tails: HashMap<String, Vec<String>>,
}

impl Secrets {
    pub(super) fn new(rules: Rules, texts: &Texts) -> Result<Self, RedactError> {
        let mut all: Vec<&String> = texts.all.iter().collect();
        // Of two that begin alike the longer one counts.
        all.sort_by_key(|text| std::cmp::Reverse(text.len()));
        let longest = all.first().map_or(0, |text| text.len());
        let either: Vec<String> = all.iter().map(|text| regex::escape(text)).collect();
        let built = RegexBuilder::new(&either.join("|")).size_limit(TEXTS_MEMORY_BYTES_MAX).build();
        let regex = built.map_err(|_| RedactError::TooManyTexts)?;
        let (mut heads, mut tails): (HashMap<_, Vec<_>>, HashMap<_, Vec<_>>) = Default::default();
        for text in all {
            heads.entry(head(text).to_owned()).or_default().push(text.clone());
            tails.entry(tail(text).to_owned()).or_default().push(text.clone());
        }
        Ok(Self { rules, texts: Some(regex).filter(|_| longest > 0), longest, heads, tails })
    }

    /// True when texts are hidden wherever they stand.
    pub(super) fn has_texts(&self) -> bool {
        self.texts.is_some()
    }

    pub(super) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What is to be hidden of a line, in bytes; ranges may overlap.
    pub(super) fn matches(&self, line: &str) -> Vec<Range<usize>> {
        let mut found = self.rules.matches(line);
        let Some(texts) = &self.texts else { return found };
        let mut at = 0;
        while let Some(hit) = texts.find_at(line, at) {
            let range = hit.range();
            // The next one may begin within this one.
            let step = line.get(range.start..).and_then(|rest| rest.chars().next());
            at = range.start + step.map_or(1, char::len_utf8);
            found.push(range);
        }
        found
    }

    /// Where the beginning of a hidden text begins that a text ends with, in bytes.
    pub(super) fn begun(&self, text: &str) -> Option<usize> {
        let start = text.len().saturating_sub(self.longest);
        let start = (start..=text.len()).find(|at| text.is_char_boundary(*at))?;
        let rest = text.get(start..)?;
        let begins = |part: &str| {
            let known = self.heads.get(head(part));
            known.is_some_and(|known| known.iter().any(|whole| whole.starts_with(part)))
        };
        let at = rest.char_indices().find(|(at, _)| rest.get(*at..).is_some_and(begins));
        at.map(|(at, _)| start + at)
    }

    /// Where the end of a hidden text ends that a text begins with, in bytes.
    pub(super) fn ended(&self, text: &str) -> Option<usize> {
        let ends = |part: &str| {
            let known = self.tails.get(tail(part));
            known.is_some_and(|known| known.iter().any(|whole| whole.ends_with(part)))
        };
        let limit = text.len().min(self.longest);
        let cuts = text.char_indices().map(|(at, c)| at + c.len_utf8());
        let cuts =
            cuts.take_while(|at| *at <= limit).filter(|at| text.get(..*at).is_some_and(ends));
        cuts.last()
    }

    /// A line, or a name, without what is to be hidden.
    pub(super) fn hide(&self, line: &str) -> String {
        blacken(line, self.matches(line))
    }
}

/// A block for each character of these parts.
pub(super) fn blacken(line: &str, parts: Vec<Range<usize>>) -> String {
    let mut text = String::with_capacity(line.len());
    let mut parts = merged(parts).into_iter().peekable();
    for (at, c) in line.char_indices() {
        while parts.next_if(|part| part.end <= at).is_some() {}
        let hides = parts.peek().is_some_and(|part| part.contains(&at));
        text.push(if hides { HIDDEN } else { c });
    }
    text
}

/// The same in order and without overlaps.
fn merged(mut parts: Vec<Range<usize>>) -> Vec<Range<usize>> {
    parts.sort_by_key(|part| part.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for part in parts {
        match merged.last_mut() {
            Some(last) if part.start <= last.end => last.end = last.end.max(part.end),
            _ => merged.push(part),
        }
    }
    merged
}

/// The first few characters.
fn head(text: &str) -> &str {
    let end = text.char_indices().nth(REDACTED_PART_CHARS_MIN).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}

/// The last few.
fn tail(text: &str) -> &str {
    let start = text.char_indices().rev().nth(REDACTED_PART_CHARS_MIN - 1).map_or(0, |(at, _)| at);
    text.get(start..).unwrap_or_default()
}

/// For the largest set of texts that is taken.
const TEXTS_MEMORY_BYTES_MAX: usize = 256 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(rule: &str, known: &[&str]) -> Secrets {
        let mut texts = Texts::default();
        known.iter().for_each(|text| texts.add(text).unwrap());
        Secrets::new(Rules::parse(&[rule]).unwrap(), &texts).unwrap()
    }

    #[test]
    fn texts_are_hidden_wherever_they_stand_also_where_they_overlap() {
        let secrets = secrets(r"key=(\w+)", &["hunter2", "ter2abcd", "abc"]);
        assert_eq!(secrets.hide("key=x hunter2abcd abc"), "key=█ ███████████ abc");
        assert_eq!(secrets.hide("äKEY=ü日"), "äKEY=██");
    }

    #[test]
    fn a_part_at_an_edge_is_recognised() {
        let secrets = secrets("x+", &["hunter2", "日本語日"]);
        assert_eq!(secrets.begun("$ echo hunte"), Some(7));
        assert_eq!(secrets.begun("$ hu"), None);
        assert_eq!(secrets.begun("日本語"), Some(0));
        assert_eq!(secrets.ended("ter2 and"), Some(4));
        assert_eq!(secrets.ended("er and"), None);
    }

    #[test]
    fn without_texts_only_the_rules_count() {
        let secrets = secrets("b+", &[]);
        assert_eq!((secrets.hide("abbc"), secrets.begun("abb")), ("a██c".to_owned(), None));
    }

    #[test]
    fn too_many_texts_are_refused() {
        let mut texts = Texts::default();
        let refused = (0..=REDACTED_TEXTS_MAX).find_map(|n| texts.add(&format!("{n:06}")).err());
        assert_eq!(refused, Some(RedactError::TooManyTexts));
    }
}
