//! When to check an acknowledgement.

use std::time::Instant;

use sudolog_core::ack::SignedAck;
use sudolog_core::limits::ACK_CHECK_PAUSE;

/// Holds the newest acknowledgement back until it is worth a signature check. One covers all
/// before it, so a busy session needs a few a second, not hundreds.
#[derive(Debug, Default)]
pub struct AckGate {
    held: Option<SignedAck>,
    checked_at: Option<Instant>,
}

impl AckGate {
    /// Takes an acknowledgement. Gives back one that must be checked at once, because the new one
    /// claims less and so does not replace it.
    pub fn offer(&mut self, ack: SignedAck) -> Option<SignedAck> {
        let held = self.held.replace(ack)?;
        let replaced = self.held.as_ref().is_some_and(|new| new.seq >= held.seq);
        (!replaced).then_some(held)
    }

    /// The acknowledgement to check now: when the pause is over, or `urgent` says that somebody
    /// waits for it.
    pub fn take(&mut self, now: Instant, urgent: impl Fn(&SignedAck) -> bool) -> Option<SignedAck> {
        let due = self.checked_at.is_none_or(|at| now >= at + ACK_CHECK_PAUSE);
        if !due && !self.held.as_ref().is_some_and(urgent) {
            return None;
        }
        let ack = self.held.take()?;
        self.checked_at = Some(now);
        Some(ack)
    }

    /// When the held one is due at the latest.
    pub fn next_wake(&self) -> Option<Instant> {
        self.held.as_ref().and(self.checked_at).map(|at| at + ACK_CHECK_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sudolog_core::ack::{AckSigner, Chain};
    use sudolog_core::session::SessionId;

    use super::*;

    fn ack(seq: u64) -> SignedAck {
        let (signer, id) = (AckSigner::from_seed(&[1; 32]), SessionId::from_bytes([1; 16]));
        SignedAck::sign(&signer, id, seq, 0, Chain::from_bytes([0; 32]))
    }

    #[test]
    fn only_the_newest_is_checked() {
        let t = Instant::now();
        let mut gate = AckGate::default();
        assert_eq!(gate.offer(ack(1)), None);
        assert_eq!(gate.take(t, |_| false).map(|a| a.seq), Some(1));
        for seq in 2..=50 {
            assert_eq!(gate.offer(ack(seq)), None);
            assert_eq!(gate.take(t, |_| false), None);
        }
        assert_eq!(gate.next_wake(), Some(t + ACK_CHECK_PAUSE));
        assert_eq!(gate.take(t, |a| a.seq == 50).map(|a| a.seq), Some(50), "urgent");
        assert_eq!(
            (gate.take(t + Duration::from_secs(9), |_| true), gate.next_wake()),
            (None, None)
        );
    }

    #[test]
    fn one_that_goes_back_hides_nothing() {
        let mut gate = AckGate::default();
        gate.offer(ack(9));
        assert_eq!(gate.offer(ack(3)).map(|a| a.seq), Some(9));
        assert_eq!(gate.take(Instant::now(), |_| true).map(|a| a.seq), Some(3));
    }
}
