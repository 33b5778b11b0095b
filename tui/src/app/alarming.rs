//! The alarm: a session becomes risky while somebody works at this console.

use std::collections::{HashMap, HashSet};

use sudolog_core::risk::{Finding, Level};
use sudolog_core::session::Tsid;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::Change;

use super::{App, Effect, Notice, Route};
use crate::screens::triage::Goal;

/// What was alarming last, until it is looked at or put away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// The session.
    pub tsid: Tsid,
    /// How bad it is.
    pub level: Level,
    /// `risk 85 C web1 alice: log-delete`; safe to show.
    pub text: String,
    /// So many alarms came before it and were not looked at.
    pub earlier: usize,
    /// Where it was found.
    goal: Goal,
}

/// The alarm and what was alarming before.
#[derive(Clone, Debug, Default)]
pub struct Alarms {
    /// The one that is shown.
    pub shown: Option<Alarm>,
    /// The highest level at which each session was alarming.
    rung: HashMap<Tsid, Level>,
    /// What was told already: which rule found it, and at which event. A session that is assessed anew
    /// has it found once more.
    told: HashSet<(Tsid, String, u64)>,
    /// The moment to go to when this session is opened.
    goal: Option<(Tsid, Goal)>,
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
    ring(app, change, worst, level);
    if app.bell { vec![Effect::Bell] } else { Vec::new() }
}

/// Opens the session of the alarm where it was found.
pub(super) fn look(app: &mut App) -> Vec<Effect> {
    let Some(alarm) = take(app) else { return Vec::new() };
    // There is one player: a second one over it would take its recording away.
    let mut effects = Vec::new();
    while matches!(app.route(), Some(Route::Replay(_) | Route::Verify(_))) && app.routes.len() > 1 {
        effects.extend(super::update::leave(app));
    }
    app.alarms.goal = Some((alarm.tsid, alarm.goal));
    app.notice = Some(Notice::Opening(alarm.tsid));
    effects.push(Effect::Open(alarm.tsid));
    effects
}

/// Puts the alarm away.
pub(super) fn put_away(app: &mut App) {
    take(app);
}

/// The alarm that is shown; says so when there is none.
fn take(app: &mut App) -> Option<Alarm> {
    let alarm = app.alarms.shown.take();
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

fn ring(app: &mut App, change: &Change, worst: &Finding, level: Level) {
    let row = &change.row;
    let rule = Untrusted::from(worst.rule.as_str());
    let (host, user) = (row.host.escaped(), row.user.escaped());
    let (risk, letter) = (row.risk, level.letter());
    let earlier = app.alarms.shown.as_ref().map_or(0, |shown| shown.earlier + 1);
    let goal = match worst.seq {
        0 => Goal::At(std::time::Duration::ZERO),
        seq => Goal::Event(seq),
    };
    app.alarms.shown = Some(Alarm {
        tsid: row.tsid,
        level: level.max(Level::High),
        text: format!("risk {risk} {letter} {host} {user}: {}", rule.escaped()),
        earlier,
        goal,
    });
    if app.alarms.told.len() >= RUNG_MAX {
        app.alarms.told.clear();
    }
    let found = change.findings.iter().map(|found| (row.tsid, found.rule.clone(), found.seq));
    app.alarms.told.extend(found);
    if app.alarms.rung.len() >= RUNG_MAX {
        app.alarms.rung.clear();
    }
    app.alarms.rung.insert(row.tsid, level);
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
