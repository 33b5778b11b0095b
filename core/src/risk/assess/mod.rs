//! Scores one session while it runs, and tells why.
//!
//! Pure: events and what happens come in, findings come out. What a session costs in memory does not
//! grow with it, and one that rests can be put to [sleep](Assessor::sleep).

mod command;
mod course;
mod lines;
mod tally;
mod who;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use self::course::Course;
use self::lines::Lines;
use self::tally::{Moment, Tally};
use super::rules::{Act, EndKind, Happening, On, Rule, Rules};
use super::{Anomaly, Finding, Level, Score, Source};
use crate::session::{Event, EventKind, Incident, IncidentKind};
use crate::term::{Brought, EnteredText, Watch};

pub use self::who::{Circumstances, Ending, Who};

/// The assessment of one session.
pub struct Assessor {
    rules: Arc<Rules>,
    /// Rules that hold for this user, host and run user.
    holding: Box<[bool]>,
    tally: Tally,
    course: Course,
    /// Facts that were not found yet: the places of their rules.
    facts: Vec<usize>,
    /// Follows the terminal, where a rule wants to know what was entered or shown.
    watch: Option<Watch>,
    /// Output, where a rule wants to see it as it is.
    output: Option<Lines>,
    /// What is piped into a shell: commands as well.
    piped: Option<Lines>,
    /// The rules that stop lines and found one in this event, which may be looked at more than once.
    stopped: Vec<(usize, u64)>,
    /// The last event that entered a line, until it is asked for.
    entered: Option<u64>,
    /// A line that was entered and goes on in the next one.
    begun: Option<String>,
    seq: u64,
    marks: Vec<Anomaly>,
    /// An operator ordered the freeze.
    ordered: bool,
}

impl Assessor {
    /// Begins with what is known at the start of a session.
    pub fn new(rules: Arc<Rules>, who: &Who<'_>, circumstances: Circumstances) -> Self {
        let holds =
            |rule: &Rule| rule.holds_for(who.user.as_bytes(), who.host, who.run_user.as_bytes());
        let holding: Box<[bool]> = rules.iter().map(holds).collect();
        let looks = |on: On| {
            let places = rules.lens(on).map(|lens| lens.places()).unwrap_or_default();
            places.iter().any(|place| holding.get(*place).copied().unwrap_or(false))
        };
        let in_force = || rules.iter().zip(&holding).enumerate().filter(|(_, (_, holds))| **holds);
        let hostile =
            in_force().any(|(_, (rule, _))| rule.happening() == Some(Happening::HostileEscape));
        let typed = looks(On::Cmdline) || looks(On::Typed);
        let (shown, raw) = (looks(On::Output), looks(On::Raw));
        let watch = typed || shown || hostile;
        let facts = in_force().filter(|(_, (rule, _))| rule.when().is_some());
        let facts = facts.map(|(place, _)| place).collect();
        let mut assessor = Self {
            tally: Tally::new(&rules),
            course: Course::new(circumstances, who.tty.is_some()),
            facts,
            watch: watch.then(|| Watch::new(who.lines, who.columns, shown)),
            output: raw.then(Lines::default),
            piped: (typed && who.is_shell()).then(Lines::default),
            stopped: Vec::new(),
            entered: None,
            begun: None,
            seq: 0,
            marks: Vec::new(),
            ordered: false,
            holding,
            rules,
        };
        assessor.begin(who);
        assessor
    }

    /// The rules by which it is scored.
    pub fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// Takes the next event.
    pub fn push(&mut self, event: &Event) {
        self.seq = event.seq();
        self.course.take(event);
        let data = event.data();
        match event.kind() {
            EventKind::Ttyout | EventKind::Stdout | EventKind::Stderr => {
                self.look_at_lines(On::Raw, data);
            }
            EventKind::Stdin => self.look_at_lines(On::Typed, data),
            EventKind::Ttyin | EventKind::Winsize | EventKind::Suspend => {}
        }
        self.follow(event);
        self.look_at_facts();
    }

    /// Takes what happened to the session from outside.
    pub fn happened(&mut self, incident: &Incident) {
        let text = incident.text.as_bytes();
        match incident.kind {
            IncidentKind::OrderFreeze => self.ordered = true,
            IncidentKind::OrderThaw | IncidentKind::Thawed => self.ordered = false,
            IncidentKind::Frozen | IncidentKind::FreezeTimeout if !self.ordered => {
                self.mark(Anomaly::Outage);
            }
            kind => {
                if let Some(happening) = Happening::of(kind) {
                    self.occurred(happening, text);
                }
            }
        }
    }

    /// The clocks of host and server were so many seconds apart when the session began.
    pub fn clocks_differ(&mut self, seconds: u64) {
        self.course.clocks_differ(seconds);
        self.look_at_facts();
    }

    /// Something happened to the session that is no incident of it: events are missing, or sudo ran
    /// something that was not recorded. `text` says more about it.
    pub fn occurred(&mut self, happening: Happening, text: &[u8]) {
        match happening {
            Happening::CgroupEscape => self.mark(Anomaly::Escape),
            Happening::WrongAck => self.mark(Anomaly::WrongAck),
            Happening::Unrecorded | Happening::PolicyReplaced | Happening::OtherRoot => {
                self.mark(Anomaly::Unrecorded);
            }
            Happening::Divergence => self.mark(Anomaly::Divergence),
            Happening::SeqGap => self.mark(Anomaly::SeqGap),
            Happening::Unchecked => self.mark(Anomaly::Unchecked),
            // What rules say of them is enough.
            Happening::Unwitnessed | Happening::AuditTampered | Happening::HostileEscape => {}
        }
        let moment = self.now();
        let rules = Arc::clone(&self.rules);
        for (place, rule) in rules.iter().enumerate() {
            if rule.happening() == Some(happening) && self.wants(place, Source::Event) {
                let words = rule.condition();
                let text = if text.is_empty() { words.as_bytes() } else { text };
                self.tally.note((place, rule), Source::Event, moment, &tally::beginning(text));
            }
        }
    }

    /// So much time has passed since the start of a session that is still running.
    pub fn pass(&mut self, elapsed_ns: u64) {
        self.course.pass(elapsed_ns);
        self.look_at_facts();
    }

    /// No more events come for now: looks at what was not looked at yet. A command that is piped into a
    /// shell is none before its line ends.
    pub fn rest(&mut self) {
        if let Some(watch) = &mut self.watch {
            watch.settle();
        }
        self.look_at_shown();
        self.look_at_rest(On::Raw);
    }

    /// The session has ended.
    pub fn end(&mut self, ending: Ending) {
        let brought = self.watch.as_mut().map(Watch::finish).unwrap_or_default();
        self.take(&brought);
        self.rest();
        self.look_at_rest(On::Typed);
        self.course.end(ending);
        self.look_at_facts();
    }

    /// Gives back all memory that can be done without until the next event. It makes no difference to
    /// what is found.
    pub fn sleep(&mut self) {
        let brought = self.watch.as_mut().map(Watch::sleep).unwrap_or_default();
        self.take(&brought);
        self.look_at_shown();
        self.output.iter_mut().chain(&mut self.piped).for_each(Lines::shrink);
        self.tally.shrink();
    }

    /// Memory that it takes, about.
    pub fn bytes(&self) -> usize {
        let lines = self.output.iter().chain(&self.piped).map(Lines::bytes);
        let watch = self.watch.as_ref().map_or(0, Watch::bytes);
        let begun = self.begun.as_ref().map_or(0, String::capacity);
        size_of::<Self>()
            + self.holding.len()
            + self.tally.bytes()
            + watch
            + begun
            + lines.sum::<usize>()
    }

    /// What was found since this was last called.
    pub fn take_findings(&mut self) -> Vec<Finding> {
        self.tally.take_fresh()
    }

    /// The last event in which a line was entered since this was last called.
    pub fn take_entered(&mut self) -> Option<u64> {
        self.entered.take()
    }

    /// True when a rule that holds may stop a line that is entered: then lines should wait until they
    /// were looked at.
    pub fn may_stop_lines(&self) -> bool {
        let lenses = [On::Cmdline, On::Typed].into_iter().filter_map(|on| self.rules.lens(on));
        let mut places = lenses.flat_map(|lens| lens.places());
        places.any(|place| self.may_stop(*place))
    }

    /// All that was found, in the order of time; of very much what counts most.
    pub fn findings(&self) -> &[Finding] {
        self.tally.findings()
    }

    /// How risky the session is by now. It never falls.
    pub fn score(&self) -> Score {
        self.tally.score(self.rules.cap())
    }

    /// What is out of the ordinary by now.
    pub fn anomalies(&self) -> Vec<Anomaly> {
        let Circumstances { after_hours, first_seen, .. } = self.course.circumstances();
        let is = |anomaly: &Anomaly| match anomaly {
            Anomaly::Incomplete => self.course.end_kind() == Some(EndKind::Incomplete),
            Anomaly::HighRisk => self.score() >= Level::High.floor(),
            Anomaly::AfterHours => after_hours,
            Anomaly::FirstSeen => first_seen,
            Anomaly::VeryLong => self.course.is_very_long(),
            Anomaly::Outage => {
                let timed_out = self.course.end_kind() == Some(EndKind::FreezeTimeout);
                timed_out && !self.ordered || self.marks.contains(anomaly)
            }
            other => self.marks.contains(other),
        };
        Anomaly::ALL.into_iter().filter(is).collect()
    }

    /// The strongest thing that the rules which found something ask for.
    pub fn act(&self) -> Act {
        let rules = self.findings().iter().filter_map(|finding| self.rules.get(&finding.rule));
        rules.map(Rule::act).max().unwrap_or(Act::Notify)
    }

    fn begin(&mut self, who: &Who<'_>) {
        if who.is_shell() && who.is_root() {
            self.mark(Anomaly::RootShell);
        }
        for text in command::spellings(&who.command_line()) {
            self.look(On::Cmdline, Source::Command, Moment::default(), &text);
        }
        self.look(On::Argv0, Source::Command, Moment::default(), who.program_name());
        self.look_at_facts();
    }

    fn follow(&mut self, event: &Event) {
        let Some(watch) = &mut self.watch else { return };
        let brought = watch.push(event, Duration::from_nanos(self.course.elapsed_ns()));
        let is_full = watch.is_full();
        self.take(&brought);
        if is_full {
            self.look_at_shown();
        }
    }

    fn take(&mut self, brought: &Brought) {
        for line in &brought.entered {
            self.look_at_entered(line);
        }
        if brought.enters {
            self.entered = Some(self.seq);
            brought.unseen.iter().for_each(|text| self.look_ahead(text));
        }
        if brought.hostile {
            self.occurred(Happening::HostileEscape, b"");
        }
    }

    fn look_at_entered(&mut self, line: &EnteredText) {
        let moment = Moment { seq: line.seq, elapsed_ns: nanos(line.elapsed) };
        let begun = self.begun.take();
        for command in command::entered(line) {
            self.look_at_command(moment, command.as_bytes());
            if let Some(begun) = &begun {
                let rest = command.strip_prefix("> ").unwrap_or(command);
                self.look_at_command(moment, format!("{begun}{rest}").as_bytes());
            }
            self.begun = command::goes_on(begun.as_deref(), command);
        }
    }

    fn look_at_command(&mut self, moment: Moment, command: &[u8]) {
        for text in command::spellings(command) {
            self.look(On::Cmdline, Source::Typed, moment, &text);
            self.look(On::Typed, Source::Typed, moment, &text);
        }
    }

    /// A line that the screen does not show yet may be a password: what was typed is told to nobody,
    /// and only rules that would stop it look at it.
    fn look_ahead(&mut self, typed: &str) {
        let (rules, moment) = (Arc::clone(&self.rules), self.now());
        for text in command::spellings(typed.as_bytes()) {
            let lenses = [On::Cmdline, On::Typed].into_iter().filter_map(|on| rules.lens(on));
            let matching: Vec<usize> = lenses.flat_map(|lens| lens.matching(&text)).collect();
            for place in matching {
                let Some(rule) = rules.at(place).filter(|_| self.may_stop(place)) else { continue };
                let is_plain = matches!(rule.wants(), (0 | 1, _));
                if is_plain && self.wants_to_stop(place, moment.seq) && rule.find(&text).is_some() {
                    let words = rule.condition();
                    self.stopped_at(place, moment.seq);
                    self.tally.note((place, rule), Source::Typed, moment, words.as_bytes());
                }
            }
        }
    }

    fn may_stop(&self, place: usize) -> bool {
        let holds = self.holding.get(place).copied().unwrap_or(false);
        holds && self.rules.at(place).is_some_and(|rule| rule.act() != Act::Notify)
    }

    fn look_at_shown(&mut self) {
        let Some(mut watch) = self.watch.take() else { return };
        watch.take_shown(|line| {
            let moment = Moment { seq: line.seq, elapsed_ns: nanos(line.elapsed) };
            self.look(On::Output, Source::Shown, moment, line.text.as_bytes());
        });
        self.watch = Some(watch);
    }

    fn look_at_lines(&mut self, on: On, data: &[u8]) {
        let slot = if on == On::Raw { &mut self.output } else { &mut self.piped };
        let Some(mut lines) = slot.take() else { return };
        lines.push(data, |line| self.look_at_line(on, line));
        match on {
            On::Raw => self.output = Some(lines),
            _ => self.piped = Some(lines),
        }
    }

    /// Looks at a line that has begun and may go on.
    fn look_at_rest(&mut self, on: On) {
        let slot = if on == On::Raw { &mut self.output } else { &mut self.piped };
        let Some(lines) = slot.take() else { return };
        lines.rest(|line| self.look_at_line(on, line));
        match on {
            On::Raw => self.output = Some(lines),
            _ => self.piped = Some(lines),
        }
    }

    fn look_at_line(&mut self, on: On, line: &[u8]) {
        match on {
            On::Raw => self.look(On::Raw, Source::Raw, self.now(), line),
            _ => self.look_at_command(self.now(), line),
        }
    }

    fn look(&mut self, on: On, source: Source, moment: Moment, text: &[u8]) {
        let rules = Arc::clone(&self.rules);
        let matching = rules.lens(on).into_iter().flat_map(|lens| lens.matching(text));
        for place in matching {
            let Some(rule) = rules.at(place) else { continue };
            let stops = source == Source::Typed && self.may_stop(place);
            let wants = match stops {
                true => self.wants_to_stop(place, moment.seq),
                false => self.wants(place, source),
            };
            if wants && self.tally.look((place, rule), source, moment, text) && stops {
                self.stopped_at(place, moment.seq);
            }
        }
    }

    fn look_at_facts(&mut self) {
        if self.facts.is_empty() {
            return;
        }
        let (rules, moment) = (Arc::clone(&self.rules), self.now());
        let (course, tally) = (&self.course, &mut self.tally);
        self.facts.retain(|place| {
            let Some(rule) = rules.at(*place) else { return false };
            let holds = rule.when().is_some_and(|when| course.fulfils(when));
            if holds {
                let words = rule.condition();
                let words = tally::beginning(words.as_bytes());
                tally.note((*place, rule), Source::Meta, moment, &words);
            }
            !holds
        });
    }

    fn wants(&self, place: usize, source: Source) -> bool {
        self.holding.get(place).copied().unwrap_or(false) && self.tally.wants(place, source)
    }

    /// A rule that stops lines looks at each of them, and finds it once: it is seen when it is entered and
    /// again when it is shown.
    fn wants_to_stop(&self, place: usize, seq: u64) -> bool {
        self.may_stop(place) && !self.stopped.contains(&(place, seq))
    }

    fn stopped_at(&mut self, place: usize, seq: u64) {
        if self.stopped.len() >= STOPPED_MAX {
            self.stopped.remove(0);
        }
        self.stopped.push((place, seq));
    }

    fn mark(&mut self, anomaly: Anomaly) {
        if !self.marks.contains(&anomaly) {
            self.marks.push(anomaly);
        }
    }

    fn now(&self) -> Moment {
        Moment { seq: self.seq, elapsed_ns: self.course.elapsed_ns() }
    }
}

/// Lines that were stopped and may be shown yet.
const STOPPED_MAX: usize = 64;

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
