//! What an operator asks of alerts: words, `target:mail`, `state:dead,waiting`.

use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{AlertsQuery, DeliveryState};

use super::QueryLine;
use super::parts::{parts, unknown};
use crate::screens::alerts::STATES;

impl QueryLine for AlertsQuery {
    fn read(text: &str, _now: Timestamp) -> Result<Self, String> {
        let (mut query, mut words) = (Self::default(), Vec::new());
        for part in parts(text)? {
            match part.name.as_str() {
                "" => words.push(part.value),
                "target" => query.target = part.value,
                "state" => {
                    for word in part.value.split(',') {
                        query.states.push(state(word)?);
                    }
                }
                name => return Err(unknown(name, &["target", "state"])),
            }
        }
        query.text = words.join(" ");
        Ok(query)
    }
}

fn state(word: &str) -> Result<DeliveryState, String> {
    let known = STATES.into_iter().find(|(_, name)| *name == word);
    known.map(|(state, _)| state).ok_or_else(|| {
        let names: Vec<&str> = STATES.into_iter().map(|(_, name)| name).collect();
        format!("a state is one of {}, not {word:?}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_which_alerts() {
        let read = |text: &str| AlertsQuery::read(text, Timestamp::default());
        let query = read(r#"target:mail state:dead,waiting "too slow" x"#).unwrap();
        assert_eq!((query.target.as_str(), query.text.as_str()), ("mail", "too slow x"));
        assert_eq!(query.states, [DeliveryState::Dead, DeliveryState::Waiting]);
        assert!(read("state:lost").unwrap_err().contains("dead"));
        assert!(read("mood:x").unwrap_err().contains("target, state"));
    }
}
