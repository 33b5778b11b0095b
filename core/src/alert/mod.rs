//! Alerts: who is told what of the event log, when, and in which words.
//!
//! Pure: a [`Plan`] is what an administrator wrote, the [`Desk`] turns entries into [`Letter`]s by it,
//! [`format`] gives a letter the form of a service, and [`Answer`] and [`Bucket`] say when it is sent
//! again. Whoever uses this reads the log, keeps the letters until they are taken, and sends them.

mod answer;
mod bucket;
mod desk;
pub mod format;
mod item;
mod letter;
mod memory;
mod plan;
mod quietness;
mod split;
mod stamp;

pub use answer::{Answer, pause};
pub use bucket::Bucket;
pub use desk::Desk;
pub use item::Item;
pub use letter::Letter;
pub use memory::Memory;
pub use plan::{
    Apprise, Auth, Batch, Chat, Condition, Dedup, Field, Mail, Mask, Ntfy, Plan, PlanError, Proto,
    Quiet, Rate, Relay, Route, Sendmail, Service, Surplus, Syslog, Target, TargetKind, TlsUse,
    UrlFrom, Webhook, WebhookBody, Wording, Words, check_url,
};
pub use split::Unit;
