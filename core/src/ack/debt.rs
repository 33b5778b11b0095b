//! Since when proof has been owed: what tells a server that stores from one that only answers.

use std::collections::VecDeque;
use std::time::Instant;

/// Since when the oldest unproven event has waited without anything before it being proven.
///
/// Proof that moves on, however slowly, is no debt: on a narrow link a full window takes longer to
/// prove than a dead server is given.
#[derive(Debug, Default)]
pub struct Debt {
    /// Last event of each moment and when it was taken; at most one entry an event.
    taken: VecDeque<(u64, Instant)>,
    /// When something was last proven.
    paid_at: Option<Instant>,
}

impl Debt {
    /// Event `seq` was taken from the user now. Events of one moment share an entry.
    pub fn owe(&mut self, seq: u64, now: Instant) {
        match self.taken.back_mut() {
            Some((last, at)) if *at == now => *last = seq,
            _ => self.taken.push_back((seq, now)),
        }
    }

    /// Everything up to `seq` is proven.
    pub fn pay(&mut self, seq: u64, now: Instant) {
        while self.taken.front().is_some_and(|(last, _)| *last <= seq) {
            self.taken.pop_front();
            self.paid_at = Some(now);
        }
    }

    /// Since when proof is owed; `None` when everything is proven.
    pub fn since(&self) -> Option<Instant> {
        let oldest = self.taken.front().map(|(_, at)| *at)?;
        Some(self.paid_at.map_or(oldest, |paid| paid.max(oldest)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_is_as_old_as_the_oldest_event_or_the_last_payment() {
        let (t, ms) = (Instant::now(), Duration::from_millis);
        let mut debt = Debt::default();
        assert_eq!(debt.since(), None);
        for (seq, at) in [(1, 0), (2, 0), (3, 5), (4, 9)] {
            debt.owe(seq, t + ms(at));
        }
        for (paid, at, since) in
            [(1, 1, Some(0)), (2, 2, Some(5)), (2, 7, Some(5)), (3, 8, Some(9)), (4, 9, None)]
        {
            debt.pay(paid, t + ms(at));
            assert_eq!(debt.since(), since.map(|at| t + ms(at)), "{paid}");
        }
        debt.owe(5, t + ms(20));
        debt.owe(6, t + ms(21));
        debt.pay(5, t + ms(500));
        assert_eq!(debt.since(), Some(t + ms(500)), "it moves on");
    }
}
