//! A point in time as RFC 3339 and RFC 5322 write it, in UTC.

use crate::time::Timestamp;

/// `2026-11-21T19:50:00.123Z`, milliseconds as RFC 5424 section 6.2.3 has them too.
pub(super) fn rfc3339(time: Timestamp) -> String {
    let Civil { year, month, day, .. } = civil(time);
    let (hour, minute, second) = clock(time);
    let millis = time.nanoseconds / 1_000_000;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// `Sat, 21 Nov 2026 19:50:00 +0000`, RFC 5322 section 3.3.
pub(super) fn rfc5322(time: Timestamp) -> String {
    let Civil { year, month, day, weekday } = civil(time);
    let (hour, minute, second) = clock(time);
    let name =
        |names: &[&'static str], at: u32| names.get(at as usize).copied().unwrap_or_default();
    let (weekday, month) = (name(&WEEKDAYS, weekday), name(&MONTHS, month.saturating_sub(1)));
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} +0000")
}

struct Civil {
    year: i64,
    month: u32,
    day: u32,
    /// From Sunday, 0.
    weekday: u32,
}

/// The date in the Gregorian calendar. Years begin in March here, so that a leap day is the last day of
/// one; eras of 400 years are all alike.
fn civil(time: Timestamp) -> Civil {
    let days = time.seconds.clamp(0, LAST_SECOND).div_euclid(DAY);
    let weekday = u32::try_from((days + 4).rem_euclid(7)).unwrap_or(0);
    let from_march_0 = days + 719_468;
    let (era, day_of_era) = (from_march_0.div_euclid(146_097), from_march_0.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let small = |number: i64| u32::try_from(number).unwrap_or(0);
    Civil { year, month: small(month), day: small(day), weekday }
}

fn clock(time: Timestamp) -> (i64, i64, i64) {
    let second = time.seconds.clamp(0, LAST_SECOND).rem_euclid(DAY);
    (second / 3600, second / 60 % 60, second % 60)
}

const DAY: i64 = 24 * 3600;
/// The end of the year 9999, the last that RFC 3339 can write.
const LAST_SECOND: i64 = 253_402_300_799;
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let at = |seconds| Timestamp { seconds, nanoseconds: 120_000_000 };
        for (seconds, iso, mail) in [
            (0, "1970-01-01T00:00:00.120Z", "Thu, 01 Jan 1970 00:00:00 +0000"),
            (951_782_399, "2000-02-28T23:59:59.120Z", "Mon, 28 Feb 2000 23:59:59 +0000"),
            (951_868_799, "2000-02-29T23:59:59.120Z", "Tue, 29 Feb 2000 23:59:59 +0000"),
            (1_795_290_600, "2026-11-21T19:50:00.120Z", "Sat, 21 Nov 2026 19:50:00 +0000"),
            (4_107_542_400, "2100-03-01T00:00:00.120Z", "Mon, 01 Mar 2100 00:00:00 +0000"),
            (i64::MAX, "9999-12-31T23:59:59.120Z", "Fri, 31 Dec 9999 23:59:59 +0000"),
            (-5, "1970-01-01T00:00:00.120Z", "Thu, 01 Jan 1970 00:00:00 +0000"),
        ] {
            assert_eq!(rfc3339(at(seconds)), iso);
            assert_eq!(rfc5322(at(seconds)), mail);
        }
    }
}
