//! A line that was seen, and how another differs from it.

use unicode_width::UnicodeWidthChar as _;

use super::log::PartId;

/// A line, and where it was kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) text: String,
    pub(super) id: Option<PartId>,
}

/// How a line differs from the one that stood in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing new came: it is the same or blank, or the beginning or the end of the other was taken
    /// away.
    Nothing,
    /// From here on there is more.
    Behind(usize),
    /// What stands from here to there is new; where both are the same, something was taken out.
    Within(usize, usize),
}

/// Compares a line with what stood in its place.
pub(super) fn change(before: &str, now: &str) -> Change {
    let common = |pairs: &mut dyn Iterator<Item = (char, char)>| -> usize {
        pairs.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
    };
    let from = common(&mut before.chars().zip(now.chars()));
    if from == before.len() && from > 0 && from < now.len() {
        return Change::Behind(from);
    }
    let (rest_before, rest) = (before.get(from..), now.get(from..));
    let (rest_before, rest) = (rest_before.unwrap_or_default(), rest.unwrap_or_default());
    let behind = common(&mut rest_before.chars().rev().zip(rest.chars().rev()));
    let to = now.len() - behind;
    if from == to && (from == 0 || from == now.len()) {
        return Change::Nothing;
    }
    Change::Within(from, to)
}

/// The beginning of a line that takes so many columns, with blanks where it is shorter.
pub(super) fn left_of(line: &str, columns: usize) -> String {
    let mut left = String::new();
    let mut used = 0;
    for c in line.chars() {
        used += c.width().unwrap_or(0);
        if used > columns {
            return left;
        }
        left.push(c);
    }
    if !left.is_empty() {
        left.extend(std::iter::repeat_n(' ', columns.saturating_sub(used)));
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_in_a_line_is_told() {
        for (before, now, expected) in [
            ("", "", Change::Nothing),
            ("abc", "abc", Change::Nothing),
            ("", "abc", Change::Within(0, 3)),
            ("abc", "", Change::Nothing),
            ("abc", "abcd", Change::Behind(3)),
            ("abc", "ab", Change::Nothing),
            ("abc", "bc", Change::Nothing),
            ("abc", "ac", Change::Within(1, 1)),
            ("10% done", "12% done", Change::Within(1, 2)),
            ("aé", "aü", Change::Within(1, 3)),
            ("aaa", "aaaa", Change::Behind(3)),
            ("日本", "日x本", Change::Within(3, 4)),
        ] {
            assert_eq!(change(before, now), expected, "{before:?} {now:?}");
        }
    }

    #[test]
    fn the_left_part_takes_its_columns() {
        assert_eq!(left_of("日本語", 4), "日本");
        assert_eq!(left_of("日本語", 3), "日");
        assert_eq!(left_of("ab", 4), "ab  ");
        assert_eq!(left_of("", 4), "");
    }
}
