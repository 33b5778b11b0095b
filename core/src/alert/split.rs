//! Cuts a long message into parts that a service takes: at line ends, numbered, and not too many.

use super::letter::Letter;
use crate::limits::ALERT_PARTS_MAX;

/// What a service counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// UTF-16 code units, the most that any service means by a character.
    Characters,
    /// Bytes of UTF-8.
    Bytes,
    /// Bytes as a JSON string writes them.
    JsonBytes,
}

impl Unit {
    /// The length of a text.
    pub fn length(self, text: &str) -> usize {
        text.chars().map(|c| self.of(c)).sum()
    }

    fn of(self, c: char) -> usize {
        match self {
            Self::Characters => c.len_utf16(),
            Self::Bytes => c.len_utf8(),
            Self::JsonBytes => match c {
                '"' | '\\' | '\n' | '\r' | '\t' => 2,
                '\0'..' ' => 6,
                c => c.len_utf8(),
            },
        }
    }

    /// The longest beginning of a text that is no longer than `most`, and the rest.
    pub fn split(self, text: &str, most: usize) -> (&str, &str) {
        let mut length = 0;
        let fits = |(_, c): &(usize, char)| {
            length += self.of(*c);
            length <= most
        };
        let end =
            text.char_indices().take_while(fits).last().map_or(0, |(at, c)| at + c.len_utf8());
        text.split_at_checked(end).unwrap_or((text, ""))
    }
}

/// The parts of a letter whose text may be `most` units long each, 100 at least.
pub(super) fn split(letter: Letter, most: usize, unit: Unit) -> Vec<Letter> {
    // Five in a hundred are left: for what the service counts and we do not.
    let most = (most - most / 20).max(MOST_MIN);
    if unit.length(&letter.text()) <= most {
        return vec![letter];
    }
    let mut pages = pages(&letter.lines, most - NOTE_ROOM, unit);
    let left: usize = pages.iter().skip(ALERT_PARTS_MAX).map(Vec::len).sum();
    if left > 0 {
        pages.truncate(ALERT_PARTS_MAX);
        let note = where_to_look(&letter, left);
        pages.last_mut().into_iter().for_each(|page| page.push(note.clone()));
    }
    let of = u32::try_from(pages.len()).unwrap_or(u32::MAX);
    let part = |(lines, part): (Vec<String>, u32)| Letter {
        id: format!("{}.p{part}", letter.id),
        title: format!("{} [{part}/{of}]", letter.title),
        lines,
        items: if part == 1 { letter.items.clone() } else { Vec::new() },
        part,
        of,
        ..letter.clone()
    };
    pages.into_iter().zip(1..).map(part).collect()
}

/// Lines in pages; a line that is longer than a page goes over several.
fn pages(lines: &[String], most: usize, unit: Unit) -> Vec<Vec<String>> {
    let mut pages: Vec<Vec<String>> = Vec::new();
    let (mut page, mut used) = (Vec::new(), 0);
    for line in lines {
        let mut rest = line.as_str();
        loop {
            let (piece, after) = unit.split(rest, most);
            let length = unit.length(piece) + unit.of('\n');
            if used + length > most + unit.of('\n') && !page.is_empty() {
                pages.push(std::mem::take(&mut page));
                used = 0;
            }
            page.push(piece.to_owned());
            used += length;
            rest = after;
            if rest.is_empty() || pages.len() > PAGES_MAX {
                break;
            }
        }
    }
    if !page.is_empty() {
        pages.push(page);
    }
    pages
}

fn where_to_look(letter: &Letter, left: usize) -> String {
    let session = letter.items.iter().find(|item| !item.session.is_empty());
    match session {
        Some(item) => format!("+{left} lines, see session {}", item.session),
        None => {
            let first = letter.entries.first().copied().unwrap_or_default();
            format!("+{left} lines, see the event log from #{first}")
        }
    }
}

/// Room for what the last part says of the rest.
const NOTE_ROOM: usize = 64;
/// What every service takes.
const MOST_MIN: usize = 2 * NOTE_ROOM;
/// More pages are not even counted.
const PAGES_MAX: usize = 10_000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn letter(lines: Vec<String>) -> Letter {
        Letter { id: "e1".into(), title: "t".into(), lines, entries: vec![4], ..Letter::default() }
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        let short = letter(vec!["a".into(), "b".into()]);
        assert_eq!(split(short.clone(), 2000, Unit::Characters), [short]);
    }

    #[test]
    fn parts_end_at_line_ends_are_numbered_and_the_rest_is_said() {
        let lines: Vec<String> = (0..1000).map(|number| format!("line {number:04}")).collect();
        let parts = split(letter(lines.clone()), 1000, Unit::Characters);
        assert_eq!(parts.len(), ALERT_PARTS_MAX);
        assert_eq!((parts[1].title.as_str(), parts[1].id.as_str()), ("t [2/5]", "e1.p2"));
        let told: Vec<String> = parts.iter().flat_map(|part| part.lines.clone()).collect();
        let (note, told) = told.split_last().unwrap();
        assert_eq!(told, &lines[..told.len()]);
        assert_eq!(*note, format!("+{} lines, see the event log from #4", 1000 - told.len()));
    }

    proptest! {
        #[test]
        fn no_part_is_too_long_and_nothing_is_lost_before_the_last(
            lines in prop::collection::vec("[a-z\"\\\\é日𝄞]{0,400}", 0..40),
            most in 200_usize..3000,
            unit in prop::sample::select(vec![Unit::Characters, Unit::Bytes, Unit::JsonBytes]),
        ) {
            let parts = split(letter(lines.clone()), most, unit);
            prop_assert!(parts.len() <= ALERT_PARTS_MAX);
            for part in &parts {
                prop_assert!(unit.length(&part.text()) <= most);
            }
            let told: String = parts.iter().flat_map(|part| part.lines.clone()).collect();
            let all: String = lines.concat();
            let told = told.split("+").next().unwrap_or_default();
            prop_assert!(all.starts_with(told));
        }
    }
}
