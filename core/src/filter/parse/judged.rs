//! The fields that speak of risk and triage: `risk:high`, `anomaly:root_shell`, `verdict:none`.

use super::{FilterError, Value, wrong};
use crate::filter::{Condition, Test};
use crate::risk::{Level, Score};
use crate::triage::Verdict;

/// The word for sessions that nobody has judged.
pub(in crate::filter) const NO_VERDICT: &str = "none";
/// The word for sessions that wait for a second operator.
pub(in crate::filter) const AWAITING: &str = "awaiting";

/// `50`, `50-74`, `high` or `high-critical`: a number or a band alone means that one or more.
pub(super) fn risk(name: &str, value: &Value<'_>) -> Result<Condition, FilterError> {
    let text = value.text(name)?;
    let read = |word: &str| {
        let level = Level::ALL.into_iter().find(|level| level.name() == word);
        let number = word.parse::<u8>().ok().and_then(|number| Score::try_from(number).ok());
        number.map(|score| (score, score)).or(level.map(|level| (level.floor(), top(level))))
    };
    let ends = match text.split_once('-') {
        Some((from, to)) => read(from).zip(read(to)).map(|((from, _), (_, to))| (from, to)),
        None => read(&text).map(|(from, _)| (from, Score::MAX)),
    };
    let Some((from, to)) = ends.filter(|(from, to)| from <= to) else {
        let reason = format!("a risk is 0 to 100, or low, medium, high or critical, not {text:?}");
        return Err(wrong(value.at, reason));
    };
    Ok(Condition { not: false, test: Test::Risk { from, to } })
}

fn top(level: Level) -> Score {
    let above = Level::ALL.into_iter().find(|other| *other > level);
    above.map_or(Score::MAX, |above| Score::capped(u32::from(above.floor().points()) - 1))
}

/// `root_shell,escape`, or `*` for anything out of the ordinary.
pub(super) fn anomaly(name: &str, value: &Value<'_>) -> Result<Condition, FilterError> {
    let (value, not) = value.negated();
    let (mut anomalies, mut any) = (Vec::new(), false);
    for (at, word) in value.list(name)? {
        match word.as_str() {
            "*" => any = true,
            word => anomalies.push(word.parse().map_err(|reason| wrong(at, reason))?),
        }
    }
    Ok(Condition { not, test: Test::Anomaly { anomalies, any } })
}

/// `benign`, `none` for those without one, `awaiting` for those that need a second operator, `*` for any.
pub(super) fn verdict(name: &str, value: &Value<'_>) -> Result<Condition, FilterError> {
    let (value, not) = value.negated();
    let (mut verdicts, mut none, mut awaiting) = (Vec::new(), false, false);
    for (at, word) in value.list(name)? {
        match word.as_str() {
            NO_VERDICT => none = true,
            AWAITING => awaiting = true,
            "*" => verdicts.extend(Verdict::ALL),
            word => {
                verdicts.push(word.parse::<Verdict>().map_err(|reason| {
                    wrong(at, format!("{reason}; or {NO_VERDICT}, {AWAITING}"))
                })?)
            }
        }
    }
    Ok(Condition { not, test: Test::Verdict { verdicts, none, awaiting } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Filter;

    fn test(text: &str) -> Result<Test, String> {
        let filter = Filter::parse(text, &|_| None).map_err(|error| error.to_string())?;
        Ok(filter.conditions[0].test.clone())
    }

    #[test]
    fn bands_and_numbers_are_ranges() {
        let range = |from, to| {
            let score = |points| Score::try_from(points).unwrap();
            Ok(Test::Risk { from: score(from), to: score(to) })
        };
        assert_eq!(test("risk:50"), range(50, 100));
        assert_eq!(test("risk:high"), range(50, 100));
        assert_eq!(test("risk:medium-high"), range(25, 74));
        assert_eq!(test("risk:0-0"), range(0, 0));
        for wrong in ["risk:101", "risk:9-3", "risk:dire", "risk:", "risk:-5"] {
            assert!(test(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_not_judged_can_be_asked_for() {
        let verdicts = vec![Verdict::Incident];
        let want = Test::Verdict { verdicts, none: true, awaiting: false };
        assert_eq!(test("verdict:incident,none"), Ok(want));
        assert!(test("verdict:guilty").unwrap_err().contains("awaiting"));
        assert!(test("anomaly:root_shell,escape").is_ok() && test("flag:*").is_ok());
        assert!(test("anomaly:ghost").unwrap_err().starts_with("character 9: an anomaly is"));
    }
}
