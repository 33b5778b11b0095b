//! A length of time as people write it: `500ms`, `2s`, `10m`, `4h`, `1d`.

use std::time::Duration;

use crate::document::{DocumentError, Spot};

/// A length of time in a file, at most a year.
pub(super) fn span(spot: Spot) -> Result<Duration, DocumentError> {
    let mark = spot.mark.clone();
    let text = spot.text()?;
    match parse(&text) {
        Some(span) if span <= SPAN_MAX => Ok(span),
        _ => mark.refuse(format!("a time like 500ms, 2s, 10m, 4h or 1d, not {text:?}")),
    }
}

fn parse(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let millis: u64 = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60 * 1000,
        "h" => 3600 * 1000,
        "d" => 24 * 3600 * 1000,
        _ => return None,
    };
    Some(Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(millis)?))
}

const SPAN_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_a_unit() {
        assert_eq!(parse("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse("4h"), Some(Duration::from_secs(4 * 3600)));
        for bad in ["", "5", "s", "-1s", "1.5s", "1 s", "1S", "99999999999999999999s", "1é"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
