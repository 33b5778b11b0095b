//! Alerts that run beside an event log, in a directory of their own.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::Instant;

use sudolog_core::eventlog::{Entry, Kind, Severity};
use sudolog_core::wire::message::{Alerts, AlertsQuery, TargetStatus};
use sudolog_server::alert::{Dispatch, Setup};
use sudolog_server::eventlog::EventLog;
use sudolog_server::warnings::Warnings;

use super::sink::PATIENCE;

/// The log, and what is made of it.
pub struct Desk {
    pub log: EventLog,
    pub alerts: Dispatch,
    pub local_log: UnixDatagram,
    _runtime: tokio::runtime::Runtime,
    pub dir: tempfile::TempDir,
}

impl Desk {
    /// With that file of alerts.
    pub fn start(plan: &str) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), plan)
    }

    pub fn start_in(dir: tempfile::TempDir, plan: &str) -> Self {
        let file = dir.path().join("alerts.yaml");
        std::fs::write(&file, plan).unwrap();
        let socket = dir.path().join("log.sock");
        let _ = std::fs::remove_file(&socket);
        let local_log = UnixDatagram::bind(&socket).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let log = EventLog::open(&dir.path().join("events")).unwrap();
        let entered = runtime.enter();
        let setup = Setup {
            file,
            local_log: Some(socket),
            state_dir: dir.path().to_owned(),
            log: log.clone(),
            warnings: Warnings::default(),
        };
        let alerts = Dispatch::start(setup).unwrap();
        drop(entered);
        Self { log, alerts, local_log, _runtime: runtime, dir }
    }

    /// Something happens.
    pub fn happens(&self, kind: Kind, severity: Severity) -> Entry {
        let mut entry = self.log.entry(kind, severity);
        entry.host = "web1".into();
        entry.user = "alice".into();
        self.log.append(entry.clone());
        entry
    }

    pub fn status(&self) -> Alerts {
        self.alerts.status(&AlertsQuery::default())
    }

    pub fn target(&self, name: &str) -> TargetStatus {
        self.status().targets.into_iter().find(|target| target.name == name).unwrap()
    }

    /// Waits until alerts stand like that.
    pub fn until(&self, what: &str, like: impl Fn(&Alerts) -> bool) -> Alerts {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let status = self.status();
            if like(&status) {
                return status;
            }
            assert!(Instant::now() < deadline, "waited in vain for {what}: {status:?}");
            // Whoever looks all the time keeps those from sending whom it waits for.
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// The next thing that this machine's own log was told.
    pub fn said(&self) -> String {
        self.local_log.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut bytes = vec![0; 4096];
        let length = self.local_log.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }

    /// Stops everything, and gives the directory to go on in.
    pub fn stop(mut self) -> tempfile::TempDir {
        std::mem::replace(&mut self.dir, tempfile::tempdir().unwrap())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.alerts.shutdown();
        self.log.shutdown();
    }
}

/// A file that only its owner can read.
pub fn secret(dir: &Path, name: &str, text: &str) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// Waits for something.
pub fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::yield_now();
    }
}
