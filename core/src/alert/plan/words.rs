//! An administrator's own words: a template that makes one field, never a whole body.
//!
//! It was tried on a sample before it was accepted, knows no includes or macros, and may do only so much.

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use crate::alert::item::cut;
use crate::document::one_line;
use crate::limits::{ALERT_TEMPLATE_FUEL, ALERT_WORDS_BYTES_MAX};

/// A template that works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(String);

impl Words {
    /// Takes a template that can be filled in from something like the sample.
    ///
    /// # Errors
    /// What is wrong with it, in a line.
    pub(super) fn parse(text: &str, sample: &impl Serialize) -> Result<Self, String> {
        let words = Self(text.to_owned());
        words.fill(sample).map_err(|error| one_line(&error.to_string()))?;
        Ok(words)
    }

    /// The template filled in.
    ///
    /// # Errors
    /// When it does more than it may.
    pub fn say(&self, from: &impl Serialize) -> Result<String, String> {
        self.fill(from).map_err(|error| one_line(&error.to_string()))
    }

    fn fill(&self, from: &impl Serialize) -> Result<String, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(ALERT_TEMPLATE_FUEL));
        let said = environment.render_str(&self.0, Serde(from))?;
        Ok(cut(&said, ALERT_WORDS_BYTES_MAX))
    }
}
