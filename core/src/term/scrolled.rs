//! What scrolls off the top, as text: of the main screen for whoever wants a transcript, of both
//! for search.

use std::fmt;

use vt100::capture::{BasicFormattedCaptureState, RowContents, basic_formatted_to_plain};

use super::search::{Traces, Untold, harmless};
use crate::limits::SEARCH_TRACE_BYTES_MAX;
use crate::untrusted::is_misleading;

/// Keeps nothing unless it is told to.
#[derive(Default)]
pub(super) struct Scrolled {
    kept: Option<String>,
    /// Rows of the alternate screen, a line each; kept as the others are.
    alternate: String,
    state: BasicFormattedCaptureState,
    traces: Option<Trail>,
}

/// What search is told.
#[derive(Clone, Default)]
struct Trail {
    traces: Traces,
    /// So many rows are known and not told of.
    known: u32,
    /// None of the others need be told of either.
    silent: bool,
    row: String,
}

impl Scrolled {
    /// Keeps what scrolls away from now on.
    pub(super) fn keep(&mut self) {
        self.kept.get_or_insert_default();
    }

    /// What scrolled away since this was last called: printable lines, those that the terminal
    /// wrapped in one piece. The line break after the last one comes with the next.
    pub(super) fn take(&mut self) -> String {
        let kept = self.kept.as_mut().map(std::mem::take).unwrap_or_default();
        let harmless =
            |c| if c != '\n' && is_misleading(c) { char::REPLACEMENT_CHARACTER } else { c };
        basic_formatted_to_plain(&kept).flat_map(str::chars).map(harmless).collect()
    }

    /// What scrolled off the alternate screen since this was last called: a printable line for each row.
    pub(super) fn take_alternate(&mut self) -> String {
        std::mem::take(&mut self.alternate)
    }

    /// Tells search from now on.
    pub(super) fn leave_traces(&mut self) {
        self.traces.get_or_insert_default();
    }

    /// Tells search what this one would tell.
    pub(super) fn trace_as(&mut self, other: &Self) {
        self.traces.clone_from(&other.traces);
    }

    /// Tells search nothing any more.
    pub(super) fn leave_no_traces(&mut self) {
        self.traces = None;
    }

    /// What scrolled away since this was last called. The first `known` rows to come need not be told.
    pub(super) fn take_traces(&mut self, known: u16) -> Traces {
        let Some(trail) = &mut self.traces else { return Traces::default() };
        (trail.known, trail.silent) = (known.into(), false);
        std::mem::take(&mut trail.traces)
    }

    /// Which rows to come must be told.
    pub(super) fn tell(&mut self, untold: Untold) {
        let Some(trail) = &mut self.traces else { return };
        trail.silent = untold == Untold::None;
        if untold == Untold::All {
            trail.known = 0;
        }
    }

    /// So many rows scroll away that need not be told.
    pub(super) fn pass(&mut self, rows: usize) {
        let Some(Trail { traces, .. }) = &mut self.traces else { return };
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        traces.scrolled_rows = traces.scrolled_rows.saturating_add(rows);
    }

    /// How many rows have scrolled away since they were last taken.
    pub(super) fn scrolled_rows(&self) -> u32 {
        self.traces.as_ref().map_or(0, |trail| trail.traces.scrolled_rows)
    }

    /// What there is to take.
    pub(super) fn traces(&self) -> Option<&Traces> {
        self.traces.as_ref().map(|trail| &trail.traces)
    }
}

impl vt100::Callbacks for Scrolled {
    fn on_scroll(&mut self, row: RowContents<'_>, alternate_screen: bool) {
        if let Some(kept) = self.kept.as_mut().filter(|_| !alternate_screen) {
            // Writing to a String cannot fail.
            let _ = row.write_formatted_basic(kept, &mut self.state);
        }
        if self.kept.is_some() && alternate_screen && self.alternate.len() < ALTERNATE_BYTES_MAX {
            let (mut text, mut state) = (String::new(), BasicFormattedCaptureState::default());
            // Writing to a String cannot fail.
            let _ = row.write_formatted_basic(&mut Plain::new(&mut text), &mut state);
            self.alternate.push_str(harmless(&text).trim_end());
            self.alternate.push('\n');
        }
        if let Some(trail) = &mut self.traces {
            trail.add(&row);
        }
    }
}

impl Trail {
    fn add(&mut self, row: &RowContents<'_>) {
        let number = self.traces.scrolled_rows;
        self.traces.scrolled_rows = number.saturating_add(1);
        if self.silent || number < self.known {
            return;
        }
        if self.traces.scrolled.text().len() > SEARCH_TRACE_BYTES_MAX {
            self.traces.cut = true;
            return;
        }
        self.row.clear();
        let mut state = BasicFormattedCaptureState::default();
        // Writing to a String cannot fail.
        let _ = row.write_formatted_basic(&mut Plain::new(&mut self.row), &mut state);
        self.traces.scrolled.go_on(number).push_str(&harmless(&self.row));
        let mut next = FirstIsLineBreak(false);
        // Fails at once: only what comes first is wanted.
        let _ = row.write_formatted_basic(&mut next, &mut state);
        if next.0 {
            self.traces.scrolled.end_line();
        }
    }
}

/// Of rows of the alternate screen, which whoever wants them takes after every few kilobytes.
const ALTERNATE_BYTES_MAX: usize = 256 * 1024;

/// Leaves the colours out.
struct Plain<'a> {
    text: &'a mut String,
    within_sequence: bool,
}

impl<'a> Plain<'a> {
    fn new(text: &'a mut String) -> Self {
        Self { text, within_sequence: false }
    }
}

impl fmt::Write for Plain<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if !self.within_sequence && !text.contains('\x1b') {
            self.text.push_str(text);
            return Ok(());
        }
        for c in text.chars() {
            match (self.within_sequence, c) {
                (false, '\x1b') => self.within_sequence = true,
                (false, _) => self.text.push(c),
                (true, 'm') => self.within_sequence = false,
                (true, _) => {}
            }
        }
        Ok(())
    }
}

/// Whether a line break is written before the next row: then this one was not wrapped.
struct FirstIsLineBreak(bool);

impl fmt::Write for FirstIsLineBreak {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = text.starts_with('\n');
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use crate::term::SafeScreen;

    #[test]
    fn lines_come_in_order_and_whole() {
        let mut screen = SafeScreen::new(2, 4);
        screen.feed(b"early\r\n");
        assert_eq!(screen.take_scrolled(), "", "nobody asked for it");
        screen.keep_scrolled();
        screen.feed(b"\x1b[2J\x1b[Habcdef\r\n\x1b[31mred\x1b[m\r\n");
        let mut text = screen.take_scrolled();
        screen.feed(b"last\r\n\r\n");
        text += &screen.take_scrolled();
        assert_eq!(text, "abcdef\nred\nlast");
    }

    #[test]
    fn full_screen_programs_and_controls_leave_nothing() {
        let mut screen = SafeScreen::new(2, 10);
        screen.keep_scrolled();
        screen.feed("a\u{202e}b\r\n\x1b[?1049h1\r\n2\r\n3\r\n4\x1b[?1049l\r\n".as_bytes());
        screen.feed(b"\r\n");
        let text = screen.take_scrolled();
        assert!(text.starts_with('a') && text.contains('b'), "{text:?}");
        assert!(!text.contains(['\u{202e}', '1', '2', '3']), "{text:?}");
    }
}
