//! A cable whose packets go through this process: each is delayed, or lost.
//!
//! Each machine has a TAP interface, held by a `socat` that hands its frames over as datagrams; one
//! thread a direction passes them on when their time has come. The order is kept, as on a road
//! where some drive slowly and nobody overtakes. The kernel's `netem` does the same and is not in
//! every kernel.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::daemon::Daemon;
use crate::net::Namespace;
use crate::wait;

/// What happens to packets, in each direction by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// So many of a hundred are lost.
    pub loss_percent: u32,
    /// Each takes at least so long.
    pub delay_ms: u32,
    /// And up to so much longer.
    pub jitter_ms: u32,
}

/// The way between two machines.
pub(crate) struct Sky {
    weather: Arc<Mutex<Weather>>,
    stop: Arc<AtomicBool>,
    carriers: Vec<JoinHandle<()>>,
    _taps: [Daemon; 2],
    _dir: tempfile::TempDir,
}

impl Sky {
    /// Gives both machines an interface of that name.
    pub(crate) fn open(
        one: &Namespace,
        other: &Namespace,
        device: &str,
        weather: Weather,
        seed: u64,
    ) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("sudolog-sky-").tempdir()?;
        let weather = Arc::new(Mutex::new(weather));
        let stop = Arc::new(AtomicBool::new(false));
        let side = |name| UnixDatagram::bind(dir.path().join(name)).context("datagram socket");
        let (left, right) = (side("left")?, side("right")?);
        let taps = [(one, "left"), (other, "right")].map(|(n, s)| tap(n, dir.path(), s, device));
        let [first, second] = taps;
        let taps = [first?, second?];
        let lane = |from: &UnixDatagram, out: &UnixDatagram, to, seed| -> anyhow::Result<Lane> {
            Ok(Lane {
                from: from.try_clone()?,
                out: out.try_clone()?,
                to: dir.path().join(to),
                weather: Arc::clone(&weather),
                stop: Arc::clone(&stop),
                chance: Chance(seed | 1),
                waiting: VecDeque::new(),
            })
        };
        let lanes = [
            lane(&left, &right, "right.tap", seed.wrapping_mul(2))?,
            lane(&right, &left, "left.tap", !seed.wrapping_mul(2))?,
        ];
        let carriers = lanes.map(|lane| std::thread::spawn(move || lane.run())).into();
        Ok(Self { weather, stop, carriers, _taps: taps, _dir: dir })
    }

    pub(crate) fn set(&self, weather: Weather) {
        *self.weather.lock().unwrap_or_else(PoisonError::into_inner) = weather;
    }
}

impl Drop for Sky {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.carriers.drain(..).for_each(|carrier| drop(carrier.join()));
    }
}

/// A TAP interface whose frames go to `DIR/SIDE` and come from `DIR/SIDE.tap`.
fn tap(machine: &Namespace, dir: &Path, side: &str, device: &str) -> anyhow::Result<Daemon> {
    let here = dir.join(side);
    let there = dir.join(format!("{side}.tap"));
    let mut socat = machine.command("socat");
    socat
        .args(["-b", "65536"])
        .arg(format!("TUN,tun-type=tap,tun-name={device},iff-no-pi"))
        .arg(format!("UNIX-SENDTO:{},bind={}", here.display(), there.display()))
        .stdin(Stdio::null());
    let mut daemon = Daemon::spawn(&mut socat, &dir.join("socat.log"))?;
    let up = wait::until("socat's TAP interface", wait::PATIENCE, || {
        let ready = there.exists();
        (ready || !daemon.is_running()).then_some(ready)
    })?;
    anyhow::ensure!(up, "socat ended: {}", daemon.logged());
    Ok(daemon)
}

/// One direction.
struct Lane {
    from: UnixDatagram,
    out: UnixDatagram,
    to: PathBuf,
    weather: Arc<Mutex<Weather>>,
    stop: Arc<AtomicBool>,
    chance: Chance,
    /// Frames and when they arrive, in order.
    waiting: VecDeque<(Instant, Vec<u8>)>,
}

impl Lane {
    fn run(mut self) {
        let mut buffer = vec![0; 65536];
        while !self.stop.load(Ordering::Relaxed) {
            let now = Instant::now();
            let next = self.waiting.front().map(|(at, _)| at.saturating_duration_since(now));
            if next.is_some_and(|left| left.is_zero()) {
                self.deliver();
                continue;
            }
            let limit = next.map_or(LOOK, |left| left.min(LOOK));
            // A limit of zero would be none at all.
            let _ = self.from.set_read_timeout(Some(limit.max(Duration::from_micros(100))));
            match self.from.recv(&mut buffer) {
                Ok(count) => self.take(buffer.get(..count).unwrap_or_default()),
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                Err(_) => return,
            }
        }
    }

    fn take(&mut self, frame: &[u8]) {
        let weather = *self.weather.lock().unwrap_or_else(PoisonError::into_inner);
        let lost = self.chance.below(100) < weather.loss_percent;
        if lost || self.waiting.len() >= WAITING_MAX {
            return;
        }
        let delay = weather.delay_ms + self.chance.below(weather.jitter_ms + 1);
        let at = Instant::now() + Duration::from_millis(delay.into());
        let at = self.waiting.back().map_or(at, |(last, _)| at.max(*last));
        self.waiting.push_back((at, frame.to_owned()));
    }

    fn deliver(&mut self) {
        if let Some((_, frame)) = self.waiting.pop_front() {
            // A socat that is gone or full loses it, as a cable would.
            let _ = self.out.send_to(&frame, &self.to);
        }
    }
}

/// xorshift64*: the same weather for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40) as u32;
        high % limit
    }
}

const LOOK: Duration = Duration::from_millis(50);
/// Frames on their way in one direction: 15 MB of full ones.
const WAITING_MAX: usize = 10_000;
