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
    dir: PathBuf,
    rules: Vec<Vec<String>>,
    /// Words of `auditctl` that bring settings back, the last changed first.
    undo: Vec<[String; 2]>,
    /// Held while the stream is ours.
    _lock: File,
}

/// How our plugin is given to auditd.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// The text of `audisp.yaml`.
    pub config: &'a str,
    /// `string` or `binary`.
    pub format: &'a str,
    /// The value of `active`.
    pub active: &'a str,
}

impl Default for Setup<'_> {
    fn default() -> Self {
        Self { config: "", format: "string", active: "yes" }
    }
}

impl Auditd {
    /// Starts it with its files in `dir` and our plugin with this configuration.
    ///
    /// # Errors
    /// When auditd is missing, another one runs, or the kernel has no audit.
    pub fn start(dir: &Path, config: &str) -> anyhow::Result<Self> {
        let auditd = Self::start_with(dir, Setup { config, ..Setup::default() })?;
        auditd.plugin()?;
        Ok(auditd)
    }

    /// The same without waiting for the plugin.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn start_with(dir: &Path, setup: Setup<'_>) -> anyhow::Result<Self> {
        Self::start_other(dir, setup, Some(&programs::built("sudolog-audisp")?))
    }

    /// The same with another program in the place of ours, or with none there.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub fn start_other(
        dir: &Path,
        setup: Setup<'_>,
        program: Option<&Path>,
    ) -> anyhow::Result<Self> {
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
        let installed = dir.join("sudolog-audisp");
        if let Some(program) = program {
            // One that an auditd before this one has started may still be running: no program that runs can
            // be written, but another can take its name.
            let fresh = dir.join("sudolog-audisp.new");
            fs::copy(program, &fresh)?;
            fs::set_permissions(&fresh, fs::Permissions::from_mode(0o755))?;
            fs::rename(&fresh, &installed)?;
        }
        fs::write(dir.join("audisp.yaml"), setup.config)?;
        private(&dir.join("auditd.conf"), &conf(dir, &plugins))?;
        private(&plugins.join("sudolog.conf"), &plugin_conf(dir, &installed, setup))?;
        let mut command = Command::new("auditd");
        command.arg("-n").arg("-c").arg(dir).args(["-s", "enable"]);
        let daemon = Daemon::spawn(&mut command, &dir.join("auditd.log"))?;
        let undo = vec![["-e".to_owned(), was_enabled]];
        let mut auditd = Self { daemon, dir: dir.into(), rules: Vec::new(), undo, _lock: lock };
        let ours = auditd.daemon.id().to_string();
        wait::sparingly("auditd to have the stream", wait::PATIENCE, || {
            (self::status().ok()?.lines().any(|line| line == format!("pid {ours}"))).then_some(())
        })
        .with_context(|| auditd.daemon.logged())?;
        // The kernel drops at once what finds no room, and the tests beside this one call sudo too.
        auditd.set("-b", "backlog_limit", "8192")?;
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

    /// Takes the rule away that was added last.
    ///
    /// # Errors
    /// With what auditctl says.
    pub fn remove_rule(&mut self) -> anyhow::Result<()> {
        let rule = self.rules.pop().context("there is no rule")?;
        run(Command::new("auditctl").arg("-d").args(rule))?.success().map(drop)
    }

    /// Changes a setting of the kernel's audit: `option` of `auditctl(8)`, which shows it as `name`.
    ///
    /// # Errors
    /// With what auditctl says.
    pub fn set(&mut self, option: &str, name: &str, value: &str) -> anyhow::Result<()> {
        let old = self.setting(name)?;
        run(Command::new("auditctl").args([option, value]))?.success()?;
        self.undo.push([option.to_owned(), old]);
        Ok(())
    }

    /// A setting or counter of the kernel's audit, as `auditctl -s` names it.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn setting(&self, name: &str) -> anyhow::Result<String> {
        let status = status()?;
        Ok(field(&status, name).with_context(|| format!("no {name} in {status}"))?.to_owned())
    }

    /// Writes the configuration of the plugin anew and has auditd reload, as an administrator does.
    ///
    /// # Errors
    /// When it is gone.
    pub fn reload(&self, setup: Setup<'_>) -> anyhow::Result<()> {
        fs::write(self.dir.join("audisp.yaml"), setup.config)?;
        let program = self.dir.join("sudolog-audisp");
        let conf = plugin_conf(&self.dir, &program, setup);
        private(&self.dir.join("plugins.d/sudolog.conf"), &conf)?;
        self.daemon.signal(Signal::HUP)
    }

    /// The plugin's process, waited for. auditd starts one that has ended when there is something to tell it.
    ///
    /// # Errors
    /// When there is none.
    pub fn plugin(&self) -> anyhow::Result<Pid> {
        wait::sparingly("the plugin of auditd", wait::PATIENCE, || {
            let _ = run(Command::new("auditctl").args(["-m", "sudolog-test"]));
            self.plugin_now()
        })
        .with_context(|| self.daemon.logged())
    }

    /// The plugin's process, when there is one that is ready.
    pub fn plugin_now(&self) -> Option<Pid> {
        // A plugin that is started again is the child of another thread.
        let threads = fs::read_dir(format!("/proc/{}/task", self.daemon.id())).ok()?.flatten();
        let children = threads.map(|thread| fs::read_to_string(thread.path().join("children")));
        let children: String = children.flatten().collect();
        let is_plugin = |child: &&str| {
            let status = fs::read_to_string(format!("/proc/{child}/status")).unwrap_or_default();
            // It is ready once it has given root up; one that was killed stays for a while.
            let is_ready = !status.contains("Uid:\t0") && !status.contains("State:\tZ");
            status.starts_with("Name:\tsudolog-audisp") && is_ready
        };
        let child = children.split_whitespace().find(is_plugin)?;
        Pid::from_raw(child.parse().ok()?)
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

    /// auditd itself.
    pub fn daemon(&mut self) -> &mut Daemon {
        &mut self.daemon
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
        // One that was stopped hears nothing.
        let _ = self.daemon.signal(Signal::CONT);
        let _ = self.daemon.stop();
        for words in self.undo.iter().rev() {
            let _ = run(Command::new("auditctl").args(words));
        }
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

fn plugin_conf(dir: &Path, program: &Path, setup: Setup<'_>) -> String {
    let Setup { format, active, .. } = setup;
    format!(
        "active = {active}\ndirection = out\npath = {}\ntype = always\nargs = --config {}/audisp.yaml\nformat = {format}\n",
        program.display(),
        dir.display()
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
