//! What a fuzzer drives: sizes, resizes, output and dumps, all from one string of bytes.

use unicode_width::UnicodeWidthStr;

use super::SafeScreen;
use crate::limits::{SCREEN_COLUMNS_MAX, SCREEN_LINES_MAX};
use crate::untrusted::is_misleading;

/// Plays `data` on a screen: two bytes of size, then output, in which 0xff begins a resize to the
/// size in the two bytes behind it and every 64th byte a move to another emulator by dump.
///
/// Panics when a promise of [`SafeScreen`] is broken.
pub fn fuzz(data: &[u8]) {
    let Some((&[lines, columns], mut rest)) = data.split_first_chunk::<2>() else { return };
    let mut screen = SafeScreen::new(lines.into(), columns.into());
    while !rest.is_empty() {
        let end = rest.iter().take(DUMP_EVERY_BYTES).position(|byte| *byte == 0xff);
        let (output, tail) = rest.split_at(end.unwrap_or(DUMP_EVERY_BYTES).min(rest.len()));
        screen.feed(output);
        rest = match tail {
            [0xff, lines, columns, tail @ ..] => {
                screen.resize((*lines).into(), (*columns).into());
                tail
            }
            [0xff, tail @ ..] => tail,
            tail => {
                screen = moved(&screen);
                tail
            }
        };
    }
    check(&screen);
}

fn moved(screen: &SafeScreen) -> SafeScreen {
    let dump = screen.to_wire(0, std::time::Duration::ZERO);
    let moved = SafeScreen::from_wire(&dump);
    assert!(moved.is_ok(), "a dump is refused");
    let moved = moved.unwrap_or_else(|_| SafeScreen::new(2, 2));
    assert_eq!(moved.text_lines(), screen.text_lines(), "a dump shows something else");
    assert_eq!(moved.cursor(), screen.cursor(), "a dump moves the cursor");
    moved
}

/// Invariant I6 and the bounds: every cell is printable and as wide as it says, rows add up, and
/// the filter let nothing through that makes the emulator panic.
pub(super) fn check(screen: &SafeScreen) {
    assert_eq!(screen.resets(), 0, "the filter let a panic through");
    assert!(screen.lines() <= SCREEN_LINES_MAX && screen.columns() <= SCREEN_COLUMNS_MAX);
    assert!(screen.cursor().row < screen.lines() && screen.cursor().column < screen.columns());
    for row in 0..screen.lines() {
        let mut columns = 0;
        for cell in screen.row(row) {
            let symbol = cell.symbol();
            assert!(!symbol.chars().any(is_misleading), "{symbol:?} is misleading");
            assert_eq!(symbol.width(), usize::from(cell.width()), "{symbol:?} has another width");
            columns += cell.width();
        }
        assert_eq!(columns, screen.columns(), "row {row} does not add up");
    }
}

const DUMP_EVERY_BYTES: usize = 64;
