//! What the event log costs sudo, and what asking it costs: sudo with and without the audit half, in
//! turn so that the machine's moods hit both alike; a log of a million entries, asked.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use sudolog_core::eventlog::{Entry, Kind, Severity, Source};
use sudolog_core::session::SessionId;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::EventsQuery;
use sudolog_server::eventlog::{Bounds, EventLog};
use sudolog_tests::World;
use sudolog_tests::command::run;
use sudolog_tests::figures::{Promise, line, mb_per_s, ms, percentile, promised, report, time};

/// What the audit half adds to a recorded command, to `sudo -l`, and to `sudo -l` while the shipper
/// stands still.
pub fn added_to_sudo() -> anyhow::Result<()> {
    let world = World::start()?;
    let with = world.sudo.conf()?;
    // The policy and its audit alone: no event is told, and -l opens no session anyway.
    let keep = |line: &&str| !line.contains("sudolog_audit");
    let without: String = with.lines().filter(keep).map(|line| format!("{line}\n")).collect();
    for args in [&["-n", "true"][..], &["-n", "-l"]] {
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            for (conf, runs) in [(&without, &mut bare), (&with, &mut ours)] {
                world.sudo.set_conf(conf)?;
                runs.push(time(|| run(&mut world.sudo.command(args))?.success())?.0);
            }
        }
        let words = args.join(" ");
        let p50 = report(&format!("sudo {words} without events"), &mut bare);
        let with_p50 = report(&format!("sudo {words} with events"), &mut ours);
        let (p99, with_p99) = (percentile(&mut bare, 99), percentile(&mut ours, 99));
        let said =
            format!("p50 {:.2} ms, p99 {:.2} ms", ms(with_p50) - ms(p50), ms(with_p99) - ms(p99));
        let added = ms(with_p99) - ms(p99);
        promised(&format!("added to sudo {words}"), &said, added, Promise::Below(20.0), "ms");
    }
    world.sudo.set_conf(&with)?;
    let Some(shipper) = &world.shipper else { anyhow::bail!("no shipper") };
    shipper.signal(Signal::STOP)?;
    let hung = (0..RUNS)
        .map(|_| Ok(time(|| run(&mut world.sudo.command(&["-n", "-l"]))?.success())?.0))
        .collect::<anyhow::Result<Vec<_>>>();
    shipper.signal(Signal::CONT)?;
    report("sudo -n -l with a shipper that stands still", &mut hung?);
    Ok(())
}

/// A million entries: how fast they are kept, and what a question takes in all and at a time.
pub fn a_million_events() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let log = EventLog::open(dir.path())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (took, ()) = time(|| {
        runtime.block_on(async {
            for block in 0..ENTRIES / BLOCK {
                log.keep((0..BLOCK).map(|n| entry(block * BLOCK + n)).collect()).await?;
            }
            Ok(())
        })
    })?;
    let bytes: u64 = std::fs::read_dir(dir.path())?
        .flatten()
        .map(|file| file.metadata().map_or(0, |metadata| metadata.len()))
        .sum();
    let speed = mb_per_s(usize::try_from(bytes)?, took);
    line(
        &format!("{ENTRIES} entries kept"),
        &format!("{:.1} s, {speed:.0} MB/s", took.as_secs_f64()),
    );
    for question in
        ["", "kind:reject", "user:nobody", "severity:critical", "shadow host:web7", "findsnothing"]
    {
        ask(&log, question)?;
    }
    log.shutdown();
    let (opened, log) = time(|| Ok(EventLog::open(dir.path())?))?;
    line("opened again", &format!("{:.0} ms", ms(opened)));
    log.shutdown();
    Ok(())
}

/// The first page, and all pages to the end of the log.
fn ask(log: &EventLog, question: &str) -> anyhow::Result<()> {
    let mut query = EventsQuery::parse(question, &|_| None)?;
    let (mut pieces, mut found) = (Vec::new(), 0);
    while pieces.len() < PAGES_MAX {
        let began = Instant::now();
        let bounds = Bounds { most: 100, until: began + sudolog_core::limits::EVENTS_SCAN_TIME };
        let page = log.find(&query, &|_| true, bounds)?;
        pieces.push(began.elapsed());
        found += page.entries.len();
        query.before = page.reached;
        if page.reached <= 1 || !page.entries.is_empty() {
            break;
        }
    }
    let all: Duration = pieces.iter().sum();
    let said = format!("{found} after {:.0} ms, {} looks", ms(all), pieces.len());
    let longest = ms(pieces.into_iter().max().unwrap_or_default());
    let what = format!("first page of {question:?}");
    promised(
        &what,
        &format!("{said}, the longest {longest:.0} ms"),
        longest,
        Promise::Below(400.0),
        "ms",
    );
    Ok(())
}

fn entry(n: u64) -> Entry {
    let id = sudolog_core::eventlog::EntryId::numbered(SessionId::from_bytes([1; 16]), n);
    let time = Timestamp { seconds: 1_763_000_000 + n.cast_signed(), nanoseconds: 0 };
    let kinds = [Kind::Start, Kind::Request, Kind::Accept, Kind::Accept, Kind::Exit];
    let index = usize::try_from(n % 5).unwrap_or(0);
    let mut entry =
        Entry::new(id, time, Source::Sudo, kinds.get(index).copied().unwrap_or(Kind::Exit));
    entry.host = format!("web{}", n % 100).as_str().into();
    entry.user = format!("user{}", n % 1000).as_str().into();
    (entry.uid, entry.pid, entry.tty) = (Some(1000), Some(4711), "/dev/pts/3".into());
    entry.run_user = "root".into();
    entry.argv = vec!["systemctl".into(), "restart".into(), format!("unit{n}").as_str().into()];
    entry.text = "accepted by sudoers_policy (policy)".into();
    entry.details = vec![("plugin_type".into(), "policy".into())];
    // One needle, as old as can be.
    if n == 1 {
        (entry.kind, entry.severity) = (Kind::Reject, Severity::Critical);
        (entry.host, entry.argv) = ("web7".into(), vec!["cat".into(), "/etc/shadow".into()]);
    }
    entry
}

const RUNS: usize = 200;
const ENTRIES: u64 = 1_000_000;
const BLOCK: u64 = 500;
const PAGES_MAX: usize = 1000;
