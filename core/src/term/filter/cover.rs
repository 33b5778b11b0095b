//! What is known to cover the whole shown screen, so that doing the same again can be left out.
//!
//! Small and careful: whatever might make a difference ends the knowledge. It never changes what
//! is seen.

/// What covers the shown screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::term) enum Cover {
    /// Anything.
    #[default]
    Unknown,
    /// Blanks in the style of text to come; no row wraps.
    Blank,
    /// The same where that style is the default one.
    Empty,
    /// The same, and nothing was done since a reset.
    Fresh,
    /// DECALN's pattern in the style of text to come.
    Pattern,
}

/// What a sequence may do to the cells, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Touch {
    /// Nothing: the cursor moved, a mode changed.
    Moved,
    /// Blanks in the style of text to come.
    Erased,
    /// Blanks in the default style, and cells that changed places.
    Shifted,
    /// Anything, or that style changed.
    Drawn,
}

impl Cover {
    /// Blanks, after everything was cleared.
    pub(super) fn blank(default_style: bool) -> Self {
        if default_style { Self::Empty } else { Self::Blank }
    }

    /// True when clearing changes nothing.
    pub(super) fn is_blank(self) -> bool {
        matches!(self, Self::Blank | Self::Empty | Self::Fresh)
    }

    /// True when moving cells about changes nothing.
    pub(super) fn is_empty(self) -> bool {
        matches!(self, Self::Empty | Self::Fresh)
    }

    /// What is still known afterwards.
    pub(super) fn after(self, touch: Touch) -> Self {
        match (self, touch) {
            (Self::Empty | Self::Fresh, Touch::Moved | Touch::Erased | Touch::Shifted) => {
                Self::Empty
            }
            (Self::Blank, Touch::Moved | Touch::Erased) => Self::Blank,
            (Self::Pattern, Touch::Moved) => Self::Pattern,
            _ => Self::Unknown,
        }
    }

    /// As a number in a dump.
    pub(in crate::term) fn code(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Blank => 1,
            Self::Empty => 2,
            Self::Fresh => 3,
            Self::Pattern => 4,
        }
    }

    /// The cover with this number.
    pub(in crate::term) fn from_code(code: u8) -> Option<Self> {
        [Self::Unknown, Self::Blank, Self::Empty, Self::Fresh, Self::Pattern]
            .into_iter()
            .find(|cover| cover.code() == code)
    }
}
