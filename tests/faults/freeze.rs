//! The server or the way to it fails: from the cut to the last tick, and from the mending to the
//! next.

use std::time::Duration;

use rustix::process::Signal;
use sudolog_tests::ticker::{Manner, now};
use sudolog_tests::{Cable, End, Ticking, World, wait};

use crate::options::Options;
use crate::table::{Row, SECOND, Table};

/// How a fault is made and mended.
type Turn = fn(&mut World) -> anyhow::Result<()>;

pub(crate) fn server_killed(options: &Options, table: &mut Table) -> anyhow::Result<()> {
    let kill: Turn = |world| world.server.as_mut().map_or(Ok(()), |server| server.kill());
    measure("server SIGKILL", World::start()?, options, table, kill, World::start_server)
}

pub(crate) fn server_stopped(options: &Options, table: &mut Table) -> anyhow::Result<()> {
    let stop: Turn = |world| world.server.as_ref().map_or(Ok(()), |s| s.signal(Signal::STOP));
    let cont: Turn = |world| world.server.as_ref().map_or(Ok(()), |s| s.signal(Signal::CONT));
    measure("server SIGSTOP", World::start()?, options, table, stop, cont)
}

pub(crate) fn cable_pulled(options: &Options, table: &mut Table) -> anyhow::Result<()> {
    let world = World::start_over(Cable::plug()?)?;
    let down: Turn = |world| world.cable()?.set_up(End::Server, false);
    let up: Turn = |world| world.cable()?.set_up(End::Server, true);
    measure("cable down", world, options, table, down, up)
}

fn measure(
    fault: &str,
    mut world: World,
    options: &Options,
    table: &mut Table,
    cut: Turn,
    mend: Turn,
) -> anyhow::Result<()> {
    let row = |what: &str| Row::new(&format!("{fault}: {what}"), SECOND);
    let mut last = row("cut to the last tick");
    let mut frozen = row("cut to cgroup.events frozen 1");
    let mut back = row("mended to the first new tick");
    let mut session = Ticking::start(&world, INTERVAL, Manner::Polite)?;
    for run in 0..options.runs {
        // Each time at another place between two heartbeats.
        session.ticker.expect(3 + run * 7 % 80)?;
        let began = now()?;
        cut(&mut world)?;
        frozen.took(stands(&session, began)?);
        let stopped = session.ticker.last()?;
        last.took(stopped.saturating_sub(began));
        session.terminal.expect("sudolog: FROZEN:")?;
        mend(&mut world)?;
        let mended = now()?;
        // It may have gone on before the mender was told that all is well.
        let first = session.ticker.first_after(stopped)?;
        back.took(first.saturating_sub(mended));
        session.cgroup.wait_frozen(false)?;
    }
    last.compared(session.finish(&world)?);
    [last, frozen, back].into_iter().for_each(|row| table.add(row));
    Ok(())
}

/// Waits until the session stands still; gives how long after `began`.
pub(crate) fn stands(session: &Ticking, began: Duration) -> anyhow::Result<Duration> {
    let stands = || session.cgroup.is_frozen().then(now);
    let at = wait::closely("the command to stand still", wait::PATIENCE, stands)??;
    Ok(at.saturating_sub(began))
}

/// Between two ticks.
pub(crate) const INTERVAL: Duration = Duration::from_millis(5);
