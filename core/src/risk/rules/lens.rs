//! All rules on one kind of text at once: one pass says which of them may match.

use regex::bytes::{RegexSet, RegexSetBuilder};

use super::rule::{On, Rule, Test};
use crate::limits::RULES_REGEX_BYTES_MAX;

/// The enabled rules on one kind of text.
#[derive(Clone, Debug, Default)]
pub(in crate::risk) struct Lens {
    set: RegexSet,
    /// Where each of the set stands among all rules.
    places: Vec<usize>,
}

impl Lens {
    pub(super) fn of(rules: &[Rule], on: On) -> Result<Self, String> {
        let (mut places, mut texts) = (Vec::new(), Vec::new());
        for (place, rule) in rules.iter().enumerate() {
            if let Test::Text { re, .. } = &rule.test
                && rule.on == on
                && rule.enabled
            {
                places.push(place);
                texts.push(re.as_str());
            }
        }
        let mut builder = RegexSetBuilder::new(texts);
        let built = builder
            .unicode(false)
            .size_limit(RULES_REGEX_BYTES_MAX)
            .dfa_size_limit(CACHE_BYTES_MAX)
            .build();
        let set = built.map_err(|_| {
            format!("those on {} take more than {RULES_REGEX_BYTES_MAX} bytes", on.name())
        })?;
        Ok(Self { set, places })
    }

    /// The places of those rules that match, `not` and all else aside.
    pub(in crate::risk) fn matching(&self, text: &[u8]) -> impl Iterator<Item = usize> {
        let matched = (!self.places.is_empty()).then(|| self.set.matches(text));
        let matched: Vec<usize> = matched.into_iter().flatten().collect();
        matched.into_iter().filter_map(|at| self.places.get(at).copied())
    }

    /// The places of all of them.
    pub(in crate::risk) fn places(&self) -> &[usize] {
        &self.places
    }
}

/// What the automaton of a set keeps of itself, once for each thread.
const CACHE_BYTES_MAX: usize = 16 * 1024 * 1024;
