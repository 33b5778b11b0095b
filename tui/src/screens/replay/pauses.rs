//! Where nothing was recorded for long, as the bar shows it: as long as it was, whatever is cut of it.

use std::time::Duration;

use sudolog_core::limits::IDLE_GAP;
use sudolog_core::term::Track as _;

use super::Replay;
use crate::widgets::Pause;

impl Replay {
    /// Which of so many columns of the bar lie wholly in a pause.
    pub(super) fn pauses(&self, columns: u16) -> Vec<Option<Pause>> {
        (0..columns).map(|column| self.pause_at(column, columns)).collect()
    }

    fn pause_at(&self, column: u16, columns: u16) -> Option<Pause> {
        let last = columns.checked_sub(1).filter(|last| *last > 0)?;
        // What the bar puts into this column: from its own moment to before that of the next one.
        let begin = |column: u16| self.total().mul_f64(f64::from(column) / f64::from(last));
        let (from, to) = (begin(column), begin(column.saturating_add(1)));
        let tape = self.tape();
        let before = tape.seq_at(from.saturating_sub(MOMENT));
        if before != tape.seq_at(to.saturating_sub(MOMENT)) {
            return None;
        }
        let next = before.saturating_add(1);
        let gap = tape.elapsed(next).saturating_sub(tape.elapsed(before));
        let cut = self.playhead.cuts(gap);
        (gap >= IDLE_GAP).then_some(if cut { Pause::Cut } else { Pause::Kept })
    }
}

/// No two events are told apart by less.
const MOMENT: Duration = Duration::from_nanos(1);

#[cfg(test)]
mod tests {
    use super::super::sample::{about, read};
    use super::super::{ReplayAction, Start};
    use super::*;
    use crate::source::Standing;

    /// An hour of nothing in two.
    fn replay() -> Replay {
        let mut replay = Replay::new(about(), Start::default());
        let busy = |from: u64| (0..=30).map(move |minute| from + minute * 60 + 1);
        let seconds: Vec<u64> = busy(0).chain(busy(5400)).collect();
        let end = Some(Standing::Whole);
        let pieces = seconds.iter().flat_map(|at| [*at, at + 4, at + 8]).collect::<Vec<_>>();
        replay.learn(Duration::ZERO, read(1, &pieces, end));
        replay
    }

    #[test]
    fn a_pause_takes_the_part_of_the_bar_that_it_took_of_the_time() {
        let mut replay = replay();
        let count = |replay: &Replay, pause| {
            replay.pauses(80).into_iter().filter(|found| *found == pause).count()
        };
        assert!((38..=41).contains(&count(&replay, Some(Pause::Kept))), "{:?}", replay.pauses(80));
        assert_eq!(count(&replay, Some(Pause::Cut)), 0);
        replay.act(Duration::ZERO, ReplayAction::IdleLimit);
        assert!((38..=41).contains(&count(&replay, Some(Pause::Cut))));
        assert_eq!(count(&replay, Some(Pause::Kept)), 0);
        assert!(replay.pauses(0).is_empty() && replay.pauses(1) == [None]);
    }

    #[test]
    fn a_short_recording_has_none() {
        let mut replay = Replay::new(about(), Start::default());
        replay.learn(Duration::ZERO, read(1, &[1, 3, 7], Some(Standing::Whole)));
        assert!(replay.pauses(80).iter().all(Option::is_none));
    }
}
