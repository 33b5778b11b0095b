//! What a busy live session costs the operator's line: the bytes that the console writes for its
//! terminal; and what a narrow line costs the operator: how long keys take, how old the picture is.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use sudolog_tests::busy::number_in;
use sudolog_tests::figures::{line, percentile, report, time};
use sudolog_tests::{Busy, Cable, End, Watched, Weather, World};

pub fn narrow_lines() -> anyhow::Result<()> {
    output()?;
    far_away()
}

/// 50 lines in a second of one colour each, which scroll all of the screen.
fn output() -> anyhow::Result<()> {
    let world = World::start()?;
    let busy = Busy::start(&world, 60)?;
    for (lines, columns) in [(24, 80), (60, 200)] {
        for flag in [None, Some("--low-bandwidth")] {
            let mut runs = Vec::new();
            for _ in 0..RUNS {
                let args: Vec<&str> = ["live"].into_iter().chain(flag).collect();
                let mut console = Watched::start(&world.console_command(&args)?, lines, columns)?;
                follow(&mut console, &busy)?;
                let before = busy.bytes();
                let written = console.written(|| busy.reach(WINDOW))?;
                let seconds = written.took.as_secs_f64();
                let a_second = |count: usize| count as f64 / seconds;
                runs.push((
                    a_second(written.bytes),
                    a_second(written.frames),
                    a_second(busy.bytes() - before),
                ));
                leave(console)?;
            }
            runs.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (bytes, frames, said) = *runs.get(RUNS / 2).context("no run")?;
            line(
                &format!("written, {columns}x{lines} {}", flag.unwrap_or("")),
                &format!(
                    "{bytes:.0} B/s in {frames:.1} frames a second, of a session of {said:.0} B/s"
                ),
            );
        }
    }
    Ok(())
}

/// At the end of a line of 1 Mbit/s and 50 ms each way, beside one without delay and limit.
fn far_away() -> anyhow::Result<()> {
    for (name, noise, flag) in [
        ("0.3 Mbit/s", 700, None),
        ("2.4 Mbit/s", 6000, None),
        ("2.4 Mbit/s", 6000, Some("--low-bandwidth")),
    ] {
        let weather = Weather { delay_ms: 50, ..Weather::default() };
        let cable = Cable::plug_under(weather, 5)?;
        cable.narrow(End::Server, 1)?;
        cable.narrow(End::Host, 1)?;
        let world = World::start_watched_over(cable)?;
        let busy = Busy::start(&world, noise)?;
        let args: Vec<&str> = ["live"].into_iter().chain(flag).collect();
        let (joined, mut console) = time(|| {
            let mut console = Watched::start(&world.far_console(&args)?, 24, 80)?;
            follow(&mut console, &busy)?;
            Ok(console)
        })?;
        let what = format!("1 Mbit/s, 50 ms, session of {name} {}", flag.unwrap_or(""));
        line(&format!("{what}: joined"), &format!("{:.2} s from exec", joined.as_secs_f64()));
        let mut keys = Vec::new();
        for _ in 0..KEYS {
            keys.push(answered(&mut console, true)?);
            keys.push(answered(&mut console, false)?);
        }
        report(&format!("{what}: a key"), &mut keys);
        let mut behind = ages(&mut console, &busy);
        line(
            &format!("{what}: age of the picture"),
            &format!(
                "median {:.1} s, at most {:.1} s",
                percentile(&mut behind, 50).as_secs_f64(),
                percentile(&mut behind, 100).as_secs_f64()
            ),
        );
        leave(console)?;
    }
    Ok(())
}

/// How old what is shown is, again and again: by the numbers that the session has said since.
fn ages(console: &mut Watched, busy: &Busy) -> Vec<Duration> {
    let (began, first) = (Instant::now(), busy.said());
    let mut behind = Vec::new();
    while began.elapsed() < BEHIND_FOR {
        let shown = number_in(&console.lines().join("\n")).unwrap_or(0);
        behind.push(busy.said().saturating_sub(shown));
        std::thread::sleep(Duration::from_millis(100));
    }
    let each = began.elapsed().as_secs_f64() / (busy.said() - first).max(1) as f64;
    behind.into_iter().map(|numbers| Duration::from_secs_f64(each * numbers as f64)).collect()
}

/// From the key for the help to the help, or to what was under it.
fn answered(console: &mut Watched, opens: bool) -> anyhow::Result<Duration> {
    let (took, ()) = time(|| {
        console.send(b"?")?;
        if opens { console.shows(HELP) } else { console.lacks(HELP) }
    })?;
    Ok(took)
}

fn follow(console: &mut Watched, busy: &Busy) -> anyhow::Result<()> {
    let said = busy.said();
    let reached = |lines: &[String]| number_in(&lines.join("\n")).filter(|shown| *shown >= said);
    console.until("what was said", reached).map(drop)
}

fn leave(mut console: Watched) -> anyhow::Result<()> {
    console.send(b"q")?;
    console.console.wait_blocking()?;
    Ok(())
}

const HELP: &str = "┌ Keys";
const RUNS: usize = 3;
/// Ten seconds of what is said, as good as.
const WINDOW: u64 = 450;
const KEYS: usize = 25;
const BEHIND_FOR: Duration = Duration::from_secs(20);
