//! What the desk must know after a restart, so that nothing is told twice that was told lately, what came and
//! went is told to be over, and what was being collected is still collected.
//!
//! Times are milliseconds from the moment of writing, because a clock that nobody sets begins anew with the
//! machine. A route is known by what it says, so that another plan does not mistake it for another one.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::plan::Plan;
use super::quietness::{Condition, Repeat};
use crate::limits::ALERT_MEMORY_BYTES_MAX;
use crate::time::Timestamp;

/// Kept beside the outbox; what is in there is for the desk only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// The last entry that the desk had taken.
    pub read: u64,
    /// When this was written.
    pub(super) at: Timestamp,
    /// Entries that are in no letter yet and will be.
    #[serde(default)]
    pub(super) held: Vec<Held>,
    /// Entries that each target was spared.
    #[serde(default)]
    pub(super) spared: BTreeMap<String, u64>,
    /// What was told lately, and what comes and goes.
    #[serde(default)]
    pub(super) known: Vec<Known>,
}

/// An entry that is being collected for a target.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Held {
    pub(super) target: String,
    pub(super) route: String,
    pub(super) number: u64,
}

/// Something that was told lately, or may have to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) route: String,
    pub(super) key: Vec<u8>,
    pub(super) state: State,
}

/// See [`Known`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    Repeat(Box<Repeat<i64>>),
    Condition(Box<Condition<i64>>),
}

impl Memory {
    /// Without places in an event log that is another one now.
    #[must_use]
    pub fn without_places(self) -> Self {
        Self { read: 0, held: Vec::new(), ..self }
    }

    /// Takes in what there is room for: what goes on before what was only told, the newest first.
    pub(super) fn keep(&mut self, mut known: Vec<Known>) {
        known.sort_by_key(|known| {
            let repeats = matches!(known.state, State::Repeat(_));
            (repeats, std::cmp::Reverse(known.state.newest()))
        });
        let mut room = ALERT_MEMORY_BYTES_MAX;
        for one in known {
            let bytes = serde_json::to_vec(&one).map_or(usize::MAX, |json| json.len());
            let Some(left) = room.checked_sub(bytes) else { continue };
            room = left;
            self.known.push(one);
        }
    }
}

impl State {
    fn newest(&self) -> i64 {
        match self {
            Self::Repeat(repeat) => repeat.until,
            Self::Condition(condition) => condition.last_seen(),
        }
    }
}

/// What a route of the plan says, and what hides parts of entries: by this it is known again.
pub(super) fn mark(plan: &Plan, route: usize) -> String {
    let said = format!("{:?} {:?}", plan.routes().get(route), plan.masks());
    let hash = Sha256::digest(said.as_bytes());
    hash.iter().take(MARK_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

/// The marks of all routes, in their order.
pub(super) fn marks(plan: &Plan) -> Vec<String> {
    (0..plan.routes().len()).map(|route| mark(plan, route)).collect()
}

/// From an instant to milliseconds from now, negative for what has been.
pub(super) fn offset(at: Instant, now: Instant) -> i64 {
    let ms = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    ms(at.saturating_duration_since(now)) - ms(now.saturating_duration_since(at))
}

/// And back, where `gone_ms` have gone by meanwhile.
pub(super) fn instant(offset: i64, gone_ms: i64, now: Instant) -> Instant {
    let offset = offset.saturating_sub(gone_ms);
    let by = Duration::from_millis(offset.unsigned_abs());
    let at = if offset < 0 { now.checked_sub(by) } else { now.checked_add(by) };
    at.unwrap_or(now)
}

/// Between two points of a clock that somebody may have set: never less than nothing.
pub(super) fn gone_ms(from: Timestamp, to: Timestamp) -> i64 {
    i64::try_from(to.as_nanos().saturating_sub(from.as_nanos()) / 1_000_000).unwrap_or(i64::MAX)
}

const MARK_BYTES: usize = 16;
