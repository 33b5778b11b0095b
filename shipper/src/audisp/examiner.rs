//! What comes out of the stream: from pieces to what somebody is told. It does no I/O but looking up names.

use std::time::{Duration, Instant};

use sudolog_core::eventlog::{Entry, Kind, Severity, Source};
use sudolog_core::kaudit::{
    Assembler, Burst, Event, Gaps, Passage, Piece, Rest, Seen, Sighting, SightingKind, Tamper, Toll,
};
use sudolog_core::limits::KAUDIT_MAIL_PAUSE;
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;

use super::config::{Action, Settings, Wanted};
use super::people::People;

/// Looks at every record.
#[derive(Debug)]
pub(super) struct Examiner {
    settings: Settings,
    people: People,
    assembler: Assembler,
    events: Vec<Event>,
    gaps: Gaps,
    tamper: Tamper,
    /// Holds back mails.
    mails: Burst,
    /// Holds back entries when there are very many.
    tallies: Vec<Tally>,
    newest: Timestamp,
    pub(super) counts: Counts,
}

/// What somebody is told.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Finding {
    /// For the event log.
    Entry(Box<Entry>),
    /// For the shipper, to compare.
    Sighting(Box<Sighting>),
    /// An event that a rule waits for.
    Alert { rule: usize, seen: Box<Seen> },
    /// Those that followed a mail.
    Summary(Rest),
}

/// What was read so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) records: u64,
    /// Pieces that are no records.
    pub(super) bad: u64,
    pub(super) events: u64,
    pub(super) toll: Toll,
}

/// How often a rule has matched since it was last told of.
#[derive(Debug)]
struct Tally {
    until: Instant,
    told: u32,
    held: u64,
    last: Option<Box<Seen>>,
}

impl Examiner {
    pub(super) fn new(now: Instant, settings: Settings, people: People) -> Self {
        let tallies = settings.rules.iter().map(|rule| Tally::new(now, rule)).collect();
        Self {
            settings,
            people,
            assembler: Assembler::default(),
            events: Vec::new(),
            gaps: Gaps::default(),
            tamper: Tamper::default(),
            mails: Burst::new(KAUDIT_MAIL_PAUSE),
            tallies,
            newest: Timestamp::default(),
            counts: Counts::default(),
        }
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Goes on with other settings; what is on its way stays.
    pub(super) fn reload(&mut self, now: Instant, settings: Settings, out: &mut Vec<Finding>) {
        self.tell_tallies(now, true, out);
        out.extend(self.mails.rest().into_iter().map(Finding::Summary));
        self.tallies = settings.rules.iter().map(|rule| Tally::new(now, rule)).collect();
        self.settings = settings;
        self.people.forget();
    }

    /// Looks at a piece of the stream.
    pub(super) fn take(&mut self, now: Instant, piece: &Piece, out: &mut Vec<Finding>) {
        self.counts.records += 1;
        let Ok(record) = piece.record() else {
            self.counts.bad += 1;
            return;
        };
        self.gaps.see(now, &record);
        self.newest = record.stamp.time();
        let mut events = std::mem::take(&mut self.events);
        self.assembler.push(now, record, &mut events);
        events.drain(..).for_each(|event| self.event(now, &event, out));
        self.events = events;
    }

    /// Does what is due.
    pub(super) fn tick(&mut self, now: Instant, out: &mut Vec<Finding>) {
        let mut events = Vec::new();
        self.assembler.expire(now, &mut events);
        events.iter().for_each(|event| self.event(now, event, out));
        let toll = self.assembler.toll();
        self.counts.toll.late += toll.late;
        self.counts.toll.left_out += toll.left_out;
        self.counts.toll.forced += toll.forced;
        if self.settings.tampering {
            let missing = self.gaps.due(now).and_then(Tamper::lost);
            out.extend(missing.into_iter().chain(self.tamper.due(now)).map(boxed));
        }
        self.tell_tallies(now, false, out);
        out.extend(self.mails.due(now).into_iter().map(Finding::Summary));
    }

    /// The stream has ended.
    pub(super) fn close(&mut self, now: Instant, out: &mut Vec<Finding>) {
        let mut events = Vec::new();
        self.assembler.close(&mut events);
        events.iter().for_each(|event| self.event(now, event, out));
        self.tell_tallies(now, true, out);
        out.extend(self.mails.rest().into_iter().map(Finding::Summary));
    }

    /// Records were dropped before anybody looked at them.
    pub(super) fn dropped(&mut self, time: Timestamp, count: u64, out: &mut Vec<Finding>) {
        let id = format!("dropped.{}.{count}", time.as_nanos() / 1_000_000).parse();
        let Ok(id) = id else { return };
        let mut entry = Entry::new(id, time, Source::Kernel, Kind::Lost);
        entry.severity = Severity::High;
        entry.by = "sudolog-audisp".into();
        entry.text = format!("{count} records of the kernel's audit were dropped: they came faster than they could be looked at").into();
        out.push(boxed(entry));
    }

    fn event(&mut self, now: Instant, event: &Event, out: &mut Vec<Finding>) {
        self.counts.events += 1;
        let Some(mut seen) = Seen::of(event) else { return };
        if self.settings.tampering {
            out.extend(self.tamper.look(now, event, &seen).map(boxed));
        }
        let sighting = self.sighting(&seen);
        let mut matching = Vec::new();
        for (index, wanted) in self.settings.rules.iter().enumerate() {
            if wanted.rule.matches(&seen) {
                matching.push(index);
            }
        }
        if sighting.is_none() && matching.is_empty() {
            return;
        }
        if seen.login.is_none() {
            seen.login = seen.auid.and_then(|auid| self.people.name(auid));
        }
        out.extend(sighting.map(|mut sighting| {
            sighting.login = seen.login_name();
            if sighting.user.is_empty() {
                sighting.user =
                    sighting.uid.and_then(|uid| self.people.name(uid)).unwrap_or_default();
            }
            Finding::Sighting(Box::new(sighting))
        }));
        for index in matching {
            self.matched(now, index, &seen, out);
        }
    }

    /// What is to be compared with sessions.
    fn sighting(&self, seen: &Seen) -> Option<Sighting> {
        let Settings { divergence: true, sudo, helpers, .. } = &self.settings else { return None };
        let sighting = Sighting::of(seen, sudo)?;
        let is_helper = helpers.iter().any(|path| path.as_bytes() == sighting.exe.as_bytes());
        (sighting.kind != SightingKind::Root || !is_helper).then_some(sighting)
    }

    fn matched(&mut self, now: Instant, index: usize, seen: &Seen, out: &mut Vec<Finding>) {
        let Some(wanted) = self.settings.rules.get(index) else { return };
        let mails = wanted.actions.contains(&Action::Mail);
        if (mails && self.mails.offer(now, index, &seen.login_name()) == Passage::Now)
            || wanted.actions.contains(&Action::Print)
        {
            out.push(Finding::Alert { rule: index, seen: Box::new(seen.clone()) });
        }
        let forwards = wanted.actions.contains(&Action::Forward);
        let counts = wanted.actions.contains(&Action::Count);
        let Some(tally) = self.tallies.get_mut(index).filter(|_| forwards || counts) else {
            return;
        };
        if forwards && tally.told < FORWARDS_MAX {
            tally.told += 1;
            out.extend(key_match(wanted, index, seen).map(boxed));
        } else {
            tally.held += 1;
            tally.last = Some(Box::new(seen.clone()));
        }
    }

    fn tell_tallies(&mut self, now: Instant, all: bool, out: &mut Vec<Finding>) {
        for (index, (tally, wanted)) in
            self.tallies.iter_mut().zip(&self.settings.rules).enumerate()
        {
            if !all && now < tally.until {
                continue;
            }
            let due = std::mem::replace(tally, Tally::new(now, wanted));
            let Some(last) = due.last else { continue };
            out.extend(key_match(wanted, index, &last).map(|mut entry| {
                let text =
                    format!("{} matched {} times more, this is the last", wanted.name, due.held);
                entry.text = text.into();
                entry.details.push(("count".to_owned(), due.held.to_string().into()));
                boxed(entry)
            }));
        }
    }
}

impl Tally {
    fn new(now: Instant, rule: &Wanted) -> Self {
        let pause =
            if rule.actions.contains(&Action::Forward) { FORWARD_PAUSE } else { COUNT_PAUSE };
        Self { until: now + pause, told: 0, held: 0, last: None }
    }
}

fn key_match(wanted: &Wanted, index: usize, seen: &Seen) -> Option<Entry> {
    let mut entry = seen.entry(&format!("key{index}"), Kind::KeyMatch)?;
    entry.severity = wanted.severity;
    entry.risk = wanted.risk;
    entry.by = wanted.name.as_str().into();
    let program = seen.exe.clone().unwrap_or_default();
    let who = seen.login_name();
    let text =
        [who.as_bytes(), b" triggered ", wanted.name.as_bytes(), b" with ", program.as_bytes()];
    entry.text = Untrusted::new(text.concat());
    for key in &seen.keys {
        entry.details.push(("key".to_owned(), key.clone()));
    }
    entry.details.truncate(sudolog_core::limits::ENTRY_DETAILS_MAX);
    Some(entry)
}

fn boxed(entry: Entry) -> Finding {
    Finding::Entry(Box::new(entry))
}

/// Entries of one rule within [`FORWARD_PAUSE`]; the others are counted in one more.
const FORWARDS_MAX: u32 = 100;
const FORWARD_PAUSE: Duration = Duration::from_secs(10);
const COUNT_PAUSE: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use std::path::Path;

    use sudolog_core::kaudit::Stream;

    use super::*;

    fn findings(text: &[u8], settings: &str) -> (Vec<Finding>, Counts) {
        let settings = Settings::parse(Path::new("/x"), settings).unwrap();
        let (now, mut stream, mut out) = (Instant::now(), Stream::default(), Vec::new());
        let mut examiner = Examiner::new(now, settings, People::of("/nowhere"));
        let mut pieces = Vec::new();
        stream.push(text, |piece| pieces.push(piece));
        stream.finish(|piece| pieces.push(piece));
        pieces.iter().for_each(|piece| examiner.take(now, piece, &mut out));
        examiner.tick(now, &mut out);
        examiner.close(now, &mut out);
        (out, examiner.counts)
    }

    fn entries(findings: &[Finding]) -> Vec<&Entry> {
        findings
            .iter()
            .filter_map(
                |finding| if let Finding::Entry(entry) = finding { Some(&**entry) } else { None },
            )
            .collect()
    }

    #[test]
    fn a_rule_is_told_of_with_who_and_what() {
        let text = include_bytes!("../../../core/src/kaudit/fixtures/w-two-keys.enriched.log");
        let (found, counts) =
            findings(text, "divergence: false\nrules: [{key: second_key, severity: high}]");
        let all = entries(&found);
        assert_eq!((all.len(), counts.bad, counts.events), (1, 0, 4));
        assert_eq!(
            (all[0].kind, all[0].severity, all[0].uid),
            (Kind::KeyMatch, Severity::High, Some(4001))
        );
        assert_eq!(all[0].text.escaped().to_string(), "alice triggered second_key with /usr/bin/w");
        all[0].check().unwrap();
    }

    #[test]
    fn a_flood_is_one_mail_a_summary_and_a_bounded_number_of_entries() {
        let flood = include_str!("../../../core/src/kaudit/fixtures/c11-flood.log");
        let text: String = (0..13)
            .map(|round| flood.replace("audit(1100.", &format!("audit({}.", 1100 + round)))
            .collect();
        let (found, _) = findings(
            text.as_bytes(),
            "tampering: false\nmail: {to: root}\nrules: [{key: alert, actions: [mail, forward]}]",
        );
        let mails = found.iter().filter(|finding| matches!(finding, Finding::Alert { .. })).count();
        let summaries: Vec<_> =
            found
                .iter()
                .filter_map(|finding| {
                    if let Finding::Summary(rest) = finding { Some(rest.count) } else { None }
                })
                .collect();
        assert_eq!((mails, summaries), (1, vec![13 * 40 - 1]));
        let all = entries(&found);
        assert_eq!(all.len(), FORWARDS_MAX as usize + 1);
        assert!(all.last().unwrap().text.escaped().to_string().contains("420 times more"));
    }

    #[test]
    fn what_is_cut_or_has_odd_line_ends_harms_nothing_else() {
        let cut = include_bytes!("../../../core/src/kaudit/fixtures/c04-cut-line.log");
        let (found, counts) = findings(cut, "divergence: false\nrules: [{key: a}]");
        assert_eq!((entries(&found).len(), counts.bad), (1, 2));
        let ends = include_bytes!("../../../core/src/kaudit/fixtures/c16-line-ends.log");
        let (found, counts) = findings(ends, "divergence: false\nrules: [{key: alert}]");
        assert_eq!((entries(&found).len(), counts.bad), (1, 0));
    }
}
