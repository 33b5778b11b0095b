//! When to check an acknowledgement.

use std::time::{Duration, Instant};

use sudolog_core::ack::SignedAck;
use sudolog_core::limits::{ACK_CHECK_PAUSE, ACK_CHECK_PAUSE_MIN};

/// Holds the newest acknowledgement back until it is worth a signature check. One covers all
/// before it, so a busy session needs a few a second, not hundreds.
#[derive(Debug, Default)]
pub struct AckGate {
    held: Option<SignedAck>,
    checked_at: Option<Instant>,
    /// When the held one is to be checked, as it was judged last.
    due: Option<Instant>,
}

/// How soon an acknowledgement is worth its check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// Somebody waits for it.
    Now,
    /// It covers all that was sent: for now no better one will come.
    Soon,
    /// A better one is on its way.
    Later,
}

impl AckGate {
    /// Takes an acknowledgement. Gives back one that must be checked at once, because the new one
    /// claims less and so does not replace it.
    pub fn offer(&mut self, ack: SignedAck) -> Option<SignedAck> {
        let held = self.held.replace(ack)?;
        let replaced = self.held.as_ref().is_some_and(|new| new.seq >= held.seq);
        (!replaced).then_some(held)
    }

    /// The acknowledgement to check now.
    pub fn take(&mut self, now: Instant, worth: impl Fn(&SignedAck) -> Worth) -> Option<SignedAck> {
        let pause = match worth(self.held.as_ref()?) {
            Worth::Now => Duration::ZERO,
            Worth::Soon => ACK_CHECK_PAUSE_MIN,
            Worth::Later => ACK_CHECK_PAUSE,
        };
        self.due = self.checked_at.map(|at| at + pause);
        if self.due.is_some_and(|due| now < due) {
            return None;
        }
        self.checked_at = Some(now);
        self.held.take()
    }

    /// When to look at the held one again.
    pub fn next_wake(&self) -> Option<Instant> {
        self.held.as_ref().and(self.due)
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(gate.take(t, |_| Worth::Later).map(|a| a.seq), Some(1));
        for seq in 2..=50 {
            assert_eq!(gate.offer(ack(seq)), None);
            assert_eq!(gate.take(t, |_| Worth::Later), None);
        }
        assert_eq!(gate.next_wake(), Some(t + ACK_CHECK_PAUSE));
        assert_eq!(gate.take(t, |_| Worth::Soon), None);
        assert_eq!(gate.next_wake(), Some(t + ACK_CHECK_PAUSE_MIN));
        let now_at_50 = |a: &SignedAck| if a.seq == 50 { Worth::Now } else { Worth::Later };
        assert_eq!(gate.take(t, now_at_50).map(|a| a.seq), Some(50));
        assert_eq!(
            (gate.take(t + Duration::from_secs(9), |_| Worth::Now), gate.next_wake()),
            (None, None)
        );
    }

    #[test]
    fn one_that_goes_back_hides_nothing() {
        let mut gate = AckGate::default();
        gate.offer(ack(9));
        assert_eq!(gate.offer(ack(3)).map(|a| a.seq), Some(9));
        assert_eq!(gate.take(Instant::now(), |_| Worth::Now).map(|a| a.seq), Some(3));
    }
}
