//! Text that comes in pieces, without what is to be hidden in its lines.

use std::sync::Arc;

use super::secrets::{Secrets, blacken};
use crate::limits::{REDACT_LINE_BYTES_MAX, REDACTED_TEXT_BYTES_MAX};

/// The lines of a text, as far as they are whole.
pub struct Lines {
    secrets: Arc<Secrets>,
    open: String,
}

impl Lines {
    pub(super) fn new(secrets: Arc<Secrets>) -> Self {
        Self { secrets, open: String::new() }
    }

    /// Takes the next piece; gives what can be told by now.
    pub fn push(&mut self, text: &str) -> String {
        let mut told = String::new();
        for piece in text.split_inclusive('\n') {
            self.open.push_str(piece);
            if piece.ends_with('\n') {
                told += &self.finish();
            } else if self.open.len() > REDACT_LINE_BYTES_MAX {
                told += &self.split();
            }
        }
        told
    }

    /// The last line, when no line break follows.
    pub fn finish(&mut self) -> String {
        let line = std::mem::take(&mut self.open);
        let (text, end) = match line.strip_suffix('\n') {
            Some(text) => (text, "\n"),
            None => (line.as_str(), ""),
        };
        let mut parts = self.secrets.matches(text);
        // A line that the terminal wrapped may have been torn where a picture followed.
        parts.extend(self.secrets.begun(text).map(|at| at..text.len()));
        parts.extend(self.secrets.ended(text).map(|end| 0..end));
        blacken(text, parts) + end
    }

    /// The greatest part of a line that does not end: what is only begun waits for the rest.
    fn split(&mut self) -> String {
        let most = self.open.len().saturating_sub(REDACTED_TEXT_BYTES_MAX);
        let parts = self.secrets.matches(&self.open);
        let open = parts.iter().filter(|part| part.end > most).map(|part| part.start);
        let mut cut = open.min().map_or(most, |start| most.min(start));
        // A match that is longer than that is hidden as far as it is known.
        if cut == 0 {
            cut = self.open.len();
        }
        while !self.open.is_char_boundary(cut) {
            cut = cut.saturating_sub(1);
        }
        let rest = self.open.split_off(cut);
        let line = std::mem::replace(&mut self.open, rest);
        blacken(&line, parts)
    }
}
