//! What a file of rules says beside its rules.

use super::hours::{BusinessHours, Date, WEEKDAYS, minute_of};
use crate::document::DocumentError as RulesError;
use crate::document::Spot;
use crate::risk::{Level, Score};

/// How findings make a score, and when people work.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) cap: u8,
    pub(super) business_hours: BusinessHours,
}

impl Default for Settings {
    fn default() -> Self {
        Self { cap: Score::MAX.points(), business_hours: BusinessHours::default() }
    }
}

impl Settings {
    pub(super) fn read(spot: Spot) -> Result<Self, RulesError> {
        let mut fields = spot.fields(&["cap", "combine", "levels", "business_hours"])?;
        let mut settings = Self::default();
        if let Some(spot) = fields.take("cap") {
            settings.cap = u8::try_from(spot.number(1, 100)?).unwrap_or(settings.cap);
        }
        if let Some(spot) = fields.take("combine") {
            spot.word([(COMBINE, ())].into_iter())?;
        }
        if let Some(spot) = fields.take("levels") {
            levels(spot)?;
        }
        if let Some(spot) = fields.take("business_hours") {
            settings.business_hours = business_hours(spot)?;
        }
        Ok(settings)
    }
}

/// The bands are the same everywhere, or no two sites could speak of one.
fn levels(spot: Spot) -> Result<(), RulesError> {
    let mut fields = spot.fields(&Level::ALL.map(Level::name))?;
    for level in Level::ALL {
        if let Some(spot) = fields.take(level.name()) {
            let mark = spot.mark.clone();
            let floor = u64::from(level.floor().points());
            if spot.number(0, 100)? != floor {
                return mark.refuse(format!("this level begins at {floor} everywhere"));
            }
        }
    }
    Ok(())
}

fn business_hours(spot: Spot) -> Result<BusinessHours, RulesError> {
    let mut fields = spot.fields(&["tz", "days", "from", "to", "holidays"])?;
    let mut hours = BusinessHours::default();
    if let Some(spot) = fields.take("tz") {
        let mark = spot.mark.clone();
        hours.zone = spot.text()?;
        if !is_zone(&hours.zone) {
            return mark.refuse("`local`, or a name as in Europe/Berlin");
        }
    }
    if let Some(spot) = fields.take("days") {
        hours.days = [false; 7];
        for day in spot.list()? {
            let weekday = day.word(WEEKDAYS.into_iter().zip(0..))?;
            if let Some(works) = hours.days.get_mut::<usize>(weekday) {
                *works = true;
            }
        }
    }
    let time = |spot: Spot| {
        let mark = spot.mark.clone();
        let text = spot.text()?;
        minute_of(&text).map_or_else(|| mark.refuse("a time of day, as in \"07:30\""), Ok)
    };
    hours.from_minute = fields.optional("from", time)?.unwrap_or(hours.from_minute);
    hours.to_minute = fields.optional("to", time)?.unwrap_or(hours.to_minute);
    if hours.from_minute >= hours.to_minute {
        return fields.mark().refuse("`to` is not later than `from`");
    }
    if let Some(spot) = fields.take("holidays") {
        hours.holidays = holidays(spot)?;
    }
    Ok(hours)
}

fn holidays(spot: Spot) -> Result<Vec<Date>, RulesError> {
    let date = |spot: Spot| {
        let mark = spot.mark.clone();
        spot.text()?.parse().or_else(|what: String| mark.refuse(what))
    };
    let mark = spot.mark.clone();
    let spots = spot.list()?;
    if spots.len() > HOLIDAYS_MAX {
        return mark.refuse(format!("{HOLIDAYS_MAX} days at most, not {}", spots.len()));
    }
    spots.into_iter().map(date).collect()
}

/// Names of the IANA database; whether there is such a zone, the server says.
fn is_zone(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_+-/".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(legal)
}

const COMBINE: &str = "category_max_then_sum";
/// Ten years with all their days.
const HOLIDAYS_MAX: usize = 3660;
