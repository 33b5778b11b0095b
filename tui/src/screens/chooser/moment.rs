//! A moment of a recording as an operator types it: a time since the start, or a time of day.

use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use sudolog_core::time::{Position, Timestamp};

/// Reads `12:30` as a time since the start; `@14:05`, `@14:05:09` as the first such time of day at or
/// after the start in `zone`; `@2026-11-21T14:05:09Z` as that moment. `None` when it is none of them, or
/// lies before the start.
pub(super) fn parse(text: &str, start: Timestamp, zone: &TimeZone) -> Option<Duration> {
    match text.trim().strip_prefix('@') {
        None => text.trim().parse::<Position>().ok().map(|position| position.0),
        Some(clock) => {
            let start = instant(start)?;
            let moment = clock.parse().ok().or_else(|| at_time_of_day(clock, start, zone))?;
            Duration::try_from(moment.duration_since(start)).ok()
        }
    }
}

fn at_time_of_day(clock: &str, start: jiff::Timestamp, zone: &TimeZone) -> Option<jiff::Timestamp> {
    let time: Time = clock.parse().ok()?;
    let began = start.to_zoned(zone.clone());
    let on = |day: jiff::civil::Date| {
        Some(day.to_datetime(time).to_zoned(zone.clone()).ok()?.timestamp())
    };
    let today = on(began.date())?;
    // What was recorded within the second that was typed counts.
    if today.as_second() >= start.as_second() {
        return Some(today.max(start));
    }
    on(began.date().tomorrow().ok()?)
}

fn instant(time: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::new(time.seconds, i32::try_from(time.nanoseconds).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-11-13T02:13:20.5Z.
    const START: Timestamp = Timestamp { seconds: 1_763_000_000, nanoseconds: 500_000_000 };

    fn seconds(text: &str) -> Option<f64> {
        parse(text, START, &TimeZone::UTC).map(|at| at.as_secs_f64())
    }

    #[test]
    fn times_and_clocks_are_told_apart() {
        assert_eq!(seconds("12:30"), Some(750.0));
        assert_eq!(seconds(" 1.5 "), Some(1.5));
        assert_eq!(seconds("@02:14:00"), Some(39.5));
        assert_eq!(seconds("@02:14"), Some(39.5));
        assert_eq!(seconds("@02:13:20"), Some(0.0));
        assert_eq!(seconds("@02:13"), Some(86_379.5), "the next day");
        assert_eq!(seconds("@2025-11-13T02:13:30.5Z"), Some(10.0));
        assert_eq!(seconds("@2025-11-12T02:13:30Z"), None, "before the start");
        for text in ["", "@", "noon", "@25:00", "12:30x"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn the_time_of_day_is_that_of_the_zone() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        assert_eq!(parse("@03:13:30", START, &zone), Some(Duration::from_millis(9_500)));
    }
}
