//! Did sudo run, and was it recorded? The kernel's audit is the witness.
//!
//! This stands in the shipper because only the shipper knows, by the kernel's word, which process each session
//! belongs to: `sudolog-audisp` sends what it saw, and [`machine`] compares. It is off the recording's path:
//! sessions leave a note in a bounded queue, and when there is no room for one, nothing of that time is judged.

pub mod clock;
mod kernel;
mod ledger;
mod losses;
pub mod machine;
mod report;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};
use sudolog_core::eventlog::Entry;
use sudolog_core::kaudit::{Sighting, SightingKind};
use sudolog_core::process::ProcessStat;
use sudolog_core::session::{SessionId, SessionStart};
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::Audit;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tracing::warn;

use crate::freezer::Root;
use crate::upstream::exchange::Exchange;
use clock::Clock;
use ledger::Ledger;
use losses::Losses;
use machine::{Known, Lineage, Witness};

/// Where sessions and sightings are told of.
#[derive(Clone, Debug)]
pub(crate) struct Bench {
    notes: Sender<Note>,
    /// When a note was last dropped for want of room, nanoseconds since the machine's start.
    blind_until_ns: Arc<AtomicU64>,
}

/// Something to know.
#[derive(Debug)]
enum Note {
    Opened(Known),
    Ended(SessionId, u32, Duration),
    Attached,
    Detached,
    Sighted(Box<Sighting>, Lineage),
}

/// A session that is open. Ends when dropped, if not before.
#[derive(Debug)]
pub(crate) struct Sitting {
    bench: Bench,
    id: SessionId,
    pid: u32,
    has_ended: bool,
}

/// A connection of the witness itself.
#[derive(Debug)]
pub(crate) struct Attendance {
    bench: Bench,
}

/// The task that compares.
#[derive(Debug)]
pub(crate) struct Comparing {
    notes: Receiver<Note>,
    blind_until_ns: Arc<AtomicU64>,
    path: PathBuf,
}

/// A bench, and the task that reads what is laid on it. `path` is the ledger's.
pub(crate) fn bench(path: PathBuf) -> (Bench, Comparing) {
    let (sender, notes) = mpsc::channel(NOTES_MAX);
    let blind_until_ns = Arc::new(AtomicU64::new(0));
    let bench = Bench { notes: sender, blind_until_ns: blind_until_ns.clone() };
    (bench, Comparing { notes, blind_until_ns, path })
}

impl Bench {
    /// A session opens; its sudo may go on once this returns.
    pub(crate) fn opened(&self, start: &SessionStart) -> Sitting {
        let (id, pid) = (start.session_id, start.sudo_pid);
        let stat =
            fs::read(format!("/proc/{pid}/stat")).ok().and_then(|stat| ProcessStat::parse(&stat));
        let ticks = stat.map_or(start.pid_start_ticks, |stat| stat.start_ticks);
        let started = Duration::from_nanos(ticks.saturating_mul(TICK_NS));
        self.put(Note::Opened(Known { id, pid, started, ended: None, opened: wall() }));
        Sitting { bench: self.clone(), id, pid, has_ended: false }
    }

    /// The witness has come.
    pub(crate) fn attend(&self) -> Attendance {
        self.put(Note::Attached);
        Attendance { bench: self.clone() }
    }

    fn put(&self, note: Note) {
        if self.notes.try_send(note).is_err() {
            let now = u64::try_from(since_start().as_nanos()).unwrap_or(u64::MAX);
            self.blind_until_ns.fetch_max(now, Ordering::AcqRel);
        }
    }
}

impl Attendance {
    /// The witness saw something. Waits for room: `sudolog-audisp` has a queue of its own.
    pub(crate) async fn sighted(&self, sighting: Sighting, root: Option<&Root>) {
        let lineage = match sighting.kind {
            SightingKind::Root | SightingKind::Setuid | SightingKind::Command => {
                lineage(&sighting, root)
            }
            _ => Lineage::default(),
        };
        // The task ends with the shipper only.
        let _ = self.bench.notes.send(Note::Sighted(Box::new(sighting), lineage)).await;
    }
}

impl Drop for Attendance {
    fn drop(&mut self) {
        self.bench.put(Note::Detached);
    }
}

impl Sitting {
    /// Its sudo is gone, though processes of the session may linger.
    pub(crate) fn end(&mut self) {
        if !std::mem::replace(&mut self.has_ended, true) {
            self.bench.put(Note::Ended(self.id, self.pid, since_start()));
        }
    }
}

impl Drop for Sitting {
    fn drop(&mut self) {
        self.end();
    }
}

impl Comparing {
    /// Compares for ever.
    pub(crate) async fn run(mut self, exchange: Arc<Exchange>) {
        let mut desk = Desk::open(&self.path);
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let wake = desk.witness.next_wake().map(tokio::time::Instant::from_std);
            let due = async {
                match wake {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let mut entries = Vec::new();
            tokio::select! {
                note = self.notes.recv() => match note {
                    Some(note) => {
                        let blind_until_ns = self.blind_until_ns.load(Ordering::Acquire);
                        desk.witness.blind(Duration::from_nanos(blind_until_ns));
                        desk.note(note);
                    }
                    None => return,
                },
                _ = looks.tick() => entries.extend(desk.look().await),
                () = due => {}
            }
            entries.extend(desk.witness.poll(Instant::now()));
            for entry in entries {
                warn!(
                    kind = entry.kind.name(), pid = entry.pid, user = %entry.user.escaped(),
                    "SECURITY: {}", entry.text.escaped()
                );
                exchange.audit(Audit { number: 0, entry });
            }
            if desk.ledger.is_long() {
                desk.ledger = Ledger::write(&self.path, desk.witness.known());
            }
        }
    }
}

/// What the comparing task has before it.
#[derive(Debug)]
struct Desk {
    witness: Witness,
    clock: Clock,
    ledger: Ledger,
    attached: usize,
    losses: Losses,
}

impl Desk {
    fn open(path: &Path) -> Self {
        let now = since_start();
        let read = Ledger::read(path, now);
        let oldest = read.as_ref().and_then(|known| known.first()).map(|known| known.started);
        // Without a ledger nobody knows what was recorded before this moment.
        let witness = Witness::new(read.into_iter().flatten(), oldest.unwrap_or(now));
        let ledger = Ledger::write(path, witness.known());
        let mut clock = Clock::default();
        clock.look(wall(), now);
        Self { witness, clock, ledger, attached: 0, losses: Losses::default() }
    }

    fn note(&mut self, note: Note) {
        let now = Instant::now();
        self.clock.look(wall(), since_start());
        match note {
            Note::Opened(known) => {
                self.ledger.opened(&known);
                self.witness.opened(now, known);
            }
            Note::Ended(id, pid, at) => {
                self.ledger.ended(id, at);
                self.witness.ended(id, pid, at);
            }
            Note::Attached => {
                self.attached += 1;
                self.witness.attached(now, wall(), true);
            }
            Note::Detached => {
                self.attached = self.attached.saturating_sub(1);
                self.witness.attached(now, wall(), self.attached > 0);
            }
            Note::Sighted(sighting, lineage) => {
                let when = self.clock.moments(sighting.time);
                self.witness.sighted(now, when, *sighting, lineage);
            }
        }
    }

    /// Looks at the clocks, and at what the kernel has lost while somebody waits for it.
    async fn look(&mut self) -> Option<Entry> {
        self.clock.look(wall(), since_start());
        if self.attached == 0 {
            self.losses = Losses::default();
            return None;
        }
        // Where the kernel does not say, as in a container, nothing can be said.
        let lost = tokio::task::spawn_blocking(kernel::lost).await.ok()?.ok()?;
        report::lost(self.losses.grown(Instant::now(), lost)?, wall())
    }
}

/// Looks while the processes are still there, as far as they are.
fn lineage(sighting: &Sighting, root: Option<&Root>) -> Lineage {
    let stat = fs::read(format!("/proc/{}/stat", sighting.ppid)).ok();
    let grandparent = stat.and_then(|stat| u32::try_from(ProcessStat::parse(&stat)?.parent).ok());
    let session = |pid: u32| {
        let cgroup = fs::read(format!("/proc/{pid}/cgroup")).ok()?;
        root?.session_of(&String::from_utf8_lossy(&cgroup))
    };
    Lineage { grandparent, session: session(sighting.pid).or_else(|| session(sighting.ppid)) }
}

/// Since the machine's start, with the time in which it slept: as the kernel counts for processes.
fn since_start() -> Duration {
    let now = clock_gettime(ClockId::Boottime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(now.tv_nsec).unwrap_or(0))
}

fn wall() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(u64::try_from(now.as_nanos()).unwrap_or(u64::MAX))
}

const NOTES_MAX: usize = 4096;
/// `proc_pid_stat(5)`: `USER_HZ` is 100.
const TICK_NS: u64 = 10_000_000;
/// How often the clocks, and the kernel's count of what it lost, are looked at.
const LOOK: Duration = Duration::from_secs(5);
