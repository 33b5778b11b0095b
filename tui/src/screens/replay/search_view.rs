//! Draws the search of the replay screen: matches on the recorded screen, how many hits there are,
//! and the list of them.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position as Cell, Rect};
use ratatui::text::Span;
use sudolog_core::term::{Pattern, SafeScreen, Sight};
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
    let style = match_style(theme);
    for sight in sights(replay, screen) {
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

/// Where matches are; of lines that were ranked, the line that was gone to.
fn sights(replay: &Replay, screen: &SafeScreen) -> Vec<Sight> {
    let search = &replay.search;
    let Some(pattern) = search.pattern() else { return Vec::new() };
    if !search.is_ranked() {
        return pattern.on_screen(screen);
    }
    let here = search.hits().get(search.at(replay.wanted())).unwrap_or_default();
    let shown = here.iter().filter_map(|hit| Pattern::literal(&hit.line).ok());
    shown.flat_map(|line| line.on_screen(screen)).collect()
}

/// What is searched for and what was found, in a few words for the bottom line.
pub(in crate::screens) fn search_status(replay: &Replay, theme: &Theme) -> Vec<Span<'static>> {
    let search = &replay.search;
    let Some(pattern) = search.pattern() else { return Vec::new() };
    let here = search.at(replay.wanted());
    let mut said = counted(replay);
    if search.went_around() && search.goal().is_none() {
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
        (search.coverage().missed > 0).then(|| "coarse".to_owned()),
    ];
    for warning in warnings.into_iter().flatten() {
        spans.push(Span::styled(format!("{warning} "), theme.style(Role::Warn)));
    }
    spans
}

/// `3/17`, `10003/20000+`, `17 hits so far, 43% searched`.
fn counted(replay: &Replay) -> String {
    let (search, is_searched) = (&replay.search, replay.is_searched());
    let percent = replay.percent_searched().map(|percent| format!("{percent}% searched"));
    let known = search.hits().len();
    if known == 0 {
        return match (is_searched, percent) {
            (true, _) => "not found".to_owned(),
            (false, Some(percent)) => format!("searching … {percent}"),
            (false, None) => "searching …".to_owned(),
        };
    }
    let (here, before) = (search.at(replay.wanted()), search.skipped());
    let count = before + known;
    let more = if search.is_full() { "+" } else { "" };
    let mut said = match here.len() {
        0 if search.is_ranked() => format!("the {count} best lines"),
        0 => format!("{count}{more} hit{}", if count == 1 { "" } else { "s" }),
        1 => format!("{}/{count}{more}", before + here.end),
        _ => format!("{}-{}/{count}{more}", before + here.start + 1, before + here.end),
    };
    if !is_searched {
        said.push_str(" so far");
        said.extend(percent.map(|percent| format!(", {percent}")));
    }
    if search.goal().is_some() {
        said.push_str(", goes to the next one");
    }
    said
}

/// Which hits are listed: all of them, unless there are more than that.
fn title(replay: &Replay, chosen: usize, pattern: &Pattern) -> String {
    let (search, sought) = (&replay.search, shown(pattern));
    let (known, before) = (search.hits().len(), search.skipped());
    let is_on_its_way = !replay.is_searched();
    let so_far = match replay.percent_searched() {
        Some(percent) => format!(" ({percent}% searched)"),
        None if is_on_its_way => " (searching …)".to_owned(),
        None => String::new(),
    };
    if known == 0 {
        let said = if is_on_its_way { "Nothing yet" } else { "Nothing" };
        return format!("{said} for {sought}{so_far}");
    }
    let (number, last) = (before + chosen + 1, before + known);
    let what = match (before, search.is_full()) {
        _ if search.is_ranked() => {
            return format!("{number} of the {known} best lines for {sought}{so_far}");
        }
        (0, false) => format!("{number} of {known}"),
        (0, true) => format!("{number} of the first {known}"),
        (_, _) => format!("{number} of {} to {last}", before + 1),
    };
    let more = match (before, search.is_full()) {
        (0, false) => "",
        (0, true) => ", more below the last",
        (_, true) => ", more above and below",
        (_, false) => ", more above the first",
    };
    format!("{what} for {sought}{more}{so_far}")
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
    let title = title(replay, chosen, pattern);
    let height = u16::try_from(hits.len()).unwrap_or(u16::MAX).max(1);
    let modal = Modal { title: &title, width: area.width.saturating_sub(4), height };
    places.cover();
    let inside = modal.draw(theme, area, buffer);
    let row = |at: usize| {
        let hit = search.listed(at)?;
        let millis = hit.elapsed.subsec_millis();
        let place = format!("{}.{millis:03}", Position(hit.elapsed));
        Some(HitRow { place, line: &hit.line, range: hit.range.clone(), gone: hit.row.is_none() })
    };
    draw_hits(hits.len(), chosen, row, theme, inside, (buffer, places));
}

/// Of what no screen shows, so much is said at the bottom.
const GONE_COLUMNS: usize = 32;
