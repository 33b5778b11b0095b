//! From an entry of the event log to a webhook on this machine that is well, while another target is dead
//! and a third never answers; and what targets of which none is well cost sudo.

use std::net::TcpListener;
use std::time::Instant;

use sudolog_core::eventlog::{Kind, Severity};
use sudolog_server::alert::{Dispatch, Setup};
use sudolog_server::eventlog::EventLog;
use sudolog_server::warnings::Warnings;
use sudolog_tests::command::run;
use sudolog_tests::figures::{Promise, ms, percentile, promised, report, report_promised, time};
use sudolog_tests::{Webhook, World};

/// One entry after the other, none of them collected.
pub fn entry_to_webhook() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let hook = Webhook::start()?;
    // Takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let file = dir.path().join("alerts.yaml");
    let plan = format!(
        "version: 1\ntargets:\n  well: {{kind: webhook, url: \"{}\", rate: {{per: 1ms, burst: 1000}}}}\n  \
         silent: {{kind: webhook, url: \"http://{}/\"}}\n  \
         dead: {{kind: webhook, url: \"http://127.0.0.1:1/\"}}\nroutes: [{{to: [silent, dead, well]}}]\n",
        hook.url(),
        silent.local_addr()?
    );
    std::fs::write(&file, plan)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let _entered = runtime.enter();
    let log = EventLog::open(&dir.path().join("events"))?;
    let no_log = Some(dir.path().join("none"));
    let state_dir = dir.path().to_owned();
    let (log_of, warnings) = (log.clone(), Warnings::default());
    let alerts =
        Dispatch::start(Setup { file, local_log: no_log, state_dir, log: log_of, warnings })?;
    let mut runs = Vec::new();
    for number in 1..=RUNS {
        let happened = Instant::now();
        log.append(log.entry(Kind::Finding, Severity::High));
        let taken = hook.wait(number)?;
        runs.extend(taken.last().map(|(at, _)| at.saturating_duration_since(happened)));
    }
    report_promised("entry to a webhook that is well", &mut runs, 500.0);
    alerts.shutdown();
    log.shutdown();
    Ok(())
}

/// sudo with alerts of every event to targets of which one is dead and one never answers, and without any
/// alerts, in turn.
pub fn added_to_sudo() -> anyhow::Result<()> {
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let mut troubled = World::prepare()?;
    troubled.set_alerts(&format!(
        "version: 1\ntargets:\n  silent: {{kind: webhook, url: \"http://{}/\", rate: {{per: 1ms, burst: 1000}}}}\n  \
         dead: {{kind: webhook, url: \"http://127.0.0.1:1/\", rate: {{per: 1ms, burst: 1000}}}}\n  \
         nowhere: {{kind: journal, socket: /nonexistent}}\nroutes: [{{to: [silent, dead, nowhere]}}]\n",
        silent.local_addr()?
    ))?;
    troubled.start_server()?;
    troubled.start_shipper()?;
    let untroubled = World::start()?;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        for (world, runs) in [(&untroubled, &mut bare), (&troubled, &mut ours)] {
            runs.push(time(|| run(&mut world.sudo.command(&["-n", "true"]))?.success())?.0);
        }
    }
    let p50 = report("sudo -n true without alerts", &mut bare);
    let troubled_p50 = report("sudo -n true, no target well", &mut ours);
    let added = ms(percentile(&mut ours, 99)) - ms(percentile(&mut bare, 99));
    let said = format!("p50 {:.2} ms, p99 {added:.2} ms", ms(troubled_p50) - ms(p50));
    promised(
        "added to sudo by targets that are not well",
        &said,
        added,
        Promise::Below(20.0),
        "ms",
    );
    Ok(())
}

const RUNS: usize = 300;
