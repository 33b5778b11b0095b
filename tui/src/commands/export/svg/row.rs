//! One row of a picture: its coloured grounds, then its text in runs of one style.
//!
//! Every run says how wide it is, so that a picture keeps its columns whatever font there is. Wide and
//! combined characters are runs of their own.

use std::fmt::Arguments;

use sudolog_core::term::{SafeScreen, Style};

use super::colours::{GROUND, colours};
use super::{BASELINE, CELL_HEIGHT, CELL_WIDTH, escape, left, top};

/// What is behind the text, where it is not the picture's own ground.
pub(super) fn grounds(screen: &SafeScreen, row: u16, put: &mut impl FnMut(Arguments<'_>)) {
    let mut stretch: Option<(u16, u16, String)> = None;
    for (column, cell) in (0..).zip(screen.row(row)) {
        let ground = colours(cell.style()).1;
        match &mut stretch {
            Some((_, end, same)) if *same == ground => *end = column + 1,
            _ => {
                let ended = stretch.replace((column, column + 1, ground));
                put_ground(ended, row, put);
            }
        }
    }
    put_ground(stretch, row, put);
}

fn put_ground(stretch: Option<(u16, u16, String)>, row: u16, put: &mut impl FnMut(Arguments<'_>)) {
    let Some((start, end, ground)) = stretch.filter(|(.., ground)| ground != GROUND) else {
        return;
    };
    let (x, y, width) = (left(start), top(row), u32::from(end - start) * CELL_WIDTH);
    put(format_args!(
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{CELL_HEIGHT}\" fill=\"{ground}\"/>\n"
    ));
}

/// The text.
pub(super) fn text(screen: &SafeScreen, row: u16, put: &mut impl FnMut(Arguments<'_>)) {
    let mut run: Option<Run> = None;
    for (column, cell) in (0..).zip(screen.row(row)) {
        let symbol = cell.symbol();
        let (width, style) = (cell.width(), cell.style());
        let plain = width == 1 && symbol.chars().count() == 1;
        match &mut run {
            _ if width == 0 => {}
            Some(run) if plain && run.plain && run.style == style => {
                run.text.push_str(&symbol);
                run.cells += 1;
            }
            _ => {
                let text = symbol.into_owned();
                let begun = Run { start: column, cells: width, text, style, plain };
                let ended = run.replace(begun);
                put_run(ended, row, put);
            }
        }
    }
    put_run(run, row, put);
}

/// Cells of one style.
struct Run {
    start: u16,
    cells: u16,
    text: String,
    style: Style,
    /// One character a cell.
    plain: bool,
}

impl Run {
    /// Without blanks at its ends, unless they can be seen.
    fn trimmed(mut self) -> Self {
        if !self.style.underline && self.plain {
            let length = self.text.len();
            self.text.truncate(self.text.trim_end_matches(' ').len());
            let behind = length - self.text.len();
            let before = self.text.len() - self.text.trim_start_matches(' ').len();
            self.text.drain(..before);
            // A blank is one byte and one cell.
            self.start = self.start.saturating_add(u16::try_from(before).unwrap_or(0));
            let blanks = u16::try_from(before + behind).unwrap_or(u16::MAX);
            self.cells = self.cells.saturating_sub(blanks);
        }
        self
    }
}

fn put_run(run: Option<Run>, row: u16, put: &mut impl FnMut(Arguments<'_>)) {
    let Some(run) = run.map(Run::trimmed).filter(|run| !run.text.is_empty()) else { return };
    let (x, y) = (left(run.start), top(row) + BASELINE);
    let (length, ink) = (u32::from(run.cells) * CELL_WIDTH, colours(run.style).0);
    let flags = [
        (run.style.bold, " font-weight=\"bold\""),
        (run.style.dim, " fill-opacity=\"0.6\""),
        (run.style.italic, " font-style=\"italic\""),
        (run.style.underline, " text-decoration=\"underline\""),
    ];
    let flags: String = flags.iter().filter(|(on, _)| *on).map(|(_, flag)| *flag).collect();
    let text = escape(&run.text);
    put(format_args!(
        "<text x=\"{x}\" y=\"{y}\" textLength=\"{length}\" fill=\"{ink}\"{flags}>{text}</text>\n"
    ));
}
