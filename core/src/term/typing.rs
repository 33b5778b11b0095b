//! What the user typed: keys, and the lines that were entered with them.
//!
//! sudo's recordings do not say when echo was off, so a typed character is told only where the
//! terminal showed it: it stands left of the cursor soon after it was typed. A password is therefore
//! not told. A line is taken from the screen at the moment it is left, not from the keys, so that line
//! editing, completion and history need not be imitated.

use std::collections::VecDeque;
use std::time::Duration;

use super::keyboard::{ENTER, Pressed, is_begun, next_key};
use super::screen::SafeScreen;
use crate::limits::{
    ECHO_WAIT, ENTERED_LINE_CHARS_MAX, ENTERED_LINES_MAX, KEYSTROKES_MAX, KEYSTROKES_PENDING_MAX,
};
use crate::untrusted::is_misleading;

/// One key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keystroke {
    /// When, since the start.
    pub elapsed: Duration,
    /// Which one.
    pub key: TypedKey,
}

/// Which key was pressed, as far as it may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypedKey {
    /// A character that the terminal showed. Never one that acts or misleads.
    Shown(char),
    /// A character that it did not show.
    Hidden,
    /// A key that types nothing, by the sign for it.
    Named(&'static str),
    /// Ctrl and this letter or sign.
    Ctrl(char),
}

/// A line that the user entered: a command, an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnteredLine {
    /// The event in which Enter was pressed.
    pub seq: u64,
    /// When, since the start.
    pub elapsed: Duration,
    /// The line as the screen showed it, with its prompt; safe to draw.
    pub text: String,
}

/// Keys and lines of a recording, as far as its events were pushed. The newest keys and the first lines
/// are kept.
#[derive(Clone, Debug, Default)]
pub struct Typing {
    keys: VecDeque<Keystroke>,
    /// How many keys were dropped before the first one kept.
    dropped: u64,
    lines: Vec<EnteredLine>,
    lines_left_out: u64,
    /// Characters that may still appear: their numbers among all keys.
    pending: VecDeque<(u64, char)>,
    /// Enter was pressed in this event, and the line is still on the screen.
    entered: Option<Entered>,
    /// The beginning of a sequence or character that the next event goes on with.
    begun: Vec<u8>,
    revision: u64,
}

/// A line that was entered and is still on the screen.
#[derive(Clone, Copy, Debug)]
struct Entered {
    seq: u64,
    elapsed: Duration,
    /// The number of the key Enter among all keys.
    number: u64,
}

impl Typing {
    /// The keys of a stretch of time, in order.
    pub fn keys(&self, from: Duration, to: Duration) -> impl Iterator<Item = &Keystroke> {
        let first = self.keys.partition_point(|key| key.elapsed < from);
        let end = self.keys.partition_point(|key| key.elapsed <= to);
        self.keys.range(first.min(end)..end)
    }

    /// The lines, in order.
    pub fn lines(&self) -> &[EnteredLine] {
        &self.lines
    }

    /// How many lines there was no room for.
    pub fn lines_left_out(&self) -> u64 {
        self.lines_left_out
    }

    /// Grows whenever there is something else to see.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Memory that it takes, about.
    pub(super) fn bytes(&self) -> usize {
        let text: usize = self.lines.iter().map(|line| line.text.capacity()).sum();
        let lines = self.lines.capacity() * size_of::<EnteredLine>();
        self.keys.capacity() * size_of::<Keystroke>() + lines + text
    }

    /// Keys from this number on, counted from the first of the recording, and the number of the first
    /// one that is given: older ones may have been dropped.
    pub(super) fn keys_since(&self, number: u64) -> (u64, impl Iterator<Item = &Keystroke>) {
        let first = number.clamp(self.dropped, self.dropped + self.keys.len() as u64);
        let skipped = usize::try_from(first - self.dropped).unwrap_or(usize::MAX);
        (first, self.keys.iter().skip(skipped))
    }

    /// Takes what was told of a recording: lines that follow, and keys from this number on.
    pub(super) fn told(
        &mut self,
        lines: impl IntoIterator<Item = EnteredLine>,
        lines_left_out: u64,
        keys_from: u64,
        keys: impl ExactSizeIterator<Item = Keystroke>,
    ) {
        self.revision += 1;
        let room = ENTERED_LINES_MAX - self.lines.len();
        self.lines.extend(lines.into_iter().take(room));
        self.lines_left_out = lines_left_out;
        if keys.len() == 0 {
            return;
        }
        let kept = keys_from.saturating_sub(self.dropped);
        if kept > self.keys.len() as u64 {
            self.keys.clear();
            self.dropped = keys_from;
        }
        self.keys.truncate(usize::try_from(kept).unwrap_or(usize::MAX));
        for key in keys {
            self.keys.push_back(key);
            if self.keys.len() > KEYSTROKES_MAX {
                self.keys.pop_front();
                self.dropped = self.dropped.saturating_add(1);
            }
        }
    }

    /// How many keys, counted from the first of the recording, cannot change any more.
    pub(super) fn settled_keys(&self) -> u64 {
        let all = self.dropped + self.keys.len() as u64;
        self.pending.front().map_or(all, |(number, _)| *number)
    }

    /// Takes what came from the keyboard.
    pub(super) fn typed(&mut self, seq: u64, elapsed: Duration, data: &[u8]) {
        self.begun.extend_from_slice(data);
        let bytes = std::mem::take(&mut self.begun);
        let mut rest = bytes.as_slice();
        let first = self.dropped + self.keys.len() as u64;
        while let Some((length, key)) = next_key(rest) {
            rest = rest.get(length..).unwrap_or_default();
            match key {
                Some(Pressed::Text(c)) => self.press(elapsed, TypedKey::Hidden, Some(c)),
                Some(Pressed::Key(key)) => {
                    if key == ENTER {
                        // What was typed before and is not shown by now will not be.
                        self.pending.retain(|(number, _)| *number >= first);
                        let number = self.dropped + self.keys.len() as u64;
                        self.entered.get_or_insert(Entered { seq, elapsed, number });
                    }
                    self.press(elapsed, key, None);
                }
                None => {}
            }
        }
        // Whole so far; what follows later is another key.
        if is_begun(rest) {
            self.begun.extend_from_slice(rest);
        } else if rest == b"\x1b" {
            self.press(elapsed, TypedKey::Named("Esc"), None);
        }
    }

    /// Where in this output the line ends that was entered: there [`leave`](Self::leave) wants to see
    /// the screen.
    pub(super) fn line_end(&self, output: &[u8]) -> Option<usize> {
        self.entered?;
        output.iter().position(|byte| matches!(byte, b'\r' | b'\n'))
    }

    /// True while a character that was typed may still appear.
    pub(super) fn is_waiting(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The screen just before the cursor leaves the line that was entered. True when it was typed and
    /// nothing of it was shown, as a password is.
    pub(super) fn leave(&mut self, elapsed: Duration, screen: &SafeScreen) -> bool {
        self.look(elapsed, screen);
        self.pending.clear();
        let Some(entered) = self.entered.take() else { return false };
        if screen.alternate_screen() {
            return false;
        }
        let is_hidden = self.is_hidden(&entered);
        self.keep_line(entered, screen);
        is_hidden
    }

    /// True when characters were typed for a line, and none was shown.
    fn is_hidden(&self, entered: &Entered) -> bool {
        let count = entered.number.saturating_sub(self.dropped);
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(self.keys.len());
        let keys = self.keys.range(..count).rev().map(|key| key.key);
        let mut line = keys.take_while(|key| *key != ENTER).peekable();
        line.peek().is_some() && line.all(|key| key == TypedKey::Hidden)
    }

    fn keep_line(&mut self, Entered { seq, elapsed, .. }: Entered, screen: &SafeScreen) {
        let text = line_at_cursor(screen);
        if text.trim().is_empty() {
            return;
        }
        self.revision += 1;
        if self.lines.len() < ENTERED_LINES_MAX {
            self.lines.push(EnteredLine { seq, elapsed, text });
        } else {
            self.lines_left_out += 1;
        }
    }

    /// The screen after some output: what stands left of the cursor now was echoed.
    pub(super) fn look(&mut self, elapsed: Duration, screen: &SafeScreen) {
        let dropped = self.dropped;
        let keys = &self.keys;
        let typed_at = |number: u64| {
            let at = usize::try_from(number.checked_sub(dropped)?).ok()?;
            keys.get(at).map(|key| key.elapsed)
        };
        let late = |(number, _): &(u64, char)| {
            typed_at(*number).is_none_or(|at| elapsed.saturating_sub(at) > ECHO_WAIT)
        };
        while self.pending.front().is_some_and(late) {
            self.pending.pop_front();
        }
        if self.pending.is_empty() {
            return;
        }
        let left = left_of_cursor(screen, self.pending.len());
        let echoed = (1..=self.pending.len().min(left.len()))
            .rev()
            .find(|count| {
                let tail = left.iter().skip(left.len() - count);
                self.pending.iter().take(*count).map(|(_, c)| c).eq(tail)
            })
            .unwrap_or(0);
        self.revision += u64::from(echoed > 0);
        if echoed == 0 {
            // A terminal echoes in order and at once: what shows something else echoes nothing.
            self.pending.clear();
        }
        for (number, c) in self.pending.drain(..echoed) {
            let at = number.checked_sub(dropped).and_then(|at| usize::try_from(at).ok());
            if let Some(key) = at.and_then(|at| self.keys.get_mut(at)) {
                key.key = TypedKey::Shown(c);
            }
        }
    }

    fn press(&mut self, elapsed: Duration, key: TypedKey, text: Option<char>) {
        self.revision += 1;
        let number = self.dropped + self.keys.len() as u64;
        self.keys.push_back(Keystroke { elapsed, key });
        if self.keys.len() > KEYSTROKES_MAX {
            self.keys.pop_front();
            self.dropped += 1;
        }
        match text {
            Some(c) if !is_misleading(c) => {
                self.pending.push_back((number, c));
                if self.pending.len() > KEYSTROKES_PENDING_MAX {
                    self.pending.pop_front();
                }
            }
            _ => {}
        }
    }
}

/// The characters left of the cursor on its line, at most so many, the nearest last.
fn left_of_cursor(screen: &SafeScreen, count: usize) -> Vec<char> {
    let cursor = screen.cursor();
    let mut left = VecDeque::new();
    let mut row = cursor.row;
    let mut end = cursor.column;
    // A cursor that waits to wrap stands on the character that was printed last.
    if cursor.column + 1 == screen.columns()
        && screen.cell(row, cursor.column).is_some_and(|cell| cell.symbol() != " ")
    {
        end = screen.columns();
    }
    loop {
        for column in (0..end).rev() {
            let symbol = screen.cell(row, column).map(|cell| cell.symbol());
            let Some(c) = symbol.as_ref().and_then(|symbol| symbol.chars().next()) else {
                continue;
            };
            left.push_front(c);
            if left.len() >= count {
                return left.into();
            }
        }
        match row.checked_sub(1).filter(|above| screen.row_wraps(*above)) {
            Some(above) => (row, end) = (above, screen.columns()),
            None => return left.into(),
        }
    }
}

/// The line that the cursor is on, with those rows that the terminal wrapped it over.
fn line_at_cursor(screen: &SafeScreen) -> String {
    let mut first = screen.cursor().row;
    while let Some(above) = first.checked_sub(1).filter(|above| screen.row_wraps(*above)) {
        first = above;
    }
    let mut text = String::new();
    for row in first..screen.lines() {
        text.push_str(&screen.row_text(row));
        if !screen.row_wraps(row) || text.len() > 4 * ENTERED_LINE_CHARS_MAX {
            break;
        }
    }
    if let Some((end, _)) = text.char_indices().nth(ENTERED_LINE_CHARS_MAX) {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Terminal {
        typing: Typing,
        screen: SafeScreen,
        seq: u64,
    }

    impl Terminal {
        fn new() -> Self {
            Self { typing: Typing::default(), screen: SafeScreen::new(5, 20), seq: 0 }
        }

        fn types(&mut self, data: &str) -> &mut Self {
            self.seq += 1;
            self.typing.typed(self.seq, self.now(), data.as_bytes());
            self
        }

        fn shows(&mut self, data: &str) -> &mut Self {
            self.seq += 1;
            let (now, mut rest) = (self.now(), data.as_bytes());
            if let Some(end) = self.typing.line_end(rest) {
                self.screen.feed(&rest[..end]);
                self.typing.leave(now, &self.screen);
                rest = &rest[end..];
            }
            self.screen.feed(rest);
            self.typing.look(now, &self.screen);
            self
        }

        fn now(&self) -> Duration {
            Duration::from_millis(self.seq * 10)
        }

        fn keys(&self) -> String {
            let text = |key: &Keystroke| match key.key {
                TypedKey::Shown(c) => c.to_string(),
                TypedKey::Hidden => "•".to_owned(),
                TypedKey::Named(name) => name.to_owned(),
                TypedKey::Ctrl(c) => format!("^{c}"),
            };
            self.typing.keys(Duration::ZERO, Duration::MAX).map(text).collect()
        }

        fn lines(&self) -> Vec<&str> {
            self.typing.lines().iter().map(|line| line.text.as_str()).collect()
        }
    }

    #[test]
    fn what_the_shell_shows_is_told() {
        let mut terminal = Terminal::new();
        terminal.shows("# ").types("l").shows("l").types("s").shows("\x08\x1b[32mls\x1b[m");
        terminal.types("\r").shows("\r\nfile\r\n# ");
        // A suggestion stands right of the cursor.
        terminal.types("i").shows("id -u\x1b[4D").types("d").shows("d").types("\x1b[C\r");
        terminal.shows(" -u\r\n0\r\n# ");
        assert_eq!(terminal.keys(), "ls⏎id→⏎");
        assert_eq!(terminal.lines(), ["# ls", "# id -u"]);
    }

    #[test]
    fn what_it_does_not_show_is_hidden() {
        let mut terminal = Terminal::new();
        terminal.shows("# ").types("su\r").shows("su\r\nPassword: ");
        terminal.types("say").types("hi\r").shows("\r\nSorry, say hi again\r\n# ");
        assert_eq!(terminal.keys(), "su⏎•••••⏎");
        assert_eq!(terminal.lines(), ["# su", "Password:"]);
        terminal.types("late").shows("");
        terminal.seq += 1_000;
        terminal.shows("late");
        assert!(terminal.keys().ends_with("••••"));
    }

    #[test]
    fn who_guesses_a_password_on_the_screen_learns_nothing() {
        let mut terminal = Terminal::new();
        terminal.shows("Password: ");
        for c in "Hunt3r2".chars() {
            terminal.types(&c.to_string());
        }
        for _ in 0..2 {
            for c in "abcHunt3r2".chars() {
                terminal.shows(&format!("\x08{c}"));
            }
        }
        assert_eq!(terminal.keys(), "•".repeat(7));
    }

    #[test]
    fn long_lines_are_taken_whole() {
        let mut terminal = Terminal::new();
        let line = "echo 1234567890 1234567890 12";
        terminal.shows("# ").types(line).shows(line).types("\r").shows("\r\n");
        assert_eq!(terminal.lines(), [format!("# {line}")]);
        assert_eq!(terminal.keys(), format!("{line}⏎"));
    }

    #[test]
    fn keys_have_names_also_when_they_come_in_pieces() {
        let mut terminal = Terminal::new();
        terminal.types("\x1b[").types("A\x1b[3~\x1bOP\x03\t\x7f").types("\x1b[200~");
        terminal.types("\x1b[1;5C").types("\x1b");
        assert_eq!(terminal.keys(), "↑DelF1^C⇥⌫‹key›Esc");
        let mut terminal = Terminal::new();
        terminal.typing.typed(1, Duration::ZERO, &[0xc3]);
        terminal.typing.typed(2, Duration::ZERO, &[0xa4, 0xff]);
        terminal.shows("ä");
        assert_eq!(terminal.keys(), "ä");
    }

    #[test]
    fn full_screen_programs_enter_no_lines() {
        let mut terminal = Terminal::new();
        terminal.shows("\x1b[?1049hhello").types("\r").shows("\r\n");
        assert!(terminal.lines().is_empty());
    }

    #[test]
    fn there_is_a_limit() {
        let mut terminal = Terminal::new();
        for _ in 0..2 {
            terminal.types(&"\x03".repeat(KEYSTROKES_MAX));
        }
        assert_eq!(terminal.typing.keys.len(), KEYSTROKES_MAX);
        terminal.types("x").shows("x");
        assert!(terminal.keys().ends_with("^Cx"));
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(pieces: Vec<(bool, Vec<u8>)>) {
            let mut terminal = Terminal::new();
            for (typed, bytes) in pieces {
                terminal.seq += 1;
                if typed {
                    let now = terminal.now();
                    terminal.typing.typed(terminal.seq, now, &bytes);
                } else {
                    terminal.screen.feed(&bytes);
                    let now = terminal.now();
                    terminal.typing.leave(now, &terminal.screen);
                }
            }
            prop_assert!(!terminal.keys().chars().any(is_misleading));
            prop_assert!(!terminal.lines().concat().chars().any(is_misleading));
        }
    }
}
