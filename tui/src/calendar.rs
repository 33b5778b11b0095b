//! Dates and times as an operator writes them in a filter, in the operator's own time zone.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp as Instant};
use sudolog_core::filter::{Filter, FilterError};
use sudolog_core::time::Timestamp;

/// Understands a filter at this time.
///
/// # Errors
/// What is not understood, with its place.
pub fn filter(text: &str, now: Timestamp) -> Result<Filter, FilterError> {
    let zone = TimeZone::system();
    Filter::parse(text, &|text| moment(text, now, &zone))
}

/// Understands a time as filters have it, at this time and in the operator's zone.
pub fn at(text: &str, now: Timestamp) -> Option<Timestamp> {
    moment(text, now, &TimeZone::system())
}

/// `2026-11-20` (its beginning), `2026-11-20T14:05`, `2026-11-20T14:05:09Z`, `14:05` and `today` (today),
/// `yesterday`, or how long ago: `90s`, `30m`, `2h`, `3d`, `1w`.
fn moment(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let now = Instant::new(now.seconds, i32::try_from(now.nanoseconds).ok()?).ok()?;
    let today = now.to_zoned(zone.clone()).date();
    let at = |time: DateTime| Some(time.to_zoned(zone.clone()).ok()?.timestamp());
    let begins = |day: Date| at(day.to_datetime(Time::midnight()));
    let found = match text {
        "today" => begins(today),
        "yesterday" => begins(today.yesterday().ok()?),
        _ => ago(text)
            .and_then(|seconds| now.checked_sub(Span::new().try_seconds(seconds).ok()?).ok())
            .or_else(|| text.parse::<Instant>().ok())
            .or_else(|| text.contains('T').then(|| at(text.parse().ok()?)).flatten())
            .or_else(|| begins(text.parse().ok()?))
            .or_else(|| at(today.to_datetime(text.parse::<Time>().ok()?))),
    }?;
    let nanoseconds = found.subsec_nanosecond().rem_euclid(NANOS_PER_SECOND);
    let seconds = found.as_second() - i64::from(found.subsec_nanosecond() < 0);
    Some(Timestamp { seconds, nanoseconds: u32::try_from(nanoseconds).ok()? })
}

fn ago(text: &str) -> Option<i64> {
    let unit = text.chars().next_back()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 24 * 3600,
        'w' => 7 * 24 * 3600,
        _ => return None,
    };
    let number = text.strip_suffix(unit).filter(|n| n.bytes().all(|byte| byte.is_ascii_digit()))?;
    number.parse::<i64>().ok()?.checked_mul(seconds)
}

const NANOS_PER_SECOND: i32 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-11-13T02:13:20.5Z.
    const NOW: Timestamp = Timestamp { seconds: 1_763_000_000, nanoseconds: 500_000_000 };

    #[test]
    fn dates_times_and_ages_are_told_apart() {
        for (text, seconds) in [
            ("2025-11-13", Some(1_762_992_000)),
            ("today", Some(1_762_992_000)),
            ("yesterday", Some(1_762_905_600)),
            ("2025-11-13T02:13", Some(1_762_999_980)),
            ("2025-11-13T02:13:20Z", Some(1_763_000_000)),
            ("02:13", Some(1_762_999_980)),
            ("2h", Some(1_762_992_800)),
            ("1w", Some(1_762_395_200)),
            ("90s", Some(1_762_999_910)),
            ("1969-12-31T23:59:59.5Z", Some(-1)),
            ("soon", None),
            ("h", None),
            ("99999999999999999999h", None),
            ("9999999999w", None),
            ("2025-13-01", None),
            ("", None),
            ("日", None),
        ] {
            let read = moment(text, NOW, &TimeZone::UTC);
            assert_eq!(read.map(|time| time.seconds), seconds, "{text}");
        }
        let half = moment("1969-12-31T23:59:59.5Z", NOW, &TimeZone::UTC).unwrap();
        assert_eq!(half.nanoseconds, 500_000_000);
    }

    #[test]
    fn the_day_is_that_of_the_zone() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let begins = moment("2025-11-13", NOW, &zone).unwrap();
        assert_eq!(begins.seconds, 1_762_992_000 - 3600);
    }
}
