//! Entries of the event log that one host sends: made true, kept, answered with AUDITED when they are
//! durable.
//!
//! All of it happens in a task of its own, so nothing of a recording waits for it (invariant I2). What
//! is not kept is not answered, and the host sends it again over its next connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use sudolog_core::eventlog::{Entry, Source};
use sudolog_core::limits::{
    AUDIT_BATCH_BYTES_MIN, AUDIT_BATCH_MAX, AUDIT_WAITING_BYTES_MAX, AUDIT_WAITING_MAX,
    EVENTS_RETRY_INTERVAL,
};
use sudolog_core::session::{HostName, SessionId, Tsid};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Audit, Audited};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::recorder::Recorder;
use super::witnessed::AttributeError;
use crate::eventlog::KeepError;
use crate::sessions::Outlet;

/// One connection's way into the event log. Dropped, it ends.
#[derive(Debug)]
pub(super) struct Audits {
    host: HostName,
    waiting: mpsc::Sender<Audit>,
    bytes: Arc<AtomicUsize>,
    /// The host sends more than it may have unanswered: nothing more is taken from this connection,
    /// because AUDITED would cover what was dropped.
    deaf: bool,
    task: AbortHandle,
}

struct Clerk {
    host: HostName,
    recorder: Recorder,
    outlet: Outlet,
    waiting: mpsc::Receiver<Audit>,
    bytes: Arc<AtomicUsize>,
}

impl Audits {
    /// The way of that host's connection.
    pub(super) fn new(host: HostName, recorder: Recorder, outlet: Outlet) -> Self {
        let (waiting, receiver) = mpsc::channel(AUDIT_WAITING_MAX);
        let bytes = Arc::new(AtomicUsize::new(0));
        let clerk = Clerk {
            host: host.clone(),
            recorder,
            outlet,
            waiting: receiver,
            bytes: Arc::clone(&bytes),
        };
        let task = tokio::spawn(clerk.run()).abort_handle();
        Self { host, waiting, bytes, deaf: false, task }
    }

    /// Takes an entry without waiting.
    pub(super) fn take(&mut self, audit: Audit) {
        if self.deaf {
            return;
        }
        let bytes = audit.entry.bytes();
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before > AUDIT_WAITING_BYTES_MAX || self.waiting.try_send(audit).is_err() {
            self.deaf = true;
            tracing::warn!(
                "SECURITY: {} sends more audit events than it may have unanswered: no more are taken \
                 over this connection",
                self.host
            );
        }
    }
}

impl Drop for Audits {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Clerk {
    async fn run(mut self) {
        let mut batch = Vec::new();
        while self.waiting.recv_many(&mut batch, AUDIT_BATCH_MAX).await > 0 {
            let Some(number) = batch.last().map(|audit| audit.number) else { continue };
            let bytes: usize = batch.iter().map(|audit| audit.entry.bytes()).sum();
            // What an earlier connection owes is paid first.
            let owed = self.recorder.allowances().pay(&self.host, 0, Instant::now());
            tokio::time::sleep(owed).await;
            let mut entries: Vec<Entry> =
                batch.drain(..).filter_map(|audit| made_true(audit.entry, &self.host)).collect();
            self.find_sessions(&mut entries).await;
            let written: usize = entries.iter().map(Entry::json_bytes).sum();
            let cost = written.max(AUDIT_BATCH_BYTES_MIN);
            if !self.keep(&entries).await || !self.attribute(&entries).await {
                return;
            }
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
            let pause = self.recorder.allowances().pay(&self.host, cost, Instant::now());
            tokio::time::sleep(pause).await;
            self.outlet.send(&Message::Audited(Audited { number }), 0);
        }
    }

    /// Until they are durable; a disk that is full today has room tomorrow. False when the server
    /// stops.
    async fn keep(&self, entries: &[Entry]) -> bool {
        if entries.is_empty() {
            return true;
        }
        loop {
            match self.recorder.events().keep(entries.to_vec()).await {
                Ok(()) => return true,
                Err(KeepError::Stopping) => return false,
                Err(KeepError::Disk) => tokio::time::sleep(EVENTS_RETRY_INTERVAL).await,
            }
        }
    }

    /// Until what they say of sessions is on the disk as well. False when the server stops.
    async fn attribute(&self, entries: &[Entry]) -> bool {
        loop {
            match self.recorder.attribute(&self.host, entries).await {
                Ok(()) => return true,
                Err(AttributeError::Stopping) => return false,
                // The entries stand in the log; a recording that is gone must not keep all others back.
                Err(AttributeError::Store(error)) if error.is_tampering() => {
                    tracing::error!(
                        "SECURITY: what {} says of a session is in the event log only: {error}",
                        self.host
                    );
                    return true;
                }
                Err(AttributeError::Store(error)) => {
                    tracing::error!("what {} says of its sessions is not kept: {error}", self.host);
                    tokio::time::sleep(EVENTS_RETRY_INTERVAL).await;
                }
            }
        }
    }

    /// Says which recording an entry belongs to. An index that does not answer costs only that.
    async fn find_sessions(&self, entries: &mut [Entry]) {
        let mut known: Option<(SessionId, Option<Tsid>)> = None;
        for entry in entries {
            let Some(id) = entry.session_id else { continue };
            // The entries of one call come together.
            let tsid = match known {
                Some((same, tsid)) if same == id => tsid,
                _ => self.find(id).await,
            };
            known = Some((id, tsid));
            entry.tsid = tsid;
        }
    }

    async fn find(&self, id: SessionId) -> Option<Tsid> {
        if let Some(session) = self.recorder.registry().get(id) {
            return (session.start().submit_host == self.host).then(|| session.tsid());
        }
        let (catalog, host) = (self.recorder.catalog().clone(), self.host.clone());
        let find = move || {
            let tsid = catalog.find(id).ok().flatten()?;
            let row = catalog.row(tsid).ok().flatten()?;
            (row.host == host.as_str().into()).then_some(tsid)
        };
        tokio::task::spawn_blocking(find).await.ok().flatten()
    }
}

/// The host is the certificate's, the session's number is the server's to know, and nobody speaks for
/// the server.
fn made_true(mut entry: Entry, host: &HostName) -> Option<Entry> {
    if entry.source == Source::Server || !entry.kind.is_of(entry.source) {
        tracing::warn!(
            "SECURITY: {host} sends an entry of kind {} as from {}, which it may not: refused",
            entry.kind,
            entry.source
        );
        return None;
    }
    entry.host = Untrusted::from(host.as_str());
    entry.tsid = None;
    entry.severity = entry.severity.min(entry.kind.severity_most());
    entry.shorten();
    Some(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sudolog_core::eventlog::{Kind, Severity};
    use sudolog_core::time::Timestamp;

    #[test]
    fn a_host_speaks_for_itself_only() {
        let host: HostName = "web1".parse().unwrap();
        let entry = |source, kind| {
            let id = "a.1".parse().unwrap();
            let mut entry = Entry::new(id, Timestamp::default(), source, kind);
            entry.host = "db1".into();
            entry.tsid = "000001".parse().ok();
            entry
        };
        let kept = made_true(entry(Source::Sudo, Kind::Accept), &host).unwrap();
        assert_eq!((kept.host, kept.tsid), ("web1".into(), None));
        for (kind, most) in [
            (Kind::Accept, Severity::Notice),
            (Kind::Reject, Severity::Warning),
            (Kind::Lost, Severity::High),
        ] {
            let mut loud = entry(Source::Sudo, kind);
            for severity in [Severity::Critical, Severity::Other] {
                loud.severity = severity;
                assert_eq!(made_true(loud.clone(), &host).unwrap().severity, most);
            }
            loud.severity = Severity::Info;
            assert_eq!(made_true(loud, &host).unwrap().severity, Severity::Info);
        }
        for (source, kind) in [
            (Source::Server, Kind::Verdict),
            (Source::Server, Kind::Lost),
            (Source::Sudo, Kind::Verdict),
            (Source::Other, Kind::Accept),
        ] {
            assert!(made_true(entry(source, kind), &host).is_none(), "{source} {kind}");
        }
    }
}
