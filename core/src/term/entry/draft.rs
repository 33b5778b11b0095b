//! The line that is being typed, as far as keys and prompt tell it.

use super::super::keyboard::TypedKey;
use crate::limits::RISK_LINE_BYTES_MAX;

/// What is known of it.
#[derive(Default)]
pub(super) struct Draft {
    /// A key of this line was pressed.
    pub(super) is_begun: bool,
    /// What stood left of the cursor before that.
    pub(super) prompt: Option<String>,
    /// What was typed, if there were only characters.
    pub(super) typed: Typed,
    /// The characters, whatever other keys were pressed between them.
    plain: String,
    /// The line had begun before its first key.
    pub(super) is_prefilled: bool,
}

impl Draft {
    /// The draft of a line that stands there already: out of a history, say.
    pub(super) fn prefilled() -> Self {
        Self { is_prefilled: true, typed: Typed(None), ..Self::default() }
    }

    /// A character was typed.
    pub(super) fn push(&mut self, c: char) {
        self.typed.push(c);
        if self.plain.len() < RISK_LINE_BYTES_MAX {
            self.plain.push(c);
        }
        self.is_begun = true;
    }

    /// A key was pressed that types nothing.
    pub(super) fn press(&mut self, key: TypedKey) {
        self.is_begun = true;
        if key == TypedKey::Named("⌫") {
            self.typed.pop();
            self.plain.pop();
        } else {
            self.typed = Typed(None);
        }
    }

    /// The characters without what other keys made of them, where there are any.
    pub(super) fn plain(&self) -> Option<String> {
        let plain = self.plain.trim();
        (!plain.is_empty()).then(|| plain.to_owned())
    }
}

/// Characters that were typed for one line; `None` when other keys were pressed as well.
pub(super) struct Typed(Option<String>);

impl Default for Typed {
    fn default() -> Self {
        Self(Some(String::new()))
    }
}

impl Typed {
    /// True when other keys were pressed as well.
    pub(super) fn is_unknown(&self) -> bool {
        self.0.is_none()
    }

    fn push(&mut self, c: char) {
        match &mut self.0 {
            Some(text) if text.len() < RISK_LINE_BYTES_MAX / 8 => text.push(c),
            // Half a line is none.
            long => *long = None,
        }
    }

    fn pop(&mut self) {
        if let Some(text) = &mut self.0 {
            text.pop();
        }
    }

    /// True when the line ends with them.
    pub(super) fn ends(&self, line: &str) -> bool {
        self.text().is_some_and(|typed| line.ends_with(typed))
    }

    /// True when a line can be known by them.
    pub(super) fn has_text(&self) -> bool {
        self.text().is_some()
    }

    fn text(&self) -> Option<&str> {
        self.0.as_deref().map(str::trim_end).filter(|typed| !typed.is_empty())
    }
}
