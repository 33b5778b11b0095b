//! Certificates that will end: when to say so, and in which words.

/// What is left of a certificate that ends soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// The warning that is due: 30, 7, 1 or 0 days before the end.
    pub warning_days: i64,
    /// Seconds from now to the end; negative when it is over.
    left_s: i64,
}

impl Expiry {
    /// Looks at a certificate that ends at `not_after_s`, both in seconds since the epoch; `None` while
    /// there is time.
    pub fn of(now_s: i64, not_after_s: i64) -> Option<Self> {
        let left_s = not_after_s.saturating_sub(now_s);
        let due = |days: &i64| left_s <= days.saturating_mul(DAY_S);
        let warning_days = WARNING_DAYS.into_iter().filter(due).min()?;
        Some(Self { warning_days, left_s })
    }
}

impl std::fmt::Display for Expiry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.left_s {
            ..=0 => write!(f, "has ended"),
            1..DAY_S => write!(f, "ends in {} hours", self.left_s / 3600),
            left => write!(f, "ends in {} days", left / DAY_S),
        }
    }
}

const WARNING_DAYS: [i64; 4] = [30, 7, 1, 0];
const DAY_S: i64 = 24 * 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_come_at_thirty_seven_and_one_day() {
        for (left, want) in [
            (31 * DAY_S, None),
            (30 * DAY_S, Some((30, "ends in 30 days"))),
            (7 * DAY_S + 1, Some((30, "ends in 7 days"))),
            (7 * DAY_S, Some((7, "ends in 7 days"))),
            (DAY_S, Some((1, "ends in 1 days"))),
            (7200, Some((1, "ends in 2 hours"))),
            (0, Some((0, "has ended"))),
            (-5, Some((0, "has ended"))),
        ] {
            let expiry = Expiry::of(1_000_000, 1_000_000 + left);
            let got = expiry.map(|expiry| (expiry.warning_days, expiry.to_string()));
            assert_eq!(got, want.map(|(days, text)| (days, text.to_owned())), "{left}");
        }
        assert!(
            Expiry::of(i64::MAX, i64::MIN).is_some() && Expiry::of(i64::MIN, i64::MAX).is_none()
        );
    }
}
