//! From an entry of the event log to a webhook on this machine that is well, while another target is dead
//! and a third never answers.

use std::net::TcpListener;
use std::time::Instant;

use sudolog_core::eventlog::{Kind, Severity};
use sudolog_server::alert::{Dispatch, Setup};
use sudolog_server::eventlog::EventLog;
use sudolog_server::warnings::Warnings;
use sudolog_tests::Webhook;
use sudolog_tests::figures::report_promised;

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

const RUNS: usize = 300;
