//! What a target said to a letter, and when it is asked again.

use std::time::Duration;

use crate::limits::{ALERT_PAUSE_MAX, ALERT_PAUSE_MIN};

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was taken.
    Taken,
    /// The target wants to be left alone, for so long at least when it says so: all letters to it wait.
    Busy(Option<Duration>),
    /// It failed in a way that may pass; says how.
    Failed(String),
    /// It will never be taken; says why.
    Refused(String),
}

impl Answer {
    /// By the status of an HTTP reply (RFC 9110 section 15), and how long it asks to wait.
    pub fn of_status(status: u16, retry_after: Option<Duration>) -> Self {
        match status {
            200..=299 => Self::Taken,
            429 => Self::Busy(retry_after),
            503 if retry_after.is_some() => Self::Busy(retry_after),
            300..=399 => Self::Refused(format!(
                "it answered {status}: it leads elsewhere, and redirects are not followed; give the \
                 final address"
            )),
            408 | 500..=599 => Self::Failed(format!("it answered {status}")),
            _ => Self::Refused(format!(
                "it answered {status}: it does not take what it is sent; look at address, token and \
                 format"
            )),
        }
    }
}

/// How long to wait after the try of that number, from 1: up to a second, twice as long each time, five
/// minutes at most; which part of it, `chance` decides, so that those who fail together do not come
/// back together.
pub fn pause(tries: u32, chance: u32) -> Duration {
    let doubled = ALERT_PAUSE_MIN.saturating_mul(1 << tries.saturating_sub(1).min(16));
    doubled.min(ALERT_PAUSE_MAX).mul_f64(f64::from(chance) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_whether_to_try_again() {
        let after = Some(Duration::from_secs(3));
        for status in [200, 204, 299] {
            assert_eq!(Answer::of_status(status, None), Answer::Taken);
        }
        assert_eq!(Answer::of_status(429, after), Answer::Busy(after));
        assert_eq!(Answer::of_status(429, None), Answer::Busy(None));
        assert_eq!(Answer::of_status(503, after), Answer::Busy(after));
        for status in [408, 500, 502, 503, 504] {
            assert!(matches!(Answer::of_status(status, None), Answer::Failed(_)), "{status}");
        }
        for status in [100, 301, 302, 307, 400, 401, 403, 404, 410, 413, 999] {
            assert!(matches!(Answer::of_status(status, None), Answer::Refused(_)), "{status}");
        }
    }

    #[test]
    fn pauses_double_and_end_at_five_minutes() {
        let longest: Vec<_> = (1..=10).map(|tries| pause(tries, u32::MAX).as_secs()).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
        assert_eq!(pause(u32::MAX, u32::MAX), ALERT_PAUSE_MAX);
        assert_eq!(pause(3, 0), Duration::ZERO);
    }
}
