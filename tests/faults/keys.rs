//! What users do to a frozen session: end it by Ctrl+C, or thaw it from elsewhere.

use std::fs;
use std::time::Duration;

use sudolog_tests::ticker::{Manner, now};
use sudolog_tests::{Ticking, World, wait};

use crate::freeze::INTERVAL;
use crate::options::Options;
use crate::table::{Promise, Row, Table};

pub(crate) fn interrupt(options: &Options, table: &mut Table) -> anyhow::Result<()> {
    let mut notice = Row::new("Ctrl+C while frozen: to the notice on the terminal", ANSWER);
    let mut gone = Row::new("Ctrl+C while frozen: to the last process gone", ANSWER);
    let mut prompt = Row::new("Ctrl+C while frozen: to sudo's end", Promise::Happens);
    let mut world = World::start()?;
    for _ in 0..options.runs {
        let mut session = Ticking::start(&world, INTERVAL, Manner::Stubborn)?;
        world.server.as_mut().map_or(Ok(()), |server| server.kill())?;
        session.terminal.expect("sudolog: FROZEN:")?;
        let began = now()?;
        session.terminal.send(b"\x03")?;
        let shown = || (session.count("ended by Ctrl+C while frozen") > 0).then(now);
        let at = wait::closely("the notice", wait::PATIENCE, shown)??;
        notice.took(at.saturating_sub(began));
        let empty = || session.cgroup.processes().is_empty().then(now);
        let at = wait::closely("the command to be gone", wait::PATIENCE, empty)??;
        gone.took(at.saturating_sub(began));
        session.terminal.wait_blocking()?;
        prompt.took(now()?.saturating_sub(began));
        world.start_server()?;
        world.no_cgroups()?;
    }
    [notice, gone, prompt].into_iter().for_each(|row| table.add(row));
    Ok(())
}

pub(crate) fn foreign_thaw(options: &Options, table: &mut Table) -> anyhow::Result<()> {
    let mut refrozen = Row::new("thawed by another root shell: to frozen again", REFREEZE);
    let mut leaked = Row::new("thawed by another root shell: to the last tick", REFREEZE);
    let mut world = World::start()?;
    let mut session = Ticking::start(&world, INTERVAL, Manner::Polite)?;
    world.server.as_mut().map_or(Ok(()), |server| server.kill())?;
    session.terminal.expect("sudolog: FROZEN:")?;
    session.cgroup.wait_frozen(true)?;
    let order = session.cgroup.dir().join("cgroup.freeze");
    for _ in 0..options.runs {
        let began = now()?;
        fs::write(&order, "0")?;
        let again = || {
            let ordered = fs::read_to_string(&order).is_ok_and(|text| text.trim() == "1");
            (ordered && session.cgroup.is_frozen()).then(now)
        };
        let at = wait::closely("the session to be frozen again", wait::PATIENCE, again)??;
        refrozen.took(at.saturating_sub(began));
        leaked.took(session.ticker.last()?.saturating_sub(began));
    }
    world.start_server()?;
    session.cgroup.wait_frozen(false)?;
    leaked.compared(session.finish(&world)?);
    [refrozen, leaked].into_iter().for_each(|row| table.add(row));
    Ok(())
}

/// The keys of a frozen session are looked at with each poll of the plugin.
const ANSWER: Promise = Promise::Within(Duration::from_millis(300));
const REFREEZE: Promise = Promise::Within(Duration::from_millis(150));
