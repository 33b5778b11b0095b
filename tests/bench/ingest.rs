//! How fast recordings arrive: acknowledged durably, through the real shipper and server.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use sudolog_core::ack::AckVerifiers;
use sudolog_core::session::EventKind;
use sudolog_tests::daemon::Daemon;
use sudolog_tests::sudo::HOST;
use sudolog_tests::{Feeder, World, command, sample, wait};

use sudolog_tests::figures::{line, mb_per_s, percentile, time};

/// 30 MB of ttyout in 4 KiB events, and the same recording sent to sudo_logsrvd by sudo_sendlog.
pub fn one_large_recording() -> anyhow::Result<()> {
    let world = World::start()?;
    let keys = keys(&world)?;
    let data = Bytes::from(sample::noise(1, LARGE_BYTES));
    let mut runs = Vec::new();
    for number in 0..5 {
        runs.push(time(|| feed(&world.socket(), &keys, number, &data, 4096))?.0);
    }
    let ours = percentile(&mut runs, 50);
    line("Sudolog: TLS, durable, signed", &format!("{:.0} MB/s", mb_per_s(LARGE_BYTES, ours)));

    let recording = wait::until("the recording", wait::PATIENCE, || {
        world.recordings().ok()?.into_iter().find(|r| r.is_finished())
    })?;
    match logsrvd(&world, recording.dir())? {
        Some(theirs) => line(
            "sudo_logsrvd: no TLS, not durable",
            &format!("{:.0} MB/s", mb_per_s(LARGE_BYTES, theirs)),
        ),
        None => line("sudo_logsrvd", "not installed"),
    }
    disk(&world, &data)
}

/// 100 sessions at once through one shipper, 1 KiB events.
pub fn parallel_sessions() -> anyhow::Result<()> {
    let world = World::start()?;
    let keys = keys(&world)?;
    let data = Bytes::from(sample::noise(2, PARALLEL_BYTES));
    let (took, events) = time(|| {
        std::thread::scope(|scope| {
            let sessions: Vec<_> = (0..PARALLEL)
                .map(|number| {
                    let (socket, keys, data) = (world.socket(), &keys, &data);
                    scope.spawn(move || feed(&socket, keys, number, data, 1024))
                })
                .collect();
            sessions
                .into_iter()
                .map(|s| s.join().map_err(|_| anyhow::anyhow!("a session panicked"))?)
                .sum::<anyhow::Result<u64>>()
        })
    })?;
    let bytes = PARALLEL_BYTES * usize::try_from(PARALLEL)?;
    line(
        "100 sessions of 1 KiB events",
        &format!("{:.0} MB/s, {events} events acknowledged", mb_per_s(bytes, took)),
    );
    let stored = wait::until("all recordings", Duration::from_secs(60), || {
        let all = world.recordings().ok()?;
        let done = all.iter().filter(|r| r.is_finished()).count();
        (done == usize::try_from(PARALLEL).ok()?).then_some(all)
    })?;
    let wrong = stored.iter().filter(|r| r.stream("ttyout") != data).count();
    line("recordings that differ from what was sent", &wrong.to_string());
    anyhow::ensure!(wrong == 0, "{wrong} recordings differ");
    Ok(())
}

/// Sessions of three events, from OPEN to the acknowledged CLOSE.
pub fn short_sessions() -> anyhow::Result<()> {
    let world = World::start()?;
    let keys = keys(&world)?;
    let next = AtomicU64::new(0);
    let data = Bytes::from_static(b"one line of output\r\n");
    let (took, ()) = time(|| {
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..16)
                .map(|_| {
                    scope.spawn(|| {
                        loop {
                            let number = next.fetch_add(1, Ordering::Relaxed);
                            if number >= SHORT {
                                return Ok(());
                            }
                            let mut feeder = Feeder::open(&world.socket(), &keys, HOST, number)?;
                            for _ in 0..3 {
                                feeder.feed(EventKind::Ttyout, 1000, data.clone())?;
                            }
                            feeder.close()?;
                        }
                    })
                })
                .collect();
            workers
                .into_iter()
                .try_for_each(|w| w.join().map_err(|_| anyhow::anyhow!("panicked"))?)
        })
    })?;
    let rate = f64::from(u32::try_from(SHORT)?) / took.as_secs_f64();
    line("short sessions, 16 at a time", &format!("{rate:.0} a second"));
    Ok(())
}

fn feed(
    socket: &Path,
    keys: &AckVerifiers,
    number: u64,
    data: &Bytes,
    chunk: usize,
) -> anyhow::Result<u64> {
    let mut feeder = Feeder::open(socket, keys, HOST, number)?;
    for start in (0..data.len()).step_by(chunk) {
        let end = data.len().min(start + chunk);
        feeder.feed(EventKind::Ttyout, 1000, data.slice(start..end))?;
    }
    feeder.close()
}

pub(crate) fn keys(world: &World) -> anyhow::Result<AckVerifiers> {
    let text = std::fs::read_to_string(world.path("pki/ack-verify.pub"))?;
    Ok(AckVerifiers::parse(&text)?)
}

/// The same recording to stock sudo's server: plaintext where it is built without TLS, as Debian's
/// is, and never synced.
fn logsrvd(world: &World, recording: &Path) -> anyhow::Result<Option<Duration>> {
    if command::run(Command::new("which").args(["sudo_logsrvd", "sudo_sendlog"]))?.code != Some(0) {
        return Ok(None);
    }
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let conf = world.path("logsrvd.conf");
    std::fs::write(
        &conf,
        format!(
            "[server]\nlisten_address = 127.0.0.1:{port}\nserver_log = {}\npid_file =\n\
             [iolog]\niolog_dir = {}\n[eventlog]\nlog_type = none\n",
            world.path("logsrvd.log").display(),
            world.path("logsrvd").display()
        ),
    )?;
    let mut daemon = Command::new("sudo_logsrvd");
    daemon.arg("-n").arg("-f").arg(&conf);
    let _daemon = Daemon::spawn(&mut daemon, &world.path("logsrvd.log"))?;
    wait::until("sudo_logsrvd", wait::PATIENCE, || {
        std::net::TcpStream::connect(("127.0.0.1", port)).ok()
    })?;
    let mut runs = Vec::new();
    for _ in 0..5 {
        let mut send = Command::new("sudo_sendlog");
        send.args(["-h", "127.0.0.1", "-p", &port.to_string()]).arg(recording);
        let (took, sent) = time(|| command::run(&mut send))?;
        sent.success().context("sudo_sendlog")?;
        runs.push(took);
    }
    Ok(Some(percentile(&mut runs, 50)))
}

/// The physical limit: the same bytes to one file, synced once.
fn disk(world: &World, data: &Bytes) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut runs = Vec::new();
    for _ in 0..5 {
        let mut file = std::fs::File::create(world.path("disk"))?;
        let (took, ()) = time(|| {
            file.write_all(data)?;
            Ok(file.sync_data()?)
        })?;
        runs.push(took);
    }
    line(
        "the disk: one write, one fdatasync",
        &format!("{:.0} MB/s", mb_per_s(data.len(), percentile(&mut runs, 50))),
    );
    Ok(())
}

const LARGE_BYTES: usize = 30_000_000;
const PARALLEL: u64 = 100;
const PARALLEL_BYTES: usize = 2_000_000;
const SHORT: u64 = 3000;
