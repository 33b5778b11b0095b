//! What a player must know of a recording; local files and remote sessions each bring their own.

use std::time::Duration;

/// What the playhead must know of a recording. Events are numbered from 1 without gaps.
pub trait Track {
    /// The number of the last event there is; 0 for none.
    fn last_seq(&self) -> u64;
    /// Time of an event since the start; that of the last one for numbers above, zero for 0.
    fn elapsed(&self, seq: u64) -> Duration;
    /// The last event that is not later than a moment; 0 for none.
    fn seq_at(&self, elapsed: Duration) -> u64 {
        let (mut low, mut high) = (0, self.last_seq());
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            if self.elapsed(middle) <= elapsed { low = middle } else { high = middle - 1 }
        }
        low
    }
    /// False while more events may come.
    fn is_complete(&self) -> bool;
    /// False for events at which single steps do not stop because nothing is to be seen.
    fn is_step(&self, seq: u64) -> bool {
        let _ = seq;
        true
    }
}

/// Times of events since the start: event `n` stands at `n - 1`; complete.
impl Track for [Duration] {
    fn last_seq(&self) -> u64 {
        self.len() as u64
    }

    fn elapsed(&self, seq: u64) -> Duration {
        let at = usize::try_from(seq.min(self.last_seq())).unwrap_or(usize::MAX);
        at.checked_sub(1).and_then(|at| self.get(at)).copied().unwrap_or_default()
    }

    fn is_complete(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_last_event_of_a_moment() {
        let times: Vec<Duration> = [5, 5, 7, 7, 7, 90].map(Duration::from_millis).into();
        for (at_ms, seq) in [(0, 0), (4, 0), (5, 2), (6, 2), (7, 5), (89, 5), (90, 6), (500, 6)] {
            assert_eq!(times.seq_at(Duration::from_millis(at_ms)), seq, "{at_ms} ms");
        }
        assert_eq!([].seq_at(Duration::MAX), 0);
        assert_eq!(times.elapsed(u64::MAX), Duration::from_millis(90));
    }
}
