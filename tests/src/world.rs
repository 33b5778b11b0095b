//! A whole Sudolog on one machine: PKI, server, shipper, sudo, console.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context as _;

use crate::cgroup::{self, SessionCgroup};
use crate::command::{Finished, run};
use crate::daemon::Daemon;
use crate::net::{Cable, End, SERVER_ADDRESS};
use crate::sudo::{HOST, Sudo};
use crate::{Recording, programs, wait};

/// Real parts under one temporary directory. Everything ends with it.
pub struct World {
    dir: tempfile::TempDir,
    port: u16,
    cgroup_root: PathBuf,
    /// What lies between server and shipper; loopback where there is none.
    cable: Option<Cable>,
    /// The server, when it runs.
    pub server: Option<Daemon>,
    /// The shipper, when it runs.
    pub shipper: Option<Daemon>,
    /// sudo with our plugin.
    pub sudo: Sudo,
}

impl World {
    /// Makes keys and configuration and starts server and shipper.
    ///
    /// # Errors
    /// When not root, when programs are missing, or when a daemon does not come up.
    pub fn start() -> anyhow::Result<Self> {
        let mut world = Self::prepare()?;
        world.start_server()?;
        world.start_shipper()?;
        Ok(world)
    }

    /// The same with the server on one machine, shipper and sudo on another, and this cable between
    /// them. The shipper knows the server by name ([`World::rename_server`]).
    ///
    /// # Errors
    /// As for [`World::start`].
    pub fn start_over(cable: Cable) -> anyhow::Result<Self> {
        let mut world = Self::prepare_over(Some(cable))?;
        world.start_server()?;
        world.start_shipper()?;
        // Over a bad line it takes longer than the start of a command waits.
        let connected = || world.shipper.as_ref()?.said().contains(" connected ").then_some(());
        wait::until("the shipper to be connected", wait::PATIENCE, connected)
            .with_context(|| world.logs())?;
        Ok(world)
    }

    /// The same with server, shipper and sudo on one machine: at the other end of the cable there is
    /// nothing but a console ([`World::far_console`]).
    ///
    /// # Errors
    /// As for [`World::start`].
    pub fn start_watched_over(cable: Cable) -> anyhow::Result<Self> {
        let mut world = Self::prepare_over(Some(cable))?;
        if let Some(cable) = &world.cable {
            world.sudo.live_on(cable.machine(End::Server));
        }
        world.start_server()?;
        world.start_shipper()?;
        Ok(world)
    }

    /// Makes keys and configuration; starts nothing.
    ///
    /// # Errors
    /// When not root or when programs are missing.
    pub fn prepare() -> anyhow::Result<Self> {
        Self::prepare_over(None)
    }

    /// Makes keys and configuration for both ends of a cable, or for loopback; starts nothing.
    ///
    /// # Errors
    /// When not root or when programs are missing.
    pub fn prepare_over(cable: Option<Cable>) -> anyhow::Result<Self> {
        anyhow::ensure!(
            rustix::process::geteuid().is_root(),
            "these tests need root, sudo and cgroup v2"
        );
        let dir = tempfile::Builder::new().prefix("sudolog-test-").tempdir()?;
        // Users inside must reach the plugin; keys and sockets below have modes of their own.
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755))?;
        let port = free_port()?;
        let cgroup_root = cgroup::mount()?.join(format!(
            "sudolog-test-{}-{}",
            std::process::id(),
            WORLDS.fetch_add(1, Ordering::Relaxed)
        ));
        let pki = dir.path().join("pki");
        make_pki(&pki)?;
        let socket = dir.path().join("run/plugin.sock");
        let mut sudo =
            Sudo::generate(&dir.path().join("etc"), &socket, &pki.join("ack-verify.pub"))?;
        if let Some(cable) = &cable {
            sudo.live_on(cable.machine(End::Host));
        }
        let world = Self { dir, port, cgroup_root, cable, server: None, shipper: None, sudo };
        world.write_configs()?;
        world.rename_server(SERVER_ADDRESS)?;
        Ok(world)
    }

    /// Gives the server a file of rules of its own, or another one in its place.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_rules(&self, text: &str) -> anyhow::Result<()> {
        let new = self.path("rules.new");
        fs::write(&new, text)?;
        fs::rename(new, self.path("rules.yaml"))?;
        let (file, config) =
            (self.path("server.toml"), fs::read_to_string(self.path("server.toml"))?);
        if !config.contains("[risk]") {
            fs::write(file, format!("{config}[risk]\nrules = \"rules.yaml\"\n"))?;
        }
        Ok(())
    }

    /// Gives the server a file of alerts, before it is started.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_alerts(&self, text: &str) -> anyhow::Result<()> {
        let (file, path) = (self.path("server.toml"), self.path("alerts.yaml"));
        fs::write(path, text)?;
        let config = fs::read_to_string(&file)?;
        let alerts = "[alerts]\nconfig = \"alerts.yaml\"\nlocal_log = \"none\"\n";
        Ok(fs::write(file, format!("{config}{alerts}"))?)
    }

    /// Starts the server and waits until it listens.
    ///
    /// # Errors
    /// With its log when it does not.
    pub fn start_server(&mut self) -> anyhow::Result<()> {
        let program = programs::built("sudolog-server")?;
        let mut command = match &self.cable {
            None => Command::new(program),
            Some(cable) => cable.machine(End::Server).command(&program.to_string_lossy()),
        };
        command.arg("serve").arg("--config").arg(self.path("server.toml"));
        let mut daemon = Daemon::spawn(&mut command, &self.path("server.log"))?;
        // Its socket takes connections earlier, while it still makes recordings whole.
        let up = wait::until("the server to listen", wait::PATIENCE, || {
            let listens = daemon.said().contains("listening on");
            (listens || !daemon.is_running()).then_some(listens)
        })?;
        anyhow::ensure!(up, "the server ended: {}", daemon.logged());
        self.server = Some(daemon);
        Ok(())
    }

    /// Starts the shipper and waits until its socket takes connections.
    ///
    /// # Errors
    /// With its log when it does not.
    pub fn start_shipper(&mut self) -> anyhow::Result<()> {
        let program = programs::built("sudolog-shipper")?;
        // With a cable in the machine of sudo, where the server has a name.
        let mut command = match &self.cable {
            None => Command::new(program),
            Some(_) => self.sudo.inside(&[&program.to_string_lossy()]),
        };
        command.arg("--config").arg(self.path("shipper.toml"));
        let mut daemon = Daemon::spawn(&mut command, &self.path("shipper.log"))?;
        let socket = self.socket();
        let up = wait::until("the shipper's socket", wait::PATIENCE, || {
            let listens = std::os::unix::net::UnixStream::connect(&socket).is_ok();
            (listens || !daemon.is_running()).then_some(listens)
        })?;
        anyhow::ensure!(up, "the shipper ended: {}", daemon.logged());
        self.shipper = Some(daemon);
        Ok(())
    }

    /// A path in the world's directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Where the server stores recordings.
    pub fn log_dir(&self) -> PathBuf {
        self.path("iolog")
    }

    /// The shipper's socket for plugins.
    pub fn socket(&self) -> PathBuf {
        self.path("run/plugin.sock")
    }

    /// The server's address, as the shipper is told.
    pub fn address(&self) -> String {
        let host = if self.cable.is_some() { SERVER_NAME } else { "127.0.0.1" };
        format!("{host}:{}", self.port)
    }

    /// The cable, where the world has one.
    ///
    /// # Errors
    /// When the parts talk over loopback.
    pub fn cable(&self) -> anyhow::Result<&Cable> {
        self.cable.as_ref().context("this world has no cable")
    }

    /// The server's name means this address from now on, on the machine with the shipper.
    ///
    /// # Errors
    /// When its `/etc/hosts` cannot be written.
    pub fn rename_server(&self, address: &str) -> anyhow::Result<()> {
        self.sudo.set_hosts(&format!("{address} {SERVER_NAME}\n"))
    }

    /// Below which cgroup the sessions of this world live.
    pub fn cgroup_root(&self) -> &Path {
        &self.cgroup_root
    }

    /// The cgroup of the only session that runs, waited for.
    ///
    /// # Errors
    /// When there is none, or several.
    pub fn session_cgroup(&self) -> anyhow::Result<SessionCgroup> {
        wait::until("one session's cgroup", wait::PATIENCE, || {
            let mut all = SessionCgroup::all(&self.cgroup_root);
            all.pop().filter(|one| all.is_empty() && !one.processes().is_empty())
        })
    }

    /// The process id of the sudo that the only recording names.
    ///
    /// # Errors
    /// When there is no recording that says so.
    pub fn sudo_pid(&self) -> anyhow::Result<u32> {
        let json = || self.recordings().ok()?.pop()?.json().ok();
        let pid = || json()?.pointer("/sudolog/sudo_pid")?.as_u64();
        Ok(u32::try_from(wait::until("sudo's process id", wait::PATIENCE, pid)?)?)
    }

    /// Waits until no session has a cgroup any more.
    ///
    /// # Errors
    /// With what is left.
    pub fn no_cgroups(&self) -> anyhow::Result<()> {
        let left = || SessionCgroup::all(&self.cgroup_root);
        wait::until("the cgroups to be removed", wait::PATIENCE, || left().is_empty().then_some(()))
            .with_context(|| format!("left: {:?}\n{}", left(), self.logs()))
    }

    /// Runs the console with these arguments to its end.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn console(&self, args: &[&str]) -> anyhow::Result<Finished> {
        run(&mut self.console_command(args)?)
    }

    /// The console with these arguments, connected by `--config` with the certificate of olga, an admin.
    ///
    /// # Errors
    /// When it was not built.
    pub fn console_command(&self, args: &[&str]) -> anyhow::Result<Command> {
        self.console_with("tui.toml", args)
    }

    /// The same with the certificate of vera, a viewer.
    ///
    /// # Errors
    /// When it was not built.
    pub fn viewer_command(&self, args: &[&str]) -> anyhow::Result<Command> {
        self.console_with("viewer.toml", args)
    }

    /// The console of olga at the end of the cable where sudo is not.
    ///
    /// # Errors
    /// When it was not built, or there is no cable.
    pub fn far_console(&self, args: &[&str]) -> anyhow::Result<Command> {
        let here = self.console_command(args)?;
        let program = here.get_program().to_string_lossy();
        let mut far = self.cable()?.machine(End::Host).command(&program);
        far.args(here.get_args()).env("TERM", "xterm-256color");
        Ok(far)
    }

    fn console_with(&self, config: &str, args: &[&str]) -> anyhow::Result<Command> {
        let mut command = Command::new(programs::built("sudolog-tui")?);
        command.args(args).arg("--config").arg(self.path(config)).env("TERM", "xterm-256color");
        Ok(command)
    }

    /// The newest recording, waited for until it is finished.
    ///
    /// # Errors
    /// When there is none or it does not finish.
    pub fn finished(&self) -> anyhow::Result<Recording> {
        let finished = || self.recordings().ok()?.pop().filter(Recording::is_finished);
        wait::until("the recording to be finished", wait::PATIENCE, finished)
            .with_context(|| self.logs())
    }

    /// All recordings so far, oldest first.
    ///
    /// # Errors
    /// When the log directory cannot be read.
    pub fn recordings(&self) -> anyhow::Result<Vec<Recording>> {
        Recording::all(&self.log_dir())
    }

    /// What server and shipper logged, for error messages.
    pub fn logs(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.path(name)).unwrap_or_default();
        format!("server: {}\nshipper: {}", read("server.log"), read("shipper.log"))
    }

    fn write_configs(&self) -> anyhow::Result<()> {
        for dir in ["iolog", "state", "run"] {
            fs::create_dir(self.path(dir))?;
            fs::set_permissions(self.path(dir), fs::Permissions::from_mode(0o700))?;
        }
        let root = self.dir.path().display();
        let (port, server) = (self.port, self.address());
        let (listen, console) = match self.cable {
            Some(_) => ("0.0.0.0", SERVER_ADDRESS),
            None => ("127.0.0.1", "127.0.0.1"),
        };
        fs::write(
            self.path("server.toml"),
            format!(
                "listen = \"{listen}:{port}\"\nlog_dir = \"{root}/iolog\"\nstate_dir = \"{root}/state\"\n\
                 [tls]\nca = \"{root}/pki/ca.pem\"\ncert = \"{root}/pki/server.pem\"\nkey = \"{root}/pki/server.key\"\n\
                 [ack]\nsign_key = \"{root}/pki/ack-sign.key\"\n\
                 [console]\nsocket = \"{root}/run/console.sock\"\n\
                 [operators.olga]\nrole = \"admin\"\nuids = [0]\n[operators.vera]\nrole = \"viewer\"\n"
            ),
        )?;
        fs::write(
            self.path("shipper.toml"),
            format!(
                "server = \"{server}\"\nserver_name = \"sudolog.test\"\nsocket = \"{root}/run/plugin.sock\"\n\
                 cgroup_root = \"{}\"\n\
                 [tls]\nca = \"{root}/pki/ca.pem\"\ncert = \"{root}/pki/{HOST}.pem\"\nkey = \"{root}/pki/{HOST}.key\"\n\
                 [ack]\nverify_keys = [\"{root}/pki/ack-verify.pub\"]\n",
                self.cgroup_root.display()
            ),
        )?;
        for (file, operator) in [("tui.toml", "olga"), ("viewer.toml", "vera")] {
            fs::write(
                self.path(file),
                format!(
                    "server = \"{console}:{port}\"\nserver_name = \"sudolog.test\"\n\
                     [tls]\nca = \"{root}/pki/ca.pem\"\ncert = \"{root}/pki/{operator}.pem\"\nkey = \"{root}/pki/{operator}.key\"\n"
                ),
            )?;
        }
        Ok(())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.shipper = None;
        self.server = None;
        let entries = fs::read_dir(&self.cgroup_root).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.path().is_dir()) {
            let _ = fs::write(entry.path().join("cgroup.kill"), "1");
            let _ = wait::until("a cgroup to be empty", wait::PATIENCE, || {
                fs::remove_dir(entry.path()).ok()
            });
        }
        let _ = fs::remove_dir(&self.cgroup_root);
        if std::thread::panicking() {
            eprintln!("{}", self.logs());
        }
    }
}

fn make_pki(dir: &Path) -> anyhow::Result<()> {
    let server = programs::built("sudolog-server")?;
    let pki = |args: &[&str]| {
        run(Command::new(&server)
            .arg("pki")
            .args(args.iter().take(1))
            .arg("--dir")
            .arg(dir)
            .args(args.iter().skip(1)))?
        .success()
        .with_context(|| format!("pki {args:?}"))
    };
    pki(&["init", "--name", "sudolog.test", "--san", "127.0.0.1"])?;
    pki(&["host", HOST])?;
    pki(&["operator", "olga"])?;
    pki(&["operator", "vera"])?;
    Ok(())
}

fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// What the shipper calls a server at the other end of a cable.
const SERVER_NAME: &str = "log.sudolog.test";
static WORLDS: AtomicU32 = AtomicU32::new(0);
