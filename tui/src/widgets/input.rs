//! One line of text that is being typed: what it holds and how keys change it. Drawn elsewhere.

use sudolog_core::untrusted::is_misleading;
use unicode_width::UnicodeWidthChar as _;

/// A line of text and the cursor in it. Never longer than its limit, and never with a character in
/// it that would act instead of being seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    text: String,
    /// Offset in bytes, at a character.
    cursor: usize,
    bytes_max: usize,
    refused: bool,
}

/// What a key does to a line of text beside typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edit {
    /// One character to the left.
    Left,
    /// One character to the right.
    Right,
    /// To the beginning.
    Home,
    /// Behind the end.
    End,
    /// Deletes the character before the cursor.
    Backspace,
    /// Deletes the character under the cursor.
    Delete,
    /// Deletes the word before the cursor.
    DeleteWord,
    /// Deletes all before the cursor.
    DeleteToStart,
}

/// The part of a line that there is room for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window<'a> {
    /// Text before the cursor.
    pub before: &'a str,
    /// What the cursor stands on; empty behind the end.
    pub under: &'a str,
    /// Text behind the cursor.
    pub after: &'a str,
}

impl Input {
    /// An empty line that takes so many bytes.
    pub fn new(bytes_max: usize) -> Self {
        Self { text: String::new(), cursor: 0, bytes_max, refused: false }
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True when the last thing typed did not fit any more.
    pub fn is_full(&self) -> bool {
        self.refused
    }

    /// Types one character.
    pub fn insert(&mut self, c: char) {
        self.refused = self.text.len() + c.len_utf8() > self.bytes_max;
        if !self.refused && !is_misleading(c) {
            self.text.insert(self.cursor, c);
            self.cursor += c.len_utf8();
        }
    }

    /// Takes pasted text, as far as it fits: one line of it, with blanks between its own.
    pub fn paste(&mut self, text: &str) {
        let blank = |c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c };
        let room = self.bytes_max.saturating_sub(self.text.len()).saturating_add(1);
        for c in text.trim().chars().map(blank).take(room) {
            self.insert(c);
            if self.refused {
                return;
            }
        }
    }

    /// Does what a key wants.
    pub fn edit(&mut self, edit: Edit) {
        self.refused = false;
        match edit {
            Edit::Left => self.cursor = self.left(),
            Edit::Right => self.cursor = self.right(),
            Edit::Home => self.cursor = 0,
            Edit::End => self.cursor = self.text.len(),
            Edit::Backspace => self.delete(self.left(), self.cursor),
            Edit::Delete => self.delete(self.cursor, self.right()),
            Edit::DeleteWord => self.delete(self.word(), self.cursor),
            Edit::DeleteToStart => self.delete(0, self.cursor),
        }
    }

    /// The part around the cursor that `columns` hold.
    pub fn window(&self, columns: usize) -> Window<'_> {
        let (before, rest) = self.text.split_at_checked(self.cursor).unwrap_or((&self.text, ""));
        let (under, after) =
            rest.split_at_checked(self.right() - self.cursor).unwrap_or((rest, ""));
        // The cursor takes a column also where it stands on nothing.
        let cursor = width(under).max(1);
        let room = columns.saturating_sub(cursor);
        let shown = tail(before, room);
        Window { before: shown, under, after: head(after, room - width(shown)) }
    }

    fn delete(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.cursor = from;
    }

    fn left(&self) -> usize {
        let before = self.text.get(..self.cursor).unwrap_or_default();
        before.char_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn right(&self) -> usize {
        let after = self.text.get(self.cursor..).unwrap_or_default();
        self.cursor + after.chars().next().map_or(0, char::len_utf8)
    }

    /// Where the word before the cursor begins.
    fn word(&self) -> usize {
        let before = self.text.get(..self.cursor).unwrap_or_default().trim_end();
        let blank = before.char_indices().rev().find(|(_, c)| c.is_whitespace());
        blank.map_or(0, |(at, c)| at + c.len_utf8())
    }
}

fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// As much of the beginning as fits.
fn head(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let over = text.char_indices().find(|(_, c)| {
        used += c.width().unwrap_or(0);
        used > columns
    });
    text.get(..over.map_or(text.len(), |(at, _)| at)).unwrap_or_default()
}

/// As much of the end as fits.
fn tail(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let over = text.char_indices().rev().find(|(_, c)| {
        used += c.width().unwrap_or(0);
        used > columns
    });
    text.get(over.map_or(0, |(at, c)| at + c.len_utf8())..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn typed(text: &str) -> Input {
        let mut input = Input::new(100);
        text.chars().for_each(|c| input.insert(c));
        input
    }

    fn edited(input: &mut Input, edits: &[Edit]) -> String {
        edits.iter().for_each(|edit| input.edit(*edit));
        let (before, after) = input.text().split_at(input.cursor);
        format!("{before}|{after}")
    }

    #[test]
    fn keys_move_and_delete_by_whole_characters() {
        let mut input = typed("Grüße, 日本");
        assert_eq!(edited(&mut input, &[Edit::Left, Edit::Backspace]), "Grüße, |本");
        assert_eq!(edited(&mut input, &[Edit::Right, Edit::Right, Edit::Delete]), "Grüße, 本|");
        assert_eq!(edited(&mut input, &[Edit::Home, Edit::Left, Edit::Delete]), "|rüße, 本");
        assert_eq!(edited(&mut input, &[Edit::End, Edit::DeleteWord]), "rüße, |");
        assert_eq!(edited(&mut input, &[Edit::DeleteWord]), "|");
        let mut input = typed("one two");
        let edits = [Edit::Left, Edit::Left, Edit::Left, Edit::DeleteToStart];
        assert_eq!(edited(&mut input, &edits), "|two");
        input.insert('x');
        assert_eq!(edited(&mut input, &[]), "x|two");
    }

    #[test]
    fn a_paste_is_one_line_and_never_acts() {
        let mut input = Input::new(100);
        input.paste("  two\r\nlines\x1b[2J\u{202e}\t!\n");
        assert_eq!(input.text(), "two  lines[2J !");
    }

    #[test]
    fn there_is_a_limit_in_bytes() {
        let mut input = Input::new(4);
        input.paste("日本");
        assert_eq!((input.text(), input.is_full()), ("日", true));
        input.insert('a');
        assert_eq!((input.text(), input.is_full()), ("日a", false));
        input.insert('b');
        assert!(input.is_full());
        input.edit(Edit::Backspace);
        assert!(!input.is_full());
    }

    #[test]
    fn the_cursor_is_always_in_the_part_that_is_shown() {
        let mut input = typed("abcdefgh");
        assert_eq!(input.window(4), Window { before: "fgh", under: "", after: "" });
        input.edit(Edit::Home);
        assert_eq!(input.window(4), Window { before: "", under: "a", after: "bcd" });
        input.edit(Edit::Right);
        assert_eq!(input.window(4), Window { before: "a", under: "b", after: "cd" });
        assert_eq!(input.window(0).before, "");
    }

    proptest! {
        #[test]
        fn no_keys_break_it(steps: Vec<(u8, char)>, columns in 0usize..12) {
            const EDITS: [Edit; 8] = [
                Edit::Left, Edit::Right, Edit::Home, Edit::End, Edit::Backspace, Edit::Delete,
                Edit::DeleteWord, Edit::DeleteToStart,
            ];
            let mut input = Input::new(40);
            for (key, c) in steps {
                match EDITS.get(usize::from(key)) {
                    Some(edit) => input.edit(*edit),
                    None => input.insert(c),
                }
                prop_assert!(input.text().len() <= 40 && !input.text().chars().any(is_misleading));
                let shown = input.window(columns);
                let whole = width(shown.before) + width(shown.under).max(1) + width(shown.after);
                prop_assert!(whole <= columns.max(2));
            }
        }
    }
}
