//! Many quick commands, one after another and some at once: none may hang, fail, or stay behind.

use std::process::{Child, Stdio};
use std::time::Duration;

use sudolog_tests::ticker::now;
use sudolog_tests::{World, wait};

use crate::options::Options;
use crate::table::{Promise, Row, Table};

pub(crate) fn starts(options: &Options, table: &mut Table) -> anyhow::Result<()> {
    let mut row = Row::new("sudo true, four at once: to its end", Promise::Happens);
    let world = World::start()?;
    for _ in 0..options.sudos.div_ceil(AT_ONCE) {
        let began = now()?;
        let children: Vec<Child> =
            (0..AT_ONCE).map(|_| spawn(&world)).collect::<anyhow::Result<_>>()?;
        for mut child in children {
            let ended = || child.try_wait().ok().flatten();
            match wait::closely("sudo true", HUNG, ended) {
                Ok(status) if status.success() => row.took(now()?.saturating_sub(began)),
                _ => {
                    row.failed(1);
                    child.kill()?;
                    child.wait()?;
                }
            }
        }
    }
    world.no_cgroups()?;
    let whole = || {
        let all = world.recordings().ok()?;
        all.iter().all(sudolog_tests::Recording::is_finished).then_some(all.len())
    };
    let stored = wait::until("all recordings to be finished", wait::PATIENCE, whole)?;
    let wanted = options.sudos.div_ceil(AT_ONCE) * AT_ONCE;
    anyhow::ensure!(stored == wanted, "{stored} recordings of {wanted} commands");
    table.add(row);
    Ok(())
}

fn spawn(world: &World) -> anyhow::Result<Child> {
    let mut sudo = world.sudo.command(&["-n", "true"]);
    Ok(sudo.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
}

const AT_ONCE: usize = 4;
/// Longer than any deadline of ours.
const HUNG: Duration = Duration::from_secs(20);
