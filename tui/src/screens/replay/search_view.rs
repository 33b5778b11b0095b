//! Draws the search of the replay screen: matches on the recorded screen, how many hits there are,
//! and the list of them.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position as Cell, Rect};
use ratatui::text::Span;
use sudolog_core::term::SafeScreen;
use sudolog_core::time::Position;

use super::Replay;
use crate::screens::search::{HitRow, draw_hits, match_style, shown};
use crate::screens::{Hits, words};
use crate::theme::{Role, Theme};
use crate::widgets::{Crop, Modal};

/// Marks every match on the recorded screen.
pub(super) fn draw_matches(
    replay: &Replay,
    screen: &SafeScreen,
    crop: Crop,
    theme: &Theme,
    area: Rect,
    buffer: &mut Buffer,
) {
    let Some(pattern) = replay.search.pattern() else { return };
    let style = match_style(theme);
    for sight in pattern.on_screen(screen) {
        let Some(row) = sight.row.checked_sub(crop.row).filter(|row| *row < crop.lines) else {
            continue;
        };
        let columns = sight.from.max(crop.column)..sight.to.min(crop.column + crop.columns);
        for column in columns {
            let at = Cell::new(area.x + (column - crop.column), area.y + row);
            if let Some(cell) = buffer.cell_mut(at) {
                cell.set_style(style);
            }
        }
    }
}

/// What is searched for and what was found, in a few words for the bottom line.
pub(in crate::screens) fn search_status(replay: &Replay, theme: &Theme) -> Vec<Span<'static>> {
    let search = &replay.search;
    let Some(pattern) = search.pattern() else { return Vec::new() };
    let (count, here) = (search.hits().len(), search.at(replay.wanted()));
    let number = match here.len() {
        0 => String::new(),
        1 => format!("{}/", here.end),
        _ => format!("{}-{}/", here.start + 1, here.end),
    };
    let mut said = match (count, replay.is_searched()) {
        (0, true) => "not found".to_owned(),
        (0, false) => "searching …".to_owned(),
        _ => format!("{number}{count}{}", if search.is_full() { "+" } else { "" }),
    };
    if here.is_empty() && count > 0 {
        said.push_str(if count == 1 { " hit" } else { " hits" });
    }
    if count > 0 && !replay.is_searched() {
        said.push_str(" so far");
    }
    if search.went_around() {
        said.push_str(", around the end");
    }
    let mut spans = vec![
        Span::styled(format!(" {} ", shown(pattern)), theme.style(Role::Key)),
        Span::styled(format!(" {said} "), theme.style(Role::Title)),
    ];
    let here = search.hits().get(here).unwrap_or_default();
    let gone = here.first().filter(|_| here.iter().all(|hit| hit.row.is_none()));
    let warnings = [
        gone.map(|hit| format!("gone at once: {}", words::fit(&hit.line, GONE_COLUMNS).trim_end())),
        search.coverage().until.map(|until| format!("only up to {}", Position(until))),
        (search.coverage().missed > 0).then(|| "coarse".to_owned()),
    ];
    for warning in warnings.into_iter().flatten() {
        spans.push(Span::styled(format!("{warning} "), theme.style(Role::Warn)));
    }
    spans
}

/// Draws the list of hits over the recorded screen, while it is asked for.
pub(super) fn draw_list(
    replay: &Replay,
    theme: &Theme,
    area: Rect,
    buffer: &mut Buffer,
    places: &mut Hits,
) {
    let search = &replay.search;
    let (Some(chosen), Some(pattern)) = (search.chosen(), search.pattern()) else { return };
    let hits = search.hits();
    let title = match hits.len() {
        0 => format!("Nothing for {}", shown(pattern)),
        count => format!("{} of {count} for {}", chosen + 1, shown(pattern)),
    };
    let height = u16::try_from(hits.len()).unwrap_or(u16::MAX).max(1);
    let modal = Modal { title: &title, width: area.width.saturating_sub(4), height };
    places.cover();
    let inside = modal.draw(theme, area, buffer);
    let row = |at: usize| {
        let hit = hits.get(at)?;
        let millis = hit.elapsed.subsec_millis();
        let place = format!("{}.{millis:03}", Position(hit.elapsed));
        Some(HitRow { place, line: &hit.line, range: hit.range.clone(), gone: hit.row.is_none() })
    };
    draw_hits(hits.len(), chosen, row, theme, inside, (buffer, places));
}

/// Of what no screen shows, so much is said at the bottom.
const GONE_COLUMNS: usize = 32;
