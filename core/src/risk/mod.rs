//! How risky a session is, and why: findings of the rules, the score that they make together, and
//! what is out of the ordinary about a session.
//!
//! A score says which session to look at first. It is no control: whoever knows a rule can write
//! round it.

mod anomaly;
#[cfg(feature = "risk")]
mod assess;
mod crossing;
mod finding;
#[cfg(feature = "risk")]
mod rules;
mod score;

pub use anomaly::Anomaly;
#[cfg(feature = "risk")]
pub use assess::{Assessor, Circumstances, Ending, Who};
pub use crossing::Crossing;
pub use finding::{Category, Finding, Source};
#[cfg(feature = "risk")]
pub use rules::{
    Act, BusinessHours, Date, EndKind, ExampleFault, Fact, Happening, On, Rule, Rules, RulesError,
    When,
};
pub use score::{Level, Score, ScoreError};
