//! Where entries become letters: routed, kept quiet where that is wanted, collected, put into words, and
//! cut to what the receiver takes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::item::{Item, cut};
use super::letter::Letter;
use super::memory::{self, Held, Memory};
use super::plan::{Batch, Condition, Field, Plan, Route, Surplus, Target};
use super::quietness::{Quietness, Summary};
use super::split::split;
use crate::eventlog::{Entry, Kind, Severity, Source, Stored};
use crate::limits::{
    ALERT_BATCH_ITEMS_MAX, ALERT_CALL_WAIT, ALERT_GROUP_BYTES_MAX, ALERT_GROUPS_MAX,
    ALERT_TITLE_BYTES_MAX,
};
use crate::time::Timestamp;

/// Takes entries in, gives letters out.
#[derive(Debug)]
pub struct Desk {
    plan: Arc<Plan>,
    quietness: Quietness,
    groups: Vec<Group>,
    /// What came of entries by an earlier run: not told again.
    told: HashSet<(String, u64)>,
    /// Up to there an earlier run has taken entries: of these only what it held is still told.
    taken: u64,
    held: HashSet<Held>,
    /// Letters that wait for each target, as far as is known.
    waiting: HashMap<String, usize>,
    /// Entries that a target was spared.
    spared: HashMap<String, u64>,
    out: Vec<Letter>,
}

/// Entries that will be one letter.
#[derive(Debug)]
struct Group {
    target: String,
    route: usize,
    /// Which call of sudo they are of; those of a batch may be of any.
    call: Option<String>,
    due: Instant,
    items: Vec<Item>,
    bytes: usize,
}

impl Desk {
    /// An empty one. What it has made of entries before, by target and number, is not made again.
    pub fn new(plan: Arc<Plan>, told: HashSet<(String, u64)>) -> Self {
        Self {
            plan,
            quietness: Quietness::default(),
            groups: Vec::new(),
            told,
            taken: 0,
            held: HashSet::new(),
            waiting: HashMap::new(),
            spared: HashMap::new(),
            out: Vec::new(),
        }
    }

    /// Goes on where an earlier run was when this was kept; `at` is the time of day.
    pub fn remember(&mut self, memory: Memory, now: Instant, at: Timestamp) {
        let gone_ms = memory::gone_ms(memory.at, at);
        self.quietness.learn(memory.known, &self.plan, gone_ms, now);
        self.spared = memory.spared.into_iter().collect();
        self.held = memory.held.into_iter().collect();
        self.taken = memory.read;
    }

    /// What another run must know, when this one has taken all entries up to `read`.
    pub fn memory(&self, read: u64, now: Instant, at: Timestamp) -> Memory {
        let marks = memory::marks(&self.plan);
        let held = self.groups.iter().flat_map(|group| {
            let route = marks.get(group.route).cloned().unwrap_or_default();
            let (target, items) = (&group.target, group.items.iter());
            items.map(move |item| Held {
                target: target.clone(),
                route: route.clone(),
                number: item.number,
            })
        });
        let later = self.held.iter().filter(|held| held.number > read).cloned();
        let (held, read) = (held.chain(later).collect(), read.max(self.taken));
        let spared = self.spared.iter().map(|(target, count)| (target.clone(), *count)).collect();
        let mut memory = Memory { read, at, held, spared, ..Memory::default() };
        memory.keep(self.quietness.known(&marks, now));
        memory
    }

    /// How often that has changed which only [`memory`](Self::memory) tells another run.
    pub fn changes(&self) -> u64 {
        self.quietness.changes()
    }

    /// Another plan from now on; what was collected goes out by the old one. What was told lately by a route
    /// that is the same in both stays told.
    pub fn set_plan(&mut self, plan: Arc<Plan>, now: Instant, made: Timestamp) {
        for group in std::mem::take(&mut self.groups) {
            self.send(group, made);
        }
        let known = self.quietness.known(&memory::marks(&self.plan), now);
        self.quietness = Quietness::after(&self.quietness);
        self.quietness.learn(known, &plan, 0, now);
        self.plan = plan;
    }

    /// So many letters wait for a target.
    pub fn set_waiting(&mut self, target: &str, letters: usize) {
        self.waiting.insert(target.to_owned(), letters);
    }

    /// Takes the next entry of the log.
    pub fn take(&mut self, stored: &Stored, now: Instant, made: Timestamp) {
        let plan = Arc::clone(&self.plan);
        for (at, route) in plan.routes().iter().enumerate() {
            if !route.when.fits(&stored.entry) {
                continue;
            }
            self.take_by(at, route, stored, now, made);
            if !route.goes_on {
                break;
            }
        }
    }

    fn take_by(
        &mut self,
        at: usize,
        route: &Route,
        stored: &Stored,
        now: Instant,
        made: Timestamp,
    ) {
        if route.to.is_empty() {
            return;
        }
        let item = Item::new(stored, &self.plan);
        let entry = &stored.entry;
        if stored.number <= self.taken {
            return self.take_held(at, route, (&item, entry), (now, made));
        }
        if let Some(dedup) = &route.dedup
            && !self.quietness.is_new((at, key(&dedup.key, entry)), dedup, &item, now)
        {
            return;
        }
        let items = match &route.quiet {
            // What sudo says of a call is no condition that comes and goes.
            Some(quiet) if entry.source != Source::Sudo => {
                let same = route.dedup.as_ref().map_or(CONDITION.as_slice(), |dedup| &dedup.key);
                self.quietness.happened((at, key(same, entry)), quiet, item, now)
            }
            _ => vec![item],
        };
        for item in items {
            for name in &route.to {
                self.hand(at, route, name, (&item, entry), (now, made));
            }
        }
    }

    /// What an earlier run was collecting.
    fn take_held(
        &mut self,
        at: usize,
        route: &Route,
        (item, entry): (&Item, &Entry),
        time: (Instant, Timestamp),
    ) {
        if self.held.is_empty() {
            return;
        }
        let mark = memory::mark(&self.plan, at);
        for name in &route.to {
            let held = Held { target: name.clone(), route: mark.clone(), number: item.number };
            if self.held.remove(&held) {
                self.hand(at, route, name, (item, entry), time);
            }
        }
    }

    /// An item for one target.
    fn hand(
        &mut self,
        at: usize,
        route: &Route,
        name: &str,
        (item, entry): (&Item, &Entry),
        (now, made): (Instant, Timestamp),
    ) {
        let plan = Arc::clone(&self.plan);
        let Some(target) = plan.target(name) else { return };
        if self.told.remove(&(name.to_owned(), item.number)) {
            return;
        }
        let is_busy = self.waiting.get(name).is_some_and(|waiting| *waiting > 0);
        if is_busy && target.surplus == Surplus::Important && item.severity < Severity::High {
            *self.spared.entry(name.to_owned()).or_default() += 1;
            return;
        }
        let alone = |due| Group {
            target: name.to_owned(),
            route: at,
            call: None,
            due,
            items: vec![item.clone()],
            bytes: 0,
        };
        let call = call(entry).filter(|_| !route.sync);
        let collects = is_busy && target.surplus == Surplus::Collect;
        let batch = target.batch.filter(|_| !route.sync || collects);
        let wait = match (&call, batch) {
            (Some(_), _) => ALERT_CALL_WAIT,
            (None, Some(Batch { max_wait, .. })) => max_wait,
            (None, None) if collects => Duration::ZERO,
            (None, None) => return self.send(alone(now), made),
        };
        let most = if call.is_some() { ALERT_BATCH_ITEMS_MAX } else { most(target) };
        let is_last = ends_batch(entry) && call.is_some();
        if self.groups.len() >= ALERT_GROUPS_MAX {
            let oldest = self.groups.remove(0);
            self.send(oldest, made);
        }
        let same = |group: &Group| group.target == name && group.route == at && group.call == call;
        let place = self.groups.iter().position(same).unwrap_or_else(|| {
            let items = Vec::new();
            self.groups.push(Group { call: call.clone(), items, ..alone(now + wait) });
            self.groups.len() - 1
        });
        let Some(group) = self.groups.get_mut(place) else { return };
        group.items.push(item.clone());
        group.bytes += item.json_bytes();
        let most = if collects { ALERT_BATCH_ITEMS_MAX } else { most };
        let is_full = group.items.len() >= most || group.bytes >= ALERT_GROUP_BYTES_MAX;
        if is_last || is_full || item.severity >= Severity::Critical {
            let group = self.groups.remove(place);
            self.send(group, made);
        }
    }

    /// The letters that are to be sent by now.
    pub fn letters(&mut self, now: Instant, made: Timestamp) -> Vec<Letter> {
        for summary in self.quietness.summaries(now) {
            self.sum_up(&summary, made);
        }
        let (due, rest) = std::mem::take(&mut self.groups)
            .into_iter()
            .partition(|group| group.due <= now && !self.collects(&group.target));
        self.groups = rest;
        let due: Vec<Group> = due;
        for group in due {
            self.send(group, made);
        }
        std::mem::take(&mut self.out)
    }

    /// When there may be more.
    pub fn next(&self, now: Instant) -> Option<Instant> {
        let due = |group: &Group| {
            if self.collects(&group.target) { group.due.max(now + COLLECT_LOOK) } else { group.due }
        };
        self.groups.iter().map(due).chain(self.quietness.next()).min()
    }

    /// The first entry that is in no letter yet and will be.
    pub fn oldest(&self) -> Option<u64> {
        self.groups.iter().flat_map(|group| &group.items).map(|item| item.number).min()
    }

    fn collects(&self, name: &str) -> bool {
        let is_busy = self.waiting.get(name).is_some_and(|waiting| *waiting > 0);
        let collects = |target: &Target| target.surplus == Surplus::Collect;
        is_busy && self.plan.target(name).is_some_and(collects)
    }

    fn send(&mut self, group: Group, made: Timestamp) {
        let plan = Arc::clone(&self.plan);
        let (Some(route), Some(target), Some(first)) =
            (plan.routes().get(group.route), plan.target(&group.target), group.items.first())
        else {
            return;
        };
        let title = match route.wording.title(first) {
            Some(title) => title,
            None => format!("{} {}", plan.prefix(), title(&group)),
        };
        let mut lines: Vec<String> =
            group.items.iter().flat_map(|item| route.wording.lines(item)).collect();
        if let Some(spared) = self.spared.remove(&group.target) {
            lines.push(format!("+{spared} less severe ones were left out meanwhile"));
        }
        let letter = Letter {
            id: letter_id(first, group.route),
            target: group.target,
            severity: group.items.iter().map(|item| item.severity).max().unwrap_or_default(),
            title: one_line(&title),
            lines,
            entries: group.items.iter().map(|item| item.number).collect(),
            count: group.items.len() as u64,
            items: if target.kind.wants_items() { group.items } else { Vec::new() },
            part: 1,
            of: 1,
            made,
        };
        let (most, unit) = target.kind.most();
        self.out.extend(split(letter, most, unit));
    }

    /// A letter about entries that were not told one by one.
    fn sum_up(&mut self, summary: &Summary, made: Timestamp) {
        let plan = Arc::clone(&self.plan);
        let Some(route) = plan.routes().get(summary.route) else { return };
        let Summary { text, mark, last, count, .. } = summary;
        for name in &route.to {
            let Some(target) = plan.target(name) else { continue };
            let words = if *mark == "over" { "cleared" } else { "more of the same" };
            let letter = Letter {
                id: format!("{}.{mark}", letter_id(last, summary.route)),
                target: name.clone(),
                severity: if *mark == "over" { Severity::Notice } else { last.severity },
                title: one_line(&format!("{} {words}: {}", plan.prefix(), heading(last))),
                lines: vec![text.clone()],
                items: Vec::new(),
                entries: vec![last.number],
                count: *count,
                part: 1,
                of: 1,
                made,
            };
            let (most, unit) = target.kind.most();
            self.out.extend(split(letter, most, unit));
        }
    }
}

/// What a condition that comes and goes is known by, unless the route says.
const CONDITION: [Field; 3] = [Field::Rule, Field::Kind, Field::Host];
/// How often it is looked whether a target has caught up.
const COLLECT_LOOK: Duration = Duration::from_millis(200);

/// A host may name its entries as another host or this server does; the number is the event log's own.
fn letter_id(item: &Item, route: usize) -> String {
    format!("{}.{}.r{route}", item.number, item.id)
}

fn key(fields: &[Field], entry: &Entry) -> Vec<u8> {
    let mut key = Vec::new();
    for field in fields {
        let part = field.of(entry);
        // Lengths keep "ab" and "c" from being the same as "a" and "bc".
        key.extend(part.len().to_le_bytes());
        key.extend(part);
    }
    key
}

fn most(target: &Target) -> usize {
    target.batch.map_or(ALERT_BATCH_ITEMS_MAX, |batch| batch.max_items)
}

/// Which call of sudo an entry is of: what stands before the last point of its id.
fn call(entry: &Entry) -> Option<String> {
    if entry.source != Source::Sudo {
        return None;
    }
    let id = entry.id.to_string();
    Some(id.rsplit_once('.')?.0.to_owned())
}

/// True for what ends the first batch of a call, before its command runs, and for what ends the last.
fn ends_batch(entry: &Entry) -> bool {
    let is_front_end = entry
        .details
        .iter()
        .any(|(name, value)| name == "plugin_type" && value.as_bytes() == b"front end");
    entry.kind == Kind::Exit || (entry.kind == Kind::Accept && is_front_end)
}

fn title(group: &Group) -> String {
    let severity = group.items.iter().map(|item| item.severity).max().unwrap_or_default();
    let level = severity.name().to_uppercase();
    match group.items.as_slice() {
        [item] => format!("{level}: {}", heading(item)),
        items if group.call.is_some() => {
            let told = items.iter().find(|item| !item.command.is_empty()).or(items.first());
            let told = told.cloned().unwrap_or_default();
            format!("{level}: sudo by {} on {}: {}", told.user, told.host, told.command)
        }
        items => {
            let hosts: HashSet<&str> = items.iter().map(|item| item.host.as_str()).collect();
            let place = match hosts.into_iter().collect::<Vec<_>>().as_slice() {
                [host] => format!("on {host}"),
                hosts => format!("on {} hosts", hosts.len()),
            };
            format!("{level}: {} events {place}", items.len())
        }
    }
}

fn heading(item: &Item) -> String {
    let place = if item.host.is_empty() { String::new() } else { format!(" on {}", item.host) };
    let who = if item.user.is_empty() { String::new() } else { format!(" by {}", item.user) };
    let rule = if item.rule.is_empty() { String::new() } else { format!(" {}", item.rule) };
    format!("{}{rule}{place}{who}", item.kind.replace('_', " "))
}

fn one_line(title: &str) -> String {
    cut(&title.split_whitespace().collect::<Vec<_>>().join(" "), ALERT_TITLE_BYTES_MAX)
}

/// Kept beside the desk: what would come of an entry by a plan, for whoever tries one.
impl Plan {
    /// Names of the targets that would be told.
    pub fn told(&self, entry: &Entry) -> Vec<&str> {
        let mut names = Vec::new();
        for route in self.routes().iter().filter(|route| Condition::fits(&route.when, entry)) {
            names.extend(route.to.iter().map(String::as_str));
            if !route.goes_on {
                break;
            }
        }
        names
    }
}

#[cfg(test)]
mod tests;
