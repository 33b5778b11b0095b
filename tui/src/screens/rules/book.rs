//! The rules in force beside the draft that is to replace them.

use sudolog_core::limits::FRAME_PAYLOAD_BYTES_MAX;
use sudolog_core::risk::{Rule, Rules};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::RulesInForce;

use super::Draft;

/// The rules in force, and what they are to become.
pub struct Book {
    /// As the server tells them.
    pub in_force: RulesInForce,
    /// The same, read; `None` when this build cannot.
    pub rules: Option<Rules>,
    /// What they are to become.
    pub draft: Draft,
}

impl Book {
    pub(super) fn new(in_force: RulesInForce) -> Self {
        let draft = Draft::new(&in_force.text);
        Self { rules: draft.rules().ok().cloned(), in_force, draft }
    }

    /// True when a draft of the operator's is in it.
    pub(super) fn is_kept(&self) -> bool {
        self.draft.is_changed()
    }

    /// The draft's rules.
    ///
    /// # Errors
    /// When it holds none, or is as the rules in force.
    pub(super) fn changed(&self) -> Result<&Rules, String> {
        if !self.draft.is_changed() {
            return Err(UNCHANGED.to_owned());
        }
        // On the way each quote and each line break takes two bytes.
        let sent = Untrusted::from(self.draft.text()).json_bytes();
        if sent > FRAME_PAYLOAD_BYTES_MAX - ENVELOPE_BYTES {
            return Err(format!("the draft takes {sent} bytes on its way to the server: too many"));
        }
        let escaped =
            |error| format!("the draft holds no rules: {}", Untrusted::from(error).escaped());
        self.draft.rules().map_err(escaped)
    }

    /// True when the draft's rule is not as the one in force.
    pub fn differs(&self, rule: &Rule) -> bool {
        let told = |rule: &Rule| {
            (rule.points(), rule.enabled(), rule.act(), rule.category().name(), rule.condition())
        };
        let before = self.rules.as_ref().and_then(|rules| rules.get(rule.id()));
        before.map(told) != Some(told(rule))
    }
}

/// A hash, a reason, and what is around them in a request.
const ENVELOPE_BYTES: usize = 32 * 1024;
pub(super) const UNCHANGED: &str = "nothing is changed in the draft";
