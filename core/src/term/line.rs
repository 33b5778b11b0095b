//! The line that the cursor is on, with those rows that the terminal wrapped it over.

use super::screen::SafeScreen;

/// Its rows from the first to the last, wherever in it the cursor stands.
pub(super) fn rows(screen: &SafeScreen) -> impl Iterator<Item = u16> {
    let mut first = screen.cursor().row;
    while let Some(above) = row_above(screen, first) {
        first = above;
    }
    let next = |row: &u16| screen.row_wraps(*row).then_some(*row + 1);
    std::iter::successors(Some(first), next).take_while(|row| *row < screen.lines())
}

/// The row of the same line above this one.
pub(super) fn row_above(screen: &SafeScreen, row: u16) -> Option<u16> {
    row.checked_sub(1).filter(|above| screen.row_wraps(*above))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_all_rows_that_it_was_wrapped_over_and_no_other() {
        let mut screen = SafeScreen::new(6, 4);
        screen.feed(b"# \r\nabcdefghij\r\nend\x1b[3;1H");
        assert_eq!(rows(&screen).collect::<Vec<_>>(), [1, 2, 3]);
        screen.feed(b"\x1b[1;1H");
        assert_eq!(rows(&screen).collect::<Vec<_>>(), [0]);
        screen.feed(b"\x1b[6;1H12345678");
        assert_eq!(rows(&screen).collect::<Vec<_>>(), [4, 5], "also at the end of the screen");
    }
}
