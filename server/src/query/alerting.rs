//! Alerts, for operators: how they stand, and what to do about them.

use sudolog_core::limits::{ALERT_NUMBERS_MAX, QUERY_TEXT_BYTES_MAX};
use sudolog_core::wire::message::{AlertAct, Alerts, AlertsQuery, Cause, Failure};

use super::gate::Gate;
use super::request::failure;
use crate::alert::{ActError, OutboxError};
use crate::authz::Right;

impl Gate {
    /// How targets and messages stand. What a message tells of hosts and users is for those who may see
    /// all of them.
    ///
    /// # Errors
    /// What to tell the operator.
    pub(super) fn alerts(&self, query: &AlertsQuery) -> Result<Alerts, Failure> {
        let action = Right::Alerts.name();
        self.permit(Right::Alerts, action, None)?;
        if query.text.len() + query.target.len() > QUERY_TEXT_BYTES_MAX {
            let text = format!("search for {QUERY_TEXT_BYTES_MAX} bytes of text at most");
            return Err(failure(Cause::Malformed, &text));
        }
        let words = [query.target.as_str(), query.text.as_str()].join(" ");
        self.glance(&self.glances, query, || self.log(action, None, words.trim()))?;
        let mut alerts = self.alerts.status(query);
        if !self.operator.sees_all() {
            alerts.deliveries.clear();
            alerts.more = false;
        }
        Ok(alerts)
    }

    /// Does something about alerts: written down, then done.
    ///
    /// # Errors
    /// What to tell the operator.
    pub(super) fn alert(&self, act: &AlertAct) -> Result<(), Failure> {
        let action = Right::Alert.name();
        self.permit(Right::Alert, action, None)?;
        let what = match act {
            AlertAct::Test { target } => {
                let shown: String = target.chars().take(TARGET_SHOWN).collect();
                format!("test {}", shown.escape_debug())
            }
            AlertAct::Retry { numbers } | AlertAct::Discard { numbers }
                if numbers.len() > ALERT_NUMBERS_MAX =>
            {
                let text = format!("{ALERT_NUMBERS_MAX} messages at most at once");
                return Err(failure(Cause::Malformed, &text));
            }
            AlertAct::Retry { numbers } => format!("retry {numbers:?}"),
            AlertAct::Discard { numbers } => format!("discard {numbers:?}"),
            AlertAct::Unknown => {
                return Err(failure(Cause::Malformed, &ActError::Unknown.to_string()));
            }
        };
        self.log(action, None, &what)?;
        self.alerts.act(act).map_err(|error| {
            let cause = match &error {
                ActError::Target(_) | ActError::Outbox(OutboxError::NoSuch(_)) => Cause::NotFound,
                ActError::Outbox(OutboxError::Disk(_)) | ActError::NotOpen(_) => Cause::Storage,
                ActError::None | ActError::Unknown => Cause::Other,
            };
            failure(cause, &error.to_string())
        })
    }
}

/// Of a name that may not be one, so much goes into the access log.
const TARGET_SHOWN: usize = 64;
