//! A bar for time: how far, of how much, with marks on it.

use std::cmp::Ordering;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

/// One line from the start to the end of a recording.
pub struct TimeBar<'a> {
    /// Where playing is.
    pub position: Duration,
    /// The end.
    pub total: Duration,
    /// Moments worth a mark, and whether they are a warning.
    pub marks: &'a [(Duration, bool)],
    /// Moments at which something was found, in order.
    pub hits: &'a [Duration],
    /// Times in which the command stood still.
    pub stretches: &'a [(Duration, Duration)],
    /// How the part before the position looks.
    pub done: Style,
    /// How the part after it looks.
    pub rest: Style,
    /// How marks look.
    pub mark: Style,
    /// How stretches look.
    pub stretch: Style,
    /// How hits look.
    pub hit: Style,
    /// From then on nothing is proven.
    pub unproven: Option<Duration>,
    /// It is not what was acknowledged between these times.
    pub broken: Option<(Duration, Duration)>,
    /// How that looks.
    pub fault: Style,
}

impl Widget for TimeBar<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let here = self.column(self.position, area.width);
        let unproven = self.unproven.map(|from| self.column(from, area.width));
        let broken = self
            .broken
            .map(|(from, to)| self.column(from, area.width)..=self.column(to, area.width));
        for column in 0..area.width {
            let is_proven = unproven.is_none_or(|from| column < from);
            let is_broken = broken.as_ref().is_some_and(|broken| broken.contains(&column));
            let (symbol, style) = match (column.cmp(&here), is_broken, is_proven) {
                (Ordering::Equal, ..) => ("●", self.done),
                (_, true, _) => ("╳", self.fault),
                (Ordering::Less, _, true) => ("━", self.done),
                (Ordering::Less, _, false) => ("╍", self.done),
                (Ordering::Greater, _, true) => ("─", self.rest),
                (Ordering::Greater, _, false) => ("┄", self.rest),
            };
            buffer.set_string(area.x + column, area.y, symbol, style);
        }
        for (from, to) in self.stretches {
            for column in self.column(*from, area.width)..=self.column(*to, area.width) {
                if column != here {
                    buffer.set_string(area.x + column, area.y, "▒", self.stretch);
                }
            }
        }
        self.draw_hits(here, area, buffer);
        // Warnings last, so that no other mark hides them.
        for warns in [false, true] {
            for (at, _) in self.marks.iter().filter(|(_, warning)| *warning == warns) {
                let column = self.column(*at, area.width);
                let found = !warns && self.is_found(column, area, buffer);
                if column != here && !found {
                    let symbol = if warns { "!" } else { "┼" };
                    buffer.set_string(area.x + column, area.y, symbol, self.mark);
                }
            }
        }
    }
}

impl TimeBar<'_> {
    /// Many thousand of them fall on a few columns.
    fn draw_hits(&self, here: u16, area: Rect, buffer: &mut Buffer) {
        let mut last = None;
        for at in self.hits {
            let column = self.column(*at, area.width);
            if column != here && last.replace(column) != Some(column) {
                buffer.set_string(area.x + column, area.y, HIT, self.hit);
            }
        }
    }

    /// What one searches for is not hidden by marks, but by warnings.
    fn is_found(&self, column: u16, area: Rect, buffer: &Buffer) -> bool {
        let cell = buffer.cell((area.x + column, area.y));
        !self.hits.is_empty() && cell.is_some_and(|cell| cell.symbol() == HIT)
    }

    fn column(&self, at: Duration, width: u16) -> u16 {
        let last = u128::from(width.saturating_sub(1));
        let column = at.as_nanos().saturating_mul(last) / self.total.as_nanos().max(1);
        u16::try_from(column.min(last)).unwrap_or(0)
    }
}

const HIT: &str = "◆";

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(position_s: u64, total_s: u64, marks: &[(Duration, bool)], width: u16) -> String {
        stretched(position_s, total_s, marks, &[], width)
    }

    fn stretched(
        position_s: u64,
        total_s: u64,
        marks: &[(Duration, bool)],
        stretches: &[(Duration, Duration)],
        width: u16,
    ) -> String {
        let area = Rect::new(0, 0, width, 1);
        let mut buffer = Buffer::empty(area);
        let (position, total) = (Duration::from_secs(position_s), Duration::from_secs(total_s));
        let style = Style::new();
        let (done, rest, mark, stretch, hit) = (style, style, style, style, style);
        let hits = &[];
        TimeBar {
            position,
            total,
            marks,
            hits,
            stretches,
            done,
            rest,
            mark,
            stretch,
            hit,
            unproven: None,
            broken: None,
            fault: style,
        }
        .render(area, &mut buffer);
        buffer.content.iter().map(|cell| cell.symbol()).collect()
    }

    #[test]
    fn the_ends_are_the_ends() {
        assert_eq!(drawn(0, 10, &[], 6), "●─────");
        assert_eq!(drawn(10, 10, &[], 6), "━━━━━●");
        assert_eq!(drawn(99, 10, &[], 6), "━━━━━●");
        assert_eq!(drawn(0, 0, &[], 3), "●──");
        assert_eq!(drawn(5, 10, &[], 1), "●");
    }

    #[test]
    fn a_warning_hides_other_marks_and_the_position_hides_both() {
        let s = Duration::from_secs;
        let marks = [(s(0), false), (s(5), true), (s(5), false), (s(10), false)];
        assert_eq!(drawn(0, 10, &marks, 11), "●────!────┼");
    }

    #[test]
    fn a_stretch_is_as_long_as_it_was_and_hides_no_mark() {
        let s = Duration::from_secs;
        let stretches = [(s(2), s(5)), (s(8), s(8)), (s(9), s(99))];
        assert_eq!(stretched(0, 10, &[], &stretches, 11), "●─▒▒▒▒──▒▒▒");
        let marks = [(s(3), true), (s(5), false)];
        assert_eq!(stretched(4, 10, &marks, &stretches, 11), "━━▒!●┼──▒▒▒");
    }

    #[test]
    fn a_hit_hides_marks_but_no_warnings() {
        let s = Duration::from_secs;
        let area = Rect::new(0, 0, 11, 1);
        let mut buffer = Buffer::empty(area);
        let style = Style::new();
        let (done, rest, mark, stretch, hit) = (style, style, style, style, style);
        let marks = [(s(3), false), (s(5), true), (s(7), false)];
        let hits = [s(0), s(3), s(3), s(5), s(10)];
        let (position, total, marks, hits, stretches) = (s(0), s(10), &marks, &hits, &[]);
        TimeBar {
            position,
            total,
            marks,
            hits,
            stretches,
            done,
            rest,
            mark,
            stretch,
            hit,
            unproven: None,
            broken: None,
            fault: style,
        }
        .render(area, &mut buffer);
        let drawn: String = buffer.content.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(drawn, "●──◆─!─┼──◆");
    }

    #[test]
    fn what_is_not_proven_and_what_is_broken_can_be_told_without_colours() {
        let s = Duration::from_secs;
        let area = Rect::new(0, 0, 11, 1);
        let mut buffer = Buffer::empty(area);
        let style = Style::new();
        TimeBar {
            position: s(4),
            total: s(10),
            marks: &[],
            hits: &[],
            stretches: &[],
            done: style,
            rest: style,
            mark: style,
            stretch: style,
            hit: style,
            unproven: Some(s(3)),
            broken: Some((s(6), s(7))),
            fault: style,
        }
        .render(area, &mut buffer);
        let drawn: String = buffer.content.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(drawn, "━━━╍●┄╳╳┄┄┄");
    }
}
