//! What our plugin adds to the start of a command: bare sudo, stock I/O logging, ours; with and
//! without a terminal, in turn so that the machine's moods hit all alike.

use std::process::Command;
use std::time::Duration;

use sudolog_tests::command::run;
use sudolog_tests::{Pty, World};

use sudolog_tests::figures::{line, ms, report, time};

pub fn session_start() -> anyhow::Result<()> {
    let bare = World::prepare()?;
    bare.sudo.set_conf("Plugin sudoers_policy sudoers.so\nPlugin sudoers_io sudoers.so\nPlugin sudoers_audit sudoers.so\n")?;
    let stock = World::prepare()?;
    stock.sudo.set_conf("Plugin sudoers_policy sudoers.so\nPlugin sudoers_io sudoers.so\nPlugin sudoers_audit sudoers.so\n")?;
    let sudoers = std::fs::read_to_string(stock.path("etc/sudoers"))?;
    let logged = format!(
        "Defaults log_input, log_output, iolog_dir={}\n{sudoers}",
        stock.path("iolog").display()
    );
    std::fs::write(stock.path("etc/sudoers"), logged)?;
    let ours = World::start()?;

    for terminal in [false, true] {
        let mut runs = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..RUNS {
            for (world, runs) in [&bare, &stock, &ours].into_iter().zip(&mut runs) {
                runs.push(one(world.sudo.command(&["-n", "true"]), terminal)?);
            }
            if let Some(shell) = runs.last_mut() {
                shell.push(one(bare.sudo.inside(&["true"]), terminal)?);
            }
        }
        let place = if terminal { "on a terminal" } else { "without a terminal" };
        let [bare, stock, ours, shell] = &mut runs;
        // What it takes to enter the name space and start a program is not sudo's.
        let entry = report(&format!("true alone, {place}"), shell);
        let bare = report(&format!("bare sudo -n true, {place}"), bare);
        let stock = report(&format!("stock I/O logging, {place}"), stock);
        let ours = report(&format!("Sudolog, {place}"), ours);
        let net = |whole: Duration| ms(whole.saturating_sub(entry));
        line(
            &format!("without the entry, {place}"),
            &format!(
                "bare {:.1} ms, stock {:.1} ms, Sudolog {:.1} ms",
                net(bare),
                net(stock),
                net(ours)
            ),
        );
    }
    Ok(())
}

fn one(mut command: Command, terminal: bool) -> anyhow::Result<Duration> {
    let (took, ()) = time(|| {
        if terminal {
            let status = Pty::spawn(&command, 24, 80)?.wait_blocking()?;
            anyhow::ensure!(status.success(), "{status}");
        } else {
            run(&mut command)?.success()?;
        }
        Ok(())
    })?;
    Ok(took)
}

const RUNS: usize = 60;
