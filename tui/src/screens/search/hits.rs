//! A list of hits: where, and the line around each match.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::screens::{Hit, Hits};
use crate::theme::{Role, Theme};

/// One hit, as it is shown.
pub(in crate::screens) struct HitRow<'a> {
    /// Where: session, time.
    pub(in crate::screens) place: String,
    /// The line; printable.
    pub(in crate::screens) line: &'a str,
    /// The match in it.
    pub(in crate::screens) range: Range<usize>,
    /// No screen shows it.
    pub(in crate::screens) gone: bool,
}

/// How a match looks wherever it is shown.
pub(in crate::screens) fn match_style(theme: &Theme) -> Style {
    theme.style(Role::Warn).add_modifier(Modifier::REVERSED | Modifier::BOLD)
}

/// Draws as many of `count` hits as there is room for, with the chosen one among them.
pub(in crate::screens) fn draw_hits<'a>(
    count: usize,
    chosen: usize,
    hit: impl Fn(usize) -> Option<HitRow<'a>>,
    theme: &Theme,
    area: Rect,
    (buffer, hits): (&mut Buffer, &mut Hits),
) {
    let shown = usize::from(area.height);
    let first = chosen.saturating_sub(shown / 2).min(count.saturating_sub(shown));
    for (row, at) in area.rows().zip(first..count) {
        let Some(hit) = hit(at) else { continue };
        line(&hit, theme, area.width).render(row, buffer);
        hits.add(row, Hit::Found(at));
        if at == chosen {
            buffer.set_style(row, theme.style(Role::Selected));
        }
    }
}

fn line<'a>(hit: &HitRow<'a>, theme: &Theme, width: u16) -> Line<'a> {
    let sign = if hit.gone { "~" } else { " " };
    let place = format!("{sign}{}  ", hit.place);
    let room = usize::from(width).saturating_sub(place.width() + 1);
    let (cut, around) = around(hit.line, &hit.range, room);
    let [before, found, after] = around;
    Line::from(vec![
        Span::styled(place, theme.style(Role::Key)),
        Span::styled(if cut { "…" } else { "" }, theme.style(Role::Faint)),
        Span::styled(before, theme.style(Role::Text)),
        Span::styled(found, match_style(theme)),
        Span::styled(after, theme.style(Role::Text)),
    ])
}

/// The line in three parts, so that the match is among what fits; `true` when its beginning does not.
fn around<'a>(line: &'a str, range: &Range<usize>, columns: usize) -> (bool, [&'a str; 3]) {
    let part = |range: Range<usize>| line.get(range).unwrap_or_default();
    let (before, after) = (part(0..range.start), part(range.end..line.len()));
    let found = part(range.start..range.end);
    let before = before.trim_start_matches(' ');
    // The match as far right as two thirds, when the line is longer than that.
    let whole = before.width() + found.width() + after.width();
    let left = columns.saturating_sub(found.width()).min(columns * 2 / 3);
    let cut = whole > columns && before.width() > left;
    let before = if cut { tail(before, left.saturating_sub(1)) } else { before };
    (cut, [before, found, after])
}

/// As much of the end as fits.
fn tail(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let over = text.char_indices().rev().find(|(_, c)| {
        used += c.width().unwrap_or(0);
        used > columns
    });
    text.get(over.map_or(0, |(at, c)| at + c.len_utf8())..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_match_is_among_what_fits() {
        assert_eq!(around("  a needle b", &(4..10), 20), (false, ["a ", "needle", " b"]));
        let line = format!("{}needle{}", "x".repeat(50), "y".repeat(50));
        let (cut, [before, found, _]) = around(&line, &(50..56), 30);
        assert!(cut && before.len() == 19 && found == "needle");
        let (cut, [before, ..]) = around("日本needle", &(6..12), 7);
        assert!(cut && before.is_empty());
    }
}
