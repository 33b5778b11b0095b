//! Why other rules shall be in force: the line in which that is typed before they are sent.

use sudolog_core::limits::SENTENCE_BYTES_MAX;
use sudolog_core::untrusted::Untrusted;

use crate::widgets::Input;

/// The dialog that asks for it.
#[derive(Clone, Debug)]
pub struct Reason {
    input: Input,
    is_sent: bool,
    trouble: Option<String>,
}

/// What the operator does in it beside typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReasonAction {
    /// Puts the rules into force.
    Send,
    /// Changes nothing.
    Cancel,
}

impl Default for Reason {
    fn default() -> Self {
        Self { input: Input::new(SENTENCE_BYTES_MAX), is_sent: false, trouble: None }
    }
}

impl Reason {
    /// The reason as it is typed.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// True while the server's answer is waited for.
    pub fn is_sent(&self) -> bool {
        self.is_sent
    }

    /// What stands in the way, escaped.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Changes what is typed.
    pub fn change(&mut self, change: impl FnOnce(&mut Input)) {
        if !self.is_sent {
            change(&mut self.input);
            let full = self.input.is_full();
            self.trouble = full.then(|| "There is no room for more.".to_owned());
        }
    }

    /// The reason, once: when there is one.
    pub fn send(&mut self) -> Option<Untrusted> {
        let why = self.input.text().trim();
        if self.is_sent {
            return None;
        }
        if why.is_empty() {
            let text = "Other rules need a reason: it is recorded and shown.";
            self.trouble = Some(text.to_owned());
            return None;
        }
        (self.is_sent, self.trouble) = (true, None);
        Some(why.into())
    }

    /// The server has refused, or has not answered: what it said, escaped. The reason stays.
    pub fn refused(&mut self, reason: String) {
        (self.is_sent, self.trouble) = (false, Some(reason));
    }
}
