//! Records that the kernel lost, told of at once and then once in a while.

use std::time::Instant;

use sudolog_core::limits::WITNESS_LOSS_PAUSE;

/// The kernel's count, as it was and as it was told of.
#[derive(Debug, Default)]
pub(super) struct Losses {
    /// What was known when somebody began to listen, or was told since.
    told: Option<u32>,
    quiet_until: Option<Instant>,
}

impl Losses {
    /// The count as it is now; how many were lost that nobody was told of, when it is time to tell.
    pub(super) fn grown(&mut self, now: Instant, lost: u32) -> Option<u32> {
        let told = *self.told.get_or_insert(lost);
        // Somebody may begin the count anew (`auditctl --reset-lost`).
        let more = if lost >= told { lost - told } else { lost };
        if more == 0 || self.quiet_until.is_some_and(|until| now < until) {
            return None;
        }
        self.told = Some(lost);
        self.quiet_until = Some(now + WITNESS_LOSS_PAUSE);
        Some(more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_lost_before_is_not_told_and_what_follows_is_told_together() {
        let (start, mut losses) = (Instant::now(), Losses::default());
        assert_eq!(losses.grown(start, 7), None);
        assert_eq!(losses.grown(start, 9), Some(2));
        assert_eq!(losses.grown(start, 10), None);
        assert_eq!(losses.grown(start, 12), None);
        let later = start + WITNESS_LOSS_PAUSE;
        assert_eq!(losses.grown(later, 12), Some(3));
        assert_eq!(losses.grown(later + WITNESS_LOSS_PAUSE, 12), None);
        assert_eq!(losses.grown(later + WITNESS_LOSS_PAUSE, 4), Some(4), "it began anew");
    }
}
