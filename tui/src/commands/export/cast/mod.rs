//! asciicast, version 2 (<https://docs.asciinema.org/manual/asciicast/v2/>) and version 3
//! (<https://docs.asciinema.org/manual/asciicast/v3/>): output, window sizes, and a marker where the
//! command was suspended. What was typed is left out: it may be a password, and a cast is made to be
//! shown around.
//!
//! Version 3 counts each time from the event before, and ends with the exit value.

mod pieces;

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;
use sudolog_core::session::{Event, EventKind};
use sudolog_core::term::{SafeScreen, usual_size};

use self::pieces::Pieces;
use super::redacting::Redacted;
use super::{Encoder, Ending};
use crate::commands::json::{text, write_line};
use crate::source::About;

/// The state of one stream's encoding: characters may be cut between events.
pub(super) struct Cast {
    version: Version,
    /// Lines and columns.
    size: (u16, u16),
    /// What was there before the range, when the range does not begin at the start.
    screen: Option<SafeScreen>,
    /// Where the range begins, and the last time that was written: microseconds of the recording.
    from_us: u64,
    last_us: u64,
    terminal: Pieces,
    stdout: Pieces,
    stderr: Pieces,
    redacted: Option<Redacted>,
}

/// Versions of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// Times count from the start.
    Two,
    /// Times count from the event before.
    Three,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Header {
    Two { version: u8, width: u16, height: u16 },
    Three { version: u8, term: Term },
}

/// The first line.
#[derive(Serialize)]
struct First<'a> {
    #[serde(flatten)]
    header: Header,
    timestamp: i64,
    command: String,
    title: String,
    /// Players pass over what they do not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    redacted: Option<&'a Redacted>,
}

#[derive(Serialize)]
struct Term {
    cols: u16,
    rows: u16,
}

impl Cast {
    pub(super) fn new(version: Version, about: &About, redacted: Option<Redacted>) -> Self {
        let (terminal, stdout, stderr) = Default::default();
        let size = usual_size(about.lines, about.columns);
        let (screen, from_us, last_us) = (None, 0, 0);
        Self { version, size, screen, from_us, last_us, terminal, stdout, stderr, redacted }
    }

    /// What an event is in the format; the pieces of characters go on from event to event.
    fn encode(&mut self, event: &Event) -> Option<(&'static str, String)> {
        let (code, text) = match (event.kind(), event.winsize(), event.signal_name()) {
            (EventKind::Ttyout, ..) => ("o", self.terminal.take(event.data())),
            (EventKind::Stdout, ..) => ("o", with_returns(&self.stdout.take(event.data()))),
            (EventKind::Stderr, ..) => ("o", with_returns(&self.stderr.take(event.data()))),
            (_, Some((lines, columns)), _) => ("r", format!("{columns}x{lines}")),
            (_, _, Some(signal)) => ("m", format!("SIG{signal}")),
            _ => return None,
        };
        Some((code, text)).filter(|(_, text)| !text.is_empty())
    }

    /// Times are rounded before they are subtracted, so that rounding never adds up.
    fn line(&mut self, out: &mut dyn Write, at_us: u64, code: &str, text: &str) -> io::Result<()> {
        let since = match self.version {
            Version::Two => self.from_us,
            Version::Three => self.last_us,
        };
        self.last_us = at_us.max(self.last_us);
        let seconds = at_us.saturating_sub(since) as f64 / 1e6;
        write_line(out, &(seconds, code, text))
    }
}

impl Encoder for Cast {
    fn before(&mut self, event: &Event) {
        let (lines, columns) = self.size;
        self.screen.get_or_insert_with(|| SafeScreen::new(lines, columns)).apply(event);
        self.size = event.winsize().unwrap_or(self.size);
        self.encode(event);
    }

    fn begin(&mut self, out: &mut dyn Write, about: &About, from: Duration) -> io::Result<()> {
        (self.from_us, self.last_us) = (micros(from), micros(from));
        let (rows, cols) = self.size;
        let command = text(&about.command);
        let title = super::title(about);
        let seconds = i64::try_from(from.as_secs()).unwrap_or(i64::MAX);
        let timestamp = about.start.seconds.saturating_add(seconds);
        let header = match self.version {
            Version::Two => Header::Two { version: 2, width: cols, height: rows },
            Version::Three => Header::Three { version: 3, term: Term { cols, rows } },
        };
        let redacted = self.redacted.as_ref();
        write_line(out, &First { header, timestamp, command, title, redacted })?;
        match self.screen.take() {
            Some(screen) => self.line(out, self.from_us, "o", &screen.to_sequences()),
            None => Ok(()),
        }
    }

    fn event(&mut self, out: &mut dyn Write, event: &Event, at: Duration) -> io::Result<()> {
        let Some((code, text)) = self.encode(event) else { return Ok(()) };
        self.line(out, micros(at), code, &text)
    }

    fn end(&mut self, out: &mut dyn Write, ending: Ending<'_>) -> io::Result<()> {
        let exit = ending.about.exit_value.filter(|_| ending.whole);
        let (Version::Three, Some(value)) = (self.version, exit) else { return Ok(()) };
        let length = ending.about.duration_s.and_then(|s| Duration::try_from_secs_f64(s).ok());
        let at = length.map_or(self.last_us, |length| micros(length).max(self.last_us));
        self.line(out, at, "x", &value.to_string())
    }
}

/// To the microsecond, as asciinema itself writes times.
fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_nanos().saturating_add(500) / 1000).unwrap_or(u64::MAX)
}

/// Output that went to no terminal, as one shows it.
fn with_returns(text: &str) -> String {
    text.replace('\n', "\r\n")
}
