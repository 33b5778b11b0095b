//! Finding by a few letters. The one place that knows which library does it.

use fuzzy_matcher::FuzzyMatcher as _;
use fuzzy_matcher::skim::SkimMatcherV2;

/// Says how well a text answers what was typed.
pub trait Matcher {
    /// How well, the higher the better; `None` when not at all. Everything answers nothing typed.
    fn score(&self, text: &str, typed: &str) -> Option<i64>;
}

/// Letters in order with anything between; case counts only when it was typed.
#[derive(Default)]
pub struct Fuzzy(SkimMatcherV2);

impl Matcher for Fuzzy {
    fn score(&self, text: &str, typed: &str) -> Option<i64> {
        // Longer ones cost time and say nothing more.
        let head = text.char_indices().nth(TEXT_CHARS_MAX).map_or(text.len(), |(at, _)| at);
        let text = text.get(..head).unwrap_or(text);
        typed.split_whitespace().try_fold(0_i64, |sum, word| {
            self.0.fuzzy_match(text, word).map(|score| sum.saturating_add(score))
        })
    }
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
}
