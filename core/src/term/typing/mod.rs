//! What the user typed: keys, and the lines that were entered with them.
//!
//! sudo's recordings do not say when echo was off, so a typed character is told only where the
//! terminal showed it: it stands left of the cursor soon after it was typed. A password is therefore
//! not told. A line is taken from the screen at the moment it is left, not from the keys, so that line
//! editing, completion and history need not be imitated.

mod echo;
mod keystrokes;
mod prompts;

use std::time::Duration;

use self::echo::Echo;
pub use self::keystrokes::Keystroke;
use self::keystrokes::Keystrokes;
use self::prompts::Prompts;
use super::keyboard::{ENTER, Keys, Pressed, TypedKey};
use super::line::rows;
use super::screen::SafeScreen;
use crate::limits::{ENTERED_LINE_CHARS_MAX, ENTERED_LINES_MAX};
use crate::untrusted::is_misleading;

/// A line that the user entered: a command, an answer. Where no keys were recorded, one that was entered
/// behind a prompt as far as the output shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnteredLine {
    /// The event in which Enter was pressed; without keys, the one in which the line was left.
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
    keys: Keystrokes,
    lines: Vec<EnteredLine>,
    lines_left_out: u64,
    echo: Echo,
    /// Enter was pressed in this event, and the line is still on the screen.
    entered: Option<Entered>,
    /// What stands left of where the line began that is typed now: an answer that was not shown, and its
    /// question.
    answered: Option<String>,
    prompts: Prompts,
    /// The beginning of a sequence or character that the next event goes on with.
    begun: Vec<u8>,
    revision: u64,
}

/// A line that was entered and is still on the screen.
#[derive(Clone, Debug)]
struct Entered {
    seq: u64,
    elapsed: Duration,
    /// The number of the key Enter among all keys.
    number: u64,
    /// The line as it stood when output came, which has not ended it by now.
    stood: Option<String>,
}

impl Typing {
    /// The keys of a stretch of time, in order.
    pub fn keys(&self, from: Duration, to: Duration) -> impl Iterator<Item = &Keystroke> {
        self.keys.between(from, to)
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
        self.keys.bytes() + lines + text
    }

    /// Keys from this number on, counted from the first of the recording, and the number of the first
    /// one that is given: older ones may have been dropped.
    pub(super) fn keys_since(&self, number: u64) -> (u64, impl Iterator<Item = &Keystroke>) {
        self.keys.since(number)
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
        self.keys.told(keys_from, keys);
    }

    /// How many keys, counted from the first of the recording, cannot change any more.
    pub(super) fn settled_keys(&self) -> u64 {
        self.echo.first().unwrap_or_else(|| self.keys.count())
    }

    /// Takes what came from the keyboard. True when a line was left by it that was typed and of which
    /// nothing was shown.
    pub(super) fn typed(&mut self, seq: u64, elapsed: Duration, data: &[u8]) -> bool {
        self.prompts.turn_off();
        let is_hidden = self.begin_behind();
        let first = self.keys.count();
        let mut keys = Keys::new(std::mem::take(&mut self.begun), data);
        for key in keys.by_ref() {
            match key {
                Pressed::Text(c) => self.press(elapsed, TypedKey::Hidden, Some(c)),
                Pressed::Key(key) => {
                    if key == ENTER {
                        // What was typed before and is not shown by now will not be.
                        self.echo.settle_before(first);
                        let number = self.keys.count();
                        let stood = None;
                        self.entered.get_or_insert(Entered { seq, elapsed, number, stood });
                    }
                    self.press(elapsed, key, None);
                }
            }
        }
        self.begun = keys.into_begun();
        // Whole so far; what follows later is another key.
        if self.begun == b"\x1b" {
            self.begun.clear();
            self.press(elapsed, TypedKey::Named("Esc"), None);
        }
        is_hidden
    }

    /// What was entered was answered on its own line, and another line is typed behind the answer: as
    /// after a password that was asked for by a program that shows no line end.
    fn begin_behind(&mut self) -> bool {
        let Some(mut entered) = self.entered.take_if(|entered| entered.stood.is_some()) else {
            return false;
        };
        self.echo.settle();
        let line = entered.stood.take().unwrap_or_default();
        let is_hidden = self.is_hidden(&entered);
        self.answered = Some(line.clone());
        self.keep_line(&entered, line);
        is_hidden
    }

    /// True when a line was entered and output comes: [`stand`](Self::stand) wants to see the screen
    /// before it.
    pub(super) fn is_entered(&self) -> bool {
        self.entered.as_ref().is_some_and(|entered| entered.stood.is_none())
    }

    /// The screen before the output that follows what was entered.
    pub(super) fn stand(&mut self, screen: &SafeScreen) {
        if screen.alternate_screen() {
            self.entered = None;
        } else if let Some(entered) = &mut self.entered {
            entered.stood = Some(line_at_cursor(screen));
        }
    }

    /// Where in this output, which came so long after what was before it, a line ends that may have been
    /// entered though no keys were recorded: there [`leave_prompt`](Self::leave_prompt) wants to see
    /// the screen.
    pub(super) fn prompt_end(&mut self, output: &[u8], delay: Duration) -> Option<usize> {
        self.prompts.line_end(output, delay)
    }

    /// The screen there.
    pub(super) fn leave_prompt(&mut self, seq: u64, elapsed: Duration, screen: &SafeScreen) {
        if let Some(line) = self.prompts.leave(screen) {
            self.keep_line(&Entered { seq, elapsed, number: 0, stood: None }, line);
        }
    }

    /// True when this output may end with a prompt: [`look_at_prompt`](Self::look_at_prompt) wants to
    /// see the screen behind it.
    pub(super) fn may_prompt(&self, output: &[u8]) -> bool {
        self.prompts.may_be_shown(output)
    }

    /// The screen there.
    pub(super) fn look_at_prompt(&mut self, screen: &SafeScreen) {
        self.prompts.look(screen);
    }

    /// Where in this output the line ends that was entered: there [`leave`](Self::leave) wants to see
    /// the screen.
    pub(super) fn line_end(&self, output: &[u8]) -> Option<usize> {
        self.entered.as_ref()?;
        output.iter().position(|byte| matches!(byte, b'\r' | b'\n'))
    }

    /// True while a character that was typed may still appear.
    pub(super) fn is_waiting(&self) -> bool {
        self.echo.first().is_some()
    }

    /// The screen just before the cursor leaves the line that was entered. True when it was typed and
    /// nothing of it was shown, as a password is.
    pub(super) fn leave(&mut self, elapsed: Duration, screen: &SafeScreen) -> bool {
        self.look(elapsed, screen);
        self.echo.settle();
        let answered = self.answered.take();
        let Some(entered) = self.entered.take() else { return false };
        if screen.alternate_screen() {
            return false;
        }
        let is_hidden = self.is_hidden(&entered);
        let line = line_at_cursor(screen);
        let behind = answered.and_then(|answered| line.strip_prefix(&answered));
        self.keep_line(&entered, behind.map_or(line.as_str(), str::trim_start).to_owned());
        is_hidden
    }

    /// True when characters were typed for a line, and none was shown.
    fn is_hidden(&self, entered: &Entered) -> bool {
        let keys = self.keys.before(entered.number).map(|key| key.key);
        let mut line = keys.take_while(|key| *key != ENTER).peekable();
        line.peek().is_some() && line.all(|key| key == TypedKey::Hidden)
    }

    fn keep_line(&mut self, entered: &Entered, text: String) {
        let Entered { seq, elapsed, .. } = *entered;
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
        let typed_at = |number| self.keys.get(number).map(|key| key.elapsed);
        let echoed = self.echo.take(elapsed, screen, typed_at);
        self.revision += u64::from(!echoed.is_empty());
        for (number, c) in echoed {
            if let Some(key) = self.keys.get_mut(number) {
                key.key = TypedKey::Shown(c);
            }
        }
    }

    fn press(&mut self, elapsed: Duration, key: TypedKey, text: Option<char>) {
        self.revision += 1;
        let number = self.keys.count();
        self.keys.push(Keystroke { elapsed, key });
        if let Some(c) = text.filter(|c| !is_misleading(*c)) {
            self.echo.expect(number, c);
        }
    }
}

/// The line that the cursor is on, as far as it is kept.
fn line_at_cursor(screen: &SafeScreen) -> String {
    let mut text = String::new();
    for row in rows(screen) {
        text.push_str(&screen.row_text(row));
        if text.len() > 4 * ENTERED_LINE_CHARS_MAX {
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
    use crate::limits::KEYSTROKES_MAX;
    use proptest::prelude::*;

    struct Terminal {
        typing: Typing,
        screen: SafeScreen,
        seq: u64,
        was_hidden: bool,
    }

    impl Terminal {
        fn new() -> Self {
            let (typing, screen) = (Typing::default(), SafeScreen::new(5, 20));
            Self { typing, screen, seq: 0, was_hidden: false }
        }

        fn types(&mut self, data: &str) -> &mut Self {
            self.seq += 1;
            self.was_hidden |= self.typing.typed(self.seq, self.now(), data.as_bytes());
            self
        }

        fn shows(&mut self, data: &str) -> &mut Self {
            self.seq += 1;
            let (now, mut rest) = (self.now(), data.as_bytes());
            if self.typing.is_entered() {
                self.typing.stand(&self.screen);
            }
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
    fn a_line_that_begins_behind_an_unseen_answer_is_a_line_of_its_own() {
        let mut terminal = Terminal::new();
        terminal.shows("Password: ").types("secret\r").shows("b# ").types("exit").shows("exit");
        assert!(terminal.was_hidden);
        terminal.types("\r").shows("\r\nPassword: ").types("x\r").shows("\r\nb# ");
        assert_eq!(terminal.lines(), ["Password:", "b# exit", "Password:"]);
        let mut terminal = Terminal::new();
        terminal.shows("b# ").types("ls").shows("ls").types("\r").types("id\r");
        terminal.shows("\r\nout\r\nb# id\r\n");
        assert_eq!(terminal.lines(), ["b# ls"], "typed ahead: nothing was shown between");
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
        assert_eq!(terminal.typing.keys(Duration::ZERO, Duration::MAX).count(), KEYSTROKES_MAX);
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
