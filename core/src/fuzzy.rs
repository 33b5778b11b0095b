//! Finding by a few letters. The one place that knows which library does it.

use std::ops::Range;

use fuzzy_matcher::FuzzyMatcher as _;
use fuzzy_matcher::skim::SkimMatcherV2;

/// Says how well a text answers what was typed.
pub trait Matcher {
    /// How well, the higher the better; `None` when not at all. Everything answers nothing typed.
    fn score(&self, text: &str, typed: &str) -> Option<i64>;

    /// From the first letter that answers to behind the last one, in bytes.
    fn span(&self, text: &str, typed: &str) -> Option<Range<usize>>;
}

/// Letters in order with anything between; case counts only when it was typed.
#[derive(Default)]
pub struct Fuzzy(SkimMatcherV2);

impl Matcher for Fuzzy {
    fn score(&self, text: &str, typed: &str) -> Option<i64> {
        let text = head(text);
        typed.split_whitespace().try_fold(0_i64, |sum, word| {
            self.0.fuzzy_match(text, word).map(|score| sum.saturating_add(score))
        })
    }

    fn span(&self, text: &str, typed: &str) -> Option<Range<usize>> {
        let text = head(text);
        let mut chars = Vec::new();
        for word in typed.split_whitespace() {
            chars.extend(self.0.fuzzy_indices(text, word)?.1);
        }
        let (first, last) = (chars.iter().min()?, chars.iter().max()?);
        let byte_of = |nth: usize| text.char_indices().nth(nth).map_or(text.len(), |(at, _)| at);
        Some(byte_of(*first)..byte_of(*last + 1))
    }
}

/// Longer texts cost time and say nothing more.
fn head(text: &str) -> &str {
    let end = text.char_indices().nth(TEXT_CHARS_MAX).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or(text)
}

const TEXT_CHARS_MAX: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_order_and_the_nearest_first() {
        let fuzzy = Fuzzy::default();
        assert!(fuzzy.score("sudoedit /etc/hosts", "hosts edit").is_some());
        assert!(fuzzy.score("sudoedit /etc/hosts", "seth").is_some());
        assert!(fuzzy.score("sudoedit", "").is_some());
        assert_eq!(fuzzy.score("sudoedit", "x"), None);
        assert!(fuzzy.score("play or pause", "pause") > fuzzy.score("spare it, house", "pause"));
    }

    #[test]
    fn what_answers_is_where_it_stands() {
        let fuzzy = Fuzzy::default();
        assert_eq!(fuzzy.span("a sudoedit b", "sued"), Some(2..8));
        assert_eq!(fuzzy.span("ä sudo", "sudo"), Some(3..7));
        assert_eq!(fuzzy.span("x y", "y x"), Some(0..3));
        assert_eq!(fuzzy.span("sudo", "x"), None);
        assert_eq!(fuzzy.span("sudo", ""), None);
    }
}
