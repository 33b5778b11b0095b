//! What is wrong with a keymap, or worth knowing of it, with its line.

use std::fmt;

/// One thing to tell. Its text is safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands in the file, counted from 1.
    pub line: usize,
    /// False for what works and may surprise all the same.
    pub is_wrong: bool,
    /// One sentence.
    pub text: String,
}

impl Fault {
    pub(super) fn wrong(line: usize, text: String) -> Self {
        Self { line, is_wrong: true, text }
    }

    pub(super) fn note(line: usize, text: String) -> Self {
        Self { line, is_wrong: false, text }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.text)
    }
}
