//! Lines that are entered, one by one, each at the moment when the cursor leaves it.
//!
//! As in [`Typing`](super::Typing) a line is taken from the screen and not from the keys, so that line
//! editing, completion and history need not be imitated, and a password that was not echoed is never
//! in it. Where the prompt ends is where the cursor stood before the first key. Little is kept: no
//! keys, no lines.

use std::collections::VecDeque;
use std::time::Duration;

use super::keyboard::{ENTER, Pressed, is_begun, next_key};
use super::screen::SafeScreen;
use super::typing::TypedKey;
use crate::limits::{RISK_ENTERED_LOOKS, RISK_ENTERED_MAX, RISK_LINE_BYTES_MAX};

/// What is known of the line that is being typed, and of those that were entered and not left yet.
#[derive(Default)]
pub(super) struct Entry {
    /// The beginning of a key that the next event goes on with.
    begun: Vec<u8>,
    /// What stood left of the cursor before the first key of this line.
    prompt: Option<String>,
    /// What was typed, if there were only characters.
    typed: Typed,
    entered: VecDeque<Entered>,
    /// The line had begun before its first key.
    prefilled: bool,
}

/// A line that was entered, as the screen showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EnteredText {
    /// The event in which Enter was pressed.
    pub(crate) seq: u64,
    /// When, since the start.
    pub(crate) elapsed: Duration,
    /// The whole line.
    pub(crate) text: String,
    /// How much of it is prompt, where that is known.
    pub(crate) prompt_bytes: Option<usize>,
}

struct Entered {
    seq: u64,
    elapsed: Duration,
    prompt: Option<String>,
    typed: Typed,
    /// It was entered before the one before it was left: what comes first may be output of that one.
    queued: bool,
    looks: u32,
}

/// Characters that were typed for one line; `None` when other keys were pressed as well.
#[derive(Default)]
struct Typed(Option<String>);

impl Entry {
    /// Takes what came from the keyboard while the screen stood so.
    pub(super) fn typed(&mut self, seq: u64, elapsed: Duration, data: &[u8], screen: &SafeScreen) {
        if self.prompt.is_none() && self.entered.is_empty() && !self.prefilled {
            self.prompt = Some(left_of_cursor(screen));
            self.typed = Typed(Some(String::new()));
        }
        self.begun.extend_from_slice(data);
        let bytes = std::mem::take(&mut self.begun);
        let mut rest = bytes.as_slice();
        while let Some((length, key)) = next_key(rest) {
            rest = rest.get(length..).unwrap_or_default();
            match key {
                Some(Pressed::Text(c)) => self.typed.push(c),
                Some(Pressed::Key(ENTER)) => self.enter(seq, elapsed),
                Some(Pressed::Key(TypedKey::Ctrl('C'))) => {
                    // The next key belongs to another line.
                    (self.prompt, self.typed) = (None, Typed(Some(String::new())));
                    self.prefilled = false;
                }
                // Shells enter a line with it and go on with the next one of their history.
                Some(Pressed::Key(TypedKey::Ctrl('O'))) => {
                    self.enter(seq, elapsed);
                    (self.prefilled, self.typed) = (true, Typed(None));
                }
                Some(Pressed::Key(TypedKey::Named("⌫"))) => self.typed.pop(),
                Some(Pressed::Key(_)) => self.typed = Typed(None),
                None => {}
            }
        }
        if is_begun(rest) || rest == b"\x1b" {
            self.begun.extend_from_slice(rest);
        }
    }

    /// Where in this output a line ends while one is waited for: there [`leave`](Self::leave) wants to
    /// see the screen.
    pub(super) fn line_end(&self, output: &[u8]) -> Option<usize> {
        if self.entered.is_empty() {
            return None;
        }
        memchr::memchr2(b'\r', b'\n', output)
    }

    /// The screen just before the cursor leaves a line. Gives it when it is the one that was entered.
    pub(super) fn leave(&mut self, screen: &SafeScreen) -> Option<EnteredText> {
        let text = line_at_cursor(screen);
        let front = self.entered.front_mut()?;
        if front.queued && !front.typed.ends(&text) {
            front.looks = front.looks.saturating_sub(1);
            if front.looks == 0 {
                self.entered.pop_front();
            }
            return None;
        }
        let Entered { seq, elapsed, prompt, .. } = self.entered.pop_front()?;
        // A full-screen program shows there what it is told to do, or else a text.
        if screen.alternate_screen() && !text.starts_with([':', '!']) {
            return None;
        }
        let prompt = prompt.filter(|prompt| !prompt.is_empty() && !screen.alternate_screen());
        if text.is_empty() || prompt.as_ref().is_some_and(|prompt| prompt.trim_end() == text) {
            return None;
        }
        let prompt = prompt.filter(|prompt| text.starts_with(prompt));
        Some(EnteredText { seq, elapsed, text, prompt_bytes: prompt.map(|prompt| prompt.len()) })
    }

    fn enter(&mut self, seq: u64, elapsed: Duration) {
        let typed = std::mem::replace(&mut self.typed, Typed(Some(String::new())));
        let (prompt, queued) = (self.prompt.take(), !self.entered.is_empty());
        self.prefilled = false;
        if self.entered.len() < RISK_ENTERED_MAX {
            let looks = RISK_ENTERED_LOOKS;
            self.entered.push_back(Entered { seq, elapsed, prompt, typed, queued, looks });
        }
    }
}

impl Typed {
    fn push(&mut self, c: char) {
        if let Some(text) = self.0.as_mut().filter(|text| text.len() < RISK_LINE_BYTES_MAX / 8) {
            text.push(c);
        }
    }

    fn pop(&mut self) {
        if let Some(text) = &mut self.0 {
            text.pop();
        }
    }

    fn ends(&self, line: &str) -> bool {
        let typed = self.0.as_deref().map(str::trim_end).filter(|typed| !typed.is_empty());
        typed.is_some_and(|typed| line.ends_with(typed))
    }
}

/// The line that the cursor is on, with those rows that the terminal wrapped it over.
fn line_at_cursor(screen: &SafeScreen) -> String {
    let mut text = String::new();
    for row in first_row(screen)..screen.lines() {
        screen.row(row).for_each(|cell| text.push_str(&cell.symbol()));
        if !screen.row_wraps(row) || text.len() > RISK_LINE_BYTES_MAX {
            break;
        }
    }
    text.truncate(text.trim_end_matches(' ').len());
    text
}

/// What of that line stands left of the cursor.
fn left_of_cursor(screen: &SafeScreen) -> String {
    let (first, cursor) = (first_row(screen), screen.cursor());
    let mut text = String::new();
    for row in first..=cursor.row {
        let columns = if row == cursor.row { cursor.column } else { screen.columns() };
        let cells = screen.row(row).take(columns.into());
        cells.for_each(|cell| text.push_str(&cell.symbol()));
    }
    text
}

fn first_row(screen: &SafeScreen) -> u16 {
    let mut first = screen.cursor().row;
    while let Some(above) = first.checked_sub(1).filter(|above| screen.row_wraps(*above)) {
        first = above;
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Terminal {
        entry: Entry,
        screen: SafeScreen,
        lines: Vec<(Option<usize>, String)>,
    }

    impl Terminal {
        fn new() -> Self {
            Self { entry: Entry::default(), screen: SafeScreen::new(6, 20), lines: Vec::new() }
        }

        fn types(&mut self, data: &str) -> &mut Self {
            self.entry.typed(1, Duration::ZERO, data.as_bytes(), &self.screen);
            self
        }

        fn shows(&mut self, data: &str) -> &mut Self {
            let mut rest = data.as_bytes();
            while let Some(end) = self.entry.line_end(rest) {
                self.screen.feed(&rest[..end]);
                let left = self.entry.leave(&self.screen);
                self.lines.extend(left.map(|left| (left.prompt_bytes, left.text)));
                self.screen.feed(&rest[end..=end]);
                rest = &rest[end + 1..];
            }
            self.screen.feed(rest);
            self
        }

        fn took(&self) -> Vec<(Option<usize>, &str)> {
            self.lines.iter().map(|(prompt, text)| (*prompt, text.as_str())).collect()
        }
    }

    #[test]
    fn the_prompt_is_told_from_the_line() {
        let mut terminal = Terminal::new();
        terminal.shows("a# ").types("l").shows("l").types("x\x7fs\r").shows("x\x08s\r\nout\r\na# ");
        terminal.types("\x1b[A").shows("ls").types("\r").shows("\r\n");
        assert_eq!(terminal.took(), [(Some(3), "a# ls"), (Some(3), "a# ls")]);
    }

    #[test]
    fn passwords_and_empty_lines_are_none() {
        let mut terminal = Terminal::new();
        terminal.shows("Password: ").types("Hunt3r2\r").shows("\r\n# ").types("\r").shows("\r\n");
        assert!(terminal.took().is_empty());
    }

    #[test]
    fn each_line_of_a_paste_is_found_behind_the_output_of_the_one_before() {
        let mut terminal = Terminal::new();
        terminal.shows("# ").types("ls\rrm x\rid\r").shows("ls\r\nout\r\n# rm x\r\n# id\r\n");
        assert_eq!(terminal.took(), [(Some(2), "# ls"), (None, "# rm x"), (None, "# id")]);
    }

    #[test]
    fn a_line_out_of_the_history_is_entered_with_one_key() {
        let mut terminal = Terminal::new();
        terminal.shows("# ").types("id\x0f").shows("id\r\n0\r\n# rm x").types("\x0f").shows("\r\n");
        assert_eq!(terminal.took(), [(Some(2), "# id"), (None, "# rm x")]);
    }

    #[test]
    fn a_wrapped_line_keeps_its_blanks() {
        let mut terminal = Terminal::new();
        let line = "rm -rf /some/where /etc";
        terminal.shows("# ").types(line).shows(line).types("\r").shows("\r\n");
        assert_eq!(terminal.took(), [(Some(2), format!("# {line}").as_str())]);
    }

    #[test]
    fn a_full_screen_program_is_told_commands_only() {
        let mut terminal = Terminal::new();
        terminal.shows("\x1b[?1049htext").types("\r").shows("\r\n:!sh").types("\r").shows("\r\n");
        assert_eq!(terminal.took(), [(None, ":!sh")]);
    }

    #[test]
    fn what_never_comes_is_given_up() {
        let mut terminal = Terminal::new();
        terminal.shows("# ").types(&"x\r".repeat(10_000)).shows("x\r\n");
        assert!(terminal.entry.entered.len() < RISK_ENTERED_MAX);
        for _ in 0..RISK_ENTERED_MAX as u32 * RISK_ENTERED_LOOKS / 2 + 1 {
            terminal.shows("\r\n");
        }
        assert!(terminal.entry.entered.is_empty());
    }
}
