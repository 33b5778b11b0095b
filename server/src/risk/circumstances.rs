//! What is known of a session beside its recording: the hour at which it began, and who did the like
//! before.

use jiff::tz::TimeZone;
use sudolog_core::risk::{BusinessHours, Circumstances, Date};
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::SessionRow;

use crate::store::{Index, StoreError};

/// The circumstances of a session.
///
/// # Errors
/// When the index cannot be read.
pub(super) fn of(
    row: &SessionRow,
    hours: &BusinessHours,
    index: &Index,
    rejects_before: u32,
) -> Result<Circumstances, StoreError> {
    Ok(Circumstances {
        after_hours: !is_covered(hours, row.start),
        first_seen: index.is_first(row)?,
        rejects_before,
        ..Circumstances::default()
    })
}

/// True when a moment lies in business hours. A zone that this machine does not know is its own.
fn is_covered(hours: &BusinessHours, at: Timestamp) -> bool {
    let zone = match hours.zone() {
        "local" => TimeZone::system(),
        name => TimeZone::get(name).unwrap_or_else(|_| TimeZone::system()),
    };
    let nanoseconds = i32::try_from(at.nanoseconds).unwrap_or(0);
    let Ok(moment) = jiff::Timestamp::new(at.seconds, nanoseconds) else { return true };
    let there = zone.to_datetime(moment);
    let unsigned = |number: i8| u8::try_from(number).unwrap_or(0);
    let (month, day) = (unsigned(there.month()), unsigned(there.day()));
    let date = Date::new(u16::try_from(there.year()).unwrap_or(1), month, day);
    date.is_none_or(|date| hours.covers(date, unsigned(there.hour()), unsigned(there.minute())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sudolog_core::risk::Rules;

    fn covered(zone: &str, seconds: i64) -> bool {
        let text = format!(
            "version: 1\nsettings:\n  business_hours: {{tz: {zone}, days: [mon, tue, wed, thu, fri], \
             from: \"07:00\", to: \"19:00\", holidays: [\"2026-12-25\"]}}\nrules: []\n"
        );
        let rules = Rules::parse(text.as_bytes()).unwrap();
        is_covered(rules.business_hours(), Timestamp { seconds, nanoseconds: 0 })
    }

    #[test]
    fn the_sites_own_clock_and_calendar_decide() {
        // Friday, 20 November 2026, 18:30 UTC.
        let friday = 1_795_199_400;
        assert!(covered("UTC", friday));
        assert!(!covered("Europe/Berlin", friday), "19:30 there");
        assert!(covered("America/New_York", friday), "13:30 there");
        assert!(!covered("Asia/Tokyo", friday), "Saturday there");
        // Christmas is a Friday too.
        assert!(!covered("UTC", friday + 35 * 86_400));
        assert!(covered("UTC", friday + 28 * 86_400));
    }
}
