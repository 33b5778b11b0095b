//! How fast a large recording opens and is searched: 100 MB of a colourful terminal session, written
//! as sudo does.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use sudolog_tests::programs::built;
use sudolog_tests::{Pty, Watched, command};

use sudolog_tests::figures::{line, mb_per_s, percentile, report, report_promised, time};

use crate::{play, player};

pub fn open_and_index() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let (bytes, last) = write_recording(dir.path())?;

    let mut runs = Vec::new();
    for _ in 0..7 {
        let mut replay = Command::new(built("sudolog-tui")?);
        replay.arg("replay").arg(dir.path()).env("TERM", "xterm-256color");
        let (took, mut console) = time(|| {
            let console = Pty::spawn(&replay, 50, 120)?;
            console.expect("file-0000001")?;
            Ok(console)
        })?;
        console.send(b"q")?;
        console.wait_blocking()?;
        runs.push(took);
    }
    report_promised("first frame of 100 MB, from exec", &mut runs, 100.0);
    player::index_and_seek(dir.path(), bytes)?;
    player::keys_to_the_screen(dir.path())?;
    search(dir.path(), last)?;

    let mut whole = Vec::new();
    for _ in 0..3 {
        let mut screen = Command::new(built("sudolog-tui")?);
        screen.arg("screen").arg(dir.path()).args(["--at", "99:00:00"]);
        whole.push(time(|| command::run(&mut screen)?.success())?.0);
    }
    line(
        "emulating it whole (screen --at its end)",
        &format!("{:.0} MB/s", mb_per_s(bytes, percentile(&mut whole, 50))),
    );

    let mut theirs = Vec::new();
    for _ in 0..3 {
        let mut play = Command::new("sudoreplay");
        play.args(["-n", "-R", "-m", "0"]).arg(dir.path());
        theirs.push(time(|| command::run(&mut play)?.success())?.0);
    }
    line(
        "sudoreplay -n of it (no emulation)",
        &format!("{:.0} MB/s", mb_per_s(bytes, percentile(&mut theirs, 50))),
    );
    play::to_the_end(dir.path(), last)?;
    player::at_rest(dir.path(), last)
}

/// From the key Enter to the hit on the screen, once all is read; and from nothing, by the command.
fn search(recording: &Path, last: u64) -> anyhow::Result<()> {
    let mut replay = Command::new(built("sudolog-tui")?);
    replay.arg("replay").arg(recording).env("TERM", "xterm-256color");
    let mut watched = Watched::start(&replay, 50, 120)?;
    watched.shows("file-0000001")?;
    watched.send(b"G")?;
    watched.shows(&format!("file-{last:07}"))?;
    let mut runs = Vec::new();
    for nth in 1..8 {
        let number = last / 8 * nth;
        watched.send(format!("/file-{number:07}").as_bytes())?;
        watched.shows(&format!("/file-{number:07}"))?;
        let found = || {
            watched.send(b"\r")?;
            watched.shows(&format!("file-{number:07}  "))?;
            watched.shows("1/1")
        };
        runs.push(time(found)?.0);
    }
    watched.send(b"q")?;
    watched.console.wait_blocking()?;
    report_promised("search in it, from Enter to the hit", &mut runs, 150.0);

    let mut whole = Vec::new();
    for _ in 0..3 {
        let mut search = Command::new(built("sudolog-tui")?);
        search.arg("search").arg(format!("file-{last:07}")).arg("--dir").arg(recording);
        whole.push(time(|| command::run(&mut search)?.success())?.0);
    }
    report("sudolog-tui search, from exec", &mut whole);
    Ok(())
}

/// Three hours in which 100 MB of `ls`-like output appear.
pub(super) fn write_recording(dir: &Path) -> anyhow::Result<(usize, u64)> {
    let (mut ttyout, mut timing) = (String::new(), String::new());
    let mut number = 0_u64;
    while ttyout.len() < BYTES {
        let before = ttyout.len();
        for _ in 0..40 {
            number += 1;
            write!(
                ttyout,
                "\x1b[0m\x1b[01;3{}mfile-{number:07}\x1b[0m  {:>9} Jan  1 12:{:02}\r\n",
                number % 8,
                number * 37 % 1_000_003,
                number % 60
            )?;
        }
        // The first screen is there at once; then four a second for hours.
        let delay = if before == 0 { 0 } else { 233_000_000 };
        writeln!(timing, "4 0.{delay:09} {}", ttyout.len() - before)?;
    }
    fs::write(dir.join("ttyout"), &ttyout)?;
    fs::write(dir.join("timing"), timing)?;
    // As sudo marks what does not grow any more.
    fs::set_permissions(dir.join("timing"), fs::Permissions::from_mode(0o400))?;
    fs::write(
        dir.join("log"),
        "1763000000:alice:root::/dev/pts/1:50:120\n/home/alice\n/usr/bin/bash\n",
    )?;
    Ok((ttyout.len(), number))
}

const BYTES: usize = 100_000_000;
