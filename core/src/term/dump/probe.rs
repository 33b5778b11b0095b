//! Learns what the emulator does not tell, by making copies of it act. A copy has all cells and is
//! the dear part of a dump, so each is asked as much as it can tell.

use std::num::NonZeroU16;

use vt100::Screen;

use crate::term::cell::Style;
use crate::term::emulator::{Parser, parser_of};

/// The state of one of the two screens beside its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hidden {
    /// First and last row of the scroll region, from 0.
    pub(super) region: (u16, u16),
    /// Rows count from the top of the region.
    pub(super) origin: bool,
    /// Row and column from 0; the column may be one behind the last.
    pub(super) cursor: (u16, u16),
    /// What DECRC would restore.
    pub(super) saved_cursor: (u16, u16),
    pub(super) saved_origin: bool,
    pub(super) saved_pen: Style,
}

impl Hidden {
    /// The hidden state of the screen that is shown.
    pub(super) fn of(screen: &Screen) -> Self {
        let mut restored = after(screen, "\x1b8");
        let saved_cursor = restored.screen().cursor_position();
        let saved_pen = pen(restored.screen());
        let saved_origin = origin(&mut restored);
        // Origin mode is saved while it is changed to learn the region.
        let mut moved = after(screen, "\x1b7\x1b[?6h");
        let top = moved.screen().cursor_position().0;
        moved.process(b"\x1b[65535B");
        let bottom = moved.screen().cursor_position().0;
        moved.process(b"\x1b8");
        Self {
            region: (top, bottom),
            origin: origin(&mut moved),
            cursor: screen.cursor_position(),
            saved_cursor,
            saved_origin,
            saved_pen,
        }
    }

    /// True for a screen of so many lines that was never used. The pen counts for both screens.
    pub(super) fn is_pristine(&self, lines: u16) -> bool {
        let unused = Self {
            region: (0, lines.saturating_sub(1)),
            origin: false,
            cursor: (0, 0),
            saved_cursor: (0, 0),
            saved_origin: false,
            saved_pen: self.saved_pen,
        };
        *self == unused
    }
}

/// A copy of the screen after it was given these sequences.
pub(super) fn after(screen: &Screen, sequences: &str) -> Parser {
    let mut parser = parser_of(screen);
    parser.process(sequences.as_bytes());
    parser
}

/// The style of text to come.
pub(super) fn pen(screen: &Screen) -> Style {
    Style {
        foreground: screen.fgcolor().into(),
        background: screen.bgcolor().into(),
        bold: screen.bold(),
        dim: screen.dim(),
        italic: screen.italic(),
        underline: screen.underline(),
        inverse: screen.inverse(),
    }
}

/// Origin mode shows only in a region that does not begin at the top, for which the screen must be
/// tall enough.
fn origin(parser: &mut Parser) -> bool {
    let (lines, columns) = parser.screen().size();
    parser.screen_mut().set_size(lines.max(TALL), columns);
    parser.process(b"\x1b[2;3r\x1b[H");
    parser.screen().cursor_position().0 == 1
}

const TALL: NonZeroU16 = match NonZeroU16::new(4) {
    Some(lines) => lines,
    None => NonZeroU16::MIN,
};
