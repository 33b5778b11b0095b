//! From an event to its verified acknowledgement, at low load and with many sessions that do little.

use std::fs::File;
use std::io::Write as _;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use sudolog_core::ack::AckVerifiers;
use sudolog_core::session::EventKind;
use sudolog_tests::figures::{line, report, time};
use sudolog_tests::sudo::HOST;
use sudolog_tests::{Feeder, World, sample};

/// One session in which somebody types fast, beside what the disk takes for an append of 4 KiB.
pub fn acknowledgements() -> anyhow::Result<()> {
    let world = World::start()?;
    let keys = keys(&world)?;
    let mut feeder = Feeder::open(&world.socket(), &keys, HOST, 0)?;
    let mut disk = File::create(world.path("disk"))?;
    let (block, event) = (sample::noise(5, 4096), Bytes::from(sample::noise(6, 64)));
    let (mut synced, mut proven) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        // In turn, so that the machine's moods hit both alike.
        let append = || {
            disk.write_all(&block)?;
            Ok(disk.sync_data()?)
        };
        std::thread::sleep(TYPING_PAUSE);
        synced.push(time(append)?.0);
        let prove = || {
            feeder.feed(EventKind::Ttyout, 1, event.clone())?;
            feeder.settle()
        };
        proven.push(time(prove)?.0);
    }
    feeder.close()?;
    let disk = report("the disk: append of 4 KiB and fdatasync", &mut synced);
    let ours = report("event to verified ACK, one session", &mut proven);
    let ratio = ours.as_secs_f64() / disk.as_secs_f64();
    line("ratio of the medians", &format!("{ratio:.1}"));
    crowd()
}

/// Two thousand sessions on one host, of which each says something now and then.
fn crowd() -> anyhow::Result<()> {
    let world = World::start()?;
    let keys = keys(&world)?;
    let before = server_memory(&world)?;
    let (socket, keys) = (world.socket(), &keys);
    let open = |thread: u64| -> anyhow::Result<Vec<Feeder>> {
        let numbers = thread * GROUP..(thread + 1) * GROUP;
        numbers.map(|number| Feeder::open(&socket, keys, HOST, number)).collect()
    };
    let (opened, groups) = time(|| in_threads(0..THREADS, open))?;
    line("opening 2,000 sessions, 8 at a time", &format!("{:.1} s", opened.as_secs_f64()));
    let after = server_memory(&world)?;
    let each = (after.saturating_sub(before)) / (THREADS * GROUP);
    line("server memory per idle session", &format!("{:.1} KiB", kib(each)));

    let (mut proven, mut freezes) = (Vec::new(), 0);
    let done = in_threads(groups, talk)?;
    for (times, frozen) in done {
        proven.extend(times);
        freezes += frozen;
    }
    report("event to verified ACK, 2,000 sessions", &mut proven);
    line("false freezes", &freezes.to_string());
    anyhow::ensure!(freezes == 0, "{freezes} sessions were frozen for nothing\n{}", world.logs());
    Ok(())
}

/// Does the work in a thread for each item.
fn in_threads<T: Send, R: Send>(
    items: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> anyhow::Result<R> + Sync,
) -> anyhow::Result<Vec<R>> {
    let work = &work;
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            items.into_iter().map(|item| scope.spawn(move || work(item))).collect();
        let panicked = || anyhow::anyhow!("a thread panicked");
        threads.into_iter().map(|t| t.join().map_err(|_| panicked())?).collect()
    })
}

/// Each session says something three times, the sessions of this thread after one another; gives
/// how long each waited for its proof, and how often one was frozen.
fn talk(mut group: Vec<Feeder>) -> anyhow::Result<(Vec<Duration>, u64)> {
    let mut proven = Vec::new();
    let event = Bytes::from_static(b"a line of output\r\n");
    for _ in 0..ROUNDS {
        for feeder in &mut group {
            let prove = || {
                feeder.feed(EventKind::Ttyout, 1, event.clone())?;
                feeder.settle()
            };
            proven.push(time(prove)?.0);
            std::thread::sleep(PAUSE);
        }
    }
    let mut freezes = 0;
    for feeder in group {
        freezes += feeder.freezes();
        feeder.close()?;
    }
    Ok((proven, freezes))
}

/// What of the server is in memory, bytes.
fn server_memory(world: &World) -> anyhow::Result<u64> {
    let server = world.server.as_ref().context("no server")?;
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
    let number = line.trim().trim_end_matches(" kB").parse::<u64>()?;
    Ok(number * 1024)
}

fn keys(world: &World) -> anyhow::Result<AckVerifiers> {
    let text = std::fs::read_to_string(world.path("pki/ack-verify.pub"))?;
    Ok(AckVerifiers::parse(&text)?)
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn kib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0
}

const RUNS: usize = 500;
/// Forty keys a second.
const TYPING_PAUSE: Duration = Duration::from_millis(25);
const THREADS: u64 = 8;
/// Sessions of one thread.
const GROUP: u64 = 250;
const ROUNDS: usize = 3;
/// Between two events of one thread: 8 threads make 400 events a second, one a session each 5 s.
const PAUSE: Duration = Duration::from_millis(20);
