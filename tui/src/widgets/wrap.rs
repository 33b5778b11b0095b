//! Text in lines of a width.

use unicode_width::UnicodeWidthChar as _;

/// Breaks text into at most `lines_max` lines of `columns`: at blanks, inside of words where they are
/// longer. Text that does not fit ends with an ellipsis. It must be escaped already.
pub fn wrap(text: &str, columns: usize, lines_max: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text.trim_end();
    while !rest.is_empty() && columns > 0 {
        let (line, after) = rest.split_at_checked(cut(rest, columns)).unwrap_or((rest, ""));
        let after = after.trim_start_matches(' ');
        if lines.len() + 1 >= lines_max && !after.is_empty() {
            let room = line.get(..fitting(line, columns - 1)).unwrap_or_default();
            lines.push(format!("{}…", room.trim_end()));
            break;
        }
        lines.push(line.trim_end().to_owned());
        rest = after;
    }
    lines
}

/// Where a line of `columns` ends in a text; always behind its first character.
fn cut(text: &str, columns: usize) -> usize {
    let fits = fitting(text, columns);
    if fits == text.len() {
        return fits;
    }
    let hard = if fits == 0 { text.chars().next().map_or(0, char::len_utf8) } else { fits };
    let line = text.get(..fits).unwrap_or_default();
    if text.get(fits..).is_some_and(|after| after.starts_with(' ')) {
        return fits;
    }
    line.rfind(' ').filter(|blank| *blank > 0).unwrap_or(hard)
}

/// How many bytes of a text fit.
fn fitting(text: &str, columns: usize) -> usize {
    let mut used = 0;
    let over = text.char_indices().find(|(_, c)| {
        used += c.width().unwrap_or(0);
        used > columns
    });
    over.map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_break_at_blanks_or_where_they_must() {
        assert_eq!(wrap("one two three", 8, 9), ["one two", "three"]);
        assert_eq!(wrap("one two", 3, 9), ["one", "two"]);
        assert_eq!(wrap("abcdefgh ij", 3, 9), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("日本語", 3, 9), ["日", "本", "語"]);
        assert_eq!(wrap("one two three", 8, 1), ["one two…"]);
        assert_eq!(wrap("", 8, 1), [""; 0]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_long(text in "\\PC{0,60}", columns in 2usize..20, lines_max in 1usize..6) {
            let lines = wrap(&text, columns, lines_max);
            prop_assert!(lines.len() <= lines_max);
            for line in lines {
                let width: usize = line.chars().map(|c| c.width().unwrap_or(0)).sum();
                prop_assert!(width <= columns, "{:?}", line);
            }
        }
    }
}
