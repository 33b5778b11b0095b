//! The real auditd with our plugin. The kernel has one audit stream, so one test at a time has it; rules and
//! settings are left as they were found.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, kill_process};

use crate::command::run;
use crate::daemon::Daemon;
use crate::{programs, wait};

/// A running auditd.
pub struct Auditd {
    daemon: Daemon,
    rules: Vec<Vec<String>>,
    was_enabled: String,
    /// Held while the stream is ours.
    _lock: File,
}

impl Auditd {
    /// Starts it with its files in `dir` and our plugin with this configuration.
    ///
    /// # Errors
    /// When auditd is missing, another one runs, or the kernel has no audit.
    pub fn start(dir: &Path, config: &str) -> anyhow::Result<Self> {
        let lock = File::options().create(true).append(true).open(LOCK)?;
        flock(&lock, FlockOperation::LockExclusive)?;
        let status = status()
            .context("auditd is missing, or the kernel has no audit: apt-get install auditd")?;
        anyhow::ensure!(
            field(&status, "pid") == Some("0"),
            "another auditd runs: stop it for this test\n{status}"
        );
        let was_enabled = field(&status, "enabled").unwrap_or("0").to_owned();
        anyhow::ensure!(was_enabled != "2", "audit is locked until the next boot");
        let plugins = dir.join("plugins.d");
        fs::create_dir_all(&plugins)?;
        let program = dir.join("sudolog-audisp");
        fs::copy(programs::built("sudolog-audisp")?, &program)?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        let yaml = dir.join("audisp.yaml");
        fs::write(&yaml, config)?;
        private(
            &plugins.join("sudolog.conf"),
            &format!(
                "active = yes\ndirection = out\npath = {}\ntype = always\nargs = --config {}\nformat = string\n",
                program.display(),
                yaml.display()
            ),
        )?;
        private(&dir.join("auditd.conf"), &conf(dir, &plugins))?;
        let mut command = Command::new("auditd");
        command.arg("-n").arg("-c").arg(dir).args(["-s", "enable"]);
        let daemon = Daemon::spawn(&mut command, &dir.join("auditd.log"))?;
        let auditd = Self { daemon, rules: Vec::new(), was_enabled, _lock: lock };
        auditd.plugin()?;
        Ok(auditd)
    }

    /// Adds a rule, in words of `auditctl(8)` behind `-a`.
    ///
    /// # Errors
    /// With what auditctl says.
    pub fn rule(&mut self, words: &[&str]) -> anyhow::Result<()> {
        run(Command::new("auditctl").arg("-a").args(words))?.success()?;
        self.rules.push(words.iter().map(|word| (*word).to_owned()).collect());
        Ok(())
    }

    /// The plugin's process, waited for. auditd starts one that has ended when there is something to tell it.
    ///
    /// # Errors
    /// When there is none.
    pub fn plugin(&self) -> anyhow::Result<Pid> {
        let pid = self.daemon.id();
        wait::sparingly("the plugin of auditd", wait::PATIENCE, || {
            let _ = run(Command::new("auditctl").args(["-m", "sudolog-test"]));
            // A plugin that is started again is the child of another thread.
            let threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten();
            let children = threads.map(|thread| fs::read_to_string(thread.path().join("children")));
            let children: String = children.flatten().collect();
            let is_plugin = |child: &&str| {
                let status =
                    fs::read_to_string(format!("/proc/{child}/status")).unwrap_or_default();
                // It is ready once it has given root up; one that was killed stays for a while.
                let is_ready = !status.contains("Uid:\t0") && !status.contains("State:\tZ");
                status.starts_with("Name:\tsudolog-audisp") && is_ready
            };
            let child = children.split_whitespace().find(is_plugin)?;
            Pid::from_raw(child.parse().ok()?)
        })
        .with_context(|| self.daemon.logged())
    }

    /// Kills the plugin and waits for the next one.
    ///
    /// # Errors
    /// When it is not started again.
    pub fn kill_plugin(&self) -> anyhow::Result<()> {
        let old = self.plugin()?;
        kill_process(old, Signal::KILL)?;
        wait::until("another plugin", wait::PATIENCE, || {
            self.plugin().ok().filter(|new| *new != old)
        })
        .map(drop)
    }

    /// `q_depth` and the rest of auditd's state, as it writes it down when asked.
    ///
    /// # Errors
    /// When it does not.
    pub fn state(&self) -> anyhow::Result<String> {
        let path = PathBuf::from("/var/run/auditd.state");
        let _ = fs::remove_file(&path);
        self.daemon.signal(Signal::CONT)?;
        wait::until("auditd.state", wait::PATIENCE, || {
            fs::read_to_string(&path).ok().filter(|text| text.contains("queue depth"))
        })
    }
}

impl Drop for Auditd {
    fn drop(&mut self) {
        for rule in &self.rules {
            let _ = run(Command::new("auditctl").arg("-d").args(rule));
        }
        let _ = self.daemon.stop();
        let _ = run(Command::new("auditctl").args(["-e", &self.was_enabled]));
    }
}

fn conf(dir: &Path, plugins: &Path) -> String {
    format!(
        "local_events = yes\nwrite_logs = no\nlog_file = {}/audit.log\nlog_format = ENRICHED\nflush = none\n\
         q_depth = 2000\noverflow_action = SYSLOG\nmax_restarts = 10\nplugin_dir = {}\nspace_left = 2\n\
         space_left_action = IGNORE\nadmin_space_left = 1\nadmin_space_left_action = IGNORE\n\
         disk_full_action = IGNORE\ndisk_error_action = IGNORE\nmax_log_file_action = IGNORE\n",
        dir.display(),
        plugins.display()
    )
}

fn private(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text)?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o640))?)
}

fn status() -> anyhow::Result<String> {
    Ok(run(Command::new("auditctl").arg("-s"))?.success()?.text())
}

fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
}

const LOCK: &str = "/run/lock/sudolog-test-auditd";
