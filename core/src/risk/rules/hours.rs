//! When people are expected to work: weekdays, a stretch of the day, and the days when nobody is.
//!
//! Only the calendar of the site's zone is known here. Which moment that is, the server says.

use std::fmt;
use std::str::FromStr;

/// Business hours by the clock and calendar of one zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusinessHours {
    pub(super) zone: String,
    /// Monday first.
    pub(super) days: [bool; 7],
    pub(super) from_minute: u16,
    pub(super) to_minute: u16,
    pub(super) holidays: Vec<Date>,
}

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Default for BusinessHours {
    fn default() -> Self {
        Self {
            zone: LOCAL_ZONE.to_owned(),
            days: [true, true, true, true, true, false, false],
            from_minute: 7 * 60,
            to_minute: 19 * 60,
            holidays: Vec::new(),
        }
    }
}

impl BusinessHours {
    /// The zone by which days and hours are meant: `local` for that of the server, or a name of the
    /// IANA database.
    pub fn zone(&self) -> &str {
        &self.zone
    }

    /// True when people are expected to work on that day at that time.
    pub fn covers(&self, date: Date, hour: u8, minute: u8) -> bool {
        let time = u16::from(hour) * 60 + u16::from(minute);
        let works = self.days.get(date.weekday()).copied().unwrap_or(false);
        works
            && (self.from_minute..self.to_minute).contains(&time)
            && !self.holidays.contains(&date)
    }
}

impl Date {
    /// `None` for a day that no calendar has.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 => 28 + u8::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        let legal = (1..=9999).contains(&year) && (1..=days).contains(&day);
        legal.then_some(Self { year, month, day })
    }

    /// Days since Monday.
    fn weekday(self) -> usize {
        // March is the first month, so that the leap day is the last one of a year.
        let (month, year) = match self.month {
            1 | 2 => (self.month + 9, usize::from(self.year) - 1),
            _ => (self.month - 3, usize::from(self.year)),
        };
        let days = 365 * year + year / 4 - year / 100
            + year / 400
            + (153 * usize::from(month) + 2) / 5
            + usize::from(self.day);
        // The last of February of the year 0 was a Tuesday.
        (days + 1) % 7
    }
}

impl FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("a day is written 2026-12-24, not {text:?}");
        let digits = |part: &str, count| {
            part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        let mut parts = text.split('-');
        let (Some(year), Some(month), Some(day), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong());
        };
        if !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
            return Err(wrong());
        }
        let (Ok(year), Ok(month), Ok(day)) = (year.parse(), month.parse(), day.parse()) else {
            return Err(wrong());
        };
        Self::new(year, month, day).ok_or_else(|| format!("there is no day {text}"))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Minutes since midnight of `07:00`; `24:00` is the end of the day.
pub(super) fn minute_of(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |digits: &str| -> Option<u16> {
        let legal = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        legal.then(|| digits.parse().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let legal = minute < 60 && hour * 60 + minute <= 24 * 60;
    legal.then_some(hour * 60 + minute)
}

pub(super) const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const LOCAL_ZONE: &str = "local";

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn weekdays_are_those_of_the_calendar() {
        for (date, weekday) in [
            ("2000-01-01", 5),
            ("2024-02-29", 3),
            ("2026-11-21", 5),
            ("2026-11-23", 0),
            ("1970-01-01", 3),
            ("1900-03-01", 3),
        ] {
            assert_eq!(day(date).weekday(), weekday, "{date}");
            assert_eq!(day(date).to_string(), date);
        }
        for wrong in ["2026-02-29", "2026-13-01", "2026-1-01", "20261201", "2026-00-10", "x"] {
            assert!(wrong.parse::<Date>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn work_is_on_weekdays_from_seven_to_seven() {
        let hours = BusinessHours { holidays: vec![day("2026-12-24")], ..BusinessHours::default() };
        let monday = day("2026-11-23");
        assert!(hours.covers(monday, 7, 0) && hours.covers(monday, 18, 59));
        assert!(!hours.covers(monday, 6, 59) && !hours.covers(monday, 19, 0));
        assert!(!hours.covers(day("2026-11-22"), 12, 0), "a Sunday");
        assert!(!hours.covers(day("2026-12-24"), 12, 0), "a holiday");
    }

    #[test]
    fn times_of_day_are_read() {
        assert_eq!((minute_of("07:30"), minute_of("24:00")), (Some(450), Some(1440)));
        for wrong in ["7:30", "24:01", "12:60", "12", "", "ab:cd"] {
            assert_eq!(minute_of(wrong), None, "{wrong}");
        }
    }
}
