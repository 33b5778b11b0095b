//! What an administrator wrote about alerts: targets, routes, and what is kept quiet. Taken as a whole or
//! refused as a whole.

mod condition;
mod mask;
mod read;
mod route;
mod service;
mod span;
mod target;
mod words;

#[cfg(test)]
mod tests;

pub use condition::{Condition, Field};
pub use mask::Mask;
pub use route::{Dedup, Quiet, Route, Wording};
pub use target::{
    Apprise, Auth, Batch, Chat, Mail, Ntfy, Proto, Rate, Relay, Sendmail, Service, Surplus, Syslog,
    Target, TargetKind, TlsUse, UrlFrom, Webhook, WebhookBody, check_url,
};
pub use words::Words;

pub use crate::document::DocumentError as PlanError;

use crate::document::{Node, Spot};
use crate::eventlog::Entry;
use crate::filter::matches;
use crate::limits::ALERTS_FILE_BYTES_MAX;

/// The whole file, `docs/alerts.md`.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    prefix: String,
    targets: Vec<Target>,
    routes: Vec<Route>,
    masks: Vec<Mask>,
    labels: Vec<Label>,
}

/// What the administrator knows of hosts or users, for the reader.
#[derive(Clone, Debug)]
struct Label {
    of_user: bool,
    pattern: String,
    text: String,
}

impl Plan {
    /// Reads a file.
    ///
    /// # Errors
    /// [`PlanError`] names the line and key of the first thing that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, PlanError> {
        read::plan(Spot::root(Node::parse(bytes, "a file of alerts", ALERTS_FILE_BYTES_MAX)?))
    }

    /// Begins every title; says which server it is.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// All targets, in the order of the file.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The target of that name.
    pub fn target(&self, name: &str) -> Option<&Target> {
        self.targets.iter().find(|target| target.name == name)
    }

    /// All routes, in the order of the file.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// What nobody is told.
    pub fn masks(&self) -> &[Mask] {
        &self.masks
    }

    /// What is known of an entry's host and user.
    pub(super) fn label(&self, entry: &Entry) -> String {
        let fits = |label: &&Label| {
            let of = if label.of_user { &entry.user } else { &entry.host };
            matches(label.pattern.as_bytes(), of.as_bytes())
        };
        let texts = self.labels.iter().filter(fits).map(|label| label.text.as_str());
        texts.collect::<Vec<_>>().join(", ")
    }
}
