//! `MANIFEST.json`: which session, what was verified, where its chain ends, and every file with its
//! SHA-256. `SHA256SUMS`: the same and the manifest itself, as `sha256sum` reads it.
//!
//! Names of a recording are escaped here; as they were they stand in `recording/log.json`.

use serde::Serialize;
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;

use super::Facts;
use super::files::Hashed;
use crate::commands::verify::Printed;

#[derive(Serialize)]
pub(super) struct Manifest<'a> {
    schema: u8,
    kind: &'static str,
    made_by: String,
    session: Session,
    verification: Printed<'a>,
    chain: Option<Head>,
    last_acknowledgement: Option<Acknowledgement>,
    keys: Vec<String>,
    files: &'a [Hashed],
}

#[derive(Serialize)]
struct Session {
    session_id: Option<String>,
    user: String,
    host: String,
    run_user: String,
    command: String,
    tty: Option<String>,
    start: String,
    exit_value: Option<i32>,
    signal: Option<String>,
}

#[derive(Serialize)]
struct Head {
    events: u64,
    covers_end: bool,
    head: String,
}

#[derive(Serialize)]
struct Acknowledgement {
    seq: u64,
    signed_at: String,
    key_id: String,
    chain: String,
}

impl<'a> Manifest<'a> {
    pub(super) fn of(facts: &Facts<'a>, files: &'a [Hashed]) -> Self {
        let proven = facts.proven;
        Self {
            schema: 1,
            kind: "sudolog evidence bundle",
            made_by: format!("sudolog-tui {}", env!("CARGO_PKG_VERSION")),
            session: session(facts),
            verification: facts.verification.into(),
            chain: proven.map(|proven| Head {
                events: proven.events,
                covers_end: proven.proof.end.is_some(),
                head: proven.head.to_string(),
            }),
            last_acknowledgement: proven.and_then(|proven| {
                let ack = proven.proof.acks.last()?;
                Some(Acknowledgement {
                    seq: ack.seq,
                    signed_at: instant(Timestamp::from_nanos(ack.timestamp_ns)),
                    key_id: ack.key_id.to_string(),
                    chain: ack.chain.to_string(),
                })
            }),
            keys: facts.keys.ids().map(|id| id.to_string()).collect(),
            files,
        }
    }

    /// For people as much as for programs.
    pub(super) fn json(&self) -> String {
        // It has no part that cannot be JSON.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

fn session(facts: &Facts<'_>) -> Session {
    let about = facts.about;
    let shown = |text: &Untrusted| text.escaped().to_string();
    Session {
        session_id: about.session_id.map(|id| id.to_string()),
        user: shown(&about.user),
        host: shown(&about.host),
        run_user: shown(&about.run_user),
        command: shown(&about.command),
        tty: about.tty.as_ref().map(shown),
        start: instant(about.start),
        exit_value: about.exit_value,
        signal: about.signal.as_ref().map(shown),
    }
}

/// RFC 3339, in UTC; a time that no calendar has becomes the epoch.
pub(super) fn instant(time: Timestamp) -> String {
    let nanos = i32::try_from(time.nanoseconds).unwrap_or(0);
    let time = jiff::Timestamp::new(time.seconds, nanos);
    time.unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}

/// Lines as `sha256sum` writes them.
pub(super) fn sums(files: &[Hashed]) -> String {
    files.iter().map(|file| format!("{}  {}\n", file.sha256, file.path)).collect()
}
