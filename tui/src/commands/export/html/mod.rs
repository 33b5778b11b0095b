//! A page that plays the recording in a browser: one file, nothing outside it, no connection.
//!
//! Its frames are made by our own emulator, no closer than [`HTML_FRAME_INTERVAL`]; a recording that needs more
//! than [`HTML_FRAMES_BYTES_MAX`] of them is refused, and the time told up to which it fits.

mod frames;
mod page;

#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::time::Duration;

use sudolog_core::limits::{HTML_FRAME_INTERVAL, HTML_FRAMES_BYTES_MAX};
use sudolog_core::session::Event;
use sudolog_core::term::{SafeScreen, usual_size};
use sudolog_core::time::Position;

use self::frames::Frames;
use self::page::Page;
use super::{Encoder, Ending};
use crate::commands::row::instant;
use crate::source::About;
use crate::widgets::screen_text;

pub(super) struct Html {
    screen: SafeScreen,
    frames: Frames,
    from: Duration,
    /// The first and the last event since the last frame: when they happened.
    since: Option<(Duration, Duration)>,
    /// When the last event happened.
    last: Duration,
    /// What whoever looks at the page must know beside what the screen says.
    note: Option<String>,
    bytes_max: usize,
}

impl Html {
    pub(super) fn new(about: &About, note: Option<String>) -> Self {
        let (lines, columns) = usual_size(about.lines, about.columns);
        let screen = SafeScreen::new(lines, columns);
        let (frames, from, bytes_max) = (Frames::default(), Duration::ZERO, HTML_FRAMES_BYTES_MAX);
        Self { screen, frames, from, since: None, last: Duration::ZERO, note, bytes_max }
    }

    /// Adds what happened since the last frame.
    fn frame(&mut self) -> io::Result<()> {
        let Some((_, at)) = self.since.take() else { return Ok(()) };
        self.frames.add(&self.screen, at.saturating_sub(self.from));
        if self.frames.bytes() <= self.bytes_max {
            return Ok(());
        }
        let (mib, at) = (HTML_FRAMES_BYTES_MAX >> 20, Position(at));
        Err(io::Error::other(format!(
            "the page would have more than {mib} MiB at {at}: export parts of the recording, with --from and --to"
        )))
    }

    fn notes(&self) -> Vec<String> {
        let emulator = super::svg::note(&self.screen).map(str::to_owned);
        self.note.iter().cloned().chain(emulator).collect()
    }
}

impl Encoder for Html {
    fn before(&mut self, event: &Event) {
        self.screen.apply(event);
    }

    fn begin(&mut self, _out: &mut dyn Write, _about: &About, from: Duration) -> io::Result<()> {
        self.from = from;
        self.frames.add(&self.screen, Duration::ZERO);
        Ok(())
    }

    fn event(&mut self, _out: &mut dyn Write, event: &Event, at: Duration) -> io::Result<()> {
        if self.since.is_some_and(|(first, _)| at.saturating_sub(first) >= HTML_FRAME_INTERVAL) {
            self.frame()?;
        }
        self.screen.apply(event);
        let first = self.since.map_or(at, |(first, _)| first);
        self.since = Some((first, at));
        self.last = at;
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write, ending: Ending<'_>) -> io::Result<()> {
        self.frame()?;
        let (about, notes) = (below(ending, self.last), self.notes());
        let page = Page {
            title: &super::title(ending.about),
            about: &about,
            notes: &notes,
            last: &screen_text(&self.screen),
            data: &self.frames.finish(self.from),
        };
        out.write_all(page.html().as_bytes())
    }
}

/// When it was, how long it took, how it ended; `last` is when the last event happened.
fn below(ending: Ending<'_>, last: Duration) -> String {
    let about = ending.about;
    let told = about.duration_s.and_then(|length| Duration::try_from_secs_f64(length).ok());
    // A recording on disk may not say it; one that was not read to its end is longer than what was read.
    let length = told.or(ending.whole.then_some(last));
    let length = length.map_or(String::new(), |length| format!("{} long, ", Position(length)));
    let ended = match (&about.signal, about.exit_value) {
        (Some(signal), _) => format!("ended by SIG{}", signal.escaped()),
        (None, Some(value)) => format!("exit {value}"),
        (None, None) => about.state.to_string(),
    };
    let (name, start) = (about.name.escaped(), instant(about.start));
    format!("{name}, {start}, {length}{ended}")
}
