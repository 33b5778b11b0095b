//! Sessions added up by user, host or command.
//!
//! The index finds the sessions; they are added up here, in one walk over them, so that no recorded
//! number can be too large for the sum.

use std::cmp::Reverse;
use std::collections::HashMap;

use rusqlite::{Row, params_from_iter};
use sudolog_core::limits::FRAME_PAYLOAD_BYTES_MAX;
use sudolog_core::risk::{Level, Score};
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{
    Among, Condition, Summary, SummaryBy, SummaryQuery, SummaryRow, SummarySort,
};

use super::asking::Asking;
use super::schema::OPEN;
use super::{Index, StoreError};

/// The sum of some sessions.
#[derive(Default)]
struct Sum {
    sessions: u64,
    time_s: f64,
    risk: u8,
    risky: u64,
    unjudged: u64,
    last_seen: Option<Timestamp>,
    trend: [u32; SummaryRow::TREND_DAYS],
}

impl Index {
    /// Sums of the sessions that fit a query and the conditions beside it, a page of them. Of running
    /// sessions counts what they have lasted so far.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn sums(
        &self,
        query: &SummaryQuery,
        beside: &[Condition],
        now: Timestamp,
    ) -> Result<Summary, StoreError> {
        let SummaryQuery { text, conditions, queue, .. } = query.clone();
        let asking = Asking::among(&Among { text, conditions, queue }, beside);
        let name = match query.by {
            SummaryBy::User | SummaryBy::Unknown => "user",
            SummaryBy::Host => "host",
            SummaryBy::Command => "command",
        };
        let mut sums: HashMap<Vec<u8>, Sum> = HashMap::new();
        let length =
            format!("CASE WHEN state IN {OPEN} THEN length_now(seq, duration) ELSE duration END");
        let columns = format!("{name}, start_s, start_ns, {length}, {COLUMNS}");
        let mut select = self.db.prepare_cached(&asking.rows(&columns))?;
        let mut rows = select.query(params_from_iter(&asking.values))?;
        while let Some(row) = rows.next()? {
            let name = row.get_ref(0)?.as_bytes().map_err(rusqlite::Error::from)?;
            let name = match query.by {
                SummaryBy::Command => name.split(|byte| *byte == b' ').next().unwrap_or(name),
                _ => name,
            };
            if let Some(sum) = sums.get_mut(name) {
                sum.add(row, now)?;
            } else {
                sums.entry(name.to_vec()).or_default().add(row, now)?;
            }
        }
        Ok(page(sums.into_iter().collect(), query))
    }
}

impl Sum {
    fn add(&mut self, row: &Row<'_>, now: Timestamp) -> rusqlite::Result<()> {
        let (risk, anomalies): (u8, u32) = (row.get(4)?, row.get(5)?);
        let start = Timestamp { seconds: row.get(1)?, nanoseconds: row.get(2)? };
        let is_settled: bool = row.get(6)?;
        self.sessions += 1;
        self.time_s += row.get::<_, f64>(3)?;
        self.risk = self.risk.max(risk);
        self.risky += u64::from(risk >= Level::High.floor().points());
        let is_odd = anomalies != 0 || risk > 0;
        self.unjudged += u64::from(is_odd && !is_settled);
        self.last_seen = self.last_seen.max(Some(start));
        if let Some(day) = day(start, now).and_then(|day| self.trend.get_mut(day)) {
            *day = day.saturating_add(1);
        }
        Ok(())
    }

    fn row(self, name: Vec<u8>) -> SummaryRow {
        let Self { sessions, time_s, risk, risky, unjudged, last_seen, trend } = self;
        SummaryRow {
            name: Untrusted::new(name),
            sessions,
            time_s,
            risk: Score::capped(risk.into()),
            risky,
            unjudged,
            last_seen: last_seen.unwrap_or_default(),
            trend: trend.to_vec(),
        }
    }
}

/// The place of a start in the trend: the last day ends now.
fn day(start: Timestamp, now: Timestamp) -> Option<usize> {
    let nanos =
        |time: Timestamp| i128::from(time.seconds) * 1_000_000_000 + i128::from(time.nanoseconds);
    let age = nanos(now) - nanos(start);
    let days = usize::try_from(age).ok()? / DAY_NS;
    (SummaryRow::TREND_DAYS - 1).checked_sub(days)
}

/// One page in the order that is asked for, as much of it as a frame holds.
fn page(mut sums: Vec<(Vec<u8>, Sum)>, query: &SummaryQuery) -> Summary {
    let total = sums.len() as u64;
    sums.sort_unstable_by(|(a_name, a), (b_name, b)| {
        let first = match query.sort {
            SummarySort::Risk => (b.risk, b.risky).cmp(&(a.risk, a.risky)),
            SummarySort::Sessions => b.sessions.cmp(&a.sessions),
            SummarySort::Time => b.time_s.total_cmp(&a.time_s),
            SummarySort::LastSeen => Reverse(a.last_seen).cmp(&Reverse(b.last_seen)),
            SummarySort::Unjudged => b.unjudged.cmp(&a.unjudged),
            SummarySort::Name | SummarySort::Unknown => std::cmp::Ordering::Equal,
        };
        first.then_with(|| a_name.cmp(b_name))
    });
    if query.reverse {
        sums.reverse();
    }
    let limit = if query.limit == 0 { ROWS_MAX } else { query.limit.min(ROWS_MAX) };
    let (from, limit) = (query.offset, limit as usize);
    let wanted = sums.into_iter().skip(from as usize).take(limit);
    let mut bytes = 0;
    let fits = |row: &SummaryRow| {
        bytes += row.name.json_bytes() + NUMBERS_BYTES_MAX;
        bytes <= FRAME_PAYLOAD_BYTES_MAX - 1024
    };
    let rows = wanted.map(|(name, sum)| sum.row(name)).take_while(fits).collect();
    Summary { total, rows }
}

const COLUMNS: &str = "risk, anomalies, verdict IS NOT NULL AND NOT awaits_second";
const DAY_NS: usize = 24 * 3600 * 1_000_000_000;
const ROWS_MAX: u32 = 1000;
/// All of a row but its name as JSON.
const NUMBERS_BYTES_MAX: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_trend_end_now() {
        let now = Timestamp { seconds: 1_000_000_000, nanoseconds: 5 };
        let ago = |seconds: i64| Timestamp { seconds: now.seconds - seconds, ..now };
        assert_eq!(day(now, now), Some(13));
        assert_eq!(day(ago(86_400), now), Some(12));
        let later = Timestamp { nanoseconds: 6, ..ago(86_400) };
        assert_eq!(day(later, now), Some(13));
        assert_eq!(day(ago(14 * 86_400 - 1), now), Some(0));
        assert_eq!(day(ago(14 * 86_400), now), None);
        assert_eq!(day(ago(-1), now), None);
        for seconds in [i64::MIN, i64::MAX] {
            assert_eq!(day(Timestamp { seconds, nanoseconds: 0 }, now), None);
        }
    }
}
