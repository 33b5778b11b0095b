//! `screen`: what was on the screen at one moment.

use std::io::{self, Write};

use serde::Serialize;
use sudolog_core::term::{SafeScreen, usual_size};

use super::export::{each_event, judge};
use super::json::write_line;
use super::opening::with_recording;
use super::{Asked, Failure};
use crate::cli::{self, ScreenFormat};
use crate::exit::Exit;
use crate::source::Recording;
use crate::source::archive::Leftovers;

pub(super) fn run(asked: &Asked, arguments: cli::Screen) -> Result<Exit, Failure> {
    let place = asked.locate(arguments.recording)?;
    with_recording(place, Leftovers::Show, move |mut recording| {
        let (screen, reached_end) = play(recording.as_mut(), arguments.at.0)?;
        let mut out = io::stdout().lock();
        let exit = super::written(match arguments.format {
            ScreenFormat::Txt => write_text(&mut out, &screen),
            ScreenFormat::Json => write_line(&mut out, &Printed::from(&screen)),
        })?;
        Ok(if reached_end { judge(recording.standing()) } else { exit })
    })
}

/// The screen after the last event that is not later than `at`, and whether all events are in it.
fn play(
    recording: &mut dyn Recording,
    at: std::time::Duration,
) -> Result<(SafeScreen, bool), Failure> {
    let (lines, columns) = usual_size(recording.about().lines, recording.about().columns);
    let mut screen = SafeScreen::new(lines, columns);
    let mut reached_end = true;
    each_event(recording, |event, elapsed| {
        reached_end = elapsed <= at;
        if reached_end {
            screen.apply(event);
        }
        reached_end
    })?;
    Ok((screen, reached_end))
}

fn write_text(out: &mut impl Write, screen: &SafeScreen) -> io::Result<()> {
    let lines = screen.text_lines();
    let used = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    lines.iter().take(used).try_for_each(|line| writeln!(out, "{line}"))
}

#[derive(Serialize)]
struct Printed {
    rows: u16,
    cols: u16,
    cursor: PrintedCursor,
    lines: Vec<String>,
}

/// Counted from 0.
#[derive(Serialize)]
struct PrintedCursor {
    row: u16,
    col: u16,
    visible: bool,
}

impl From<&SafeScreen> for Printed {
    fn from(screen: &SafeScreen) -> Self {
        let cursor = screen.cursor();
        Self {
            rows: screen.lines(),
            cols: screen.columns(),
            cursor: PrintedCursor { row: cursor.row, col: cursor.column, visible: cursor.visible },
            lines: screen.text_lines(),
        }
    }
}
