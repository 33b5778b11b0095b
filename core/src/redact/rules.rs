//! What is to be hidden: regular expressions, read once.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use crate::limits::{REDACT_RULE_BYTES_MAX, REDACT_RULE_MEMORY_BYTES_MAX, REDACT_RULES_MAX};

/// The rules of one redaction, at least one.
///
/// Each is matched line by line, whatever the case (`(?-i)` minds it). What the whole expression matches is
/// hidden; of an expression with groups, what the groups match.
#[derive(Clone, Debug)]
pub struct Rules {
    rules: Vec<Regex>,
}

/// Rules that cannot be followed. Its text is safe to show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// None, or one that is empty.
    #[error("a rule for redaction needs a regular expression")]
    Empty,
    /// More than [`REDACT_RULES_MAX`].
    #[error("{REDACT_RULES_MAX} rules for redaction at most: join some of them with |")]
    TooMany,
    /// More than [`REDACT_RULE_BYTES_MAX`].
    #[error("a rule for redaction has {REDACT_RULE_BYTES_MAX} bytes at most")]
    TooLong,
    /// It cannot be read as one.
    #[error("rule {0} is not a regex: {1}")]
    NotARegex(usize, String),
    /// It would take too much memory.
    #[error("rule {0} is too large a regex: repeat less in it")]
    TooLarge(usize),
}

impl Rules {
    /// Reads the rules.
    ///
    /// # Errors
    /// [`RulesError`]
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Self, RulesError> {
        if texts.len() > REDACT_RULES_MAX {
            return Err(RulesError::TooMany);
        }
        let numbered = texts.iter().map(AsRef::as_ref).zip(1..);
        let rules: Vec<Regex> =
            numbered.map(|(text, number)| built(text, number)).collect::<Result<_, _>>()?;
        if rules.is_empty() {
            return Err(RulesError::Empty);
        }
        Ok(Self { rules })
    }

    /// How many there are: all that an export says of them. Often the rule is the secret itself, and whoever
    /// guesses it could tell by a digest.
    pub fn count(&self) -> usize {
        self.rules.len()
    }

    /// What is to be hidden of a line, in bytes; ranges may overlap.
    pub(super) fn matches(&self, line: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for rule in &self.rules {
            if rule.captures_len() == 1 {
                found.extend(rule.find_iter(line).map(|hit| hit.range()));
                continue;
            }
            for groups in rule.captures_iter(line) {
                let before = found.len();
                let parts = groups.iter().skip(1).flatten().map(|group| group.range());
                found.extend(parts.filter(|range| !range.is_empty()));
                if found.len() == before {
                    found.extend(groups.get(0).map(|whole| whole.range()));
                }
            }
        }
        found.retain(|range| !range.is_empty());
        found
    }
}

fn built(text: &str, number: usize) -> Result<Regex, RulesError> {
    match text.len() {
        0 => return Err(RulesError::Empty),
        length if length > REDACT_RULE_BYTES_MAX => return Err(RulesError::TooLong),
        _ => {}
    }
    let mut builder = RegexBuilder::new(text);
    builder
        .case_insensitive(true)
        .size_limit(REDACT_RULE_MEMORY_BYTES_MAX)
        .dfa_size_limit(REDACT_RULE_MEMORY_BYTES_MAX);
    builder.build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => RulesError::TooLarge(number),
        error => RulesError::NotARegex(number, reason(&error.to_string())),
    })
}

/// The last line of what `regex` says; the others draw the expression.
fn reason(said: &str) -> String {
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it is wrong");
    last.trim().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(rule: &str, line: &str) -> Vec<(usize, usize)> {
        let found = Rules::parse(&[rule]).unwrap().matches(line);
        found.into_iter().map(|range| (range.start, range.end)).collect()
    }

    #[test]
    fn the_whole_match_is_hidden_or_only_the_groups() {
        assert_eq!(hidden("AKIA[0-9]+", "x akia12 y"), [(2, 8)]);
        assert_eq!(hidden("(?-i)AKIA[0-9]+", "x akia12 y"), []);
        assert_eq!(hidden(r"password[=: ]+(\S+)", "Password: hunter2 x"), [(10, 17)]);
        assert_eq!(hidden("a(x)?b", "ab"), [(0, 2)], "a group that matches nothing");
        assert_eq!(hidden("q*", "aaa"), []);
    }

    #[test]
    fn what_cannot_be_followed_is_said_in_words() {
        let error = |rules: &[&str]| Rules::parse(rules).unwrap_err();
        assert_eq!(error(&[]), RulesError::Empty);
        assert_eq!(error(&[""]), RulesError::Empty);
        assert_eq!(error(&["x"; REDACT_RULES_MAX + 1]), RulesError::TooMany);
        assert_eq!(error(&["a", "(b"]).to_string(), "rule 2 is not a regex: unclosed group");
        assert_eq!(error(&[r"(\w{1000}){1000}"]), RulesError::TooLarge(1));
        assert_eq!(error(&["x".repeat(2000).as_str()]), RulesError::TooLong);
    }
}
