//! The kernel's audit: what the real auditd has waiting while `sudolog-audisp` reads, and what
//! `sudolog-audisp` takes from a pipe beside a `cat` that looks at nothing.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::process::Pid;
use sudolog_tests::auditd::{Auditd, Setup};
use sudolog_tests::figures::{Promise, line, mb_per_s, promised, time};
use sudolog_tests::{World, programs};

/// auditd's queue while the kernel writes events at several speeds, with a shipper that takes sightings;
/// and the same with a plugin that throws all away.
pub fn queue_of_auditd() -> anyhow::Result<()> {
    let world = World::start()?;
    let rules = "rules: [{key: sudolog-bench, auid: [1], actions: [forward]}]";
    let config = format!("socket: {}\nuser: nobody\n{rules}\n", world.socket().display());
    let dir = world.path("audit");
    fs::create_dir(&dir)?;
    let cat = world.path("cat");
    fs::write(&cat, "#!/bin/sh\nexec cat > /dev/null\n")?;
    for events in [PROMISED, 5_000, 10_000] {
        for (what, program) in [("cat", cat.clone()), ("us", programs::built("sudolog-audisp")?)] {
            let setup = Setup { config: &config, ..Setup::default() };
            let mut auditd = Auditd::start_other(&dir, setup, Some(&program))?;
            let plugin = if what == "us" { Some(auditd.plugin()?) } else { None };
            // What every distribution sets; the kernel's own is 64.
            auditd.set("-b", "backlog_limit", "8192")?;
            let of_us = format!("pid={}", std::process::id());
            let rule = ["always,exit", "-F", "arch=b64", "-S", "getpgid", "-F", &of_us];
            auditd.rule(&[&rule[..], &["-k", "sudolog-bench"]].concat())?;
            flood(&auditd, plugin, events)?;
        }
    }
    Ok(())
}

/// Each event has three records: SYSCALL, PROCTITLE and EOE.
fn flood(auditd: &Auditd, plugin: Option<Pid>, events: u32) -> anyhow::Result<()> {
    let lost = auditd.setting("lost")?;
    let used = plugin.map(cpu).transpose()?.unwrap_or_default();
    let began = Instant::now();
    // A thread that began before the audit was switched on is not looked at.
    let writing = std::thread::spawn(move || write_events(events));
    let (mut depths, mut ever) = (Vec::new(), 0);
    while !writing.is_finished() {
        let state = auditd.state()?;
        depths.push(number(&state, "current plugin queue depth")?);
        ever = number(&state, "max plugin queue depth used")?;
        std::thread::sleep(LOOK);
    }
    let made = writing.join().map_err(|_| anyhow::anyhow!("the writing thread failed"))?;
    let took = began.elapsed().as_secs_f64();
    let lost = auditd.setting("lost")?.parse::<u64>()? - lost.parse::<u64>()?;
    let (deepest, looks) = (depths.iter().copied().max().unwrap_or(0), depths.len());
    let rate = f64::from(3 * made) / took;
    let said = format!(
        "{rate:.0} records/s, deepest of {looks} looks {deepest}, ever {ever}, lost {lost}"
    );
    let Some(plugin) = plugin else {
        line(&format!("auditd's queue at {events} events/s, cat"), &said);
        return Ok(());
    };
    let share = 100.0 * (cpu(plugin)? - used).as_secs_f64() / took;
    let said = format!("{said}, {share:.0} % of a core");
    let what = format!("auditd's queue at {events} events/s, ours");
    if events == PROMISED {
        promised(&what, &said, f64::from(deepest.max(ever)), Promise::Below(100.0), "records");
    } else {
        line(&what, &said);
    }
    Ok(())
}

/// System calls that a rule waits for, spread evenly.
fn write_events(a_second: u32) -> u32 {
    let (began, mut made) = (Instant::now(), 0);
    while began.elapsed() < LASTS {
        let due = f64::from(a_second) * began.elapsed().as_secs_f64();
        while f64::from(made) < due {
            let _ = rustix::process::getpgid(None);
            made += 1;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    made
}

/// How much of the processor a process has used (`proc_pid_stat(5)`).
fn cpu(pid: Pid) -> anyhow::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()))?;
    let (_, rest) = stat.rsplit_once(')').context("a stat without a name")?;
    let mut ticks = 0;
    for field in rest.split_whitespace().skip(11).take(2) {
        ticks += field.parse::<u64>()?;
    }
    Ok(Duration::from_millis(10 * ticks))
}

fn number(state: &str, name: &str) -> anyhow::Result<u32> {
    let line = state.lines().find(|line| line.starts_with(name));
    let (_, value) =
        line.and_then(|line| line.split_once('=')).with_context(|| state.to_owned())?;
    Ok(value.trim().parse()?)
}

/// A million records through a pipe: as the classic plugin, as the plugin with rules, and through `cat`.
pub fn through_a_pipe() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let log = dir.path().join("audit.log");
    let records = write_log(&log)?;
    let bytes = usize::try_from(fs::metadata(&log)?.len())?;
    let audisp = programs::built("sudolog-audisp")?;
    let yaml = dir.path().join("audisp.yaml");
    let user = if rustix::process::geteuid().is_root() { "user: nobody\n" } else { "" };
    fs::write(
        &yaml,
        format!("{user}{}", include_str!("../../shipper/audisp.yaml").replace("user: ", "# ")),
    )?;
    let mut classic = Command::new(&audisp);
    classic.arg("second_key");
    let mut plugin = Command::new(&audisp);
    plugin.arg("--config").arg(&yaml);
    let commands = [("cat", Command::new("cat")), ("KEY", classic), ("--config", plugin)];
    for (what, mut command) in commands {
        let mut runs = Vec::new();
        let mut said = String::new();
        for _ in 0..RUNS {
            let (took, words) = time(|| piped(&log, &mut command))?;
            runs.push(took);
            said = words;
        }
        runs.sort_unstable();
        let took = runs.get(RUNS / 2).copied().unwrap_or_default();
        let rate = f64::from(records) / took.as_secs_f64() / 1e3;
        let lost = said.lines().filter(|line| line.contains("dropped")).count();
        let text = format!(
            "{rate:.0} thousand records/s, {:.0} MB/s, {lost} times records dropped",
            mb_per_s(bytes, took)
        );
        line(&format!("{records} records through {what}"), &text);
    }
    Ok(())
}

/// Runs it behind `cat` and gives what it wrote to standard error.
fn piped(log: &Path, command: &mut Command) -> anyhow::Result<String> {
    let mut cat = Command::new("cat").arg(log).stdout(Stdio::piped()).spawn()?;
    let from = cat.stdout.take().context("no pipe")?;
    let output = command.stdin(from).stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
    anyhow::ensure!(output.status.success(), "{command:?}: {}", output.status);
    cat.wait()?;
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A real call of sudo, over and over, each time with a later stamp.
fn write_log(log: &Path) -> anyhow::Result<u32> {
    let call = include_str!("../../core/src/kaudit/fixtures/sudo-odd-args.raw.log");
    let mut file = BufWriter::new(File::create(log)?);
    let mut records = 0;
    while records < RECORDS {
        for line in call.lines() {
            let (head, rest) = line.split_once("audit(").context("a line without a stamp")?;
            let (stamp, rest) = rest.split_once(')').context("a stamp without an end")?;
            let (time, serial) = stamp.split_once(':').context("a stamp without a number")?;
            let serial = serial.parse::<u64>()? + u64::from(records);
            writeln!(file, "{head}audit({time}:{serial}){rest}")?;
            records += 1;
        }
    }
    file.flush()?;
    Ok(records)
}

/// Events a second that make 5,000 records.
const PROMISED: u32 = 1_700;
const LASTS: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(100);
const RECORDS: u32 = 1_000_000;
const RUNS: usize = 3;
