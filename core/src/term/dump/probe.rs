//! Learns what the emulator does not tell, by making copies of it act.

use std::num::NonZeroU16;

use vt100::Screen;

use crate::term::cell::Style;
use crate::term::emulator::parser_of;

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
}

impl Hidden {
    /// The hidden state of the screen that is shown.
    pub(super) fn of(screen: &Screen) -> Self {
        let restored = after(screen, "\x1b8");
        Self {
            region: (
                after(screen, "\x1b[?6h").cursor_position().0,
                after(screen, "\x1b[?6h\x1b[65535B").cursor_position().0,
            ),
            origin: origin(screen),
            cursor: screen.cursor_position(),
            saved_cursor: restored.cursor_position(),
            saved_origin: origin(&restored),
        }
    }

    /// The state of a screen that was never used.
    pub(super) fn pristine(lines: u16) -> Self {
        Self {
            region: (0, lines.saturating_sub(1)),
            origin: false,
            cursor: (0, 0),
            saved_cursor: (0, 0),
            saved_origin: false,
        }
    }
}

/// A copy of the screen after it was given these sequences.
pub(super) fn after(screen: &Screen, sequences: &str) -> Screen {
    let mut parser = parser_of(screen);
    parser.process(sequences.as_bytes());
    parser.screen().clone()
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
fn origin(screen: &Screen) -> bool {
    let mut tall = screen.clone();
    let (lines, columns) = tall.size();
    tall.set_size(lines.max(TALL), columns);
    after(&tall, "\x1b[2;3r\x1b[H").cursor_position().0 == 1
}

const TALL: NonZeroU16 = match NonZeroU16::new(4) {
    Some(lines) => lines,
    None => NonZeroU16::MIN,
};
