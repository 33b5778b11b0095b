//! The alarm: a session becomes risky while somebody works at this console, or was when they came; or
//! something grave happens that belongs to no session.

use std::collections::{HashMap, HashSet, VecDeque};

use sudolog_core::eventlog::{Severity, Stored};
use sudolog_core::limits::ALARMS_MAX;
use sudolog_core::risk::{Finding, Level};
use sudolog_core::session::Tsid;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Change, SessionRow};

use super::{App, Effect, Notice, Route, logging, triaging};
use crate::screens::events::what;
use crate::screens::triage::Goal;

/// Something alarming, until it is looked at or put away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// How bad it is.
    pub level: Level,
    /// `risk 85 C web1 alice: log-delete`; safe to show.
    pub text: String,
    /// What to look at.
    subject: Subject,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Subject {
    /// A session, where something was found in it.
    Session(Tsid, Goal),
    /// Sessions that ran and were critical before this console was there.
    Running(Vec<Tsid>),
    /// An entry of the event log that belongs to no session.
    Event(u64),
}

/// What is alarming and was not looked at, and what was told already.
#[derive(Clone, Debug, Default)]
pub struct Alarms {
    /// The newest last.
    unseen: VecDeque<Alarm>,
    /// The highest level at which each session was alarming.
    rung: HashMap<Tsid, Level>,
    /// What was told already: which rule found it, and at which event. A session that is assessed anew
    /// has it found once more.
    told: HashSet<(Tsid, String, u64)>,
    /// The newest entry of the event log that was told.
    newest: u64,
    /// The moment to go to when this session is opened.
    goal: Option<(Tsid, Goal)>,
}

impl Alarms {
    /// The one that is shown.
    pub fn shown(&self) -> Option<&Alarm> {
        self.unseen.back()
    }

    /// So many came before it and were not looked at.
    pub fn earlier(&self) -> usize {
        self.unseen.len().saturating_sub(1)
    }

    fn push(&mut self, alarm: Alarm) {
        if let Subject::Session(tsid, _) = alarm.subject {
            // What is new of a session takes the place of what was.
            let same =
                |known: &Alarm| matches!(known.subject, Subject::Session(of, _) if of == tsid);
            self.unseen.retain(|known| !same(known));
        }
        if self.unseen.len() >= ALARMS_MAX {
            self.unseen.pop_front();
        }
        self.unseen.push_back(alarm);
    }
}

/// Sessions that run and are critical, as this console comes to the server: those that did not ring yet
/// are one alarm.
pub(super) fn learn_running(app: &mut App, rows: &[SessionRow]) -> Vec<Effect> {
    let is_new = |row: &&SessionRow| !app.alarms.rung.contains_key(&row.tsid);
    let new: Vec<&SessionRow> = rows.iter().filter(is_new).collect();
    let Some(worst) = new.first() else { return Vec::new() };
    let who = format!("risk {} {} {}", worst.risk, worst.host.escaped(), worst.user.escaped());
    let text = match new.len() {
        1 => format!("a running session is critical: {who} {}", worst.command.escaped()),
        count => format!("{count} running sessions are critical: {who} and others"),
    };
    let tsids: Vec<Tsid> = new.iter().map(|row| row.tsid).collect();
    for tsid in &tsids {
        remember(&mut app.alarms.rung, *tsid, Level::Critical);
    }
    app.alarms.push(Alarm { level: Level::Critical, text, subject: Subject::Running(tsids) });
    ring(app)
}

/// Entries of the event log that somebody has to look at and that belong to no session, the newest first:
/// each is told once.
pub(super) fn learn_grave(app: &mut App, entries: &[Stored]) -> Vec<Effect> {
    let known = app.alarms.newest;
    let new: Vec<&Stored> = entries.iter().filter(|stored| stored.number > known).collect();
    let Some(newest) = new.first() else { return Vec::new() };
    app.alarms.newest = newest.number;
    for Stored { number, entry, .. } in new.iter().rev() {
        let level = match entry.severity {
            Severity::Critical => Level::Critical,
            _ => Level::High,
        };
        let text = format!("{} {}", entry.host.escaped(), what(entry));
        let subject = Subject::Event(*number);
        app.alarms.push(Alarm { level, text: text.trim().to_owned(), subject });
    }
    ring(app)
}

/// Looks whether a change is alarming: the session is high or critical as it was not before, or a rule
/// found something that is critical by itself.
pub(super) fn consider(app: &mut App, change: &Change) -> Vec<Effect> {
    let tsid = change.row.tsid;
    let is_new =
        |found: &&Finding| !app.alarms.told.contains(&(tsid, found.rule.clone(), found.seq));
    let new = change.findings.iter().rev().filter(is_new);
    let Some(worst) = new.max_by_key(|finding| finding.points) else {
        return Vec::new();
    };
    let level = change.row.risk.level();
    let rung = app.alarms.rung.get(&change.row.tsid).copied();
    let before = rung.max(known_level(app, change.row.tsid)).unwrap_or(Level::Low);
    let crossed = level >= Level::High && level > before;
    let critical = worst.points >= Level::Critical.floor().points();
    if !crossed && !critical {
        return Vec::new();
    }
    tell(app, change, worst, level);
    ring(app)
}

fn ring(app: &App) -> Vec<Effect> {
    if app.bell { vec![Effect::Bell] } else { Vec::new() }
}

/// Goes to what the alarm is about.
pub(super) fn look(app: &mut App) -> Vec<Effect> {
    let Some(alarm) = take(app) else { return Vec::new() };
    let mut effects = acknowledged(app, &alarm);
    match alarm.subject {
        Subject::Event(number) => logging::open(app, Some(number)),
        Subject::Session(tsid, goal) => {
            app.alarms.goal = Some((tsid, goal));
            effects.extend(open(app, tsid));
        }
        Subject::Running(tsids) => match tsids.as_slice() {
            [tsid] => effects.extend(open(app, *tsid)),
            _ => {
                effects.extend(put_player_away(app));
                triaging::open_with(app, RUNNING);
            }
        },
    }
    effects
}

fn open(app: &mut App, tsid: Tsid) -> Vec<Effect> {
    let mut effects = put_player_away(app);
    app.notice = Some(Notice::Opening(tsid));
    effects.push(Effect::Open(tsid));
    effects
}

/// There is one player: a second one over it would take its recording away.
fn put_player_away(app: &mut App) -> Vec<Effect> {
    let mut effects = Vec::new();
    while matches!(app.route(), Some(Route::Replay(_) | Route::Verify(_))) && app.routes.len() > 1 {
        effects.extend(super::update::leave(app));
    }
    effects
}

/// Puts the alarm away; the one before it is shown, if there is one.
pub(super) fn put_away(app: &mut App) -> Vec<Effect> {
    take(app).map_or_else(Vec::new, |alarm| acknowledged(app, &alarm))
}

/// Up to which entry of the event log all were seen is remembered beyond this console.
fn acknowledged(app: &App, alarm: &Alarm) -> Vec<Effect> {
    let Subject::Event(_) = alarm.subject else { return Vec::new() };
    let number = |alarm: &Alarm| match alarm.subject {
        Subject::Event(number) => Some(number),
        Subject::Session(..) | Subject::Running(_) => None,
    };
    let oldest = app.alarms.unseen.iter().filter_map(number).min();
    let seen = oldest.map_or(app.alarms.newest, |oldest| oldest.saturating_sub(1));
    vec![Effect::Acknowledge(seen)]
}

/// The alarm that is shown; says so when there is none.
fn take(app: &mut App) -> Option<Alarm> {
    let alarm = app.alarms.unseen.pop_back();
    if alarm.is_none() {
        app.notice = Some(Notice::Trouble("there is no alarm".to_owned()));
    }
    alarm
}

/// The moment of the alarm, when this is its session; only once.
pub(super) fn take_goal(app: &mut App, tsid: Option<Tsid>) -> Option<Goal> {
    let (_, goal) = app.alarms.goal.take().filter(|(alarmed, _)| tsid == Some(*alarmed))?;
    Some(goal)
}

fn tell(app: &mut App, change: &Change, worst: &Finding, level: Level) {
    let row = &change.row;
    let rule = Untrusted::from(worst.rule.as_str());
    let (host, user) = (row.host.escaped(), row.user.escaped());
    let (risk, letter) = (row.risk, level.letter());
    let goal = match worst.seq {
        0 => Goal::At(std::time::Duration::ZERO),
        seq => Goal::Event(seq),
    };
    app.alarms.push(Alarm {
        level: level.max(Level::High),
        text: format!("risk {risk} {letter} {host} {user}: {}", rule.escaped()),
        subject: Subject::Session(row.tsid, goal),
    });
    if app.alarms.told.len() >= RUNG_MAX {
        app.alarms.told.clear();
    }
    let found = change.findings.iter().map(|found| (row.tsid, found.rule.clone(), found.seq));
    app.alarms.told.extend(found);
    remember(&mut app.alarms.rung, row.tsid, level);
}

fn remember(rung: &mut HashMap<Tsid, Level>, tsid: Tsid, level: Level) {
    if rung.len() >= RUNG_MAX {
        rung.clear();
    }
    rung.insert(tsid, level);
}

/// What this console knew of the session before.
fn known_level(app: &App, tsid: Tsid) -> Option<Level> {
    let of_route = |route: &Route| match route {
        Route::Live(live) => {
            let mut rows = live.sessions().rows().iter();
            rows.find(|row| row.tsid == tsid).map(|row| row.risk.level())
        }
        Route::Browse(browse) => {
            let mut rows = browse.pages().rows();
            rows.find(|(_, row)| row.tsid == tsid).map(|(_, row)| row.risk.level())
        }
        Route::Triage(triage) => {
            let mut rows = triage.pages().rows();
            rows.find(|(_, row)| row.tsid == tsid).map(|(_, row)| row.risk.level())
        }
        _ => None,
    };
    app.routes.iter().filter_map(of_route).max()
}

/// Sessions that are remembered; when there are more, each may ring once more.
const RUNG_MAX: usize = 4096;
/// What the triage queue shows of several at once.
const RUNNING: &str = "risk:critical state:live,frozen,lagging";
