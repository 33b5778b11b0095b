//! What is searched for: text as it is, a regular expression, or a few letters that lines answer more or
//! less well.
//!
//! Upper and lower case are the same unless an upper-case letter is asked for. Matching takes time in
//! proportion to the text, whatever the expression (`regex` does not go back), and the expression's
//! size is limited.

use std::ops::Range;

use memchr::memmem::Finder;
use regex::{Regex, RegexBuilder};

use super::folded::{Folded, Piece};
use crate::limits::{SEARCH_FUZZY_BYTES_MAX, SEARCH_PATTERN_BYTES_MAX, SEARCH_REGEX_BYTES_MAX};

/// Something to search for.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    kind: PatternKind,
    needle: Needle,
}

/// How what was typed is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PatternKind {
    /// As it is.
    #[default]
    Text,
    /// As a regular expression.
    Regex,
    /// As letters in their order, with anything between: the lines are ranked that answer best.
    Fuzzy,
}

#[derive(Clone, Debug)]
enum Needle {
    /// As it is.
    Exact(Box<Finder<'static>>),
    /// In lower case, whatever the case of the text; ASCII.
    Folded(Box<Folded>),
    Regex(Regex),
    /// Nothing that stands somewhere.
    None,
}

/// Nothing that can be searched for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Every text has that.
    #[error("there is nothing to search for")]
    Empty,
    /// More than [`SEARCH_PATTERN_BYTES_MAX`].
    #[error("search for {SEARCH_PATTERN_BYTES_MAX} bytes at most")]
    TooLong,
    /// More than [`SEARCH_FUZZY_BYTES_MAX`].
    #[error("a fuzzy search is for {SEARCH_FUZZY_BYTES_MAX} bytes at most")]
    TooLongForFuzzy,
    /// It cannot be read as one.
    #[error("not a regex: {0}")]
    NotARegex(String),
    /// It would take too much memory.
    #[error("the regex is too large")]
    TooLarge,
}

impl Pattern {
    /// What was typed, read so.
    ///
    /// # Errors
    /// [`PatternError`]
    pub fn read(text: &str, kind: PatternKind) -> Result<Self, PatternError> {
        match kind {
            PatternKind::Text => Self::literal(text),
            PatternKind::Regex => Self::regex(text),
            PatternKind::Fuzzy => Self::fuzzy(text),
        }
    }

    /// Text as it is.
    ///
    /// # Errors
    /// [`PatternError`], never about regular expressions.
    pub fn literal(text: &str) -> Result<Self, PatternError> {
        check(text)?;
        let folds = !text.chars().any(char::is_uppercase);
        let needle = match (folds, text.is_ascii()) {
            (false, _) => Needle::Exact(finder(text)),
            (true, true) if text.bytes().any(|b| b.is_ascii_lowercase()) => {
                Needle::Folded(Box::new(Folded::new(text)))
            }
            (true, true) => Needle::Exact(finder(text)),
            (true, false) => Needle::Regex(built(&regex::escape(text), true)?),
        };
        Ok(Self { text: text.to_owned(), kind: PatternKind::Text, needle })
    }

    /// A regular expression, in the syntax of the crate `regex`. It is matched line by line.
    ///
    /// # Errors
    /// [`PatternError`]
    pub fn regex(text: &str) -> Result<Self, PatternError> {
        check(text)?;
        let needle = Needle::Regex(built(text, !asks_for_upper_case(text))?);
        Ok(Self { text: text.to_owned(), kind: PatternKind::Regex, needle })
    }

    /// Letters in their order; words in any order.
    ///
    /// # Errors
    /// [`PatternError`], never about regular expressions.
    pub fn fuzzy(text: &str) -> Result<Self, PatternError> {
        check(text.trim())?;
        if text.len() > SEARCH_FUZZY_BYTES_MAX {
            return Err(PatternError::TooLongForFuzzy);
        }
        Ok(Self { text: text.to_owned(), kind: PatternKind::Fuzzy, needle: Needle::None })
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How it was read.
    pub fn kind(&self) -> PatternKind {
        self.kind
    }

    /// True for a regular expression.
    pub fn is_regex(&self) -> bool {
        self.kind == PatternKind::Regex
    }

    /// True where lines are ranked: it has no place in them.
    pub fn is_fuzzy(&self) -> bool {
        self.kind == PatternKind::Fuzzy
    }

    /// Where it occurs in a line, in bytes. What matches nothing at all is left out.
    pub fn matches(&self, line: &str) -> Vec<Range<usize>> {
        let mut haystack = Haystack::new(line);
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(range) = self.find(&mut haystack, at) {
            at = range.end;
            found.push(range);
        }
        found
    }

    /// True when it can be searched for in many lines at once.
    pub(super) fn stays_in_line(&self) -> bool {
        !matches!(self.needle, Needle::Regex(_)) && !self.text.contains('\n')
    }

    /// The first occurrence from `at` on that is not empty.
    pub(super) fn find(&self, haystack: &mut Haystack<'_>, at: usize) -> Option<Range<usize>> {
        match &self.needle {
            Needle::Exact(finder) => found(finder, haystack.text.as_bytes(), at),
            Needle::Folded(folded) => {
                let start = folded.find(haystack.text.as_bytes(), &mut haystack.piece, at)?;
                Some(start..start + folded.len())
            }
            Needle::None => None,
            Needle::Regex(regex) => {
                let mut at = at;
                loop {
                    let range = regex.find_at(haystack.text, at)?.range();
                    if !range.is_empty() {
                        return Some(range);
                    }
                    let next = haystack.text.get(range.end..)?.chars().next()?;
                    at = range.end + next.len_utf8();
                }
            }
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, self.kind) == (&other.text, other.kind)
    }
}

impl Eq for Pattern {}

/// Text that is searched.
pub(super) struct Haystack<'a> {
    text: &'a str,
    piece: Piece,
}

impl<'a> Haystack<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, piece: Piece::default() }
    }
}

fn check(text: &str) -> Result<(), PatternError> {
    match text.len() {
        0 => Err(PatternError::Empty),
        length if length > SEARCH_PATTERN_BYTES_MAX => Err(PatternError::TooLong),
        _ => Ok(()),
    }
}

fn finder(text: &str) -> Box<Finder<'static>> {
    Box::new(Finder::new(text.as_bytes()).into_owned())
}

fn found(finder: &Finder<'_>, haystack: &[u8], at: usize) -> Option<Range<usize>> {
    let start = at + finder.find(haystack.get(at..)?)?;
    Some(start..start + finder.needle().len())
}

fn built(expression: &str, folds: bool) -> Result<Regex, PatternError> {
    let mut builder = RegexBuilder::new(expression);
    builder
        .case_insensitive(folds)
        .size_limit(SEARCH_REGEX_BYTES_MAX)
        .dfa_size_limit(SEARCH_REGEX_BYTES_MAX);
    builder.build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => PatternError::TooLarge,
        error => PatternError::NotARegex(reason(&error.to_string())),
    })
}

/// The last line of what `regex` says; the others draw the expression.
fn reason(said: &str) -> String {
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it is wrong");
    last.trim().trim_start_matches("error: ").to_owned()
}

/// True for an upper-case letter that stands for itself: not in `\W`, not in `\p{Lu}`.
fn asks_for_upper_case(expression: &str) -> bool {
    let mut chars = expression.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            if matches!(chars.next(), Some('p' | 'P' | 'x' | 'u' | 'U'))
                && chars.as_str().starts_with('{')
            {
                chars.by_ref().find(|c| *c == '}');
            }
        } else if c.is_uppercase() {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(found: Vec<Range<usize>>) -> Vec<(usize, usize)> {
        found.into_iter().map(|range| (range.start, range.end)).collect()
    }

    fn literal(text: &str, line: &str) -> Vec<(usize, usize)> {
        ends(Pattern::literal(text).unwrap().matches(line))
    }

    fn regex(text: &str, line: &str) -> Vec<(usize, usize)> {
        ends(Pattern::regex(text).unwrap().matches(line))
    }

    #[test]
    fn case_counts_only_where_it_is_asked_for() {
        assert_eq!(literal("root", "Root ROOT root"), [(0, 4), (5, 9), (10, 14)]);
        assert_eq!(literal("Root", "Root ROOT root"), [(0, 4)]);
        assert_eq!(literal("grüße", "GRÜSSE Grüße GRÜßE"), [(8, 15), (16, 23)]);
        assert_eq!(literal("1.2", "1.2 1x2"), [(0, 3)]);
        assert_eq!(regex(r"\Wroot\b", "Root,ROOT"), [(4, 9)]);
        assert_eq!(regex("R..t", "Root root"), [(0, 4)]);
        assert_eq!(regex(r"\p{Lu}a\x{41}", "Xaa"), [(0, 3)]);
    }

    #[test]
    fn what_matches_nothing_finds_nothing() {
        assert_eq!(regex("x*", "aéxxb"), [(3, 5)]);
        assert!(regex("^$|(?:)", "").is_empty());
    }

    #[test]
    fn what_cannot_be_searched_for_is_said_in_words() {
        assert_eq!(Pattern::literal("").unwrap_err(), PatternError::Empty);
        let long = "x".repeat(SEARCH_PATTERN_BYTES_MAX + 1);
        assert_eq!(Pattern::regex(&long).unwrap_err(), PatternError::TooLong);
        let error = Pattern::regex("a(b").unwrap_err().to_string();
        assert_eq!(error, "not a regex: unclosed group");
        assert_eq!(Pattern::regex(r"(\w{1000}){1000}").unwrap_err(), PatternError::TooLarge);
    }
}
