//! How much of the event log a host may fill: somebody who is root on one host must not push out what
//! the others said. Time is passed in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sudolog_core::limits::{AUDIT_BURST_BYTES, AUDIT_RATE_BYTES_PER_S};
use sudolog_core::session::HostName;

/// Of all hosts; clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Allowances(Arc<Mutex<HashMap<HostName, Instant>>>);

impl Allowances {
    /// A host has used so many bytes: how long it must wait before it may use more. Generic cell
    /// rate algorithm (ITU-T I.371): one moment per host, until which all that it used is paid.
    pub(super) fn pay(&self, host: &HostName, bytes: usize, now: Instant) -> Duration {
        let mut paid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // With all of its burst to spend a host is as one that was never seen.
        paid.retain(|other, until| other == host || *until > now);
        let until = paid.entry(host.clone()).or_insert(now);
        *until = (*until).max(now) + time_for(bytes);
        until.saturating_duration_since(now).saturating_sub(time_for(AUDIT_BURST_BYTES))
    }
}

fn time_for(bytes: usize) -> Duration {
    Duration::from_secs(bytes as u64) / AUDIT_RATE_BYTES_PER_S
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_a_burst_and_then_its_rate_and_others_have_theirs() {
        let allowances = Allowances::default();
        let host: HostName = "web1".parse().unwrap();
        let now = Instant::now();
        let half = AUDIT_BURST_BYTES / 2;
        assert_eq!(allowances.pay(&host, half, now), Duration::ZERO);
        assert_eq!(allowances.pay(&host, half, now), Duration::ZERO);
        let rate = usize::try_from(AUDIT_RATE_BYTES_PER_S).unwrap();
        assert_eq!(allowances.pay(&host, rate, now), Duration::from_secs(1));
        assert_eq!(allowances.pay(&"db1".parse().unwrap(), half, now), Duration::ZERO);
        let later = now + Duration::from_secs(3);
        assert_eq!(allowances.pay(&host, rate, later), Duration::ZERO);
        let much_later = later + Duration::from_secs(3600);
        assert_eq!(allowances.pay(&"db1".parse().unwrap(), half, much_later), Duration::ZERO);
        assert_eq!(allowances.0.lock().unwrap().len(), 1, "who has paid is forgotten");
    }
}
