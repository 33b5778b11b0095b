//! What this server sees of sessions, said to the event log: that they start, end and are broken off, what
//! happens to them, what rules find in them and what operators say of them.
//!
//! Invariant I2: it hands in and never waits. What was said between a commit and a crash may be missing in the
//! log; the journal has it, and the next start makes it good from the place on up to which the log has all.

use sudolog_core::eventlog::{COMMAND_DETAIL, Entry, Kind, Severity};
use sudolog_core::risk::{Finding, Level, Score};
use sudolog_core::session::{EndReason, Incident, IncidentKind, SessionEnd, SessionStart, Tsid};
use sudolog_core::triage::{Remark, RemarkKind, Verdict};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Change, RulesChange, SessionRow};

use super::{EventLog, KeepError};
use crate::journal::{Place, Record};

/// Says it; clones share the log. The default says it to nobody.
#[derive(Clone, Debug, Default)]
pub struct Reporter(Option<EventLog>);

/// What could not be told, and why.
#[derive(Debug)]
pub struct Left<'a> {
    /// Why.
    pub why: KeepError,
    /// This and what follows.
    pub records: &'a [(Tsid, Record)],
}

impl Reporter {
    /// To that log.
    pub fn to(log: EventLog) -> Self {
        Self(Some(log))
    }

    /// The files of the sessions, which stand like this, hold the records: all up to that place of the journal
    /// that are told of.
    pub fn recorded<'a>(
        &self,
        records: impl Iterator<Item = (SessionRow, &'a Record)>,
        place: Place,
    ) {
        let Some(log) = &self.0 else { return };
        let entries = records.filter_map(|(row, record)| of_record(log, &row, record));
        log.append_up_to(entries.collect(), place);
    }

    /// Of the journal's segments before this one all was said by [`recorded`](Self::recorded).
    pub fn recorded_before(&self, segment: u64) {
        self.0.iter().for_each(|log| log.hands_in_from(segment));
    }

    /// The first of the journal's segments that the log may need, because not all of it is on its disk.
    pub fn needs_from(&self) -> u64 {
        self.0.as_ref().map_or(u64::MAX, EventLog::told_segment)
    }

    /// The same of what the recordings hold since before a crash: what the log has already is kept once, by its
    /// name. Blocks.
    ///
    /// # Errors
    /// [`Left`]; all before these records is in the log.
    pub fn make_good<'a>(
        &self,
        row: impl Fn(Tsid) -> Option<SessionRow>,
        records: &'a [(Tsid, Record)],
    ) -> Result<(), Left<'a>> {
        let Some(log) = &self.0 else { return Ok(()) };
        let mut left = records;
        while let Some((some, rest)) = left.split_at_checked(left.len().min(MADE_GOOD_AT_ONCE))
            && !some.is_empty()
        {
            let made = some.iter().filter_map(|(tsid, record)| {
                let mut entry = of_record(log, &row(*tsid)?, record)?;
                entry.details.push(("told".to_owned(), "after a restart".into()));
                Some(entry)
            });
            log.keep_now(made.collect()).map_err(|why| Left { why, records: left })?;
            left = rest;
        }
        Ok(())
    }

    /// A session stands differently, by what rules found.
    pub fn changed(&self, change: &Change) {
        let Some(log) = &self.0 else { return };
        for finding in &change.findings {
            log.append(found(log, &change.row, finding));
        }
    }

    /// An operator said something of a session; of what was taken back it is `taken` that no longer holds.
    pub fn remarked(&self, row: &SessionRow, remark: &Remark, taken: &[Remark]) {
        let Some(log) = &self.0 else { return };
        remarked(log, row, remark, taken).into_iter().for_each(|entry| log.append(entry));
    }

    /// The risk of a session, which was so much before, has reached a level.
    pub fn crossed(&self, row: &SessionRow, level: Level, before: Score, by: &str) {
        let Some(log) = &self.0 else { return };
        let mut entry = of_session(log, row, Kind::RiskLevel, level.into());
        entry.by = by.into();
        let (risk, was) = (row.risk.points(), before.points());
        let name = before.level().name();
        entry.text = format!("the risk is {}: {risk}, after {was} ({name})", level.name()).into();
        entry.details.push(("level".to_owned(), level.name().into()));
        log.append(entry);
    }

    /// Other rules have come into force; who changed them at a console, and why, where anybody did.
    pub fn rules(&self, from: &str, to: &str, change: Option<&RulesChange>) {
        let Some(log) = &self.0 else { return };
        let why = change.map_or(b"the file was changed".as_slice(), |change| change.why.as_bytes());
        let mut entry = log.entry(Kind::Rules, Severity::Notice);
        entry.by = change.map(|change| change.who.clone()).unwrap_or_default();
        entry.text = Untrusted::new([b"other rules are in force: ".as_slice(), why].concat());
        let hashes = [("from", from), ("to", to)];
        entry.details = hashes.map(|(name, hash)| (name.to_owned(), hash.into())).to_vec();
        log.append(entry);
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
        Record::Open { start, .. } => {
            let entry = started(log, row, start);
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
        details: vec![(COMMAND_DETAIL.to_owned(), command)],
        tty: row.tty.clone().unwrap_or_default(),
        session_id: row.session_id,
        tsid: Some(row.tsid),
        risk: Some(row.risk).filter(|risk| risk.points() > 0),
        ..log.entry(kind, severity)
    }
}

/// With the command's words as far as there is room, its path for the first of them.
fn started(log: &EventLog, row: &SessionRow, start: &SessionStart) -> Entry {
    let mut entry = of_session(log, row, Kind::SessionStart, Severity::Info);
    let words = std::iter::once(&start.command).chain(start.argv.iter().skip(1));
    let (mut room, all) = (ARGV_BYTES_MAX, start.argv.len().max(1));
    for word in words {
        if room == 0 {
            break;
        }
        let mut word = word.clone();
        word.truncate(room);
        // What a word takes beside its bytes counts too: a thousand short ones are long.
        room = room.saturating_sub(word.len() + WORD_BYTES);
        entry.argv.push(word);
    }
    entry.details.clear();
    if room == 0 {
        entry.details.push(("cut".to_owned(), format!("{all} words").into()));
    }
    entry
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
    let mut entry = of_session(log, row, Kind::Finding, severity);
    entry.by = finding.rule.as_str().into();
    entry.text = finding.text.clone();
    let facts: [(&str, Untrusted); 4] = [
        ("category", finding.category.name().into()),
        ("points", finding.points.to_string().into()),
        ("seq", finding.seq.to_string().into()),
        ("elapsed_ns", finding.elapsed_ns.to_string().into()),
    ];
    entry.details.extend(facts.map(|(name, fact)| (name.to_owned(), fact)));
    entry
}

fn remarked(log: &EventLog, row: &SessionRow, remark: &Remark, taken: &[Remark]) -> Option<Entry> {
    let (kind, severity) = match &remark.kind {
        RemarkKind::Verdict { verdict, .. } => (Kind::Verdict, of_verdict(*verdict)),
        RemarkKind::Note { .. } => (Kind::Note, Severity::Info),
        RemarkKind::Tag { .. } | RemarkKind::Untag { .. } => (Kind::Tag, Severity::Info),
        RemarkKind::Assign { .. } => (Kind::Assign, Severity::Info),
        // As loud as what no longer holds: whoever was told of that wants to know.
        RemarkKind::TakeBack { .. } => {
            let most = taken.iter().filter_map(|taken| verdict_of(&taken.kind)).map(of_verdict);
            (Kind::TakeBack, most.max().unwrap_or_default())
        }
        RemarkKind::Unknown => return None,
    };
    let mut entry = of_session(log, row, kind, severity);
    (entry.time, entry.by) = (remark.at, remark.who.clone());
    entry.text = match &remark.kind {
        RemarkKind::TakeBack { .. } => {
            let said = taken.iter().map(|taken| in_words(&taken.kind).as_bytes().to_vec());
            let said = said.collect::<Vec<_>>().join(b"; ".as_slice());
            Untrusted::new([b"taken back: ".as_slice(), &said].concat())
        }
        kind => in_words(kind),
    };
    let mut fact = |name: &str, value: String| {
        entry.details.push((name.to_owned(), value.as_str().into()));
    };
    fact("act", remark.act.to_string());
    if let RemarkKind::Note { elapsed_ns, .. } = &remark.kind {
        fact("elapsed_ns", elapsed_ns.to_string());
    }
    if let RemarkKind::TakeBack { taken } = &remark.kind {
        fact("taken_act", taken.to_string());
    }
    let mut verdicts =
        std::iter::once(remark).chain(taken).filter_map(|said| verdict_of(&said.kind));
    if let Some(verdict) = verdicts.next_back() {
        fact("verdict", verdict.map_or_else(|| "none".to_owned(), |verdict| verdict.to_string()));
    }
    Some(entry)
}

fn verdict_of(kind: &RemarkKind) -> Option<Option<Verdict>> {
    match kind {
        RemarkKind::Verdict { verdict, .. } => Some(*verdict),
        _ => None,
    }
}

fn of_verdict(verdict: Option<Verdict>) -> Severity {
    match verdict {
        Some(Verdict::Incident) => Severity::High,
        Some(Verdict::Suspicious) => Severity::Warning,
        _ => Severity::Info,
    }
}

fn in_words(kind: &RemarkKind) -> Untrusted {
    let (head, more): (String, &[u8]) = match kind {
        RemarkKind::Verdict { verdict, why } => {
            let word =
                verdict.map_or_else(|| "no verdict".to_owned(), |verdict| verdict.to_string());
            (word, why.as_bytes())
        }
        RemarkKind::Note { text, .. } => ("note".to_owned(), text.as_bytes()),
        RemarkKind::Tag { tag } => ("tagged".to_owned(), tag.as_bytes()),
        RemarkKind::Untag { tag } => ("no longer tagged".to_owned(), tag.as_bytes()),
        RemarkKind::Assign { to: Some(to) } => ("assigned".to_owned(), to.as_bytes()),
        RemarkKind::Assign { to: None } => ("assigned to nobody".to_owned(), b""),
        RemarkKind::TakeBack { taken } => (format!("take-back of act {taken}"), b""),
        RemarkKind::Unknown => ("something unknown".to_owned(), b""),
    };
    match more {
        [] => head.as_str().into(),
        more => Untrusted::new([head.as_bytes(), b": ", more].concat()),
    }
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

/// A command's words; the recording has all of them.
const ARGV_BYTES_MAX: usize = 4 * 1024;
const WORD_BYTES: usize = 24;
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

    fn finding() -> Finding {
        Finding {
            rule: "log-delete".to_owned(),
            category: Category::Tamper,
            points: 80,
            source: Source::Typed,
            seq: 4,
            elapsed_ns: 5,
            text: "rm /var/log/x".into(),
        }
    }

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
        let recorded = |record: Record| {
            reporter.recorded([(row.clone(), &record)].into_iter(), Place::default());
        };
        recorded(Record::Close { end: end.clone(), chain });
        end.exit_value = None;
        let incident = Incident {
            at: Default::default(),
            after_seq: 0,
            kind: IncidentKind::OrderFreeze,
            who: Some("olga".into()),
            text: "look\u{1b}".into(),
        };
        recorded(Record::Incident(incident));
        let kind = RemarkKind::Verdict { verdict: Some(Verdict::Incident), why: "it was".into() };
        let remark = Remark { act: 1, at: Default::default(), who: "olga".into(), kind };
        let findings = vec![finding()];
        reporter.changed(&Change { row: row.clone(), findings, remark: None });
        reporter.remarked(&row, &remark, &[]);
        let kind = RemarkKind::TakeBack { taken: 1 };
        let undone = Remark { act: 2, at: Default::default(), who: "olga".into(), kind };
        reporter.remarked(&row, &undone, &[remark]);
        let risen = SessionRow { risk: Score::capped(90), ..row.clone() };
        reporter.crossed(&risen, Level::Critical, Score::capped(30), "log-delete");
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
                (Kind::TakeBack, Severity::High, "taken back: incident: it was".into()),
                (
                    Kind::RiskLevel,
                    Severity::Critical,
                    "the risk is critical: 90, after 30 (medium)".into()
                ),
            ]
        );
        assert!(stored.iter().all(|stored| {
            let entry = &stored.entry;
            assert_eq!((entry.argv.len(), entry.command()), (0, row.command.clone()));
            entry.host == row.host && entry.user == row.user && entry.tsid == Some(row.tsid)
        }));
        assert_eq!(stored[1].entry.by, "olga".into());
        assert_eq!(stored[2].entry.by, "log-delete".into());
    }
}
