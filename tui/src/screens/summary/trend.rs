//! How many sessions began on each of the last days, as bars in one line.

use sudolog_core::wire::message::SummaryRow;

/// A bar for each of the last days, the oldest first; a dot for a day without any.
pub(super) fn bars(trend: &[u32]) -> String {
    let days = SummaryRow::TREND_DAYS;
    let shown = trend.get(trend.len().saturating_sub(days)..).unwrap_or_default();
    let most = shown.iter().copied().max().unwrap_or(0);
    let missing = std::iter::repeat_n(' ', days - shown.len());
    missing.chain(shown.iter().map(|sessions| bar(*sessions, most))).collect()
}

fn bar(sessions: u32, most: u32) -> char {
    if sessions == 0 {
        return '·';
    }
    let steps = u64::from(sessions) * BARS.len() as u64;
    let step = steps.div_ceil(u64::from(most.max(1))).saturating_sub(1);
    let place = usize::try_from(step).unwrap_or(0);
    BARS.get(place).copied().unwrap_or('█')
}

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_is_a_whole_bar_and_one_is_more_than_none() {
        assert_eq!(bars(&[0, 1, 50, 100]), "          ·▁▄█");
        assert_eq!(bars(&[]), " ".repeat(14));
        assert_eq!(bars(&[u32::MAX; 20]), "█".repeat(14));
        assert_eq!(bars(&[7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), "█·············");
    }
}
