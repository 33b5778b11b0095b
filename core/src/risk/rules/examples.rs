//! Rules carry their own tests: texts that they must find and texts that they must not.

use std::fmt;

use super::Rules;
use super::rule::Rule;
use crate::untrusted::Untrusted;

/// An example that a rule does not live up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleFault {
    /// The rule's name.
    pub rule: String,
    /// The text.
    pub text: String,
    /// True when it should have been found and was not; false the other way round.
    pub missed: bool,
}

/// Safe to show.
impl fmt::Display for ExampleFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.missed { "does not find" } else { "finds" };
        write!(f, "{}: {word} {}", self.rule, Untrusted::from(self.text.as_str()).escaped())
    }
}

impl Rules {
    /// Tries every rule, also those that are not used, with its examples; gives those that fail. What
    /// is wanted beside a match (other matches, a user, a host) is left aside.
    pub fn examine(&self) -> Vec<ExampleFault> {
        self.iter().flat_map(faults).collect()
    }
}

fn faults(rule: &Rule) -> impl Iterator<Item = ExampleFault> {
    let hits = rule.hits().iter().map(|text| (text, true));
    let misses = rule.misses().iter().map(|text| (text, false));
    let wrong =
        hits.chain(misses).filter(|(text, hit)| rule.find(text.as_bytes()).is_some() != *hit);
    wrong.map(|(text, missed)| ExampleFault {
        rule: rule.id().to_owned(),
        text: text.clone(),
        missed,
    })
}
