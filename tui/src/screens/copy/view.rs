//! Draws the screen that is held, with the cursor and what is selected of it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;

use super::region::{Region, Shape, Spot};
use super::state::CopyMode;
use crate::screens::{Hit, Hits};
use crate::theme::{Role, Theme};
use crate::widgets::ScreenView;

/// Draws it in its place.
pub(in crate::screens) fn draw(
    mode: &CopyMode,
    theme: &Theme,
    place: Rect,
    buffer: &mut Buffer,
    hits: &mut Hits,
) {
    let crop = mode.crop(place);
    ScreenView::new(mode.screen(), crop).without_cursor().render(place, buffer);
    let selected = theme.style(Role::Text).patch(theme.style(Role::Selected));
    let region = mode.region();
    for row in 0..crop.lines {
        for column in 0..crop.columns {
            let spot = Spot { row: crop.row + row, column: crop.column + column };
            let at = Position::new(place.x + column, place.y + row);
            let Some(cell) = buffer.cell_mut(at).filter(|_| place.contains(at)) else { continue };
            if region.is_some_and(|region| region.has(spot)) {
                cell.set_style(selected);
                cell.modifier.insert(Modifier::UNDERLINED);
            }
            if spot == mode.cursor() {
                cell.modifier.toggle(Modifier::REVERSED);
                cell.modifier.insert(Modifier::BOLD);
            }
        }
    }
    hits.add(place, Hit::Picture(Spot { row: crop.row, column: crop.column }));
    draw_label(mode, theme, place, buffer);
}

/// A TSID.
const NAME_BYTES_MAX: usize = 6;

fn rows(region: Region) -> String {
    let s = if region.rows() == 1 { "" } else { "s" };
    format!("{} row{s}", region.rows())
}

/// Where one is, over the upper right corner; over the lower one while the cursor is up there.
fn draw_label(mode: &CopyMode, theme: &Theme, place: Rect, buffer: &mut Buffer) {
    let Spot { row, column } = mode.cursor();
    let what = match (mode.shape(), mode.region()) {
        (Some(Shape::Text), Some(region)) if region.rows() == 1 => "text".to_owned(),
        (Some(Shape::Block), Some(region)) => format!("block of {}", rows(region)),
        (Some(_), Some(region)) => rows(region),
        _ => "the screen".to_owned(),
    };
    // The list behind it may choose another session meanwhile; a long path is in the heading.
    let of = Some(mode.name()).filter(|name| name.len() <= NAME_BYTES_MAX);
    let of = of.map(|name| format!(" {name}")).unwrap_or_default();
    let text = format!(" copy{of}: {what}; row {}, column {} ", row + 1, column + 1);
    let width = u16::try_from(Span::raw(&text).width()).unwrap_or(u16::MAX).min(place.width);
    let crop = mode.crop(place);
    let is_up = row.saturating_sub(crop.row) == 0;
    let [top, _, bottom] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(0), Constraint::Length(1)])
            .areas(place);
    let line = if is_up { bottom } else { top };
    let [_, corner] =
        Layout::horizontal([Constraint::Min(0), Constraint::Length(width)]).areas(line);
    Line::styled(text, theme.style(Role::Selected)).render(corner, buffer);
}
