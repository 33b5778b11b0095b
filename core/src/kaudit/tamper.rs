//! Records that say that the audit stream itself was touched: tier E.

use std::time::{Duration, Instant};

use super::{Burst, Event, Missing, Passage, Record, Seen};
use crate::eventlog::{Entry, EntryId, Kind, Severity, Source};
use crate::risk::Score;
use crate::time::Timestamp;
use crate::untrusted::Untrusted;

/// Says when the stream was touched; a series of the same kind once, with a summary.
#[derive(Debug)]
pub struct Tamper {
    burst: Burst,
    last: Vec<(usize, Seen)>,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// Auditing was switched off, or made changeable.
    Off,
    /// A rule was removed.
    RuleRemoved,
    /// A rule was added; one with `never` makes blind.
    RuleAdded,
    /// Another process took the stream, or its limits were changed.
    Changed,
    /// `auditd` was ended.
    Ended,
    /// `auditd` was ended by the system's own service manager, as when the machine stops.
    Stopped,
    /// `auditd` failed.
    Aborted,
}

impl Default for Tamper {
    fn default() -> Self {
        Self { burst: Burst::new(PAUSE), last: Vec::new() }
    }
}

impl Tamper {
    /// The entry about an event, when it is one of these and the first of its kind for now.
    pub fn look(&mut self, now: Instant, event: &Event, seen: &Seen) -> Option<Entry> {
        let touch = event.records.iter().find_map(Touch::of)?;
        let subject = touch as usize;
        self.last.retain(|(found, _)| *found != subject);
        self.last.push((subject, seen.clone()));
        match self.burst.offer(now, subject, &seen.login_name()) {
            Passage::Now => touch.entry(event, seen),
            Passage::Held => None,
        }
    }

    /// Summaries of what followed.
    pub fn due(&mut self, now: Instant) -> Vec<Entry> {
        let rests = self.burst.due(now);
        rests.into_iter().filter_map(|rest| self.summary(rest.subject, rest.count)).collect()
    }

    /// When one may be due.
    pub fn next_wake(&self) -> Option<Instant> {
        self.burst.next_wake()
    }

    /// The entry about numbers that never came, at the end of the gap; [`gap_since`] is its beginning.
    pub fn lost(missing: Missing) -> Option<Entry> {
        let time = missing.until;
        let id: EntryId =
            format!("gap.{}.{}.{}", time.as_nanos() / 1_000_000, missing.first, missing.count)
                .parse()
                .ok()?;
        let mut entry = Entry::new(id, time, Source::Kernel, Kind::AuditTampered);
        entry.severity = Severity::High;
        entry.risk = Some(Score::capped(SCORE));
        let text = format!(
            "{} events of the kernel's audit never came (numbers {} to {}): lost for want of room, or removed",
            missing.count, missing.first, missing.last
        );
        entry.text = text.into();
        entry.by = "gap".into();
        let Timestamp { seconds, nanoseconds } = missing.since;
        let since = format!("{seconds}.{:03}", nanoseconds / 1_000_000);
        entry.details.push((SINCE.to_owned(), since.as_str().into()));
        Some(entry)
    }

    fn summary(&mut self, subject: usize, count: u64) -> Option<Entry> {
        let (_, seen) = self.last.iter().find(|(found, _)| *found == subject)?;
        let touch = Touch::ALL.into_iter().find(|touch| *touch as usize == subject)?;
        let mut entry = seen.entry("tamper-more", Kind::AuditTampered)?;
        (entry.severity, entry.risk) = (touch.severity(), touch.risk());
        entry.by = touch.name().into();
        entry.text = format!("{}: {count} times more, this is the last", touch.sentence()).into();
        Some(entry)
    }
}

/// When a gap began that an entry is about: by its detail, else when the entry happened.
pub fn gap_since(entry: &Entry) -> Timestamp {
    let since = entry.details.iter().find(|(name, _)| name == SINCE);
    let read = |text: &Untrusted| {
        let text = std::str::from_utf8(text.as_bytes()).ok()?;
        let (seconds, millis) = text.split_once('.')?;
        let nanoseconds = millis.parse::<u32>().ok()?.checked_mul(1_000_000)?;
        Some(Timestamp { seconds: seconds.parse().ok()?, nanoseconds })
    };
    since.and_then(|(_, text)| read(text)).filter(|since| *since < entry.time).unwrap_or(entry.time)
}

impl Touch {
    /// All.
    const ALL: [Self; 7] = [
        Self::Off,
        Self::RuleRemoved,
        Self::RuleAdded,
        Self::Changed,
        Self::Ended,
        Self::Stopped,
        Self::Aborted,
    ];

    /// What a record says of this kind, if anything.
    pub fn of(record: &Record) -> Option<Self> {
        let fields = record.fields();
        let op = fields.get("op").and_then(|value| value.word()).unwrap_or_default();
        match &*record.kind {
            "DAEMON_END" => {
                let by_init = fields.number("pid") == Some(1) && fields.id("auid").is_none();
                Some(if by_init { Self::Stopped } else { Self::Ended })
            }
            "DAEMON_ABORT" => Some(Self::Aborted),
            "CONFIG_CHANGE" if fields.number("res") != Some(0) => match op.as_bytes() {
                b"remove_rule" => Some(Self::RuleRemoved),
                b"add_rule" => Some(Self::RuleAdded),
                _ => Self::of_setting(record),
            },
            _ => None,
        }
    }

    /// `NAME=NEW old=OLD` of `kernel/audit.c`.
    fn of_setting(record: &Record) -> Option<Self> {
        let fields = record.fields();
        match fields.number("audit_enabled") {
            Some(0) => return Some(Self::Off),
            // 1 and 2 (changeable no more) take nothing away.
            Some(_) => return None,
            None => {}
        }
        let set = ["audit_backlog_limit", "audit_rate_limit", "audit_failure"].into_iter();
        let mut settings =
            set.filter_map(|name| Some((name, fields.number(name)?, fields.number("old")?)));
        let is_worse = |(name, new, old): (&str, u32, u32)| match name {
            "audit_rate_limit" => new != 0 && new != old,
            _ => new < old,
        };
        // `auditd` itself takes the stream when it starts: only taking it away is of interest.
        let pid_taken = fields.number("audit_pid") == Some(0);
        (pid_taken || settings.any(is_worse)).then_some(Self::Changed)
    }

    fn entry(self, event: &Event, seen: &Seen) -> Option<Entry> {
        let mut entry = seen.entry("tamper", Kind::AuditTampered)?;
        (entry.severity, entry.risk) = (self.severity(), self.risk());
        entry.by = self.name().into();
        entry.text = self.sentence().into();
        let touching = event.records.iter().find(|record| Self::of(record).is_some())?;
        entry.details.push(("change".to_owned(), Untrusted::new(touching.body())));
        Some(entry)
    }

    fn severity(self) -> Severity {
        match self {
            Self::Off => Severity::Critical,
            Self::RuleRemoved | Self::Ended | Self::Aborted | Self::Changed => Severity::High,
            Self::RuleAdded | Self::Stopped => Severity::Notice,
        }
    }

    fn risk(self) -> Option<Score> {
        match self {
            Self::RuleAdded | Self::Stopped => None,
            _ => Some(Score::capped(SCORE)),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::RuleRemoved => "rule_removed",
            Self::RuleAdded => "rule_added",
            Self::Changed => "changed",
            Self::Ended => "auditd_ended",
            Self::Stopped => "auditd_stopped",
            Self::Aborted => "auditd_aborted",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Off => "the kernel's audit was switched off",
            Self::RuleRemoved => "an audit rule was removed",
            Self::RuleAdded => "an audit rule was added",
            Self::Changed => "the kernel's audit was changed for the worse",
            Self::Ended => "auditd was ended",
            Self::Stopped => "auditd was stopped with the system or its service",
            Self::Aborted => "auditd failed",
        }
    }
}

/// The detail that says when a gap began, as `auditd` writes moments.
const SINCE: &str = "since";
const SCORE: u32 = 70;
/// Between the first of a series and its summary.
const PAUSE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::super::Ending;
    use super::*;

    fn event(line: &str) -> (Event, Seen) {
        let record = Record::parse(line.as_bytes(), false).unwrap();
        let stamp = record.stamp.clone();
        let event = Event { stamp, records: vec![record], ending: Ending::Whole, left_out: 0 };
        let seen = Seen::of(&event).unwrap();
        (event, seen)
    }

    fn touch(body: &str) -> Option<Touch> {
        let (event, _) = event(&format!("type=CONFIG_CHANGE msg=audit(1.000:1): {body}"));
        event.records.iter().find_map(Touch::of)
    }

    #[test]
    fn what_takes_sight_away_is_told_from_what_does_not() {
        for (body, want) in [
            (
                "auid=1000 ses=1 op=remove_rule key=\"sudo_exec\" list=4 res=1",
                Some(Touch::RuleRemoved),
            ),
            ("auid=1000 ses=1 op=add_rule key=(null) list=4 res=1", Some(Touch::RuleAdded)),
            ("op=set audit_enabled=0 old=1 auid=0 ses=1 res=1", Some(Touch::Off)),
            ("op=set audit_enabled=0 old=1 auid=0 ses=1 res=0", None),
            ("op=set audit_enabled=1 old=0 auid=0 ses=1 res=1", None),
            ("op=set audit_pid=0 old=77 auid=0 ses=1 res=1", Some(Touch::Changed)),
            ("op=set audit_pid=78 old=0 auid=0 ses=1 res=1", None),
            ("op=set audit_backlog_limit=8 old=8192 auid=0 ses=1 res=1", Some(Touch::Changed)),
            ("op=set audit_backlog_limit=8192 old=64 auid=0 ses=1 res=1", None),
            ("op=set audit_rate_limit=1 old=0 auid=0 ses=1 res=1", Some(Touch::Changed)),
        ] {
            assert_eq!(touch(body), want, "{body}");
        }
        let end = |rest: &str| {
            let (event, _) = event(&format!(
                "type=DAEMON_END msg=audit(1.000:1): op=terminate {rest} res=success"
            ));
            event.records.iter().find_map(Touch::of)
        };
        assert_eq!(end("auid=0 uid=0 ses=4294967295 pid=15494"), Some(Touch::Ended));
        assert_eq!(end("auid=4294967295 uid=0 ses=4294967295 pid=1"), Some(Touch::Stopped));
    }

    #[test]
    fn a_series_is_told_of_twice_with_who_and_what() {
        let (start, mut tamper) = (Instant::now(), Tamper::default());
        let mut told = Vec::new();
        for serial in 0..7 {
            let line = format!(
                "type=CONFIG_CHANGE msg=audit(1.000:{serial}): auid=1000 ses=1 op=remove_rule key=\"k{serial}\" res=1"
            );
            let (event, seen) = event(&line);
            told.extend(tamper.look(start, &event, &seen));
        }
        assert_eq!((told.len(), told[0].severity, told[0].uid), (1, Severity::High, Some(1000)));
        assert_eq!(told[0].risk, Some(Score::capped(70)));
        assert!(format!("{:?}", told[0].details).contains("k0"));
        let more = tamper.due(start + PAUSE);
        assert!(more[0].text.escaped().to_string().contains("6 times more"), "{more:?}");
        more[0].check().unwrap();
    }

    #[test]
    fn a_gap_is_said_with_its_numbers_and_its_time() {
        let at = |seconds| Timestamp { seconds, nanoseconds: 250_000_000 };
        let missing = Missing { count: 3, first: 7, last: 9, since: at(40), until: at(50) };
        let mut entry = Tamper::lost(missing).unwrap();
        assert!(entry.text.escaped().to_string().contains("7 to 9"));
        assert_eq!((gap_since(&entry), entry.time), (at(40), at(50)));
        entry.details[0].1 = "never".into();
        assert_eq!(gap_since(&entry), at(50), "a host may say anything");
        entry.check().unwrap();
    }
}
