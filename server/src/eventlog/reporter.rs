//! What this server sees of sessions, said to the event log: that they start, end and are broken off, what
//! happens to them, what rules find in them and what operators say of them.
//!
//! Invariant I2: it hands in and never waits. What was said between a commit and a crash may be missing in the
//! log; the journal has it, and the next start makes it good.

use sudolog_core::eventlog::{Entry, Kind, Severity};
use sudolog_core::risk::{Finding, Score};
use sudolog_core::session::{EndReason, Incident, IncidentKind, SessionEnd, Tsid};
use sudolog_core::triage::{Remark, RemarkKind, Verdict};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Change, SessionRow};

use super::EventLog;
use crate::journal::Record;

/// Says it; clones share the log. The default says it to nobody.
#[derive(Clone, Debug, Default)]
pub struct Reporter(Option<EventLog>);

impl Reporter {
    /// To that log.
    pub fn to(log: EventLog) -> Self {
        Self(Some(log))
    }

    /// The files of the session, which stands like this, hold the record.
    pub fn recorded(&self, row: impl FnOnce() -> SessionRow, record: &Record) {
        let Some(log) = &self.0 else { return };
        if is_told(record) {
            of_record(log, &row(), record).into_iter().for_each(|entry| log.append(entry));
        }
    }

    /// The same of what the recordings hold since before a crash: what the log has already is kept once, by its
    /// name. Returns when all of it is in the log, or the server stops. Blocks.
    pub fn make_good(&self, row: impl Fn(Tsid) -> Option<SessionRow>, records: &[(Tsid, Record)]) {
        let Some(log) = &self.0 else { return };
        for some in records.chunks(MADE_GOOD_AT_ONCE) {
            let made = some.iter().filter_map(|(tsid, record)| {
                let mut entry = of_record(log, &row(*tsid)?, record)?;
                entry.details.push(("told".to_owned(), "after a restart".into()));
                Some(entry)
            });
            if !log.keep_patiently(made.collect()) {
                return;
            }
        }
    }

    /// A session stands differently, by what rules found or an operator said.
    pub fn changed(&self, change: &Change) {
        let Some(log) = &self.0 else { return };
        for finding in &change.findings {
            log.append(found(log, &change.row, finding));
        }
        let settled = change.remark.as_ref().and_then(|remark| settled(log, &change.row, remark));
        settled.into_iter().for_each(|entry| log.append(entry));
    }

    /// Something is wrong with the server itself.
    pub fn trouble(&self, severity: Severity, text: String) {
        let Some(log) = &self.0 else { return };
        log.append(Entry { text: text.into(), ..log.entry(Kind::Trouble, severity) });
    }
}

/// True for what the log is told of.
pub(crate) fn is_told(record: &Record) -> bool {
    !matches!(record, Record::Event { .. } | Record::Carry(_))
}

/// The entry that tells a record. It has the same name however often it is made.
fn of_record(log: &EventLog, row: &SessionRow, record: &Record) -> Option<Entry> {
    let (mut entry, name) = match record {
        Record::Open { .. } => {
            let entry = of_session(log, row, Kind::SessionStart, Severity::Info);
            (Entry { time: row.start, ..entry }, "start".to_owned())
        }
        Record::Close { end, .. } => {
            let entry = of_session(log, row, Kind::SessionEnd, Severity::Info);
            (Entry { text: how_it_ended(end), ..entry }, "end".to_owned())
        }
        Record::Gone { reason } => {
            let entry = of_session(log, row, Kind::Incomplete, Severity::High);
            (Entry { text: reason.clone(), ..entry }, "gone".to_owned())
        }
        Record::Incident(incident) => (happened(log, row, incident)?, name_of(incident)),
        Record::Event { .. } | Record::Carry(_) => return None,
    };
    let known = row.session_id.and_then(|id| format!("{id}.{name}").parse().ok());
    entry.id = known.unwrap_or(entry.id);
    Some(entry)
}

/// What no two incidents of a session share.
fn name_of(incident: &Incident) -> String {
    let words = [incident.kind.words().as_bytes(), incident.text.as_bytes()].concat();
    format!("{:x}-{:x}", incident.at.as_nanos(), crc32fast::hash(&words))
}

fn of_session(log: &EventLog, row: &SessionRow, kind: Kind, severity: Severity) -> Entry {
    let mut command = row.command.clone();
    command.truncate(COMMAND_BYTES_MAX);
    Entry {
        host: row.host.clone(),
        user: row.user.clone(),
        run_user: row.run_user.clone(),
        // Lists know the joined line only.
        argv: vec![command],
        tty: row.tty.clone().unwrap_or_default(),
        session_id: row.session_id,
        tsid: Some(row.tsid),
        risk: Some(row.risk).filter(|risk| risk.points() > 0),
        ..log.entry(kind, severity)
    }
}

/// `None` for what the log has already: it came from there.
fn happened(log: &EventLog, row: &SessionRow, incident: &Incident) -> Option<Entry> {
    let (kind, severity) = match incident.kind {
        // An outage is no offence.
        IncidentKind::Frozen => (Kind::Frozen, Severity::Notice),
        IncidentKind::Thawed => (Kind::Thawed, Severity::Info),
        IncidentKind::FreezeTimeout => (Kind::FreezeTimeout, Severity::Warning),
        IncidentKind::Escape => (Kind::Escape, Severity::High),
        IncidentKind::BadAck => (Kind::BadAck, Severity::Critical),
        IncidentKind::Divergence => (Kind::Divergence, Severity::Critical),
        IncidentKind::SeqGap => (Kind::SeqGap, Severity::High),
        IncidentKind::Unchecked => (Kind::Unchecked, Severity::Warning),
        IncidentKind::ClockSkew => (Kind::Trouble, Severity::Warning),
        IncidentKind::Unrecorded
        | IncidentKind::PolicyReplaced
        | IncidentKind::OtherRoot
        | IncidentKind::Unwitnessed
        | IncidentKind::AuditTampered => return None,
        IncidentKind::Lost => (Kind::Incomplete, Severity::High),
        IncidentKind::Resumed => (Kind::Thawed, Severity::Notice),
        IncidentKind::OrderMessage => (Kind::Order, Severity::Info),
        IncidentKind::Terminating
        | IncidentKind::OrderFreeze
        | IncidentKind::OrderThaw
        | IncidentKind::OrderTerminate => (Kind::Order, Severity::Notice),
        IncidentKind::Other => (Kind::Other, Severity::Notice),
    };
    let words = incident.kind.words().as_bytes();
    let text = match incident.text.as_bytes() {
        [] => words.to_vec(),
        more => [words, b": ", more].concat(),
    };
    Some(Entry {
        time: incident.at,
        by: incident.who.clone().unwrap_or_default(),
        text: Untrusted::new(text),
        ..of_session(log, row, kind, severity)
    })
}

fn found(log: &EventLog, row: &SessionRow, finding: &Finding) -> Entry {
    let severity = Score::capped(finding.points.into()).level().into();
    Entry {
        by: finding.rule.as_str().into(),
        text: finding.text.clone(),
        details: vec![
            ("category".to_owned(), finding.category.name().into()),
            ("points".to_owned(), finding.points.to_string().into()),
            ("seq".to_owned(), finding.seq.to_string().into()),
            ("elapsed_ns".to_owned(), finding.elapsed_ns.to_string().into()),
        ],
        ..of_session(log, row, Kind::Finding, severity)
    }
}

fn settled(log: &EventLog, row: &SessionRow, remark: &Remark) -> Option<Entry> {
    let RemarkKind::Verdict { verdict, why } = &remark.kind else { return None };
    let severity = match verdict {
        Some(Verdict::Incident) => Severity::High,
        Some(Verdict::Suspicious) => Severity::Warning,
        _ => Severity::Info,
    };
    let word = verdict.map_or_else(|| "no verdict".to_owned(), |verdict| verdict.to_string());
    let text = match why.as_bytes() {
        [] => word.into_bytes(),
        why => [word.as_bytes(), b": ", why].concat(),
    };
    Some(Entry {
        time: remark.at,
        by: remark.who.clone(),
        text: Untrusted::new(text),
        ..of_session(log, row, Kind::Verdict, severity)
    })
}

fn how_it_ended(end: &SessionEnd) -> Untrusted {
    let text = match (&end.error, &end.signal, end.exit_value) {
        (Some(error), _, _) => error.as_bytes().to_vec(),
        (_, Some(signal), _) => [b"signal ", signal.as_bytes()].concat(),
        (_, _, Some(value)) => format!("exit value {value}").into_bytes(),
        _ => b"ended".to_vec(),
    };
    let usual = end.reason == EndReason::default();
    let reason = if usual { String::new() } else { format!(" ({})", end.reason.as_str()) };
    Untrusted::new([text.as_slice(), reason.as_bytes()].concat())
}

/// Records that are made good together.
const MADE_GOOD_AT_ONCE: usize = 256;
/// The recording has all of it.
const COMMAND_BYTES_MAX: usize = 512;

#[cfg(test)]
mod tests {
    use sudolog_core::ack::Chain;
    use sudolog_core::risk::{Category, Source};

    use super::*;
    use crate::store::sample;

    #[test]
    fn what_is_seen_of_a_session_stands_in_the_log_with_its_names() {
        let dir = tempfile::tempdir().unwrap();
        let log = EventLog::open(dir.path()).unwrap();
        let reporter = Reporter::to(log.clone());
        let row = sample::row();
        let mut end = SessionEnd {
            final_seq: 0,
            run_time_ns: 1,
            exit_value: Some(3),
            signal: None,
            dumped_core: false,
            error: None,
            reason: EndReason::new(EndReason::TERMINATED).unwrap(),
        };
        let chain = Chain::from_bytes([0; 32]);
        reporter.recorded(|| row.clone(), &Record::Close { end: end.clone(), chain });
        end.exit_value = None;
        let incident = Incident {
            at: Default::default(),
            after_seq: 0,
            kind: IncidentKind::OrderFreeze,
            who: Some("olga".into()),
            text: "look\u{1b}".into(),
        };
        reporter.recorded(|| row.clone(), &Record::Incident(incident));
        let finding = Finding {
            rule: "log-delete".to_owned(),
            category: Category::Tamper,
            points: 80,
            source: Source::Typed,
            seq: 4,
            elapsed_ns: 5,
            text: "rm /var/log/x".into(),
        };
        let kind = RemarkKind::Verdict { verdict: Some(Verdict::Incident), why: "it was".into() };
        let remark = Remark { act: 1, at: Default::default(), who: "olga".into(), kind };
        let findings = vec![finding];
        reporter.changed(&Change { row: row.clone(), findings, remark: Some(remark) });
        log.shutdown();

        let stored = log.after(0, 10).unwrap();
        let told: Vec<_> = stored
            .iter()
            .map(|stored| (stored.entry.kind, stored.entry.severity, stored.entry.text.clone()))
            .collect();
        assert_eq!(
            told,
            [
                (Kind::SessionEnd, Severity::Info, "exit value 3 (terminated)".into()),
                (Kind::Order, Severity::Notice, "freeze ordered: look\u{1b}".into()),
                (Kind::Finding, Severity::Critical, "rm /var/log/x".into()),
                (Kind::Verdict, Severity::High, "incident: it was".into()),
            ]
        );
        assert!(stored.iter().all(|stored| {
            let entry = &stored.entry;
            entry.host == row.host && entry.user == row.user && entry.tsid == Some(row.tsid)
        }));
        assert_eq!(stored[1].entry.by, "olga".into());
        assert_eq!(stored[2].entry.by, "log-delete".into());
    }
}
