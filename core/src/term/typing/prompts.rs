//! Lines that were entered behind a prompt, told from the output alone: where no keys were recorded.
//!
//! A prompt is what the cursor stands behind when a program waits: the output ends there, with a sign
//! that prompts end with, and what comes next takes a human's time. What then stands behind it when the
//! line is left was entered. A guess, so it is used only where there is nothing better to go by.

use std::time::Duration;

use super::line_at_cursor;
use crate::limits::PROMPT_BYTES_MAX;
use crate::term::SafeScreen;

/// What is known of the prompt that is shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Prompts {
    /// What stands left of the cursor while something is waited for.
    shown: Option<String>,
    /// Something came behind it.
    is_answered: bool,
    /// Keys were recorded: they tell more.
    is_off: bool,
}

impl Prompts {
    /// There are keys.
    pub(super) fn turn_off(&mut self) {
        *self = Self { is_off: true, ..Self::default() };
    }

    /// Output comes, so long after what came before. Gives where in it the line ends at which
    /// [`leave`](Self::leave) wants to see the screen.
    pub(super) fn line_end(&mut self, output: &[u8], delay: Duration) -> Option<usize> {
        self.shown.as_ref()?;
        let is_human = self.is_answered || delay >= HUMAN_DELAY;
        self.is_answered = true;
        if !is_human || output.len() > ECHO_BYTES_MAX {
            self.shown = None;
            return None;
        }
        memchr::memchr(b'\n', output)
    }

    /// The screen just before the cursor leaves the line. Gives the line when something was entered.
    pub(super) fn leave(&mut self, screen: &SafeScreen) -> Option<String> {
        let prompt = self.shown.take()?;
        let line = line_at_cursor(screen);
        let entered = line.strip_prefix(prompt.trim_end())?;
        let is_line = !entered.trim().is_empty() && !screen.alternate_screen();
        is_line.then_some(line)
    }

    /// True when the screen should be [looked](Self::look) at, because a prompt may be shown.
    pub(super) fn may_be_shown(&self, output: &[u8]) -> bool {
        !self.is_off && self.shown.is_none() && ends_as_prompts_do(output)
    }

    /// The screen where the output ends.
    pub(super) fn look(&mut self, screen: &SafeScreen) {
        let text = line_at_cursor(screen);
        let is_prompt = text.len() <= PROMPT_BYTES_MAX
            && is_prompt(&text)
            && usize::from(screen.cursor().column) > 0
            && !screen.alternate_screen();
        (self.shown, self.is_answered) = (is_prompt.then_some(text), false);
    }
}

/// The last text is a sign and a blank; styles and the like may follow.
fn ends_as_prompts_do(output: &[u8]) -> bool {
    let tail = output.get(output.len().saturating_sub(TAIL_BYTES)..).unwrap_or_default();
    let mut rest = tail;
    // Sequences behind it, from the last one on.
    while let Some(at) = memchr::memrchr(0x1b, rest) {
        let sequence = rest.get(at + 1..).unwrap_or_default();
        let ends = sequence.iter().position(|byte| matches!(byte, b'@'..=b'Z' | b'\\'..=b'~' | 7));
        if ends.is_none_or(|end| end + 1 < sequence.len()) {
            break;
        }
        rest = rest.get(..at).unwrap_or_default();
    }
    let Some(text) = rest.strip_suffix(b" ") else { return false };
    SIGNS.iter().any(|sign| text.ends_with(sign.encode_utf8(&mut [0; 4]).as_bytes()))
}

fn is_prompt(line: &str) -> bool {
    let text = line.trim_end();
    let Some(sign) = text.chars().next_back().filter(|sign| SIGNS.contains(sign)) else {
        return false;
    };
    // `50 %` is how far something is.
    let before = text.strip_suffix(sign).unwrap_or_default().trim_end();
    sign != '%' || !before.ends_with(|c: char| c.is_ascii_digit())
}

const SIGNS: [char; 8] = ['$', '#', '%', '>', '❯', '➜', 'λ', '»'];
/// Nobody types sooner.
const HUMAN_DELAY: Duration = Duration::from_millis(20);
/// Who types, or recalls what was typed, is not shown more at once.
const ECHO_BYTES_MAX: usize = 4096;
/// Behind a prompt shells write no more than that.
const TAIL_BYTES: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces of output, each so many milliseconds after the one before.
    fn entered(output: &[(u64, &str)]) -> Vec<String> {
        let (mut prompts, mut screen) = (Prompts::default(), SafeScreen::new(6, 40));
        let mut lines = Vec::new();
        for (delay_ms, text) in output {
            let mut rest = text.as_bytes();
            if let Some(end) = prompts.line_end(rest, Duration::from_millis(*delay_ms)) {
                screen.feed(&rest[..end]);
                lines.extend(prompts.leave(&screen));
                rest = &rest[end..];
            }
            screen.feed(rest);
            if prompts.may_be_shown(text.as_bytes()) {
                prompts.look(&screen);
            }
        }
        lines
    }

    #[test]
    fn what_stands_behind_a_prompt_was_entered() {
        let lines = entered(&[
            (0, "\x1b[?2004hroot@web1:~# "),
            (300, "i"),
            (90, "d"),
            (200, "\r\n\x1b[?2004l\ruid=0(root)\r\n"),
            (1, "\x1b[?2004h\x1b[01;32mroot@web1\x1b[00m:~# \x1b[K"),
            (400, "cat /etc/pass"),
            (100, "wd \r\nroot:x:0\r\n"),
            (1, "❯ "),
            (500, "\r\n❯ "),
            (80, "ls\r\n"),
        ]);
        assert_eq!(lines, ["root@web1:~# id", "root@web1:~# cat /etc/passwd", "❯ ls"]);
    }

    #[test]
    fn what_only_looks_like_a_prompt_is_none() {
        assert!(entered(&[(0, "# "), (1, "a heading\r\n")]).is_empty(), "no human is so quick");
        assert!(entered(&[(0, "done 50 % "), (900, "of it\r\n")]).is_empty());
        assert!(entered(&[(0, "Password: "), (900, "\r\n")]).is_empty());
        assert!(entered(&[(0, "# "), (900, &"x".repeat(5000)), (1, "\r\n")]).is_empty());
        assert!(entered(&[(0, "\x1b[?1049h# "), (900, "x\r\n")]).is_empty());
    }
}
