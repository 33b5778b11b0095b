//! When a session's risk becomes high, or critical: told once, and again only after it was clearly lower.

use super::{Level, Score};
use crate::limits::RISK_LEVEL_MARGIN;

/// What was told of one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossing(Level);

impl Crossing {
    /// Of a session whose risk was so much when it was told last.
    pub fn from(risk: Score) -> Self {
        Self(risk.level())
    }

    /// Its risk is so much now; gives the level that is to be told. A score that goes up and down by a few
    /// points at the edge of a level tells nothing.
    pub fn step(&mut self, risk: Score) -> Option<Level> {
        let level = risk.level();
        if level > self.0 {
            self.0 = level;
            return (level >= Level::High).then_some(level);
        }
        if risk.points().saturating_add(RISK_LEVEL_MARGIN) < self.0.floor().points() {
            self.0 = level;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_told_once_until_the_risk_is_clearly_lower() {
        let mut crossing = Crossing::from(Score::NONE);
        let mut told = |points| crossing.step(Score::capped(points));
        assert_eq!([told(10), told(30), told(49)], [None; 3]);
        assert_eq!([told(50), told(60), told(74)], [Some(Level::High), None, None]);
        assert_eq!([told(75), told(74), told(75)], [Some(Level::Critical), None, None]);
        assert_eq!([told(65), told(80)], [None; 2], "ten points lower");
        assert_eq!([told(64), told(75)], [None, Some(Level::Critical)], "more than that");
        assert_eq!([told(0), told(100)], [None, Some(Level::Critical)], "at once");
        assert_eq!(Crossing::from(Score::capped(80)).step(Score::capped(100)), None);
    }
}
