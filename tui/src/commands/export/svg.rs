//! One screen as a picture: SVG with the text as text, so that it can be searched, read aloud and scaled.
//!
//! It is made of the emulator's cells and of escaped names, with presentation attributes only: no
//! scripts, no styles, no links, nothing that is loaded from elsewhere.

pub(super) mod colours;
mod row;

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use sudolog_core::session::Event;
use sudolog_core::term::{SafeScreen, usual_size};
use sudolog_core::time::Position;
use sudolog_core::untrusted::is_misleading;

use self::colours::{GROUND, INK};
use super::{Encoder, Ending};
use crate::source::About;

/// The screen as it is after all events that were given.
pub(super) struct Frame {
    screen: SafeScreen,
    at: Option<Position>,
    /// What whoever looks at it must know beside what the screen says.
    note: Option<String>,
}

impl Frame {
    /// A blank screen; `at` is the moment that the picture shows, the end if absent.
    pub(super) fn new(about: &About, at: Option<Position>, note: Option<String>) -> Self {
        let (lines, columns) = usual_size(about.lines, about.columns);
        Self { screen: SafeScreen::new(lines, columns), at, note }
    }
}

impl Encoder for Frame {
    fn event(&mut self, _out: &mut dyn Write, event: &Event, _at: Duration) -> io::Result<()> {
        self.screen.apply(event);
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write, ending: Ending<'_>) -> io::Result<()> {
        let title = title(ending.about, self.at);
        out.write_all(picture(&self.screen, &title, self.note.as_deref()).as_bytes())
    }
}

/// Who did what, and when this was seen.
fn title(about: &About, at: Option<Position>) -> String {
    let moment = match at {
        Some(at) => format!("{at}.{:03}", at.0.subsec_millis()),
        None => "the end".to_owned(),
    };
    format!("{}, at {moment}", super::title(about))
}

/// The whole file.
fn picture(screen: &SafeScreen, title: &str, said: Option<&str>) -> String {
    let (width, height) = (across(screen.columns()), down(screen.lines()));
    let mut svg = String::with_capacity(16 * 1024);
    let mut put = |text: std::fmt::Arguments<'_>| {
        // Writing to a String cannot fail.
        let _ = svg.write_fmt(text);
    };
    put(format_args!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
    put(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"{FONTS}\" \
         font-size=\"{FONT_SIZE}\">\n"
    ));
    put(format_args!("<title>{}</title>\n", escape(title)));
    let notes: Vec<&str> = said.into_iter().chain(note(screen)).collect();
    if !notes.is_empty() {
        put(format_args!("<desc>{}</desc>\n", escape(&notes.join("; "))));
    }
    put(format_args!("<rect width=\"{width}\" height=\"{height}\" fill=\"{GROUND}\"/>\n"));
    put(format_args!("<g shape-rendering=\"crispEdges\">\n"));
    (0..screen.lines()).for_each(|line| row::grounds(screen, line, &mut put));
    put(format_args!("</g>\n<g xml:space=\"preserve\">\n"));
    (0..screen.lines()).for_each(|line| row::text(screen, line, &mut put));
    put(format_args!("</g>\n"));
    let cursor = screen.cursor();
    if cursor.visible {
        put(format_args!(
            "<rect x=\"{}\" y=\"{}\" width=\"{CELL_WIDTH}\" height=\"{CELL_HEIGHT}\" fill=\"none\" \
             stroke=\"{INK}\"/>\n",
            left(cursor.column),
            top(cursor.row)
        ));
    }
    put(format_args!("</svg>\n"));
    svg
}

/// What whoever looks at the picture must know of it.
pub(super) fn note(screen: &SafeScreen) -> Option<&'static str> {
    match (screen.resets() > 0, screen.is_approximate()) {
        (true, _) => Some("the terminal emulator was reset: this may differ from what was seen"),
        (false, true) => Some("some expensive sequences were left out: this may differ"),
        (false, false) => None,
    }
}

/// Text as XML takes it. What XML has no way to say, and what would mislead, becomes `�`.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\u{200c}' | '\u{200d}' => escaped.push(c),
            '\u{fffe}' | '\u{ffff}' => escaped.push(char::REPLACEMENT_CHARACTER),
            c if is_misleading(c) => escaped.push(char::REPLACEMENT_CHARACTER),
            c => escaped.push(c),
        }
    }
    escaped
}

fn left(column: u16) -> u32 {
    MARGIN + u32::from(column) * CELL_WIDTH
}

fn top(row: u16) -> u32 {
    MARGIN + u32::from(row) * CELL_HEIGHT
}

fn across(columns: u16) -> u32 {
    left(columns) + MARGIN
}

fn down(lines: u16) -> u32 {
    top(lines) + MARGIN
}

/// A cell, user units: what most monospaced fonts of this size take.
const CELL_WIDTH: u32 = 9;
const CELL_HEIGHT: u32 = 18;
const FONT_SIZE: u32 = 15;
/// From the top of a cell to the line that letters stand on.
const BASELINE: u32 = 14;
const MARGIN: u32 = 9;
const FONTS: &str = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace";

#[cfg(test)]
mod tests;
