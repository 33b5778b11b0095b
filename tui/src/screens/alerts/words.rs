//! Targets and messages in words.

use sudolog_core::wire::message::{AlertAct, DeliveryState, TargetHealth};

use crate::theme::Role;

/// The states that there are, by name.
pub(crate) const STATES: [(DeliveryState, &str); 5] = [
    (DeliveryState::Waiting, "waiting"),
    (DeliveryState::Retrying, "retrying"),
    (DeliveryState::Sent, "sent"),
    (DeliveryState::Dead, "dead"),
    (DeliveryState::Dropped, "dropped"),
];

/// How a message stands: a sign and a word, so that colour only underlines it.
pub(crate) fn state(state: DeliveryState) -> (&'static str, Role) {
    match state {
        DeliveryState::Waiting => ("· waiting", Role::Text),
        DeliveryState::Retrying => ("◐ retrying", Role::Warn),
        DeliveryState::Sent => ("✓ sent", Role::Ok),
        DeliveryState::Dead => ("■ DEAD", Role::Error),
        DeliveryState::Dropped => ("! DROPPED", Role::Error),
        DeliveryState::Other => ("? other", Role::Text),
    }
}

/// How a target is.
pub(crate) fn health(health: TargetHealth) -> (&'static str, Role) {
    match health {
        TargetHealth::Ok => ("✓ ok", Role::Ok),
        TargetHealth::Limited => ("· limited", Role::Warn),
        TargetHealth::Failing => ("! FAILING", Role::Error),
        TargetHealth::Broken => ("■ BROKEN", Role::Error),
        TargetHealth::Other => ("? other", Role::Text),
    }
}

/// What was done, once the server has recorded it.
pub(crate) fn done(act: &AlertAct) -> String {
    match act {
        AlertAct::Test { .. } => "a test message is on its way, recorded".to_owned(),
        AlertAct::Retry { numbers } => {
            format!("{} tried again, recorded", messages(numbers.len(), "is", "are"))
        }
        AlertAct::Discard { numbers } => {
            format!("{} forgotten, recorded", messages(numbers.len(), "is", "are"))
        }
        AlertAct::Unknown => "recorded".to_owned(),
    }
}

/// `1 message is`, `3 messages are`.
fn messages(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 message {one}") } else { format!("{count} messages {many}") }
}
