//! The server is killed again and again while sessions write without a pause: what it acknowledged
//! must be stored each time it comes back, and in the end everything, once.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use sudolog_core::ack::AckVerifiers;
use sudolog_core::session::EventKind;
use sudolog_tests::sudo::HOST;
use sudolog_tests::ticker::{Difference, now};
use sudolog_tests::{Feeder, Recording, World, sample, wait};

use crate::options::Options;
use crate::table::{Promise, Row, SECOND, Table, say};

/// One session: what was acknowledged, as its sender verified it.
#[derive(Default)]
struct Load {
    acked: AtomicU64,
}

pub(crate) fn kills(options: &Options, table: &mut Table) -> anyhow::Result<()> {
    let mut back = Row::new("server SIGKILL under load: listening to the first new ACK", SECOND);
    let mut kept =
        Row::new("server SIGKILL under load: started to all ACKed kept", Promise::Happens);
    let mut world = World::start()?;
    let keys = AckVerifiers::parse(&std::fs::read_to_string(world.path("pki/ack-verify.pub"))?)?;
    let data = Bytes::from(sample::noise(11, BLOCK_BYTES));
    let (stop, started) = (AtomicBool::new(false), Barrier::new(SESSIONS + 1));
    let loads: [Load; SESSIONS] = std::array::from_fn(|_| Load::default());
    let socket = world.socket();
    let sent = std::thread::scope(|scope| {
        let feeders: Vec<_> = (0u64..)
            .zip(&loads)
            .map(|(number, load)| {
                let (keys, data, stop, started, socket) = (&keys, &data, &stop, &started, &socket);
                scope.spawn(move || {
                    let feeder = Feeder::open(socket, keys, HOST, number);
                    started.wait();
                    feed(feeder?, data, stop, load)
                })
            })
            .collect();
        started.wait();
        let killed = (0..options.kills)
            .try_for_each(|round| kill_once(&mut world, round, &loads, &mut back, &mut kept));
        stop.store(true, Ordering::Relaxed);
        let sent: anyhow::Result<Vec<usize>> = feeders
            .into_iter()
            .map(|f| f.join().map_err(|_| anyhow::anyhow!("a session panicked"))?)
            .collect();
        killed.and(sent)
    })?;
    kept.compared(compare(&world, &data, sent)?);
    [back, kept].into_iter().for_each(|row| table.add(row));
    Ok(())
}

/// Sends the block again and again, each time until it is acknowledged; says how often.
fn feed(mut feeder: Feeder, data: &Bytes, stop: &AtomicBool, load: &Load) -> anyhow::Result<usize> {
    let mut sent = 0;
    while !stop.load(Ordering::Relaxed) {
        for start in (0..data.len()).step_by(EVENT_BYTES) {
            let event = data.slice(start..start + EVENT_BYTES);
            feeder.feed(EventKind::Ttyout, 1, event)?;
        }
        sent += 1;
        while !feeder.is_settled() {
            feeder.advance()?;
            load.acked.store(feeder.acked(), Ordering::Release);
        }
    }
    feeder.close()?;
    Ok(sent)
}

fn kill_once(
    world: &mut World,
    round: usize,
    loads: &[Load],
    back: &mut Row,
    kept: &mut Row,
) -> anyhow::Result<()> {
    // At another place of a batch each time.
    let pause = 5 + u64::try_from(round)? * 37 % 90;
    std::thread::sleep(Duration::from_millis(pause));
    world.server.as_mut().map_or(Ok(()), |server| server.kill())?;
    let acked: Vec<u64> = loads.iter().map(|load| load.acked.load(Ordering::Acquire)).collect();
    let began = now()?;
    world.start_server()?;
    let listening = now()?;
    kept.took(listening.saturating_sub(began));
    let mut stored: Vec<u64> =
        world.recordings()?.iter().map(lines).collect::<anyhow::Result<_>>()?;
    stored.sort_unstable();
    let mut wanted = acked.clone();
    wanted.sort_unstable();
    // The recordings do not say whose they are; sorted, each must hold what one was promised.
    let missing = wanted.iter().zip(&stored).filter(|(wanted, stored)| stored < wanted).count();
    let absent = wanted.len().saturating_sub(stored.len());
    if missing + absent > 0 {
        say(&format!("  kill {round}: acknowledged {wanted:?}, stored {stored:?}"));
    }
    kept.failed(missing + absent);
    let proven = || {
        let moved = |(load, old): (&Load, &u64)| load.acked.load(Ordering::Acquire) > *old;
        loads.iter().zip(&acked).all(moved).then(now)
    };
    let at = wait::closely("new acknowledgements", wait::PATIENCE, proven)??;
    back.took(at.saturating_sub(listening));
    Ok(())
}

/// Events that are stored: sudo's `timing` has a line for each.
fn lines(recording: &Recording) -> anyhow::Result<u64> {
    let timing = recording.stream("timing");
    Ok(u64::try_from(timing.iter().filter(|byte| **byte == b'\n').count())?)
}

fn compare(world: &World, data: &Bytes, mut sent: Vec<usize>) -> anyhow::Result<Difference> {
    let mut stored = wait::until("all recordings", wait::PATIENCE, || {
        let all = world.recordings().ok()?;
        (all.len() == sent.len() && all.iter().all(Recording::is_finished)).then_some(all)
    })?;
    stored.sort_by_key(|recording| recording.stream("ttyout").len());
    sent.sort_unstable();
    let mut sum = Difference::default();
    for (recording, copies) in stored.iter().zip(sent) {
        let got = recording.stream("ttyout");
        let want = copies * data.len();
        sum.lost += want.saturating_sub(got.len());
        sum.extra += got.len().saturating_sub(want);
        // A byte that differs is one too few and one too many.
        let wrong = got.iter().zip(data.iter().cycle()).filter(|(a, b)| a != b).count();
        sum.lost += wrong;
        sum.extra += wrong;
    }
    Ok(sum)
}

const SESSIONS: usize = 4;
const BLOCK_BYTES: usize = 100_000;
const EVENT_BYTES: usize = 1000;
