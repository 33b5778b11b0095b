//! What was on a recorded screen a while ago and is not any more: overwritten, wiped, or left behind on the
//! alternate screen. What scrolled away is not meant: it is where everybody looks for it.

use std::collections::BTreeSet;
use std::ops::Bound;
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
    scrolled: Scrolled,
}

impl Vanished {
    /// From this keyframe on, with these streams on the screen.
    pub fn after(keyframe: &Keyframe, streams: Streams) -> Self {
        let mut screen = keyframe.to_screen();
        screen.leave_traces(keyframe.seq == 0);
        screen.keep_scrolled();
        let (text, elapsed) = (TextIndex::new(), keyframe.elapsed);
        let scrolled = Scrolled::default();
        Self { screen, streams, text, elapsed, shown: Vec::new(), scrolled }
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
        prune(&mut self.shown, &self.scrolled);
        self.shown
    }

    fn take(&mut self) {
        // First what scrolled away: what is shown is held against it at once.
        self.scrolled.push(&self.screen.take_scrolled());
        let (shown, scrolled) = (&mut self.shown, &self.scrolled);
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
            // One event can bring tens of thousands of lines.
            if shown.len() > 2 * VANISHED_LINES_MAX {
                prune(shown, scrolled);
            }
        });
    }
}

/// Forgets what scrolled away, then the oldest.
fn prune(shown: &mut Vec<VanishedLine>, scrolled: &Scrolled) {
    shown.retain(|line| !scrolled.has(line.text.trim()));
    let excess = shown.len().saturating_sub(VANISHED_LINES_MAX);
    shown.drain(..excess);
}

/// Lines that scrolled away lately, trimmed and in order: one is found by how it begins.
#[derive(Default)]
struct Scrolled {
    fresh: BTreeSet<String>,
    /// Those before, forgotten when there are as many again.
    aged: BTreeSet<String>,
    /// What the fresh ones take.
    fresh_bytes: usize,
    /// The last one, which may go on.
    open: String,
}

impl Scrolled {
    fn push(&mut self, text: &str) {
        for (number, piece) in text.split('\n').enumerate() {
            if number > 0 {
                self.end_line();
            }
            if self.open.len() < VANISHED_SCROLLED_BYTES_MAX / 2 {
                self.open.push_str(piece);
            }
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.open);
        if line.trim().is_empty() {
            return;
        }
        self.fresh_bytes += line.len();
        self.fresh.insert(line.trim().to_owned());
        if self.fresh_bytes > VANISHED_SCROLLED_BYTES_MAX / 2 {
            self.aged = std::mem::take(&mut self.fresh);
            self.fresh_bytes = 0;
        }
    }

    /// True when a line scrolled away that begins so: it may have grown since it was seen.
    fn has(&self, text: &str) -> bool {
        let from = (Bound::Included(text), Bound::Unbounded);
        let begins = |lines: &BTreeSet<String>| {
            lines.range::<str, _>(from).next().is_some_and(|line| line.starts_with(text))
        };
        begins(&self.fresh) || begins(&self.aged) || self.open.trim().starts_with(text)
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
    fn what_scrolled_away_hides_no_line_that_it_merely_contains() {
        let lines: String = (0..20).map(|n| format!("alarm {n:02}\r\n")).collect();
        let below = "\r\n".repeat(5);
        assert_eq!(gone(&["arm", "\r\x1b[K$ ", "\r\n", &lines, &below]), [(1, "arm".to_owned())]);
    }

    #[test]
    fn an_event_of_very_many_lines_is_not_kept_whole() {
        let keyframe = Keyframe::of(&SafeScreen::new(5, 40), 0, Duration::ZERO);
        let mut vanished = Vanished::after(&keyframe, Streams::default());
        let lines: String = (0..16_000).map(|n| format!("\r\x1b[Kx{n}")).collect();
        for (seq, data) in (1..).zip(lines.as_bytes().chunks(60_000)) {
            let data = Bytes::copy_from_slice(data);
            vanished.push(&Event::new(seq, 1, EventKind::Ttyout, data).unwrap());
            let held = vanished.shown.capacity();
            assert!(held <= 4 * VANISHED_LINES_MAX, "{held}");
        }
        assert_eq!(vanished.finish().len(), VANISHED_LINES_MAX);
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
