//! Looks, as long as there are sessions, for processes that have left their session's cgroup, and
//! treats them as the session is treated.
//!
//! One with the session's terminal is moved back: stopped in any other way, it would be a stopped job
//! to the shell above it. Others are left where somebody put them (a systemd scope, for example), and
//! stopped and killed one by one with the session.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sudolog_core::limits::{ESCAPE_SCAN, ESCAPE_SCAN_FROZEN, ESCAPES_MAX};
use sudolog_core::process::ProcessStat;
use sudolog_core::session::SessionId;
use sudolog_core::untrusted::Untrusted;
use tokio::sync::{Notify, mpsc};

use super::births::{Births, Change};
use super::cgroup::Root;
use super::family::{Census, Family, Origin, Outsider};
use super::hunt::Hunt;
use super::kin::Kin;

/// The one that looks. Clones are the same; it ends with the last one.
#[derive(Clone, Debug)]
pub(crate) struct Watch(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    root: Option<Arc<Root>>,
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct State {
    sessions: HashMap<SessionId, Watched>,
    kin: Kin,
    /// Somebody does not want to wait for the next look.
    hurry: bool,
    over: bool,
}

#[derive(Debug)]
struct Watched {
    family: Family,
    /// The session's cgroup.
    dir: Option<PathBuf>,
    frozen: bool,
    /// Process id and start of those that were stopped one by one.
    stopped: BTreeMap<i32, u64>,
    /// It was killed; whoever turns up afterwards is killed too.
    hunt: Option<Hunt>,
    /// Told when nobody is looked for any more.
    caught: Arc<Notify>,
    escapes: mpsc::Sender<String>,
    /// It was said that somebody traces sudo.
    traced: bool,
}

/// A session's place among those that are watched. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Membership {
    id: SessionId,
    watch: Watch,
    caught: Arc<Notify>,
    escapes: mpsc::Receiver<String>,
}

impl Watch {
    /// Starts the threads that look and hear; `root` is where sessions have their cgroups.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(root: Option<Arc<Root>>) -> io::Result<Self> {
        let shared = Arc::new(Shared { root, state: Mutex::default(), wake: Condvar::new() });
        let looking = Arc::clone(&shared);
        std::thread::Builder::new().name("escapes".into()).spawn(move || looking.look())?;
        match Births::open() {
            Ok(births) => {
                let hearing = Arc::clone(&shared);
                let thread = std::thread::Builder::new().name("births".into());
                thread.spawn(move || hearing.hear(&births))?;
            }
            Err(error) => tracing::warn!(
                %error,
                "the kernel does not tell births of processes, so one that leaves its session's \
                 cgroup and loses its parent within a quarter of a second is not noticed"
            ),
        }
        Ok(Self(shared))
    }

    /// Watches over a session.
    pub(crate) fn join(&self, id: SessionId, dir: Option<PathBuf>, origin: Origin) -> Membership {
        let (sender, escapes) = mpsc::channel(ESCAPES_MAX);
        let family = Family::new(id, origin);
        let caught = Arc::new(Notify::new());
        let watched = Watched {
            family,
            dir,
            frozen: false,
            stopped: BTreeMap::new(),
            hunt: None,
            caught: Arc::clone(&caught),
            escapes: sender,
            traced: false,
        };
        let mut state = self.0.lock();
        state.kin.open(id, origin);
        state.sessions.insert(id, watched);
        drop(state);
        self.0.wake.notify_all();
        Membership { id, watch: self.clone(), caught, escapes }
    }

    /// Ends the thread.
    pub(crate) fn stop(&self) {
        self.0.lock().over = true;
        self.0.wake.notify_all();
    }
}

impl Membership {
    /// Treats those outside as the cgroup is treated now.
    pub(crate) fn freeze(&self, frozen: bool) {
        let mut state = self.watch.0.lock();
        state.hurry = true;
        if let Some(watched) = state.sessions.get_mut(&self.id) {
            watched.frozen = frozen;
            if frozen { watched.stop_all() } else { watched.continue_all() }
        }
        drop(state);
        self.watch.0.wake.notify_all();
    }

    /// Kills all that is known, also those of which it is not known that they are outside, and whoever
    /// turns up from then on.
    pub(crate) fn kill(&self) {
        let mut state = self.watch.0.lock();
        state.hurry = true;
        let census = Census { parents: state.parents(), ..Census::default() };
        if let Some(watched) = state.sessions.get_mut(&self.id) {
            let now = Instant::now();
            watched.hunt.get_or_insert_with(|| Hunt::new(now)).again(now);
            let known: Vec<_> = watched.family.known().collect();
            let nested = Nested { root: self.watch.0.root.as_deref(), census: &census };
            known.into_iter().for_each(|(pid, start)| {
                watched.strike(pid, start, &nested);
            });
        }
        drop(state);
        self.watch.0.wake.notify_all();
    }

    /// True while those are looked for that turn up after a kill.
    pub(crate) fn is_hunting(&self) -> bool {
        let state = self.watch.0.lock();
        let hunt = state.sessions.get(&self.id).and_then(|watched| watched.hunt.as_ref());
        !state.over && hunt.is_some_and(|hunt| !hunt.is_over())
    }

    /// Tells when nobody is looked for any more.
    pub(crate) fn when_caught(&self) -> Arc<Notify> {
        Arc::clone(&self.caught)
    }

    /// The next escape, in words.
    pub(crate) async fn escape(&mut self) -> String {
        match self.escapes.recv().await {
            Some(text) => text,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        let mut state = self.watch.0.lock();
        state.kin.close(self.id);
        state.sessions.remove(&self.id);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows every birth while there are sessions.
    fn hear(&self, births: &Births) {
        loop {
            let mut state = self.lock();
            while state.sessions.is_empty() && !state.over {
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if state.over {
                return;
            }
            drop(state);
            let heard = births.listen(true).and_then(|()| self.hear_on(births));
            let _ = births.listen(false);
            if let Err(error) = heard {
                tracing::warn!(%error, "the kernel does not tell births of processes any more");
                return;
            }
        }
    }

    /// Until there is no session any more.
    fn hear_on(&self, births: &Births) -> io::Result<()> {
        loop {
            let change = births.next()?;
            let mut state = self.lock();
            if state.sessions.is_empty() || state.over {
                return Ok(());
            }
            match change {
                Some(Change::Born { parent, child }) => {
                    state.born(parent, child, self.root.as_deref());
                }
                Some(Change::Died(pid)) => state.kin.died(pid),
                Some(Change::Missed) => {
                    state.hurry = true;
                    self.wake.notify_all();
                }
                None => {}
            }
        }
    }

    fn look(&self) {
        let mut pause = ESCAPE_SCAN;
        loop {
            let mut state = self.lock();
            while state.sessions.is_empty() && !state.over {
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let idle = |state: &mut State| !state.hurry && !state.over;
            let waited = self.wake.wait_timeout_while(state, pause, idle);
            let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if state.over {
                return;
            }
            state.hurry = false;
            let (cgroups, parents) = (state.cgroups(), state.parents());
            let began = Instant::now();
            drop(state);
            let mut census = take_census(&cgroups);
            census.parents = parents;
            let took = began.elapsed();
            let found = self.lock().update(&census);
            if !found.is_empty() {
                // What dies, or is born and has not joined yet, looks as if it were outside.
                std::thread::sleep(JOINING);
            }
            let mut state = self.lock();
            state.settle(found, &census, self.root.as_deref());
            state.hunt(began, &census, self.root.as_deref());
            let urgent = state.sessions.values().any(Watched::is_urgent);
            let interval = if urgent { ESCAPE_SCAN_FROZEN } else { ESCAPE_SCAN };
            pause = interval.max(LOOKING_SHARE * took);
        }
    }
}

impl State {
    fn cgroups(&self) -> Vec<(SessionId, PathBuf)> {
        let dir = |(id, watched): (&SessionId, &Watched)| Some((*id, watched.dir.clone()?));
        self.sessions.iter().filter_map(dir).collect()
    }

    fn parents(&self) -> HashMap<SessionId, Option<SessionId>> {
        self.sessions.iter().map(|(id, watched)| (*id, watched.family.parent())).collect()
    }

    fn born(&mut self, parent: i32, child: i32, root: Option<&Root>) {
        let terminal = |pid| stat(pid).map(|stat| stat.terminal);
        let Some(id) = self.kin.born(parent, child, terminal) else { return };
        let hunts = self.sessions.get(&id).is_some_and(|watched| watched.hunt.is_some());
        let parents = if hunts { self.parents() } else { HashMap::new() };
        // One that is gone already matters only by its children.
        let (Some(watched), Some(stat)) = (self.sessions.get_mut(&id), stat(child)) else { return };
        watched.family.adopt(child, stat.start_ticks);
        if parent != watched.family.sudo() {
            let census = Census { parents, ..Census::default() };
            watched.strike(child, stat.start_ticks, &Nested { root, census: &census });
        }
    }

    /// Kills what turned up of sessions that were killed. What a sudo that still lives has started since,
    /// to close its own session, is spared.
    fn hunt(&mut self, census_began: Instant, census: &Census, root: Option<&Root>) {
        for watched in self.sessions.values_mut().filter(|watched| watched.hunt.is_some()) {
            let sudo = watched.family.sudo();
            let lives = |pid: &i32| {
                let stat = census.processes.get(pid);
                stat.is_some_and(|stat| stat.parent != sudo && !matches!(stat.state, b'Z' | b'X'))
            };
            let known: Vec<_> = watched.family.known().filter(|(pid, _)| lives(pid)).collect();
            let nested = Nested { root, census };
            let mut found = false;
            for (pid, start) in known {
                found |= watched.strike(pid, start, &nested);
            }
            if watched.hunt.as_mut().is_some_and(|hunt| hunt.looked(census_began, found)) {
                watched.caught.notify_one();
            }
        }
    }

    /// Gives those that seem to be outside and were not before.
    fn update(&mut self, census: &Census) -> Vec<(SessionId, Outsider)> {
        let mut found = Vec::new();
        for (id, watched) in &mut self.sessions {
            found.extend(watched.family.update(census).into_iter().map(|o| (*id, o)));
            watched.family.members().for_each(|pid| self.kin.add(pid, *id));
        }
        found
    }

    /// Reports those that really are, and stops what a frozen session has outside.
    fn settle(&mut self, found: Vec<(SessionId, Outsider)>, census: &Census, root: Option<&Root>) {
        for (id, outsider) in found {
            let Some(watched) = self.sessions.get_mut(&id) else { continue };
            let inside = |place| census.is_below(place, id);
            if is_inside_or_dead(outsider.pid, root, inside) {
                watched.family.readmit(outsider.pid);
            } else {
                watched.escaped(outsider);
            }
        }
        self.sessions.values_mut().filter(|watched| watched.frozen).for_each(Watched::stop_all);
        self.sessions.values_mut().for_each(|watched| watched.look_at_sudo(census));
    }
}

impl Watched {
    /// Something is outside that was not. Without a cgroup everything is, and that is no news.
    fn escaped(&self, outsider: Outsider) {
        let Some(dir) = &self.dir else { return };
        let pid = outsider.pid;
        let moved =
            outsider.on_terminal && fs::write(dir.join("cgroup.procs"), pid.to_string()).is_ok();
        let name = fs::read(format!("/proc/{pid}/comm")).unwrap_or_default();
        let text = format!(
            "process {pid} ({}) has left the session's cgroup{}",
            Untrusted::new(name.trim_ascii()).escaped(),
            if moved { " and was moved back" } else { "" },
        );
        // When the session's task does not keep up, what it has says enough.
        let _ = self.escapes.try_send(text);
    }

    fn stop_all(&mut self) {
        for (pid, start) in self.family.outside() {
            if self.stopped.get(&pid) != Some(&start) {
                if signal(pid, start, Signal::STOP) {
                    self.stopped.insert(pid, start);
                }
                continue;
            }
            // Somebody continued it. In the session's cgroup, which is frozen, nobody can.
            let runs = |stat: ProcessStat| {
                stat.start_ticks == start && !matches!(stat.state, b'T' | b't' | b'Z' | b'X')
            };
            if stat(pid).is_some_and(runs) {
                let moved = self.dir.as_ref().is_some_and(|dir| {
                    fs::write(dir.join("cgroup.procs"), pid.to_string()).is_ok()
                });
                if !moved {
                    signal(pid, start, Signal::STOP);
                }
            }
        }
    }

    /// A sudo that is traced does what somebody else wants: said once.
    fn look_at_sudo(&mut self, census: &Census) {
        let sudo = self.family.sudo();
        let traced = census.processes.get(&sudo).is_some_and(|stat| stat.state == b't');
        if traced && !std::mem::replace(&mut self.traced, true) {
            let text = format!("sudo itself (process {sudo}) is traced by somebody");
            let _ = self.escapes.try_send(text);
        }
    }

    fn continue_all(&mut self) {
        let any = !self.stopped.is_empty();
        for (pid, start) in std::mem::take(&mut self.stopped) {
            signal(pid, start, Signal::CONT);
        }
        // A sudo whose command was stopped by a signal stops itself, as for Ctrl+Z.
        if any && self.dir.is_none() {
            let sudo = self.family.sudo();
            stat(sudo).into_iter().for_each(|stat| {
                signal(sudo, stat.start_ticks, Signal::CONT);
            });
        }
    }

    /// Kills a process of a session that was killed; true when that was not done before. One in the
    /// cgroup of a session inside this one is that session's.
    fn strike(&mut self, pid: i32, start: u64, nested: &Nested<'_>) -> bool {
        let Some(hunt) = &mut self.hunt else { return false };
        if nested.has(pid, self.family.id()) || !hunt.strike(pid, start) {
            return false;
        }
        signal(pid, start, Signal::KILL);
        true
    }

    /// It must be looked at more often.
    fn is_urgent(&self) -> bool {
        self.frozen || self.hunt.as_ref().is_some_and(|hunt| !hunt.is_over())
    }
}

/// Tells what belongs to a session inside another.
struct Nested<'a> {
    root: Option<&'a Root>,
    /// Only who was started inside whom.
    census: &'a Census,
}

impl Nested<'_> {
    /// True when that process is in the cgroup of a session inside `outer`.
    fn has(&self, pid: i32, outer: SessionId) -> bool {
        let Ok(cgroup) = fs::read_to_string(format!("/proc/{pid}/cgroup")) else { return false };
        let place = self.root.and_then(|root| root.session_of(&cgroup));
        place.is_some_and(|place| place != outer && self.census.is_below(place, outer))
    }
}

/// Signals a process, if it is still the one that was meant.
fn signal(pid: i32, start_ticks: u64, signal: Signal) -> bool {
    let same = stat(pid).is_some_and(|stat| stat.start_ticks == start_ticks);
    same && Pid::from_raw(pid).is_some_and(|pid| kill_process(pid, signal).is_ok())
}

fn take_census(cgroups: &[(SessionId, PathBuf)]) -> Census {
    let mut census = Census::default();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let pid = entry.file_name().to_str().and_then(|name| name.parse().ok());
        if let Some((pid, stat)) = pid.and_then(|pid| Some((pid, stat(pid)?))) {
            census.processes.insert(pid, stat);
        }
    }
    // Afterwards, so that what was just born inside is found inside.
    for (id, dir) in cgroups {
        let list = fs::read_to_string(dir.join("cgroup.procs")).unwrap_or_default();
        census.inside.extend(list.lines().filter_map(|line| Some((line.parse().ok()?, *id))));
    }
    census
}

fn is_inside_or_dead(pid: i32, root: Option<&Root>, inside: impl Fn(SessionId) -> bool) -> bool {
    let Ok(cgroup) = fs::read_to_string(format!("/proc/{pid}/cgroup")) else { return true };
    root.and_then(|root| root.session_of(&cgroup)).is_some_and(inside)
}

fn stat(pid: i32) -> Option<ProcessStat> {
    ProcessStat::parse(&fs::read(format!("/proc/{pid}/stat")).ok()?)
}

/// How long a new process may take to join its cgroup: a grace period of the kernel.
const JOINING: Duration = Duration::from_millis(30);
/// Looking may take one part in so many of the time.
const LOOKING_SHARE: u32 = 10;
