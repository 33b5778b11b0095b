//! Finding by a few letters: `al5` is near `alice@web5`. One pass over the text for each word, so that
//! it can be done with every session there is.

/// Letters that were typed, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letters(Vec<Vec<u8>>);

impl Letters {
    /// Words are separated by blanks; the case of ASCII letters does not matter.
    pub fn new(typed: &str) -> Self {
        Self(typed.split_whitespace().map(|word| word.to_ascii_lowercase().into_bytes()).collect())
    }

    /// True when nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How near a text in lower case is, the higher the nearer; `None` when the letters of a word do not
    /// occur in it in their order.
    pub fn nearness(&self, text: &[u8]) -> Option<i32> {
        self.0.iter().try_fold(0_i32, |sum, word| Some(sum.saturating_add(nearest(text, word)?)))
    }
}

/// The best place of the word: where its letters stand together, at the beginning of words, and early.
fn nearest(text: &[u8], word: &[u8]) -> Option<i32> {
    let (mut best, mut from) = (None, 0);
    for _ in 0..PLACES_MAX {
        let Some(end) = end_of(text, word, from) else { break };
        let (start, beginnings) = start_of(text, word, end);
        let gaps = number((end - start).saturating_sub(word.len()));
        let score = BEGINNING * beginnings - GAP * gaps - number(start) / EARLY;
        best = best.max(Some(score));
        from = start + 1;
    }
    best
}

/// Behind the last letter, when all of them come in their order from there on.
fn end_of(text: &[u8], word: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    for letter in word {
        at += text.get(at..)?.iter().position(|byte| byte == letter)? + 1;
    }
    Some(at)
}

/// The latest place of the first letter from which the others reach this end, and how many of them stand
/// at the beginning of a word on this way.
fn start_of(text: &[u8], word: &[u8], end: usize) -> (usize, i32) {
    let (mut at, mut beginnings) = (end, 0);
    for letter in word.iter().rev() {
        let before = text.get(..at).unwrap_or_default();
        at = before.iter().rposition(|byte| byte == letter).unwrap_or(0);
        let neighbour = at.checked_sub(1).and_then(|left| text.get(left));
        let begins = neighbour.is_none_or(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric());
        beginnings += i32::from(begins);
    }
    (at, beginnings)
}

fn number(count: usize) -> i32 {
    i32::try_from(count.min(COUNT_MAX)).unwrap_or(i32::MAX)
}

/// Further places of the same letters tell nothing more.
const PLACES_MAX: usize = 16;
const BEGINNING: i32 = 6;
const GAP: i32 = 2;
/// So many columns later are worth one gap less.
const EARLY: i32 = 8;
const COUNT_MAX: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn best<'a>(typed: &str, texts: &[&'a str]) -> Option<&'a str> {
        let letters = Letters::new(typed);
        let near = |text: &&'a str| Some((letters.nearness(text.as_bytes())?, *text));
        texts.iter().filter_map(near).max().map(|(_, text)| text)
    }

    #[test]
    fn letters_that_stand_together_and_begin_words_are_nearer() {
        let texts = [
            "alice@web5 → root /usr/bin/vim /etc/hosts",
            "user15@web5 → root /usr/bin/apt-get install -y package-5",
            "bob@db1 → root /usr/bin/systemctl reload nginx",
        ];
        assert_eq!(best("al5", &texts), Some(texts[0]));
        assert_eq!(best("AL5 hosts", &texts), Some(texts[0]));
        assert_eq!(best("inst pack", &texts), Some(texts[1]));
        assert_eq!(best("nginx bob", &texts), Some(texts[2]));
        assert_eq!(best("zebra", &texts), None);
    }

    #[test]
    fn a_later_place_counts_when_it_is_nearer() {
        let letters = Letters::new("abc");
        assert_eq!(letters.nearness(b"a-b-c"), Some(3 * 6 - 2 * 2));
        let late = Some(6 - 12 / 8);
        assert_eq!(letters.nearness(b"a....b....c abc"), late);
        assert_eq!(letters.nearness(b"........... abc"), late);
        assert_eq!(letters.nearness(b"cba"), None);
        assert_eq!(Letters::new(" ").nearness(b"x"), Some(0));
        assert!(Letters::new(" ").is_empty());
    }
}
