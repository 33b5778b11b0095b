//! The shipper fails: killed, it takes its sessions with it; stopped, the plugin takes its place.

use std::time::Duration;

use rustix::process::Signal;
use sudolog_tests::ticker::{Manner, now};
use sudolog_tests::{Ticking, World, wait};

use crate::freeze::{INTERVAL, stands};
use crate::options::Options;
use crate::table::{Promise, Row, SECOND, Table};

pub(crate) fn killed(options: &Options, table: &mut Table) -> anyhow::Result<()> {
    let within = |ms| Promise::Within(Duration::from_millis(ms));
    let mut told = Row::new("shipper SIGKILL: to the signal that ends the command", within(150));
    let mut polite = Row::new("shipper SIGKILL: to the last process gone", within(150));
    let mut stubborn =
        Row::new("shipper SIGKILL: the same, when it ignores the signal", within(150 + 2000));
    let mut world = World::start()?;
    for run in 0..options.runs {
        for (manner, gone) in [(Manner::Polite, &mut polite), (Manner::Stubborn, &mut stubborn)] {
            let mut session = Ticking::start(&world, INTERVAL, manner)?;
            session.ticker.expect(1 + run * 7 % 40)?;
            let began = now()?;
            world.shipper.as_mut().map_or(Ok(()), |shipper| shipper.kill())?;
            let empty = || session.cgroup.processes().is_empty().then(now);
            let at = wait::closely("the command to be gone", wait::PATIENCE, empty)??;
            gone.took(at.saturating_sub(began));
            match session.ticker.told_at() {
                Some(at) => told.took(at.saturating_sub(began)),
                None => told.failed(1),
            }
            session.terminal.wait(wait::PATIENCE)?;
            world.start_shipper()?;
        }
    }
    [told, polite, stubborn].into_iter().for_each(|row| table.add(row));
    Ok(())
}

pub(crate) fn stopped(options: &Options, table: &mut Table) -> anyhow::Result<()> {
    let row = |what: &str| Row::new(&format!("shipper SIGSTOP: {what}"), SECOND);
    let mut last = row("cut to the last tick");
    let mut frozen = row("cut to cgroup.events frozen 1");
    let mut back = row("mended to the first new tick");
    let world = World::start()?;
    let mut session = Ticking::start(&world, INTERVAL, Manner::Polite)?;
    let signal = |signal| world.shipper.as_ref().map_or(Ok(()), |s| s.signal(signal));
    for run in 0..options.runs {
        session.ticker.expect(3 + run * 7 % 80)?;
        let began = now()?;
        signal(Signal::STOP)?;
        frozen.took(stands(&session, began)?);
        let stopped = session.ticker.last()?;
        last.took(stopped.saturating_sub(began));
        signal(Signal::CONT)?;
        let mended = now()?;
        back.took(session.ticker.first_after(stopped)?.saturating_sub(mended));
        session.cgroup.wait_frozen(false)?;
    }
    last.compared(session.finish(&world)?);
    [last, frozen, back].into_iter().for_each(|row| table.add(row));
    Ok(())
}
