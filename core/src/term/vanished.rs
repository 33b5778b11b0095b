//! What was on a recorded screen a while ago and is not any more: overwritten, wiped, or left behind on the
//! alternate screen. What scrolled away is not meant: it is where everybody looks for it.

use std::time::Duration;

use super::keyframe::Keyframe;
use super::screen::SafeScreen;
use super::search::TextIndex;
use super::streams::Streams;
use crate::limits::{VANISHED_LINES_MAX, VANISHED_SCROLLED_BYTES_MAX};
use crate::session::Event;

/// A line that is not on the screen any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VanishedLine {
    /// The event that brought it, or the last change to it.
    pub seq: u64,
    /// When that was, since the start of the recording.
    pub elapsed: Duration,
    /// Its text; printable.
    pub text: String,
}

/// Looks at everything that is shown from a keyframe on.
pub struct Vanished {
    screen: SafeScreen,
    streams: Streams,
    text: TextIndex,
    elapsed: Duration,
    /// What was shown, in the order of time.
    shown: Vec<VanishedLine>,
    /// The end of what scrolled away.
    scrolled: String,
}

impl Vanished {
    /// From this keyframe on, with these streams on the screen.
    pub fn after(keyframe: &Keyframe, streams: Streams) -> Self {
        let mut screen = keyframe.to_screen();
        screen.leave_traces(keyframe.seq == 0);
        screen.keep_scrolled();
        let (text, elapsed) = (TextIndex::new(), keyframe.elapsed);
        Self { screen, streams, text, elapsed, shown: Vec::new(), scrolled: String::new() }
    }

    /// Takes the next event.
    pub fn push(&mut self, event: &Event) {
        self.elapsed = self.elapsed.saturating_add(Duration::from_nanos(event.delay_ns()));
        match self.streams.shown(event) {
            Some(shown) => {
                self.screen.apply(&shown);
                self.text.look(&mut self.screen, &shown, self.elapsed);
            }
            None => self.screen.pass(event.delay_ns()),
        }
        self.take();
    }

    /// What is gone from the screen after the last event, in the order of time: the newest
    /// [`VANISHED_LINES_MAX`](crate::limits::VANISHED_LINES_MAX) lines.
    pub fn finish(mut self) -> Vec<VanishedLine> {
        self.text.settle(&mut self.screen);
        self.take();
        let mut now = String::new();
        for row in 0..self.screen.lines() {
            now.push_str(&self.screen.row_text(row));
            if !self.screen.row_wraps(row) {
                now.push('\n');
            }
        }
        self.shown.retain(|line| !now.contains(line.text.trim()));
        self.prune();
        self.shown
    }

    fn take(&mut self) {
        let shown = &mut self.shown;
        self.text.take_lines(|line| {
            let text = line.text.trim_end();
            if text.trim().is_empty() {
                return;
            }
            let fresh =
                VanishedLine { seq: line.seq, elapsed: line.elapsed, text: text.to_owned() };
            match shown.last_mut() {
                // One that is still being written.
                Some(last) if text.starts_with(&last.text) => *last = fresh,
                _ => shown.push(fresh),
            }
        });
        self.scrolled.push_str(&self.screen.take_scrolled());
        let excess = self.scrolled.len().saturating_sub(VANISHED_SCROLLED_BYTES_MAX);
        if excess > 0 {
            let cut = (excess..=self.scrolled.len()).find(|at| self.scrolled.is_char_boundary(*at));
            self.scrolled.drain(..cut.unwrap_or_default());
        }
        if self.shown.len() > 2 * VANISHED_LINES_MAX {
            self.prune();
        }
    }

    /// Forgets what scrolled away, then the oldest.
    fn prune(&mut self) {
        let scrolled = &self.scrolled;
        self.shown.retain(|line| !scrolled.contains(line.text.trim()));
        let excess = self.shown.len().saturating_sub(VANISHED_LINES_MAX);
        self.shown.drain(..excess);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::session::EventKind;

    fn gone(outputs: &[&str]) -> Vec<(u64, String)> {
        let keyframe = Keyframe::of(&SafeScreen::new(5, 40), 0, Duration::ZERO);
        let mut vanished = Vanished::after(&keyframe, Streams::default());
        for (seq, output) in (1..).zip(outputs) {
            let data = Bytes::copy_from_slice(output.as_bytes());
            vanished.push(&Event::new(seq, 1_000_000_000, EventKind::Ttyout, data).unwrap());
        }
        vanished.finish().into_iter().map(|line| (line.seq, line.text)).collect()
    }

    #[test]
    fn what_was_overwritten_or_wiped_is_gone_and_what_stays_is_not() {
        let outputs = ["stays\r\nsecret one\r\n", "\x1b[2;1H\x1b[Kharmless", "\r\nmore"];
        assert_eq!(gone(&outputs), [(1, "secret one".to_owned())]);
    }

    #[test]
    fn what_was_written_and_wiped_at_once_is_gone_too() {
        assert_eq!(gone(&["$ ", "hidden\r\x1b[K$ ls"]), [(2, "$ hidden".to_owned())]);
    }

    #[test]
    fn what_the_alternate_screen_showed_is_gone_when_it_is_left() {
        let outputs = ["$ vim\r\n", "\x1b[?1049h\x1b[2J\x1b[Hinside", "\x1b[?1049l", "$ "];
        assert_eq!(gone(&outputs), [(2, "inside".to_owned())]);
    }

    #[test]
    fn what_is_typed_is_one_line_and_what_scrolled_away_is_none() {
        let lines: String = (0..20).map(|n| format!("line {n:02}\r\n")).collect();
        assert_eq!(gone(&["$ r", "m", " x\r\n", &lines]), []);
        let outputs = ["$ r", "m", " x", "\r\x1b[K$ "];
        assert_eq!(gone(&outputs), [(3, "$ rm x".to_owned())]);
    }

    #[test]
    fn there_are_never_more_than_are_kept() {
        let outputs: Vec<String> = (0..3000).map(|n| format!("\r\x1b[Kstep {n:05}")).collect();
        let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
        let gone = gone(&outputs);
        assert_eq!(gone.len(), VANISHED_LINES_MAX);
        assert_eq!(gone.last().unwrap().1, "step 02998");
    }
}
