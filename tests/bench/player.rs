//! What the player does with a large recording once it is open: indexing, seeking, and nothing.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use sudolog_tests::figures::{
    Promise, mb_per_s, percentile, promised, report, report_promised, time,
};
use sudolog_tests::programs::built;
use sudolog_tests::{Pty, Watched, World, sample};
use sudolog_tui::deck::{Deck, News};
use sudolog_tui::source::archive::Archive;

/// Reads all of it as the player does, then goes to places all over it.
pub fn index_and_seek(recording: &Path, bytes: usize) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let (mut reading, mut read) = (Vec::new(), None);
    for _ in 0..3 {
        let whole = || {
            let archive = Archive::open(recording, "bench")?;
            let mut deck = Deck::start(Box::new(archive))?;
            let events = runtime.block_on(read_whole(&mut deck))?;
            Ok((deck, events))
        };
        let (took, done) = time(whole)?;
        reading.push(took);
        read = Some(done);
    }
    let rate = mb_per_s(bytes, percentile(&mut reading, 50));
    promised(
        "reading and indexing all of it",
        &format!("{rate:.0} MB/s"),
        rate,
        Promise::AtLeast(60.0),
        "MB/s",
    );

    let (mut deck, events) = read.context("nothing was read")?;
    let mut runs = Vec::new();
    for places in sample::noise(8, SEEKS * 8).chunks_exact(8) {
        let seq = 1 + u64::from_be_bytes(places.try_into()?) % events;
        let seek = || {
            deck.show(seq);
            runtime.block_on(shown(&mut deck, seq))
        };
        runs.push(time(seek)?.0);
    }
    report_promised("seek to a random event, order to picture", &mut runs, 16.0);
    Ok(())
}

/// How many events there are, once the deck has read all of them.
async fn read_whole(deck: &mut Deck) -> anyhow::Result<u64> {
    let mut events = 0;
    loop {
        match deck.next().await.context("the deck has ended")? {
            News::Read(read) => {
                events += read.moments.len() as u64;
                if read.end.is_some() {
                    return Ok(events);
                }
            }
            News::Trouble(reason) => anyhow::bail!("{reason}"),
            News::Frame(_) | News::Found(_) | News::Gone(_) => {}
        }
    }
}

async fn shown(deck: &mut Deck, seq: u64) -> anyhow::Result<()> {
    loop {
        match deck.next().await.context("the deck has ended")? {
            News::Frame(frame) if frame.seq == seq => return Ok(()),
            News::Trouble(reason) => anyhow::bail!("{reason}"),
            _ => {}
        }
    }
}

/// From a key that goes to a tenth of the recording to that screen on the terminal: with the console's
/// pause between two frames.
pub fn keys_to_the_screen(recording: &Path) -> anyhow::Result<()> {
    let mut player = paused(recording)?;
    let mut screens = Vec::new();
    for tenth in 0..10 {
        player.send(tenth.to_string().as_bytes())?;
        std::thread::sleep(SETTLED);
        screens.push(first_line(&player.lines()));
    }
    let mut here = screens.len() - 1;
    let mut runs = Vec::new();
    for choice in sample::noise(9, SEEKS) {
        // Never where it is already.
        here = (here + 1 + usize::from(choice % 9)) % screens.len();
        let there = screens.get(here).context("no such tenth")?;
        // So that no frame waits for the one before.
        std::thread::sleep(FRAME * 2);
        let go = || {
            player.send(here.to_string().as_bytes())?;
            let is_there = |lines: &[String]| (first_line(lines) == *there).then_some(());
            player.until("the screen of another place", is_there)
        };
        runs.push(time(go)?.0);
    }
    report("seek, from the key to the new screen", &mut runs);
    leave(player)
}

/// The first line of the recorded screen.
fn first_line(lines: &[String]) -> String {
    lines.get(1).cloned().unwrap_or_default()
}

/// A player that has read all, and stands.
fn paused(recording: &Path) -> anyhow::Result<Watched> {
    let mut replay = Command::new(built("sudolog-tui")?);
    replay.arg("replay").arg(recording).env("TERM", "xterm-256color");
    let mut player = Watched::start(&replay, 50, 120)?;
    player.shows("file-0000001")?;
    player.send(b"G")?;
    player.shows("■")?;
    player.send(b"5")?;
    player.shows("‖")?;
    Ok(player)
}

/// What the console costs while nothing happens: a player that stands, and a list of sessions that
/// say nothing.
pub fn at_rest(recording: &Path, last: u64) -> anyhow::Result<()> {
    let mut player = paused(recording)?;
    idle("idle, paused in it", &player.console)?;
    let needle = format!("/file-{:07}\r", last / 2);
    player.send(needle.as_bytes())?;
    player.shows("1/1")?;
    memory("memory, all of it read and searched", &player.console)?;
    leave(player)?;

    let world = World::start()?;
    let quiet =
        Pty::spawn(&world.sudo.command(&["sh", "-c", "echo ready; exec sleep 1000"]), 24, 80)?;
    quiet.expect("ready")?;
    let mut live = Watched::start(&world.console_command(&["live"])?, 50, 120)?;
    live.shows("ready")?;
    idle("idle, a list of sessions that say nothing", &live.console)?;
    memory("memory, the same", &live.console)?;
    leave(live)
}

fn idle(what: &str, console: &Pty) -> anyhow::Result<()> {
    std::thread::sleep(SETTLING);
    let before = ticks(console)?;
    std::thread::sleep(RESTING);
    let ticks = ticks(console)? - before;
    let percent = ticks as f64 / TICKS_A_SECOND / RESTING.as_secs_f64() * 100.0;
    let said = format!("{percent:.2} % of a processor");
    promised(what, &said, percent, Promise::Below(0.5), "%");
    Ok(())
}

/// Processor time used so far, in user mode and in the kernel (`proc(5)`).
fn ticks(console: &Pty) -> anyhow::Result<u64> {
    let stat = of_process(console, "stat")?;
    let (_, fields) = stat.rsplit_once(") ").context("stat")?;
    let times: Vec<u64> = fields.split(' ').skip(11).take(2).flat_map(str::parse).collect();
    anyhow::ensure!(times.len() == 2, "stat: {stat}");
    Ok(times.iter().sum())
}

fn memory(what: &str, console: &Pty) -> anyhow::Result<()> {
    let status = of_process(console, "status")?;
    let mb = |name: &str| -> anyhow::Result<f64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).context("status")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0 / 1e6)
    };
    let (most, now) = (mb("VmHWM:")?, mb("VmRSS:")?);
    let said = format!("{most:.0} MB at most, {now:.0} MB now");
    promised(what, &said, most, Promise::Below(150.0), "MB");
    Ok(())
}

fn of_process(console: &Pty, file: &str) -> anyhow::Result<String> {
    let place = format!("/proc/{}", console.id());
    let name = std::fs::read_to_string(format!("{place}/comm"))?;
    anyhow::ensure!(name.trim() == "sudolog-tui", "{place} is {name}");
    Ok(std::fs::read_to_string(format!("{place}/{file}"))?)
}

fn leave(mut watched: Watched) -> anyhow::Result<()> {
    watched.send(b"\x03")?;
    watched.console.wait_blocking()?;
    Ok(())
}

const SEEKS: usize = 500;
/// Between two frames of the console.
const FRAME: Duration = Duration::from_millis(33);
/// After a seek everything is drawn by then.
const SETTLED: Duration = Duration::from_millis(500);
const SETTLING: Duration = Duration::from_secs(3);
const RESTING: Duration = Duration::from_secs(20);
/// `USER_HZ`: the same on every Linux.
const TICKS_A_SECOND: f64 = 100.0;
