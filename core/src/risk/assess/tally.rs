//! Findings, and the score that they make.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use crate::limits::{FINDING_TEXT_BYTES_MAX, FINDINGS_MAX, RULE_MATCHES_MAX};
use crate::risk::rules::{Rule, Rules};
use crate::risk::{Finding, Score, Source};
use crate::untrusted::Untrusted;

/// What was found in one session. Each rule is found once in each source, at its first moment.
#[derive(Debug)]
pub(super) struct Tally {
    findings: Vec<Finding>,
    fresh: Vec<Finding>,
    /// For each rule the sources in which it was found.
    found: Box<[u8]>,
    /// The most points that a finding of each category has.
    best: [u8; CATEGORIES],
    /// Of rules that want several different matches those that are there.
    distinct: HashMap<usize, VecDeque<Match>>,
}

/// When something was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) seq: u64,
    pub(super) elapsed_ns: u64,
}

#[derive(Debug)]
struct Match {
    elapsed_ns: u64,
    text: Vec<u8>,
}

impl Tally {
    pub(super) fn new(rules: &Rules) -> Self {
        Self {
            findings: Vec::new(),
            fresh: Vec::new(),
            found: vec![0; rules.len()].into(),
            best: [0; CATEGORIES],
            distinct: HashMap::new(),
        }
    }

    /// True while a rule was not found in a source.
    pub(super) fn wants(&self, place: usize, source: Source) -> bool {
        self.found.get(place).is_some_and(|found| found & bit(source) == 0)
    }

    /// Looks for what a rule looks for in a text; `true` when it is there.
    pub(super) fn look(
        &mut self,
        (place, rule): (usize, &Rule),
        source: Source,
        moment: Moment,
        text: &[u8],
    ) -> bool {
        let found = match rule.wants() {
            (0 | 1, _) => rule.find(text),
            (count, within_s) => {
                let mut all = rule.find_all(text).take(RULE_MATCHES_MAX);
                all.find(|found| {
                    let matched = text.get(found.clone()).unwrap_or_default();
                    self.count(place, matched, moment.elapsed_ns, within_s) >= count
                })
            }
        };
        let Some(found) = found else { return false };
        self.note((place, rule), source, moment, &excerpt(text, found));
        true
    }

    /// Notes that a rule found something.
    pub(super) fn note(
        &mut self,
        (place, rule): (usize, &Rule),
        source: Source,
        moment: Moment,
        text: &[u8],
    ) {
        if let Some(found) = self.found.get_mut(place) {
            *found |= bit(source);
        }
        if let Some(best) = self.best.get_mut(rule.category() as usize) {
            *best = rule.points().max(*best);
        }
        let finding = Finding {
            rule: rule.id().to_owned(),
            category: rule.category(),
            points: rule.points(),
            source,
            seq: moment.seq,
            elapsed_ns: moment.elapsed_ns,
            text: Untrusted::new(text),
        };
        keep(&mut self.fresh, finding.clone());
        keep(&mut self.findings, finding);
    }

    pub(super) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    pub(super) fn take_fresh(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.fresh)
    }

    /// The best of each category, added.
    pub(super) fn score(&self, cap: u8) -> Score {
        let sum: u32 = self.best.iter().map(|points| u32::from(*points)).sum();
        Score::capped(sum.min(cap.into()))
    }

    /// Memory that it takes, about.
    pub(super) fn bytes(&self) -> usize {
        let findings = self.findings.iter().chain(&self.fresh);
        let findings: usize =
            findings.map(|f| size_of::<Finding>() + f.rule.len() + f.text.len()).sum();
        let distinct: usize =
            self.distinct.values().flatten().map(|m| size_of::<Match>() + m.text.len()).sum();
        self.found.len() + findings + distinct
    }

    pub(super) fn shrink(&mut self) {
        self.findings.shrink_to_fit();
        self.fresh.shrink_to_fit();
    }

    /// How many different matches there are with this one.
    fn count(&mut self, place: usize, text: &[u8], now_ns: u64, within_s: Option<u64>) -> usize {
        // What separates commands is no part of one.
        let from = text.iter().position(|byte| !b" \t;&|".contains(byte)).unwrap_or(text.len());
        let text = text.get(from..).unwrap_or_default();
        let text = text.get(..text.len().min(DISTINCT_BYTES_MAX)).unwrap_or_default();
        let matches = self.distinct.entry(place).or_default();
        if let Some(within_s) = within_s {
            let first = now_ns.saturating_sub(within_s.saturating_mul(1_000_000_000));
            matches.retain(|known| known.elapsed_ns >= first);
        }
        match matches.iter_mut().find(|known| known.text == text) {
            Some(known) => known.elapsed_ns = now_ns,
            None => matches.push_back(Match { elapsed_ns: now_ns, text: text.to_vec() }),
        }
        let count = matches.len();
        if count > crate::limits::RULE_DISTINCT_MAX {
            matches.pop_front();
        }
        count
    }
}

/// Keeps a finding; when there are too many, those that count most.
fn keep(findings: &mut Vec<Finding>, finding: Finding) {
    if findings.len() < FINDINGS_MAX {
        return findings.push(finding);
    }
    let least = findings.iter().enumerate().rev().min_by_key(|(_, known)| known.points);
    if let Some((place, known)) = least
        && known.points < finding.points
    {
        findings.remove(place);
        findings.push(finding);
    }
}

/// A match with what stands around it, as much as is kept.
fn excerpt(text: &[u8], found: Range<usize>) -> Vec<u8> {
    let from = match text.len() <= FINDING_TEXT_BYTES_MAX {
        true => 0,
        false => found.start.saturating_sub(BEFORE_BYTES),
    };
    let is_inner = |byte: &u8| byte & 0xc0 == 0x80;
    let rest = text.get(from..).unwrap_or_default();
    let mut rest = if from == 0 { rest } else { skip(rest, is_inner) };
    if rest.len() > FINDING_TEXT_BYTES_MAX {
        let behind = rest.get(..=FINDING_TEXT_BYTES_MAX).unwrap_or(rest);
        // A character is not cut.
        let end = behind.iter().rposition(|byte| !is_inner(byte)).unwrap_or(0);
        let end = if end + 4 > FINDING_TEXT_BYTES_MAX { end } else { FINDING_TEXT_BYTES_MAX };
        rest = rest.get(..end).unwrap_or(rest);
    }
    rest.to_vec()
}

/// As much of a text as is kept.
pub(super) fn beginning(text: &[u8]) -> Vec<u8> {
    excerpt(text, 0..0)
}

/// Without the bytes at its beginning that belong to a character which is cut.
fn skip(text: &[u8], is_inner: impl Fn(&u8) -> bool) -> &[u8] {
    let inner = text.iter().take(3).take_while(|byte| is_inner(byte)).count();
    text.get(inner..).unwrap_or_default()
}

fn bit(source: Source) -> u8 {
    1 << (source as u8)
}

/// One for each category, and one for those to come.
const CATEGORIES: usize = crate::risk::Category::ALL.len() + 1;
/// Of a long line so much is kept before the match.
const BEFORE_BYTES: usize = 48;
/// Matches are told apart by so much of them.
const DISTINCT_BYTES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_around_its_match() {
        let text = format!("{}rm -rf /{}", "ä".repeat(500), "ü".repeat(500));
        let at = text.find("rm").unwrap();
        let cut = excerpt(text.as_bytes(), at..at + 8);
        assert!(cut.len() <= FINDING_TEXT_BYTES_MAX && cut.len() > FINDING_TEXT_BYTES_MAX - 4);
        assert!(std::str::from_utf8(&cut).unwrap().contains("rm -rf /"));
        assert_eq!(excerpt(b"short", 1..2), b"short");
        assert_eq!(excerpt(&[0xff; 1000], 0..1).len(), FINDING_TEXT_BYTES_MAX);
    }
}
