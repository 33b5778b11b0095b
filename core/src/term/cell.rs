//! One cell as it may be drawn (invariant I6): whatever was recorded, what comes out of here is
//! printable, visible and as wide as the cell.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::untrusted::is_misleading;

/// One cell of a [`SafeScreen`](super::SafeScreen).
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a>(pub(super) &'a vt100::Cell);

/// A colour of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// The terminal's own foreground or background.
    #[default]
    Default,
    /// One of the 256 of the palette; the first 16 belong to the operator's theme.
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// Colours and styles of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Colour of the character.
    pub foreground: Color,
    /// Colour behind it.
    pub background: Color,
    /// Bold; never together with dim.
    pub bold: bool,
    /// Dim.
    pub dim: bool,
    /// Italic.
    pub italic: bool,
    /// Underlined, in whatever way.
    pub underline: bool,
    /// Foreground and background exchanged.
    pub inverse: bool,
}

impl Style {
    /// Appends the sequence that brings it about, whatever was in force before: SGR of ECMA-48 8.3.117, colours
    /// as xterm has them.
    pub(crate) fn push_sgr(self, out: &mut String) {
        let flags = [
            (self.bold, ";1"),
            (self.dim, ";2"),
            (self.italic, ";3"),
            (self.underline, ";4"),
            (self.inverse, ";7"),
        ];
        out.push_str("\x1b[0");
        flags.iter().filter(|(on, _)| *on).for_each(|(_, code)| out.push_str(code));
        for (code, color) in [(38, self.foreground), (48, self.background)] {
            // Writing to a String cannot fail.
            let _ = match color {
                Color::Default => Ok(()),
                Color::Indexed(index) => write!(out, ";{code};5;{index}"),
                Color::Rgb(r, g, b) => write!(out, ";{code};2;{r};{g};{b}"),
            };
        }
        out.push('m');
    }
}

impl<'a> Cell<'a> {
    /// What to draw: a space for an empty cell, the empty string for the right half of a wide
    /// character, else one character with its combining marks. Its width by `unicode-width` is
    /// [`width`](Self::width). Invisible characters are left out, misleading ones are shown as
    /// `�`, or `〓` where they take two cells.
    pub fn symbol(self) -> Cow<'a, str> {
        let contents = self.0.contents();
        if self.0.is_wide_continuation() {
            return Cow::Borrowed("");
        }
        match contents.as_bytes() {
            [] => Cow::Borrowed(" "),
            [b' '..=b'~'] => Cow::Borrowed(contents),
            _ => self.harmless(contents),
        }
    }

    /// Cells taken: 2 for a wide character, 0 for the right half of one, else 1.
    pub fn width(self) -> u16 {
        match (self.0.is_wide_continuation(), self.0.is_wide()) {
            (true, _) => 0,
            (false, true) => 2,
            (false, false) => 1,
        }
    }

    /// True when invisible or misleading characters were recorded here that
    /// [`symbol`](Self::symbol) does not show as they are. Joiners of emoji do not count.
    pub fn is_deceptive(self) -> bool {
        let deceives = |c: char| is_misleading(c) && !matches!(c, '\u{200c}' | '\u{200d}');
        !self.0.contents().is_ascii() && self.0.contents().chars().any(deceives)
    }

    /// True where nothing was written, not even a blank.
    pub fn is_unwritten(self) -> bool {
        self.0.contents().is_empty() && !self.0.is_wide_continuation()
    }

    /// Colours and styles.
    pub fn style(self) -> Style {
        Style {
            foreground: self.0.fgcolor().into(),
            background: self.0.bgcolor().into(),
            bold: self.0.bold(),
            dim: self.0.dim(),
            italic: self.0.italic(),
            underline: self.0.underline(),
            inverse: self.0.inverse(),
        }
    }

    fn harmless(self, contents: &'a str) -> Cow<'a, str> {
        let width = usize::from(self.width());
        if !contents.chars().any(is_misleading) && contents.width() == width {
            return Cow::Borrowed(contents);
        }
        let visible = |c: &char| !is_misleading(*c);
        let base = contents.chars().next().filter(|c| visible(c) && c.width() == Some(width));
        let Some(base) = base else {
            return Cow::Borrowed(if width == 2 { REPLACEMENT_WIDE } else { REPLACEMENT });
        };
        let kept: String = contents.chars().filter(visible).collect();
        if kept.width() == width { Cow::Owned(kept) } else { Cow::Owned(base.into()) }
    }
}

impl From<vt100::Color> for Color {
    fn from(color: vt100::Color) -> Self {
        match color {
            vt100::Color::Default => Self::Default,
            vt100::Color::Idx(index) => Self::Indexed(index),
            vt100::Color::Rgb(r, g, b) => Self::Rgb(r, g, b),
        }
    }
}

/// Stands in the emulator for what is not a character, because `vt100` does not print U+FFFD. It
/// is a noncharacter's neighbour that nobody uses, and misleading, hence drawn as `�`.
pub(super) const STAND_IN: char = '\u{10fffd}';

const REPLACEMENT: &str = "\u{fffd}";
const REPLACEMENT_WIDE: &str = "〓";
