//! What plain mode knows: the lines of a recorded screen that is held, and how far they are scrolled.

use sudolog_core::term::SafeScreen;

use crate::screens::copy::screen_text;

/// Plain mode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plain {
    /// Of the recorded screen that was shown; absent where none was: then everything is shown, without frames.
    lines: Option<Vec<String>>,
    /// So many of them are scrolled away.
    top: usize,
}

/// What the operator does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlainAction {
    /// Shows plain text, or the screens again.
    Toggle,
    /// So many lines down.
    Scroll(isize),
}

impl Plain {
    /// Holds the recorded screen that is shown, if one is.
    pub fn of(screen: Option<&SafeScreen>) -> Self {
        let lines = |screen| screen_text(screen).text.lines().map(str::to_owned).collect();
        Self { lines: screen.map(lines), top: 0 }
    }

    /// Scrolls by so many lines.
    pub fn scroll(&mut self, by: isize) {
        let last = self.lines.as_ref().map_or(0, Vec::len).saturating_sub(1);
        self.top = self.top.saturating_add_signed(by).min(last);
    }

    /// The lines from the first one that is shown on; `None` where all of the console is shown.
    pub(super) fn lines(&self) -> Option<&[String]> {
        let lines = self.lines.as_ref()?;
        Some(lines.get(self.top..).unwrap_or_default())
    }

    /// True when lines are scrolled away.
    pub(super) fn is_scrolled(&self) -> bool {
        self.top > 0
    }
}
