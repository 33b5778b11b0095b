//! The lines that answer a few letters best, while all lines that were shown come by.
//!
//! Only the best are kept, each text once, where it was shown first: memory is bounded whatever the
//! recording, and a text that was dropped cannot come back, since it answers no better the next time.

use memchr::{memchr, memchr2};

use super::find::{Hit, context};
use super::whole_lines::WholeLine;
use crate::fuzzy::{Fuzzy, Matcher};
use crate::limits::SEARCH_RANKED_MAX;

/// The best lines so far.
pub(super) struct Ranking {
    typed: String,
    matcher: Fuzzy,
    /// Best first; of those that answer as well as each other the earlier.
    best: Vec<(i64, Hit)>,
    has_changed: bool,
}

impl Ranking {
    pub(super) fn new(typed: &str) -> Self {
        let (matcher, best) = (Fuzzy::default(), Vec::new());
        Self { typed: typed.to_owned(), matcher, best, has_changed: false }
    }

    /// Looks at the next line.
    pub(super) fn look(&mut self, line: WholeLine<'_>) {
        let text = line.text.trim_matches(' ');
        if !may_answer(text, &self.typed) {
            return;
        }
        let Some(score) = self.matcher.score(text, &self.typed) else { return };
        let place = self.best.partition_point(|(better, _)| *better >= score);
        if place >= SEARCH_RANKED_MAX || self.is_known(score, place, text) {
            return;
        }
        let Some(span) = self.matcher.span(text, &self.typed) else { return };
        let (shown, range) = context(text, span);
        // Of a long one only a part is kept.
        if self.is_known(score, place, &shown) {
            return;
        }
        let (seq, elapsed) = (line.look.seq, line.look.elapsed());
        let hit = Hit { seq, elapsed, row: line.row, line: shown, range };
        self.best.insert(place, (score, hit));
        self.best.truncate(SEARCH_RANKED_MAX);
        self.has_changed = true;
    }

    /// The best ones, best first, when they are others than when this was last called.
    pub(super) fn take(&mut self) -> Option<Vec<Hit>> {
        let hits = || self.best.iter().map(|(_, hit)| hit.clone()).collect();
        std::mem::take(&mut self.has_changed).then(hits)
    }

    /// The same text is among those that answer as well and stand before `place`.
    fn is_known(&self, score: i64, place: usize, text: &str) -> bool {
        let before = self.best.get(..place).unwrap_or_default().iter().rev();
        before.take_while(|(as_well, _)| *as_well == score).any(|(_, hit)| hit.line == text)
    }
}

/// False where letters are missing: most lines are told apart so, at a small part of the price.
fn may_answer(text: &str, typed: &str) -> bool {
    typed.split_whitespace().all(|word| {
        let mut rest = text.as_bytes();
        word.chars().filter(char::is_ascii).all(|c| {
            let byte = u8::try_from(c).unwrap_or_default();
            let found = match byte.is_ascii_lowercase() {
                true => memchr2(byte, byte.to_ascii_uppercase(), rest),
                false => memchr(byte, rest),
            };
            rest = found.and_then(|at| rest.get(at + 1..)).unwrap_or_default();
            found.is_some()
        })
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::log::Look;
    use super::*;

    fn ranked(typed: &str, lines: &[&str]) -> Vec<(u64, String)> {
        let mut ranking = Ranking::new(typed);
        for (seq, text) in (1..).zip(lines) {
            let look = Look::new(seq, Duration::from_secs(seq));
            ranking.look(WholeLine { look, text, row: Some(0) });
        }
        let best = ranking.take().unwrap_or_default();
        assert!(ranking.take().is_none(), "told once");
        best.into_iter().map(|hit| (hit.seq, hit.line)).collect()
    }

    #[test]
    fn the_best_come_first_and_each_text_once() {
        let lines = ["# cat /etc/passwd", "passing words", "  passwd", "# cat /etc/passwd", "x"];
        let best = ranked("passwd", &lines);
        assert_eq!(best.first().map(|(seq, _)| *seq), Some(3));
        assert_eq!(best.iter().filter(|(_, line)| line.ends_with("/etc/passwd")).count(), 1);
        assert!(best.contains(&(1, lines[0].to_owned())), "where it was shown first");
        assert!(best.contains(&(2, lines[1].to_owned())));
    }

    #[test]
    fn a_beginning_of_another_line_is_a_line() {
        let best = ranked("passwd", &["passwd", "passwd -l alice", "passwd"]);
        assert_eq!(best.len(), 2, "{best:?}");
    }

    #[test]
    fn only_the_best_are_kept() {
        let mut lines = vec!["s-u-d-o"; 3];
        let many: Vec<String> = (0..2 * SEARCH_RANKED_MAX).map(|n| format!("sudo {n}")).collect();
        lines.extend(many.iter().map(String::as_str));
        let best = ranked("sudo", &lines);
        assert_eq!(best.len(), SEARCH_RANKED_MAX);
        assert!(best.iter().all(|(_, line)| line.starts_with("sudo ")));
    }

    #[test]
    fn what_is_passed_over_does_not_answer() {
        let matcher = Fuzzy::default();
        for text in ["", "sudo", "Sudo", "SUDO -l", "s u d o", "od us", "süd o", "grüße"] {
            for typed in ["sudo", "Sudo", "o s", "ü", "grß", "GR", "-L"] {
                if matcher.score(text, typed).is_some() {
                    assert!(may_answer(text, typed), "{text:?} answers {typed:?}");
                }
            }
        }
    }
}
