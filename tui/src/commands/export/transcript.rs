//! What the screen showed, as text: every line that scrolled away, the last picture of each
//! full-screen program, and the screen at the end. Made of the emulator's cells, so that it is safe
//! to print.

use std::io::{self, Write};
use std::time::Duration;

use sudolog_core::limits::TERM_RUN_BYTES_MAX;
use sudolog_core::session::{Event, EventKind};
use sudolog_core::term::{SafeScreen, usual_size};

use super::{Encoder, Ending};
use crate::source::About;
use crate::widgets::screen_text;

pub(super) struct Transcript {
    screen: SafeScreen,
    /// True while the last line written has no line break yet.
    line_open: bool,
    /// What scrolled off a full-screen program's picture since the user last typed or it last rested: on
    /// their way out programs write a last line below it.
    above: String,
    /// True while the next line break belongs to a line before the range.
    cut: bool,
}

impl Transcript {
    pub(super) fn new(about: &About) -> Self {
        let (lines, columns) = usual_size(about.lines, about.columns);
        let mut screen = SafeScreen::new(lines, columns);
        screen.keep_scrolled();
        Self { screen, line_open: false, above: String::new(), cut: false }
    }

    fn feed(&mut self, out: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
        // The last picture of a full-screen program is gone once it has left.
        let may_leave = self.screen.alternate_screen() && bytes.contains(&ESCAPE);
        let picture = may_leave.then(|| screen_text(&self.screen));
        self.screen.feed(bytes);
        let scrolled = self.screen.take_scrolled();
        let cut = !scrolled.is_empty() && std::mem::take(&mut self.cut);
        let text = scrolled.strip_prefix('\n').filter(|_| cut).unwrap_or(&scrolled);
        out.write_all(text.as_bytes())?;
        self.line_open |= !scrolled.is_empty();
        let above = self.screen.take_scrolled_alternate();
        match picture.filter(|_| !self.screen.alternate_screen()) {
            Some(picture) => {
                let whole = std::mem::take(&mut self.above) + &picture;
                self.write_picture(out, &whole)
            }
            None => {
                if self.above.len() < ABOVE_BYTES_MAX {
                    self.above.push_str(&above);
                }
                Ok(())
            }
        }
    }

    fn write_picture(&mut self, out: &mut dyn Write, picture: &str) -> io::Result<()> {
        if std::mem::take(&mut self.line_open) {
            out.write_all(b"\n")?;
        }
        out.write_all(picture.as_bytes())
    }
}

impl Encoder for Transcript {
    fn before(&mut self, event: &Event) {
        // Nothing fails that goes nowhere.
        let _ = self.event(&mut io::sink(), event, Duration::ZERO);
        self.cut |= std::mem::take(&mut self.line_open);
    }

    fn event(&mut self, out: &mut dyn Write, event: &Event, _at: Duration) -> io::Result<()> {
        self.screen.pass(event.delay_ns());
        if event.kind() == EventKind::Ttyin || event.delay_ns() > REST_NS {
            self.above.clear();
        }
        match event.kind() {
            EventKind::Ttyout => {
                event.data().chunks(TERM_RUN_BYTES_MAX).try_for_each(|run| self.feed(out, run))
            }
            EventKind::Stdout | EventKind::Stderr => {
                // No terminal turned the ends of lines into what a screen needs.
                let lines = event.data().split_inclusive(|b| *b == b'\n');
                lines.into_iter().try_for_each(|line| match line.strip_suffix(b"\n") {
                    Some(text) => self.feed(out, text).and_then(|()| self.feed(out, b"\r\n")),
                    None => self.feed(out, line),
                })
            }
            EventKind::Winsize => {
                if let Some((lines, columns)) = event.winsize() {
                    self.screen.resize(lines, columns);
                }
                Ok(())
            }
            EventKind::Stdin | EventKind::Ttyin | EventKind::Suspend => Ok(()),
        }
    }

    fn end(&mut self, out: &mut dyn Write, _ending: Ending<'_>) -> io::Result<()> {
        let picture = screen_text(&self.screen);
        self.write_picture(out, &picture)
    }
}

const ESCAPE: u8 = 0x1b;
/// A program that leaves does so at once.
const REST_NS: u64 = 1_000_000_000;
/// More than any screen holds.
const ABOVE_BYTES_MAX: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::replay::sample::about;

    fn event(kind: EventKind, delay_ns: u64, data: &str) -> Event {
        Event::new(1, delay_ns, kind, data.as_bytes().to_vec().into()).unwrap()
    }

    fn written(events: &[Event]) -> String {
        let (mut out, mut transcript) = (Vec::new(), Transcript::new(&about()));
        for event in events {
            transcript.event(&mut out, event, Duration::ZERO).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_program_that_scrolls_on_its_way_out_keeps_its_top_line() {
        let page: String = (1..=23).map(|n| format!("\x1b[{n};1Hrow {n}")).collect();
        let text = written(&[
            event(EventKind::Ttyout, 1, &format!("\x1b[?1049h\x1b[2J{page}")),
            event(EventKind::Ttyin, 1, ":wq\r"),
            event(EventKind::Ttyout, 1, "\x1b[24;1H3 lines written\r\r\n"),
            event(EventKind::Ttyout, 1, "\x1b[?1049l"),
        ]);
        let rows: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!((rows.first(), rows.get(1)), (Some(&"row 1"), Some(&"row 2")), "{text}");
        assert_eq!(rows.last(), Some(&"3 lines written"), "{text}");
    }

    #[test]
    fn what_was_paged_away_before_is_no_part_of_the_last_picture() {
        let page: String = (1..=24).map(|n| format!("\x1b[{n};1Hrow {n}")).collect();
        let text = written(&[
            event(EventKind::Ttyout, 1, &format!("\x1b[?1049h\x1b[2J{page}")),
            event(EventKind::Ttyout, 1, "\x1b[24;1H\r\nrow 25"),
            event(EventKind::Ttyin, 1, "q"),
            event(EventKind::Ttyout, 1, "\x1b[?1049l"),
        ]);
        assert!(text.starts_with("row 2\n") && text.contains("row 25"), "{text}");
    }
}
