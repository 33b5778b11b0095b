//! What a picture does not show at a glance: text in the colour of what lies behind it, characters that are
//! left out because they mislead, and what has changed.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;
use sudolog_core::term::{Cell, Color, SafeScreen};

use super::Replay;
use crate::deck::Frame;
use crate::theme::{Role, Theme};
use crate::widgets::Crop;

/// What is looked for in the picture.
#[derive(Clone, Default)]
pub(super) struct Lens {
    /// Text that nobody could see is shown.
    reveals: bool,
    /// Changes against this picture are shown.
    base: Option<Arc<Frame>>,
}

impl Lens {
    /// Shows hidden text, or does not any more.
    pub(super) fn toggle_reveal(&mut self) {
        self.reveals = !self.reveals;
    }

    /// True while hidden text is shown.
    pub(super) fn reveals(&self) -> bool {
        self.reveals
    }

    /// Shows what changes from this picture on, or does not any more.
    pub(super) fn toggle_difference(&mut self, now: Option<&Arc<Frame>>) {
        self.base = if self.base.is_some() { None } else { now.cloned() };
    }

    /// One goes elsewhere from this picture: what has changed there is shown.
    pub(super) fn leave(&mut self, now: Option<&Arc<Frame>>) {
        if let (Some(base), Some(now)) = (&mut self.base, now) {
            *base = now.clone();
        }
    }

    /// That it is used, for the line of time.
    pub(super) fn in_words(&self) -> String {
        let reveals = if self.reveals { " hidden text" } else { "" };
        let base = self.base.as_ref();
        let changes = base.map(|base| format!(" changes since event {}", base.seq));
        format!("{reveals}{}", changes.unwrap_or_default())
    }
}

/// Cells of the part that is shown whose text nobody could see.
pub(super) fn hidden(screen: &SafeScreen, crop: Crop) -> usize {
    places(crop).filter(|(row, column)| cell(screen, *row, *column).is_some_and(is_hidden)).count()
}

/// Draws over the picture what is looked for.
pub(super) fn draw(
    replay: &Replay,
    screen: &SafeScreen,
    crop: Crop,
    theme: &Theme,
    area: Rect,
    buffer: &mut Buffer,
) {
    let lens = &replay.lens;
    if !lens.reveals && lens.base.is_none() {
        return;
    }
    for (row, column) in places(crop) {
        let Some(now) = cell(screen, row, column) else { continue };
        let before = lens.base.as_ref().map(|base| cell(&base.screen, row, column));
        let has_changed = before.is_some_and(|before| differs(before, now));
        let is_revealed = lens.reveals && (is_hidden(now) || now.is_deceptive());
        let role = match (is_revealed, has_changed) {
            (true, _) => Role::Warn,
            (false, true) => Role::Key,
            (false, false) => continue,
        };
        let at = Position::new(area.x + (column - crop.column), area.y + (row - crop.row));
        if let Some(target) = buffer.cell_mut(at).filter(|_| area.contains(at)) {
            target.set_style(theme.style(Role::Text).patch(theme.style(role)));
            target.modifier.insert(Modifier::REVERSED);
        }
    }
}

fn places(crop: Crop) -> impl Iterator<Item = (u16, u16)> {
    let rows = crop.row..crop.row.saturating_add(crop.lines);
    rows.flat_map(move |row| {
        (crop.column..crop.column.saturating_add(crop.columns)).map(move |column| (row, column))
    })
}

fn cell(screen: &SafeScreen, row: u16, column: u16) -> Option<Cell<'_>> {
    screen.cell(row, column)
}

/// True where another picture has another character or look; a screen of another size has none there.
pub(super) fn differs(before: Option<Cell<'_>>, now: Cell<'_>) -> bool {
    before.is_none_or(|before| before.symbol() != now.symbol() || before.style() != now.style())
}

/// True for a character in the very colour of what lies behind it.
fn is_hidden(cell: Cell<'_>) -> bool {
    let style = cell.style();
    let is_blank = cell.symbol().trim().is_empty();
    match (exact(style.foreground), exact(style.background)) {
        (Some(text), Some(behind)) => !is_blank && text == behind,
        _ => false,
    }
}

/// A colour that can be compared: what the terminal's own ones are nobody knows, but that one of them is
/// itself.
fn exact(color: Color) -> Option<(Option<u8>, [u8; 3])> {
    match color {
        Color::Default => None,
        Color::Rgb(red, green, blue) => Some((None, [red, green, blue])),
        Color::Indexed(own @ 0..16) => Some((Some(own), [0; 3])),
        Color::Indexed(grey @ 232..) => Some((None, [8 + 10 * (grey - 232); 3])),
        Color::Indexed(cube) => {
            let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
            let cube = cube - 16;
            Some((None, [level(cube / 36), level(cube / 6 % 6), level(cube % 6)]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(screen: &SafeScreen) -> Crop {
        Crop { row: 0, column: 0, lines: screen.lines(), columns: screen.columns() }
    }

    #[test]
    fn text_in_the_colour_of_what_lies_behind_is_hidden_however_it_is_said() {
        for (bytes, count) in [
            (b"\x1b[30;40mrm -rf\x1b[m plain".as_slice(), 5),
            (b"\x1b[38;5;196;48;2;255;0;0mab", 2),
            (b"\x1b[7;31;41mab  ", 2),
            (b"\x1b[30mblack on whatever it is", 0),
            (b"\x1b[31;40mred on black", 0),
            (b"\x1b[41m      ", 0),
        ] {
            let mut screen = SafeScreen::new(4, 40);
            screen.feed(bytes);
            assert_eq!(hidden(&screen, whole(&screen)), count, "{:?}", bytes.escape_ascii());
        }
    }

    #[test]
    fn a_cell_has_changed_when_its_text_or_its_look_has() {
        let mut before = SafeScreen::new(4, 40);
        before.feed(b"abc");
        let mut now = before.clone();
        now.feed(b"\x1b[Hx\x1b[1mb\x1b[m");
        let changed = |column| differs(cell(&before, 0, column), cell(&now, 0, column).unwrap());
        assert_eq!([0, 1, 2].map(changed), [true, true, false]);
        assert!(differs(None, cell(&now, 0, 2).unwrap()), "the other screen is smaller");
    }
}
