//! A bar for time: how far, of how much, with marks on it.

use std::cmp::Ordering;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

/// One line from the start to the end of a recording.
#[derive(Clone, Debug, Default)]
pub struct TimeBar<'a> {
    /// Where playing is.
    pub position: Duration,
    /// The end.
    pub total: Duration,
    /// How much happened in each of as many equal parts as there are columns; empty when not known.
    pub activity: &'a [u64],
    /// Whether each of as many equal parts as there are columns lies in a pause; empty when there are none.
    pub pauses: &'a [Option<Pause>],
    /// Moments worth a mark, and which one.
    pub marks: &'a [(Duration, Tick)],
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

/// A pause in which nothing was recorded, as it is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// As long as it was.
    Kept,
    /// Cut down.
    Cut,
}

impl Pause {
    /// The sign for a part of it.
    const fn sign(self) -> &'static str {
        match self {
            Self::Kept => "·",
            Self::Cut => "›",
        }
    }
}

/// A mark on the bar, by what hides what: the last one is never hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tick {
    /// A command began.
    Command,
    /// Something else happened.
    Event,
    /// The operator's own.
    Own,
    /// Something to look at.
    Warning,
}

impl Tick {
    /// The sign for it.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Command => "┬",
            Self::Event => "┼",
            Self::Own => "▼",
            Self::Warning => "!",
        }
    }
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
        let most = self.activity.iter().copied().max().unwrap_or_default();
        for column in 0..area.width {
            let amount = self.activity.get(usize::from(column)).copied().unwrap_or_default();
            let is_proven = unproven.is_none_or(|from| column < from);
            let is_broken = broken.as_ref().is_some_and(|broken| broken.contains(&column));
            let pause = self.pauses.get(usize::from(column)).copied().flatten();
            let order = column.cmp(&here);
            let way = if order == Ordering::Less { self.done } else { self.rest };
            let (symbol, style) = match (order, is_broken, is_proven, pause) {
                (Ordering::Equal, ..) => ("●", self.done),
                (_, true, ..) => ("╳", self.fault),
                (Ordering::Less, _, false, _) => ("╍", way),
                (Ordering::Greater, _, false, _) => ("┄", way),
                (_, _, true, Some(pause)) => (pause.sign(), way),
                (_, _, true, None) if most > 0 => (height(amount, most), way),
                (Ordering::Less, _, true, None) => ("━", way),
                (Ordering::Greater, _, true, None) => ("─", way),
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
        self.draw_marks(here, area, buffer);
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

    /// What matters most comes last, so that nothing hides it.
    fn draw_marks(&self, here: u16, area: Rect, buffer: &mut Buffer) {
        for tick in [Tick::Command, Tick::Event, Tick::Own, Tick::Warning] {
            for (at, _) in self.marks.iter().filter(|(_, mark)| *mark == tick) {
                let column = self.column(*at, area.width);
                let found = tick < Tick::Own && self.is_found(column, area, buffer);
                if column != here && !found {
                    buffer.set_string(area.x + column, area.y, tick.sign(), self.mark);
                }
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

/// How high an amount stands beside the most there is: by its order of magnitude, since a screen full
/// is a hundred times a key.
fn height(amount: u64, most: u64) -> &'static str {
    let heights = ["▁", "▂", "▃", "▄", "▅"];
    if amount == 0 {
        return heights[0];
    }
    let last = (heights.len() - 1) as f64;
    let share = (amount as f64).ln_1p() / (most as f64).ln_1p().max(f64::MIN_POSITIVE);
    let at = (share * last).ceil().clamp(1.0, last) as usize;
    heights.get(at).copied().unwrap_or("▅")
}

const HIT: &str = "◆";

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bar: TimeBar<'_>, width: u16) -> String {
        let area = Rect::new(0, 0, width, 1);
        let mut buffer = Buffer::empty(area);
        bar.render(area, &mut buffer);
        buffer.content.iter().map(|cell| cell.symbol()).collect()
    }

    fn at(position_s: u64, total_s: u64) -> TimeBar<'static> {
        let (position, total) = (Duration::from_secs(position_s), Duration::from_secs(total_s));
        TimeBar { position, total, ..TimeBar::default() }
    }

    #[test]
    fn the_ends_are_the_ends() {
        assert_eq!(shown(at(0, 10), 6), "●─────");
        assert_eq!(shown(at(10, 10), 6), "━━━━━●");
        assert_eq!(shown(at(99, 10), 6), "━━━━━●");
        assert_eq!(shown(at(0, 0), 3), "●──");
        assert_eq!(shown(at(5, 10), 1), "●");
    }

    #[test]
    fn a_warning_hides_other_marks_and_the_position_hides_all() {
        let s = Duration::from_secs;
        let (event, warning) = (Tick::Event, Tick::Warning);
        let marks = [(s(0), event), (s(5), warning), (s(5), event), (s(10), event)];
        assert_eq!(shown(TimeBar { marks: &marks, ..at(0, 10) }, 11), "●────!────┼");
        let marks = [
            (s(3), Tick::Own),
            (s(3), event),
            (s(6), Tick::Command),
            (s(6), event),
            (s(8), Tick::Command),
        ];
        assert_eq!(shown(TimeBar { marks: &marks, ..at(0, 10) }, 11), "●──▼──┼─┬──");
    }

    #[test]
    fn a_stretch_is_as_long_as_it_was_and_hides_no_mark() {
        let s = Duration::from_secs;
        let stretches = &[(s(2), s(5)), (s(8), s(8)), (s(9), s(99))];
        assert_eq!(shown(TimeBar { stretches, ..at(0, 10) }, 11), "●─▒▒▒▒──▒▒▒");
        let marks = &[(s(3), Tick::Warning), (s(5), Tick::Event)];
        assert_eq!(shown(TimeBar { marks, stretches, ..at(4, 10) }, 11), "━━▒!●┼──▒▒▒");
    }

    #[test]
    fn a_hit_hides_marks_but_no_warnings() {
        let s = Duration::from_secs;
        let marks = &[(s(3), Tick::Event), (s(5), Tick::Warning), (s(7), Tick::Event)];
        let hits = &[s(0), s(3), s(3), s(5), s(10)];
        assert_eq!(shown(TimeBar { marks, hits, ..at(0, 10) }, 11), "●──◆─!─┼──◆");
    }

    #[test]
    fn what_is_not_proven_and_what_is_broken_can_be_told_without_colours() {
        let s = Duration::from_secs;
        let (unproven, broken) = (Some(s(3)), Some((s(6), s(7))));
        assert_eq!(shown(TimeBar { unproven, broken, ..at(4, 10) }, 11), "━━━╍●┄╳╳┄┄┄");
    }

    #[test]
    fn pauses_are_as_long_as_they_were_and_hide_neither_the_position_nor_a_doubt() {
        let (kept, cut) = (Some(Pause::Kept), Some(Pause::Cut));
        let pauses = &[None, kept, kept, kept, kept, None, cut, cut, cut, cut, None];
        assert_eq!(shown(TimeBar { pauses, ..at(3, 10) }, 11), "━··●·─››››─");
        let activity = &[9, 0, 0, 0, 0, 9, 0, 0, 0, 0, 9];
        let unproven = Some(Duration::from_secs(8));
        let bar = TimeBar { pauses, activity, unproven, ..at(3, 10) };
        assert_eq!(shown(bar, 11), "▅··●·▅››┄┄┄");
    }

    #[test]
    fn it_is_as_high_as_much_happened() {
        let activity = &[0, 1, 10, 100, 1000, 10_000, 100_000, 0, 5, 100_000, 0];
        assert_eq!(shown(TimeBar { activity, ..at(0, 10) }, 11), "●▂▂▃▄▅▅▁▂▅▁");
        let activity = &[0; 11];
        assert_eq!(
            shown(TimeBar { activity, ..at(0, 10) }, 11),
            "●──────────",
            "nothing ever happened"
        );
    }
}
