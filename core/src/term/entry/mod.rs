//! Lines that are entered, one by one, each at the moment when the cursor leaves it.
//!
//! As in [`Typing`](super::Typing) a line is taken from the screen and not from the keys, so that line
//! editing, completion and history need not be imitated, and a password that was not echoed is never
//! in it. Where the prompt ends is where the cursor stood before the first key. Little is kept: no
//! keys, no lines.

mod draft;

use std::collections::VecDeque;
use std::time::Duration;

use self::draft::{Draft, Typed};
use super::keyboard::{ENTER, Keys, Pressed, TypedKey};
use super::line::rows;
use super::screen::SafeScreen;
use crate::limits::{RISK_ENTERED_LOOKS, RISK_ENTERED_MAX, RISK_LINE_BYTES_MAX};

/// What came of keys that were pressed.
#[derive(Debug, Default)]
pub(super) struct Pressing {
    /// The line that was entered, as the screen showed it, where that is all of it.
    pub(super) shown: Option<EnteredText>,
    /// A line was entered, or may have been.
    pub(super) enters: bool,
    /// Lines that were entered before the screen showed all of them, as they were typed, without what
    /// other keys made of them: they may be passwords.
    pub(super) unseen: Vec<String>,
}

/// What is known of the line that is being typed, and of those that were entered and not left yet.
#[derive(Default)]
pub(super) struct Entry {
    /// The beginning of a key that the next event goes on with.
    begun: Vec<u8>,
    draft: Draft,
    /// Something was typed since the last output: the screen does not show it yet.
    is_unseen: bool,
    entered: VecDeque<Entered>,
    last_entered: Duration,
    /// Line ends at which none of them was found.
    looks: u32,
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
    /// As it stood on the screen then.
    shown: Option<String>,
}

impl Entry {
    /// Takes what came from the keyboard while the screen stood so. A line that is entered with it is
    /// taken as it stands there: of a line that was edited on several rows the cursor does not leave
    /// each.
    pub(super) fn typed(
        &mut self,
        seq: u64,
        elapsed: Duration,
        data: &[u8],
        screen: &SafeScreen,
    ) -> Pressing {
        let is_left =
            self.entered.is_empty() || elapsed.saturating_sub(self.last_entered) > ECHO_TIME;
        if !self.draft.is_begun && is_left && !self.draft.is_prefilled {
            self.draft.prompt = Some(left_of_cursor(screen));
        }
        let mut keys = Keys::new(std::mem::take(&mut self.begun), data);
        let mut pressing = Pressing::default();
        for key in keys.by_ref() {
            match key {
                Pressed::Text(c) => {
                    self.draft.push(c);
                    self.is_unseen = true;
                }
                Pressed::Key(ENTER) => self.take_line(seq, elapsed, screen, &mut pressing),
                // Shells enter a line with it and go on with the next one of their history.
                Pressed::Key(TypedKey::Ctrl('O')) => {
                    self.take_line(seq, elapsed, screen, &mut pressing);
                    self.draft = Draft::prefilled();
                }
                Pressed::Key(TypedKey::Ctrl('C')) => self.draft = Draft::default(),
                // A terminal that edits lines by itself hands on with it what was typed so far.
                Pressed::Key(key @ TypedKey::Ctrl('D')) => {
                    pressing.enters = true;
                    pressing.unseen.extend(self.draft.plain());
                    self.draft.press(key);
                }
                Pressed::Key(key) => self.draft.press(key),
            }
        }
        self.begun = keys.into_begun();
        pressing
    }

    fn take_line(
        &mut self,
        seq: u64,
        elapsed: Duration,
        screen: &SafeScreen,
        pressing: &mut Pressing,
    ) {
        pressing.enters = true;
        let line = self.as_shown(seq, elapsed, screen);
        // What came between may be output that has nothing to do with it.
        if line.is_none() {
            pressing.unseen.extend(self.draft.plain());
        }
        self.enter(seq, elapsed, line.as_ref());
        pressing.shown = pressing.shown.take().or(line);
    }

    /// Output came: what was typed before is shown, if it is shown at all.
    pub(super) fn answered(&mut self) {
        self.is_unseen = false;
    }

    /// True while a line was entered and not left: every line end is of interest.
    pub(super) fn waits(&self) -> bool {
        !self.entered.is_empty()
    }

    /// Where in this output a line ends while one is waited for: there [`leave`](Self::leave) wants to
    /// see the screen. A return alone is not the end: shells draw the line anew behind it.
    pub(super) fn line_end(&self, output: &[u8]) -> Option<usize> {
        if self.entered.is_empty() {
            return None;
        }
        memchr::memchr(b'\n', output)
    }

    /// The screen just before the cursor leaves a line. Gives it when it is one that was entered.
    pub(super) fn leave(&mut self, screen: &SafeScreen) -> Option<EnteredText> {
        let text = line_at_cursor(screen);
        let first = self.entered.front().filter(|entered| !entered.queued).map(|_| 0);
        let found = self.entered.iter().rposition(|entered| entered.typed.ends(&text)).or(first);
        let Some(found) = found else {
            self.looks = self.looks.saturating_add(1);
            if self.looks >= RISK_ENTERED_LOOKS {
                self.entered.clear();
                self.looks = 0;
            }
            return None;
        };
        self.looks = 0;
        let entered = self.entered.drain(..=found).next_back()?;
        if entered.shown.as_ref() == Some(&text) {
            return None;
        }
        let Entered { seq, elapsed, prompt, .. } = entered;
        told(seq, elapsed, text, prompt.unwrap_or_default(), screen)
    }

    /// The line as it stands on the screen when it is entered.
    fn as_shown(&self, seq: u64, elapsed: Duration, screen: &SafeScreen) -> Option<EnteredText> {
        if self.is_unseen {
            return None;
        }
        let line = line_at_cursor(screen);
        let is_all = self.draft.typed.is_unknown() || self.draft.typed.ends(&line);
        is_all.then_some(())?;
        told(seq, elapsed, line, self.draft.prompt.clone().unwrap_or_default(), screen)
    }

    fn enter(&mut self, seq: u64, elapsed: Duration, shown: Option<&EnteredText>) {
        // The next key belongs to another line.
        let Draft { prompt, typed, .. } = std::mem::take(&mut self.draft);
        let queued = !self.entered.is_empty();
        // A queued line is found again by its text: without one it would only take the place of others.
        let is_findable = !queued || typed.has_text();
        if is_findable && self.entered.len() < RISK_ENTERED_MAX {
            let shown = shown.map(|line| line.text.clone());
            self.entered.push_back(Entered { seq, elapsed, prompt, typed, queued, shown });
        }
        self.last_entered = elapsed;
    }
}

/// A line that was entered, without its prompt; nothing where there is only that.
fn told(
    seq: u64,
    elapsed: Duration,
    text: String,
    prompt: String,
    screen: &SafeScreen,
) -> Option<EnteredText> {
    let is_alternate = screen.alternate_screen();
    // A full-screen program shows there what it is told to do, or else a text.
    if text.is_empty() || is_alternate && !text.starts_with([':', '!']) {
        return None;
    }
    let prompt = Some(prompt).filter(|prompt| !prompt.is_empty() && !is_alternate);
    if prompt.as_ref().is_some_and(|prompt| prompt.trim_end() == text) {
        return None;
    }
    let prompt = prompt.filter(|prompt| text.starts_with(prompt));
    Some(EnteredText { seq, elapsed, text, prompt_bytes: prompt.map(|prompt| prompt.len()) })
}

/// The line that the cursor is on, with its blanks between.
fn line_at_cursor(screen: &SafeScreen) -> String {
    let mut text = String::new();
    for row in rows(screen) {
        screen.row(row).for_each(|cell| text.push_str(&cell.symbol()));
        if text.len() > RISK_LINE_BYTES_MAX {
            break;
        }
    }
    text.truncate(text.trim_end_matches(' ').len());
    text
}

/// What of that line stands left of the cursor.
fn left_of_cursor(screen: &SafeScreen) -> String {
    let cursor = screen.cursor();
    let mut text = String::new();
    for row in rows(screen).take_while(|row| *row <= cursor.row) {
        let columns = if row == cursor.row { cursor.column } else { screen.columns() };
        let cells = screen.row(row).take(columns.into());
        cells.for_each(|cell| text.push_str(&cell.symbol()));
    }
    text
}

/// By then a terminal has shown that a line was entered.
const ECHO_TIME: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;

    struct Terminal {
        entry: Entry,
        screen: SafeScreen,
        lines: Vec<(Option<usize>, String)>,
        unseen: Vec<String>,
        now: Duration,
    }

    impl Terminal {
        fn new() -> Self {
            let screen = SafeScreen::new(6, 20);
            Self {
                entry: Entry::default(),
                screen,
                lines: Vec::new(),
                unseen: Vec::new(),
                now: Duration::ZERO,
            }
        }

        fn types(&mut self, data: &str) -> &mut Self {
            self.now += Duration::from_millis(50);
            let pressing = self.entry.typed(1, self.now, data.as_bytes(), &self.screen);
            self.unseen.extend(pressing.unseen);
            self.take(pressing.shown);
            self
        }

        fn take(&mut self, line: Option<EnteredText>) {
            let line = line.map(|line| (line.prompt_bytes, line.text));
            self.lines.extend(line);
        }

        fn shows(&mut self, data: &str) -> &mut Self {
            let mut rest = data.as_bytes();
            self.entry.answered();
            while let Some(end) = self.entry.line_end(rest) {
                self.screen.feed(&rest[..end]);
                let left = self.entry.leave(&self.screen);
                self.take(left);
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
        terminal.types("\x1b[A").shows("id").types("\r").shows("\r\n");
        assert_eq!(terminal.took(), [(Some(3), "a# ls"), (Some(3), "a# id")]);
    }

    #[test]
    fn a_line_that_is_entered_before_it_is_shown_is_known_by_its_keys() {
        let mut terminal = Terminal::new();
        terminal.shows("# ").types("rm -x\x7fr a\r").shows("rm -r a\r\n# ");
        terminal.types("ls").shows("ls").types("\r").shows("\r\n# ");
        terminal.types("\x1b[Ax\r").shows("lsx\r\n# ");
        // Output between text and Enter that has nothing to do with it; a key that edits nothing.
        terminal.types("rm b").shows(".").types("\r").shows("\r\n# ");
        terminal.types("rm c\x05\r").shows("rm c\r\n# ");
        terminal.types("rm d\x04").shows("\r\n");
        assert_eq!(terminal.unseen, ["rm -r a", "x", "rm b", "rm c", "rm d"]);
    }

    #[test]
    fn no_line_of_a_paste_goes_by_unseen() {
        let mut terminal = Terminal::new();
        let lines = "id\r".repeat(3 * RISK_ENTERED_MAX);
        terminal.shows("# ").types(&format!("{lines}rm x\r"));
        assert_eq!(terminal.unseen.len(), 3 * RISK_ENTERED_MAX + 1);
        assert_eq!(terminal.unseen.last().map(String::as_str), Some("rm x"));
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
    fn lines_of_one_command_are_told_one_by_one() {
        let mut terminal = Terminal::new();
        terminal.shows("# ").types("\x1b[200~echo a\nrm x\x1b[201~").shows("echo a\r\nrm x");
        terminal.types("\r").shows("\x1b[A\r# echo a\r\nrm x\r\n");
        assert!(terminal.took().contains(&(Some(2), "# echo a")));
        assert!(terminal.took().contains(&(None, "rm x")));
    }

    #[test]
    fn a_line_that_is_drawn_anew_is_taken_afterwards() {
        let mut terminal = Terminal::new();
        terminal.shows("# ").types("\x12").shows("\r(search)`': ").types("i").shows("\x08i': id");
        terminal.types("\r").shows("\r\x1b[K# id\r\n");
        assert_eq!(terminal.took().last(), Some(&(Some(2), "# id")));
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
    fn blank_lines_typed_ahead_hide_none_behind_them() {
        let mut terminal = Terminal::new();
        terminal.shows("# ").types("sleep 1").shows("sleep 1");
        terminal.types(&format!("\r{}rm x\r", "\r".repeat(RISK_ENTERED_MAX))).shows("\r\n");
        terminal.shows(&"# \r\n".repeat(RISK_ENTERED_MAX)).shows("# rm x\r\n");
        assert_eq!(terminal.took().last(), Some(&(None, "# rm x")));
    }

    #[test]
    fn what_never_comes_is_given_up() {
        let mut terminal = Terminal::new();
        terminal.shows("# ").types(&"x\r".repeat(10_000)).shows("y\r\n");
        assert!(terminal.entry.entered.len() <= RISK_ENTERED_MAX);
        for _ in 0..=RISK_ENTERED_LOOKS {
            terminal.shows("\r\n");
        }
        assert!(terminal.entry.entered.is_empty());
    }
}
