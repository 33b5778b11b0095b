//! What the kernel's audit of a host shows beside its recordings, laid to the sessions that it is about.
//!
//! What ran without a recording has no session: it becomes one that holds no event. It has a number, a
//! score and a place in every list, and its directory says what ran and that nothing recorded it, so it
//! can be judged like any other and outlives the index. Telling of it twice makes one of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sudolog_core::eventlog::{Entry, Kind, Severity};
use sudolog_core::filter::{Column, Condition, Test};
use sudolog_core::kaudit::gap_since;
use sudolog_core::limits::{
    CLOCK_SKEW_NOTED, UNRECORDED_AGE_MAX, UNRECORDED_MAX, UNRECORDED_WINDOW,
};
use sudolog_core::session::{HostName, Incident, IncidentKind, SessionId, SessionStart, Tsid};
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Query, SessionRow};
use tokio::sync::oneshot;

use super::exact::exactly_stored;
use super::incidents::{kept, of_clocks, worded};
use super::queue::Submission;
use super::recorder::Recorder;
use crate::clock::now_ns;
use crate::eventlog::Reporter;
use crate::journal::Record;
use crate::sessions::Session;
use crate::store::StoreError;

/// How many sessions without a recording each host was given lately.
#[derive(Debug, Default)]
pub(super) struct Unrecorded(Mutex<HashMap<HostName, (Instant, u32)>>);

/// Why something was not laid to a session.
#[derive(Debug, thiserror::Error)]
pub(super) enum AttributeError {
    /// The server stops.
    #[error("the server is stopping")]
    Stopping,
    /// Our disk.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Recorder {
    /// Lays entries of a host to its sessions. When it returns, what came of it is on the disk.
    ///
    /// # Errors
    /// [`AttributeError`]; all of it may be tried again.
    pub(super) async fn attribute(
        &self,
        host: &HostName,
        entries: &[Entry],
    ) -> Result<(), AttributeError> {
        for entry in entries {
            let Some(kind) = kind_of(entry) else { continue };
            let incident = Incident {
                at: entry.time,
                after_seq: 0,
                kind,
                who: None,
                text: worded(&entry.text),
            };
            match (entry.tsid, kind) {
                (Some(tsid), _) => self.lay_to(vec![tsid], incident).await?,
                (None, IncidentKind::AuditTampered) => {
                    let (recorder, host, entry) = (self.clone(), host.clone(), entry.clone());
                    let suspects = move || recorder.suspects(&host, &entry);
                    let suspects = tokio::task::spawn_blocking(suspects).await;
                    let suspects = suspects.map_err(|_| AttributeError::Stopping)??;
                    self.lay_to(suspects, incident).await?;
                }
                (None, IncidentKind::Unwitnessed) => {}
                (None, _) => self.open_unrecorded(host, entry, incident).await?,
            }
        }
        Ok(())
    }

    /// The sessions that ran on a host while its kernel's audit saw nothing, or was touched: those of the
    /// user who touched it, or all when none of them is that user's. One that has begun since then is none of
    /// them. Blocks.
    fn suspects(&self, host: &HostName, entry: &Entry) -> Result<Vec<Tsid>, StoreError> {
        let since = gap_since(entry).as_nanos();
        let mut running = self.registry().all();
        running.retain(|session| {
            let start = session.start();
            start.submit_host == *host && !start.session_id.is_unrecorded()
        });
        let row = |session: &Arc<Session>| session.row(session.state(), None);
        let mut rows: Vec<SessionRow> = running.iter().map(row).collect();
        rows.retain(|row| row.start <= entry.time);
        let is_of_host = Condition::like(Column::Host, [host.as_str().to_owned()]);
        let to = Some(Timestamp::from_nanos(entry.time.as_nanos().saturating_add(1)));
        let began = Condition { not: false, test: Test::Started { from: None, to } };
        let query = Query { conditions: vec![is_of_host, began], ..Query::default() };
        let ended = self.catalog().list(&query, &[])?.rows.into_iter().filter(|row| {
            let lasted = Duration::try_from_secs_f64(row.duration_s).unwrap_or_default();
            let lasted = u64::try_from(lasted.as_nanos()).unwrap_or(u64::MAX);
            let is_unrecorded = row.session_id.is_none_or(|id| id.is_unrecorded());
            !row.state.is_open()
                && !is_unrecorded
                && row.start.as_nanos().saturating_add(lasted) >= since
        });
        rows.extend(ended);
        let own: Vec<Tsid> =
            rows.iter().filter(|row| row.user == entry.user).map(|row| row.tsid).collect();
        Ok(if own.is_empty() { rows.iter().map(|row| row.tsid).collect() } else { own })
    }

    async fn lay_to(&self, tsids: Vec<Tsid>, incident: Incident) -> Result<(), AttributeError> {
        for tsid in tsids {
            let (recorder, incident) = (self.clone(), incident.clone());
            let noted = tokio::task::spawn_blocking(move || recorder.note(tsid, incident)).await;
            let committed = noted.map_err(|_| AttributeError::Stopping)??;
            if let Some(committed) = committed {
                committed.await.map_err(|_| AttributeError::Stopping)?;
            }
        }
        Ok(())
    }

    /// Notes an incident of a session, whether it runs or not, unless it is noted already. Gives what to
    /// wait for until it is on the disk. Blocks.
    fn note(
        &self,
        tsid: Tsid,
        incident: Incident,
    ) -> Result<Option<oneshot::Receiver<()>>, StoreError> {
        let directory = self.catalog().beside(tsid)?;
        let noted = directory.incidents();
        let same = |known: &Incident| {
            (known.kind, known.at, &known.text) == (incident.kind, incident.at, &incident.text)
        };
        if noted.iter().any(same) {
            return Ok(None);
        }
        if let Some(session) = self.registry().by_tsid(tsid) {
            let machine = session.machine();
            if !machine.is_over() {
                let incident = Incident { after_seq: machine.seq(), ..incident };
                let Some(incident) = kept(&session, incident) else { return Ok(None) };
                return Ok(Some(self.submit(&session, vec![Record::Incident(incident)])));
            }
        }
        // Others of a session, such as escapes, must not crowd out what the kernel saw.
        let alike = noted.iter().filter(|known| known.kind == incident.kind).count();
        if alike < WITNESSED_MAX {
            let after_seq = self.catalog().row(tsid)?.map_or(0, |row| row.events);
            // Before: if we are killed in between, the rules look at it once more than they need.
            self.catalog().forget_assessment(tsid)?;
            directory.add_incident(&Incident { after_seq, ..incident })?;
            // Behind: what the rules made of it meanwhile does not hold.
            if !self.fresh().reopen(tsid) {
                self.catalog().forget_assessment(tsid)?;
            }
        }
        Ok(None)
    }

    /// Makes a session of what nothing recorded.
    async fn open_unrecorded(
        &self,
        host: &HostName,
        entry: &Entry,
        incident: Incident,
    ) -> Result<(), AttributeError> {
        let id = SessionId::of_unrecorded(host, &entry.id.to_string());
        if self.registry().get(id).is_some() || self.is_stored(id).await {
            return Ok(());
        }
        if !self.unrecorded().takes(host, Instant::now()) {
            return Ok(());
        }
        if self.unrecorded().is_last(host) {
            let minutes = UNRECORDED_WINDOW.as_secs() / 60;
            let text = format!(
                "{host}: more than {UNRECORDED_MAX} commands without a recording in {minutes} \
                 minutes: those that follow stand in the event log only"
            );
            tracing::warn!("SECURITY: {text}");
            Reporter::to(self.events().clone()).trouble(Severity::High, text);
        }
        let mut start = start_of(host, entry, id);
        let misdated = dated_within_reason(&mut start, now_ns());
        let Some(start) = exactly_stored(Box::new(start)).await else {
            tracing::error!("{host}: an unrecorded command cannot be stored: {}", entry.id);
            return Ok(());
        };
        let Some(tsid) = self.next_tsid() else { return Ok(()) };
        let session = Session::new(tsid, &start);
        let gone = session.machine().give_up(NOTHING_RECORDED);
        let incident = Incident { at: start.submit_time, ..incident };
        let mut records = vec![Record::Open { tsid, start }, Record::Incident(incident)];
        records.extend(misdated.map(Record::Incident));
        records.extend(gone);
        let mut queued = None;
        self.registry()
            .insert_with(session, |session| queued = Some(self.submit(session, records)));
        match queued {
            Some(committed) => committed.await.map_err(|_| AttributeError::Stopping),
            // Another entry told of it.
            None => Ok(()),
        }
    }

    /// True when there is a recording of that id. One that cannot be looked for counts as none: the
    /// index says nothing about durability.
    pub(super) async fn is_stored(&self, id: SessionId) -> bool {
        let catalog = self.catalog().clone();
        let find = move || catalog.find(id).is_ok_and(|found| found.is_some());
        tokio::task::spawn_blocking(find).await.unwrap_or(false)
    }

    /// Queues records; what it gives says when they are durable.
    pub(super) fn submit(
        &self,
        session: &Arc<Session>,
        records: Vec<Record>,
    ) -> oneshot::Receiver<()> {
        let (committed, waiting) = oneshot::channel();
        let session = Arc::clone(session);
        self.queue().push(Submission { session, records, share: None, committed: Some(committed) });
        waiting
    }
}

impl Unrecorded {
    /// True when one more may have a session.
    fn takes(&self, host: &HostName, now: Instant) -> bool {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.retain(|_, (since, _)| now.saturating_duration_since(*since) < UNRECORDED_WINDOW);
        let (_, count) = hosts.entry(host.clone()).or_insert((now, 0));
        *count = count.saturating_add(1);
        *count <= UNRECORDED_MAX
    }

    /// True when there is no room for another one for a while.
    fn is_last(&self, host: &HostName) -> bool {
        let hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.get(host).is_some_and(|(_, count)| *count == UNRECORDED_MAX)
    }
}

/// What an entry is for a session; `None` for what says nothing of one.
fn kind_of(entry: &Entry) -> Option<IncidentKind> {
    match entry.kind {
        Kind::Unrecorded => Some(IncidentKind::Unrecorded),
        Kind::PolicyReplaced => Some(IncidentKind::PolicyReplaced),
        Kind::OtherRoot => Some(IncidentKind::OtherRoot),
        Kind::WitnessMissing => Some(IncidentKind::Unwitnessed),
        // What takes no sight away has no score.
        Kind::AuditTampered => entry.risk.map(|_| IncidentKind::AuditTampered),
        _ => None,
    }
}

/// As much as the kernel's audit says of a command.
fn start_of(host: &HostName, entry: &Entry, session_id: SessionId) -> SessionStart {
    // sudo's own record does not say as whom the command runs; what became root did.
    let (run_user, run_uid) = match entry.kind {
        Kind::Unrecorded => (UNKNOWN, UID_UNKNOWN),
        _ => ("root", 0),
    };
    let first = entry.argv.first().filter(|word| word.as_bytes().starts_with(b"/"));
    let exe = entry.details.iter().find(|(name, _)| name == "exe").map(|(_, path)| path);
    let command = first.or(exe.filter(|_| entry.kind != Kind::Unrecorded)).or(entry.argv.first());
    let is_named = |text: &&Untrusted| !text.is_empty();
    SessionStart {
        session_id,
        submit_host: host.clone(),
        submit_user: Some(&entry.user).filter(is_named).cloned().unwrap_or_else(|| UNKNOWN.into()),
        submit_uid: entry.uid.unwrap_or(UID_UNKNOWN),
        submit_cwd: UNKNOWN.into(),
        submit_time: entry.time,
        run_user: run_user.into(),
        run_uid,
        run_group: None,
        run_gid: None,
        run_cwd: UNKNOWN.into(),
        command: command.cloned().unwrap_or_else(|| UNKNOWN.into()),
        argv: entry.argv.clone(),
        tty: Some(&entry.tty).filter(is_named).filter(|tty| tty.as_bytes() != b"(none)").cloned(),
        lines: 0,
        columns: 0,
        sudo_pid: entry.pid.unwrap_or(0),
        pid_start_ticks: 0,
        boot_id: Untrusted::default(),
        parent: None,
    }
}

/// A host can date what nothing recorded as it likes, and so put it where nobody looks: what cannot be has the time
/// at which it was told. Gives the incident that says so.
fn dated_within_reason(start: &mut SessionStart, now_ns: u64) -> Option<Incident> {
    let told_ns = start.submit_time.as_nanos();
    let limits = (CLOCK_SKEW_NOTED.as_nanos(), UNRECORDED_AGE_MAX.as_nanos());
    let (ahead, ago) = (told_ns.saturating_sub(now_ns), now_ns.saturating_sub(told_ns));
    if u128::from(ahead) < limits.0 && u128::from(ago) < limits.1 {
        return None;
    }
    let incident = of_clocks(start, now_ns);
    start.submit_time = Timestamp::from_nanos(now_ns);
    incident
}

/// What nobody has said.
const UNKNOWN: &str = "unknown";
/// `(uid_t) -1`: nobody.
const UID_UNKNOWN: u32 = u32::MAX;
const NOTHING_RECORDED: &str =
    "nothing of it was recorded: only the kernel's audit of the host has seen it";

/// Incidents of one kind that are laid to a session that has ended.
const WITNESSED_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use sudolog_core::eventlog::Source;

    fn entry(kind: Kind, argv: &[&str]) -> Entry {
        let id = "unrecorded.web1.7".parse().unwrap();
        let mut entry = Entry::new(id, Timestamp::from_nanos(5), Source::Shipper, kind);
        entry.argv = argv.iter().map(|word| Untrusted::from(*word)).collect();
        entry.details = vec![("exe".to_owned(), "/usr/bin/sudo".into())];
        entry
    }

    #[tokio::test]
    async fn what_little_is_known_of_a_command_can_be_stored() {
        let host: HostName = "web1".parse().unwrap();
        let id = SessionId::of_unrecorded(&host, "a.1");
        let start = |entry: &Entry| start_of(&host, entry, id);
        let whole = start(&entry(Kind::Unrecorded, &["/bin/cat", "/etc/shadow"]));
        assert_eq!((&whole.command, &whole.run_user), (&"/bin/cat".into(), &"unknown".into()));
        let mut hostile = entry(Kind::OtherRoot, &["-sh\u{1b}[2J", ""]);
        hostile.user = Untrusted::new(b"\xff\n\0".as_slice());
        hostile.tty = "(none)".into();
        assert_eq!(start(&hostile).command, "/usr/bin/sudo".into(), "what it was, not its word");
        assert_eq!((start(&hostile).tty, start(&hostile).run_uid), (None, 0));
        for start in [whole, start(&hostile), start(&entry(Kind::PolicyReplaced, &[]))] {
            assert_eq!(exactly_stored(Box::new(start.clone())).await, Some(Box::new(start)));
        }
    }

    #[test]
    fn no_date_puts_a_row_where_nobody_looks() {
        let host: HostName = "web1".parse().unwrap();
        let now_ns = 1_795_290_600_000_000_000;
        let dated = |time: Timestamp| {
            let entry = Entry { time, ..entry(Kind::Unrecorded, &["/bin/id"]) };
            let mut start = start_of(&host, &entry, SessionId::of_unrecorded(&host, "a.1"));
            let said = dated_within_reason(&mut start, now_ns);
            (start.submit_time, said.map(|said| said.kind))
        };
        let now = Timestamp::from_nanos(now_ns);
        let days = |days: i64| Timestamp { seconds: now.seconds - days * 86_400, ..now };
        for possible in [now, days(1), days(29)] {
            assert_eq!(dated(possible), (possible, None));
        }
        let centuries = Timestamp { seconds: i64::MAX, nanoseconds: 0 };
        for impossible in [days(-1), days(31), Timestamp::default(), centuries] {
            assert_eq!(dated(impossible), (now, Some(IncidentKind::ClockSkew)), "{impossible:?}");
        }
    }

    #[test]
    fn a_host_that_says_it_again_and_again_fills_nothing() {
        let (unrecorded, now) = (Unrecorded::default(), Instant::now());
        let [web, db]: [HostName; 2] = ["web1", "db1"].map(|name| name.parse().unwrap());
        let took = (0..=UNRECORDED_MAX).filter(|_| unrecorded.takes(&web, now)).count();
        assert_eq!(took, UNRECORDED_MAX as usize);
        assert!(unrecorded.takes(&db, now) && !unrecorded.takes(&web, now));
        assert!(unrecorded.takes(&web, now + UNRECORDED_WINDOW));
    }
}
