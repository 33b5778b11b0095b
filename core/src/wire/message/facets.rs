//! What a console asks about all sessions that a filter keeps, however many: what they have in common,
//! which of them answer a few letters, and where one of them stands in a list.

use serde::{Deserialize, Serialize};

use super::console::Query;
use crate::filter::Condition;
use crate::limits::{FIND_LETTERS_BYTES_MAX, FIND_ROWS_MAX};
use crate::session::Tsid;
use crate::untrusted::Untrusted;

/// The sessions that are asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Among {
    /// Words as in a [`Query`].
    #[serde(default)]
    pub text: String,
    /// Conditions that they must all fulfil.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Only those with a risk or anything out of the ordinary: the triage queue.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub queue: bool,
}

/// Which sessions are looked for by a few letters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindQuery {
    /// Letters that occur in this order in `USER@HOST → RUN COMMAND`; several words, each for itself.
    pub letters: String,
    /// Among which sessions.
    #[serde(flatten)]
    pub among: Among,
    /// How many at most; the server gives [`FIND_ROWS_MAX`] at most.
    #[serde(default)]
    pub limit: u32,
}

/// Where a session stands in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceQuery {
    /// Which session.
    pub tsid: Tsid,
    /// The list; which page of it is asked for does not matter.
    pub list: Query,
}

/// What sessions have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facets {
    /// How many sessions there are.
    pub total: u64,
    /// What they differ in, each with its values.
    pub facets: Vec<FacetList>,
}

/// The values of one thing that sessions differ in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetList {
    /// What.
    pub of: FacetOf,
    /// The most frequent first.
    pub values: Vec<FacetValue>,
    /// So many values more there was no room for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u64,
}

/// One value, with how many sessions have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetValue {
    /// As a filter has it: `alice`, `critical`, `root_shell`, `none`.
    pub value: Untrusted,
    /// How many.
    pub sessions: u64,
}

/// What sessions differ in: the fields of the filter that are worth choosing from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FacetOf {
    /// Level of risk.
    Risk,
    /// What is out of the ordinary.
    Anomaly,
    /// What operators made of it, `none`, or `awaiting`.
    Verdict,
    /// Submit user.
    User,
    /// Submit host.
    Host,
    /// Command without arguments.
    Command,
    /// Who shall look at it.
    Assignee,
    /// Tag.
    Tag,
    /// Something that this build does not know.
    #[serde(other)]
    Unknown,
}

impl Among {
    /// What keeps this build from answering it, in a sentence.
    ///
    /// # Errors
    /// The sentence.
    pub fn check(&self) -> Result<(), String> {
        self.sessions().check()
    }

    /// The sessions as a list would have them, as far as a list can say it.
    pub fn sessions(&self) -> Query {
        let (text, conditions) = (self.text.clone(), self.conditions.clone());
        Query { text, conditions, ..Query::default() }
    }
}

impl FindQuery {
    /// What keeps this build from answering it, in a sentence.
    ///
    /// # Errors
    /// The sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.letters.len() > FIND_LETTERS_BYTES_MAX {
            return Err(format!("find by {FIND_LETTERS_BYTES_MAX} bytes of letters at most"));
        }
        self.among.check()
    }

    /// How many sessions are wanted at most.
    pub fn rows_max(&self) -> u32 {
        if self.limit == 0 { FIND_ROWS_MAX } else { self.limit.min(FIND_ROWS_MAX) }
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_read_as_documented() {
        let query: FindQuery =
            serde_json::from_str(r#"{"letters":"al5","text":"vim","queue":true,"x":1}"#).unwrap();
        assert_eq!((query.letters.as_str(), query.among.text.as_str()), ("al5", "vim"));
        assert!(query.among.queue && query.check().is_ok());
        assert_eq!(query.rows_max(), FIND_ROWS_MAX);
        let long = FindQuery { letters: "a".repeat(FIND_LETTERS_BYTES_MAX + 1), ..query };
        assert!(long.check().unwrap_err().contains("letters"));
        let newer: FacetOf = serde_json::from_str(r#""mood""#).unwrap();
        assert_eq!(newer, FacetOf::Unknown);
    }
}
