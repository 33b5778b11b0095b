//! A gigabyte from one command: back-pressure and nothing else.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};

use anyhow::Context as _;
use sudolog_tests::figures::line;
use sudolog_tests::ticker::now;
use sudolog_tests::{World, wait};

use crate::options::Options;
use crate::table::{Promise, Row, Table};

/// One run: it takes long, and each byte of it is a test.
pub(crate) fn flood(_: &Options, table: &mut Table) -> anyhow::Result<()> {
    let mut row = Row::new("1 GB of output: to its end, no freeze", Promise::Happens);
    let world = World::start()?;
    let out = world.path("out");
    let script = format!("head -c {BYTES} /dev/urandom | base64 | tee {}", out.display());
    let began = now()?;
    let mut sudo = world.sudo.command(&["sh", "-c", &script]);
    let mut child = sudo
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()?;
    let mut pipe = child.stdout.take().context("its output")?;
    let mut shown = 0_u64;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match pipe.read(&mut buffer)? {
            0 => break,
            count => shown += u64::try_from(count)?,
        }
    }
    child.wait()?;
    let finished = || world.recordings().ok()?.pop().filter(sudolog_tests::Recording::is_finished);
    let recording = wait::until("the recording of a gigabyte", wait::PATIENCE * 6, finished)?;
    row.took(now()?.saturating_sub(began));
    let stored = fs::metadata(recording.dir().join("stdout"))?.len();
    let written = fs::metadata(&out)?.len();
    let freezes = world.logs().matches("freezing").count();
    row.failed(freezes + usize::from(stored != written || shown != written));
    for (name, daemon) in [("server", &world.server), ("shipper", &world.shipper)] {
        let id = daemon.as_ref().context("it ran")?.id();
        line(&format!("{name}: most memory in 1 GB of output"), &peak(id)?);
    }
    line("recorded of what was written", &format!("{stored} of {written} bytes"));
    table.add(row);
    Ok(())
}

/// The most that a process ever had in memory, in the kernel's words.
fn peak(id: u32) -> anyhow::Result<String> {
    let status = BufReader::new(fs::File::open(format!("/proc/{id}/status"))?);
    let lines = status.lines().collect::<Result<Vec<_>, _>>()?;
    let peak = lines.iter().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(peak.context("VmHWM")?.trim().to_owned())
}

/// A gigabyte once base64 has had it.
const BYTES: u64 = 760 * 1024 * 1024;
