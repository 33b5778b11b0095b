//! What somebody meant who mistyped a word.

/// The word that is like `text`, if one is: a few letters missing, too many, wrong or exchanged.
pub(crate) fn nearest<'a>(text: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = letters(text);
    let near = |word: &'a str| {
        let distance = distance(&typed, &letters(word));
        // A third of the letters: two in seven, one in three, none in two.
        (distance * 3 <= word.chars().count().max(typed.len())).then_some((distance, word))
    };
    let found = words.into_iter().filter_map(near).min_by_key(|(distance, _)| *distance);
    found.map(|(_, word)| word)
}

/// Large letters and separators count little to whoever types.
fn letters(word: &str) -> Vec<char> {
    let same = |c: char| if matches!(c, '-' | '.' | ' ') { '_' } else { c.to_ascii_lowercase() };
    word.chars().take(LETTERS_MAX).map(same).collect()
}

/// Insertions, deletions, replacements and exchanges of neighbours from one word to the other.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut rows: [Vec<usize>; 2] = [Vec::new(), (0..=b.len()).collect()];
    for (i, from) in a.iter().enumerate() {
        let [before, above] = &rows;
        let mut row = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let at =
                |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let mut least = (at(above, j) + usize::from(from != to))
                .min(at(above, j + 1) + 1)
                .min(at(&row, j) + 1);
            let exchanged =
                i > 0 && j > 0 && a.get(i - 1) == Some(to) && b.get(j - 1) == Some(from);
            if exchanged {
                least = least.min(at(before, j - 1) + 1);
            }
            row.push(least);
        }
        let [_, above] = rows;
        rows = [above, row];
    }
    let [_, last] = rows;
    last.last().copied().unwrap_or(0)
}

/// No word of ours is longer.
const LETTERS_MAX: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_are_seen_through_and_other_words_are_not() {
        let words = ["seek_back", "seek_forward", "Space", "dark"];
        for (typed, meant) in [
            ("seek-back", Some("seek_back")),
            ("sekback", Some("seek_back")),
            ("seek_fowrard", Some("seek_forward")),
            ("sapce", Some("Space")),
            ("darc", Some("dark")),
            ("neon", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(nearest(typed, words), meant, "{typed}");
        }
    }

    #[test]
    fn distances_count_single_changes() {
        let of = |a: &str, b: &str| distance(&letters(a), &letters(b));
        assert_eq!((of("", "abc"), of("abc", "abc"), of("abc", "acb")), (3, 0, 1));
        assert_eq!((of("kitten", "sitting"), of("ab", "ba")), (3, 1));
    }
}
