//! The rules by which sessions are scored, and the file that holds them.
//!
//! A file is taken as a whole or refused as a whole: nobody is watched by half of what was written.

mod condition;
mod examples;
mod hours;
mod lens;
mod read;
mod rule;
mod settings;

#[cfg(test)]
mod tests;

use sha2::{Digest as _, Sha256};

pub use crate::document::DocumentError as RulesError;
pub use condition::{EndKind, Fact, Happening, When};
pub use examples::ExampleFault;
pub use hours::{BusinessHours, Date};
pub(in crate::risk) use lens::Lens;
pub use rule::{Act, On, Rule};

use crate::document::{Node, Spot};
use crate::limits::RULES_BYTES_MAX;
use crate::untrusted::encode_hex;
use settings::Settings;

/// The rules of one file, ready to use.
#[derive(Clone, Debug)]
pub struct Rules {
    rules: Vec<Rule>,
    settings: Settings,
    hash: String,
    file: Box<[u8]>,
    lenses: [Lens; On::TEXTS.len()],
}

impl Rules {
    /// The rules that come with this build.
    #[expect(clippy::expect_used, reason = "the file is part of the build, and a test reads it")]
    pub fn built_in() -> Self {
        Self::parse(DEFAULT).expect("the built-in rules are legal")
    }

    /// The file of the built-in rules, to begin one's own with.
    pub fn built_in_file() -> &'static [u8] {
        DEFAULT
    }

    /// Reads a file of rules (`docs/risk.md`).
    ///
    /// # Errors
    /// [`RulesError`] names the line and key of the first thing that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, RulesError> {
        let mut fields = Spot::root(Node::parse(bytes, "a file of rules", RULES_BYTES_MAX)?)
            .fields(&["version", "settings", "rules"])?;
        let version = fields.need("version")?;
        let mark = version.mark.clone();
        if version.number(0, u64::MAX)? != 1 {
            return mark.refuse("this build reads version 1");
        }
        let settings = fields.optional("settings", Settings::read)?.unwrap_or_default();
        let spot = fields.need("rules")?;
        let mark = spot.mark.clone();
        let rules = read::rules(spot)?;
        let hash = encode_hex(&Sha256::digest(bytes));
        let mut lenses = On::TEXTS.map(|_| Lens::default());
        for (lens, on) in lenses.iter_mut().zip(On::TEXTS) {
            *lens = Lens::of(&rules, on).or_else(|what| mark.refuse(what))?;
        }
        Ok(Self { rules, settings, hash, file: bytes.into(), lenses })
    }

    /// SHA-256 of the file, in lower-case hexadecimal: scores of the same rules have the same.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The file as it was read.
    pub fn file(&self) -> &[u8] {
        &self.file
    }

    /// The rule with this name.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id() == id)
    }

    /// All of them, in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Rule> {
        self.rules.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// True when one of them may stop a line that is entered, in one session or another.
    pub fn may_stop_lines(&self) -> bool {
        let mut rules = self.rules.iter().filter(|rule| rule.enabled());
        rules.any(|rule| matches!(rule.on(), On::Cmdline | On::Typed) && rule.act() != Act::Notify)
    }

    /// The highest score that they give.
    pub fn cap(&self) -> u8 {
        self.settings.cap
    }

    /// When people are expected to work.
    pub fn business_hours(&self) -> &BusinessHours {
        &self.settings.business_hours
    }

    /// For how many seconds before a session refusals of its user count: the longest that a rule asks
    /// for, 0 when none does.
    pub fn rejects_within_s(&self) -> u64 {
        let seconds = |rule: &Rule| match rule.when()?.fact {
            Fact::RejectsAtLeast(_, within_s) => Some(within_s),
            _ => None,
        };
        self.rules.iter().filter(|rule| rule.enabled()).filter_map(seconds).max().unwrap_or(0)
    }

    pub(in crate::risk) fn at(&self, place: usize) -> Option<&Rule> {
        self.rules.get(place)
    }

    /// What looks for all rules on one kind of text at once.
    pub(in crate::risk) fn lens(&self, on: On) -> Option<&Lens> {
        let place = On::TEXTS.into_iter().position(|known| known == on)?;
        self.lenses.get(place)
    }
}

const DEFAULT: &[u8] = include_bytes!("../default.yaml");
