//! How risky a session is, and why: findings of the rules, the score that they make together, and
//! what is out of the ordinary about a session.
//!
//! A score says which session to look at first. It is no control: whoever knows a rule can write
//! round it.

mod anomaly;
mod finding;
mod score;

pub use anomaly::Anomaly;
pub use finding::{Category, Finding, Source};
pub use score::{Level, Score, ScoreError};
