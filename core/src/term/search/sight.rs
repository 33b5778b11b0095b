//! Where a pattern is to be seen on a screen.

use super::pattern::Pattern;
use crate::term::SafeScreen;

/// Cells of one row that belong to a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The row.
    pub row: u16,
    /// The first column.
    pub from: u16,
    /// The column behind the last one.
    pub to: u16,
}

/// A character of a line and where it stands.
struct Placed {
    /// Where it begins in the line, bytes.
    at: usize,
    sight: Sight,
}

impl Pattern {
    /// Everything on a screen that matches, from the top; a match that was wrapped has one for each
    /// of its rows.
    pub fn on_screen(&self, screen: &SafeScreen) -> Vec<Sight> {
        let mut sights = Vec::new();
        let (mut line, mut placed) = (String::new(), Vec::new());
        for row in 0..screen.lines() {
            let mut column = 0;
            for cell in screen.row(row) {
                let to = column + cell.width();
                if cell.width() > 0 {
                    placed.push(Placed { at: line.len(), sight: Sight { row, from: column, to } });
                    line.push_str(&cell.symbol());
                }
                column = to;
            }
            if !screen.row_wraps(row) {
                self.in_line(&line, &placed, &mut sights);
                line.clear();
                placed.clear();
            }
        }
        self.in_line(&line, &placed, &mut sights);
        sights
    }

    fn in_line(&self, line: &str, placed: &[Placed], sights: &mut Vec<Sight>) {
        // Blanks at the end are not written, as a rule.
        let line = line.trim_end_matches(' ');
        for found in self.matches(line) {
            let first = placed.partition_point(|cell| cell.at <= found.start).saturating_sub(1);
            let behind = placed.partition_point(|cell| cell.at < found.end);
            for cell in placed.get(first..behind).unwrap_or_default() {
                match sights.last_mut() {
                    Some(last) if (last.row, last.to) == (cell.sight.row, cell.sight.from) => {
                        last.to = cell.sight.to;
                    }
                    _ => sights.push(cell.sight),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sights(pattern: &str, output: &str) -> Vec<(u16, u16, u16)> {
        let mut screen = SafeScreen::new(4, 10);
        screen.feed(output.as_bytes());
        let pattern = Pattern::literal(pattern).unwrap();
        pattern.on_screen(&screen).into_iter().map(|s| (s.row, s.from, s.to)).collect()
    }

    #[test]
    fn matches_are_where_they_stand() {
        assert_eq!(sights("ab", "ab xab\r\n日ab"), [(0, 0, 2), (0, 4, 6), (1, 2, 4)]);
        assert_eq!(sights("本", "日本語"), [(0, 2, 4)]);
        assert_eq!(sights("secret", "0123456secret"), [(0, 7, 10), (1, 0, 3)]);
        assert_eq!(sights("a", "\x1b[4;10Ha"), [(3, 9, 10)]);
        assert!(sights(" ", "ab").is_empty());
    }
}
