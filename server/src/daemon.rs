//! The server as one thing: everything started in the right order, and stopped.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use sudolog_core::eventlog::Severity;
use sudolog_core::limits::{CERTIFICATE_INTERVAL, SWEEP_INTERVAL};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::alert::{Dispatch, Setup};
use crate::audit::AccessLog;
use crate::config::Config;
use crate::eventlog::{EventLog, Reporter};
use crate::ingest::{Recorder, RecorderConfig};
use crate::listener::{self, Services, now_s};
use crate::live::Hub;
use crate::local::LocalSocket;
use crate::lock::StateLock;
use crate::risk::{self, Board, Law, Rulebook};
use crate::shelf::Shelf;
use crate::store::Index;
use crate::tls::{self, TlsFiles};
use crate::triage::{Bench, Changes, Presence};
use crate::warnings::Warnings;

/// Starts servers.
pub struct Server;

/// A running server.
pub struct ServerHandle {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    recorder: Recorder,
    worker: std::thread::JoinHandle<()>,
    alerts: Dispatch,
    _lock: StateLock,
}

impl Server {
    /// Makes whole what a crash left, then listens. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// Whatever is wrong with configuration, disk or address.
    pub async fn start(config: Config) -> anyhow::Result<ServerHandle> {
        config.check_needed()?;
        let tls = tls::server_config(&config.tls)?;
        let signer = config.signer()?;
        let at_state = || format!("state_dir = {}", config.state_dir.display());
        let lock = StateLock::take(&config.state_dir).with_context(at_state)?;
        let access = AccessLog::open(&config.state_dir).with_context(at_state)?;
        // Everything that can fail cheaply before anything is started: an error leaves nothing.
        let listener = TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("listen = {}", config.listen))?;
        let address = listener.local_addr()?;
        let mut local = None;
        if let Some(path) = &config.console.socket {
            let bound = LocalSocket::bind(path).await;
            local = Some(bound.with_context(|| format!("console.socket = {}", path.display()))?);
        }
        let (log_dir, state_dir) = (config.log_dir.clone(), config.state_dir.clone());
        let policy = config.triage.policy();
        let (recorder, bench) = tokio::task::spawn_blocking(move || {
            let (state, for_bench) = (state_dir.clone(), policy.clone());
            let recorder = Recorder::start(RecorderConfig { log_dir, state_dir, signer, policy })?;
            let catalog = recorder.catalog().clone();
            let reporter = Reporter::to(recorder.events().clone());
            let bench = Bench::open(catalog, &state, for_bench, Changes::default(), reporter);
            // Nobody else would end its threads.
            bench.inspect_err(|_| recorder.shutdown()).map(|bench| (recorder.clone(), bench))
        })
        .await??;
        let reporter = Reporter::to(recorder.events().clone());
        let warnings = Warnings::to(reporter.clone());
        let (law, wrong) = Law::start(config.risk.rules.as_deref(), &config.state_dir);
        if let Some(wrong) = wrong {
            warnings.raise(risk::WARNING, wrong);
        }
        let alerts = alerts(&config, recorder.events().clone(), &warnings).await?;
        let board = Board::new(Arc::clone(law.rules()));
        let index = Index::open(&config.state_dir)?;
        let rulebook = Rulebook::new(config.risk.rules, config.state_dir, board.clone());
        let worker =
            risk::start(recorder.clone(), index, law, warnings.clone(), board, bench.clone())?;
        let (stop, stopping) = watch::channel(false);
        let services = Services {
            hub: Hub::new(recorder.clone()),
            shelf: Shelf::default(),
            recorder: recorder.clone(),
            rulebook,
            operators: Arc::new(config.operators),
            access,
            bench,
            presence: Presence::default(),
            alerts: alerts.clone(),
            warnings,
            stop: stopping.clone(),
        };
        let mut tasks = vec![
            tokio::spawn(sweep(recorder.clone(), stopping.clone())),
            tokio::spawn(watch_certificate(config.tls, reporter, stopping)),
        ];
        if let Some(local) = local {
            tasks.push(tokio::spawn(local.serve(services.clone())));
        }
        tasks.push(tokio::spawn(listener::serve_tcp(listener, tls, services)));
        tracing::info!("listening on {address}");
        Ok(ServerHandle { address, stop, tasks, recorder, worker, alerts, _lock: lock })
    }
}

impl ServerHandle {
    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops taking connections, ends those that are open, and stores what was acknowledged.
    pub async fn shutdown(mut self) {
        let _ = self.stop.send(true);
        for task in self.tasks.drain(..) {
            let _ = task.await;
        }
        let recorder = self.recorder.clone();
        let (worker, alerts) = (self.worker, self.alerts);
        let ended = move || {
            recorder.shutdown();
            let ended = worker.join();
            alerts.shutdown();
            // The last: all others may have something to say.
            recorder.events().shutdown();
            ended
        };
        let _ = tokio::task::spawn_blocking(ended).await;
    }
}

/// Starts alerts, if there are any.
async fn alerts(config: &Config, log: EventLog, warnings: &Warnings) -> anyhow::Result<Dispatch> {
    let Some(file) = config.alerts.config.clone() else { return Ok(Dispatch::default()) };
    let (local_log, state_dir) = (config.alerts.local_log.clone(), config.state_dir.clone());
    let setup = Setup { file, local_log, state_dir, log, warnings: warnings.clone() };
    tokio::task::spawn_blocking(move || Dispatch::start(setup)).await?.context("[alerts]")
}

/// Says when the server's own certificate will end: at the start and once for each warning.
async fn watch_certificate(files: TlsFiles, reporter: Reporter, mut stop: watch::Receiver<bool>) {
    let mut warned = None;
    loop {
        match tls::own_expiry(&files, now_s()) {
            Ok(Some(expiry)) if warned != Some(expiry.warning_days) => {
                warned = Some(expiry.warning_days);
                let text = format!(
                    "[tls] cert = {}: the server's certificate {expiry}; no host can connect then: \
                     make a new one with `pki` and restart",
                    files.cert.display()
                );
                tracing::warn!("{text}");
                reporter.trouble(Severity::High, text);
            }
            Ok(_) => {}
            Err(error) => tracing::warn!("{error}"),
        }
        if tokio::time::timeout(CERTIFICATE_INTERVAL, stop.wait_for(|stop| *stop)).await.is_ok() {
            return;
        }
    }
}

async fn sweep(recorder: Recorder, mut stop: watch::Receiver<bool>) {
    loop {
        if tokio::time::timeout(SWEEP_INTERVAL, stop.wait_for(|stop| *stop)).await.is_ok() {
            return;
        }
        recorder.sweep(Instant::now());
        let looking = recorder.clone();
        // A disk that hangs holds up only this.
        let _ = tokio::task::spawn_blocking(move || looking.look_at_disks()).await;
    }
}

/// Runs the program until SIGTERM or SIGINT.
pub(crate) fn run(config: Config) -> anyhow::Result<()> {
    crate::log::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let server = Server::start(config).await?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        server.shutdown().await;
        Ok(())
    })
}
