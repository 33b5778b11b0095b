//! Two machines in name spaces of their own and the cable between them, which a test can pull out,
//! narrow, or make lose things.
//!
//! Nothing of the machine itself is touched: the name spaces have no names, and with the process
//! that holds each of them (it ends with the test, however the test ends) the kernel removes the
//! interfaces, too.

use std::io::Read as _;
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

use crate::command::run;
use crate::weather::{Sky, Weather};

/// An end of the cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The log server's machine.
    Server,
    /// The machine with shipper and sudo.
    Host,
}

/// The two machines.
pub struct Cable {
    server: Namespace,
    host: Namespace,
    sky: Option<Sky>,
}

/// The log server's address at first.
pub const SERVER_ADDRESS: &str = "10.77.0.1";
/// The address to which a test may move it.
pub const OTHER_ADDRESS: &str = "10.77.0.9";
const HOST_ADDRESS: &str = "10.77.0.2";
/// What both ends call their interface.
const DEVICE: &str = "cable0";

impl Cable {
    /// Two machines with a real (virtual) cable.
    ///
    /// # Errors
    /// When not root, or without `ip`, `unshare` and `nsenter`.
    pub fn plug() -> anyhow::Result<Self> {
        let (server, host) = (Namespace::new()?, Namespace::new()?);
        let peer = host.id().to_string();
        let pair = ["link", "add", DEVICE, "type", "veth", "peer", "name", DEVICE, "netns", &peer];
        server.ip(&pair)?;
        Self::address(server, host, None)
    }

    /// Two machines whose packets go through this process, which delays and loses them. Slower than
    /// [`plug`](Self::plug); does not need a kernel with `netem`.
    ///
    /// # Errors
    /// As for `plug`, and without `socat`.
    pub fn plug_under(weather: Weather, seed: u64) -> anyhow::Result<Self> {
        let (server, host) = (Namespace::new()?, Namespace::new()?);
        let sky = Sky::open(&server, &host, DEVICE, weather, seed)?;
        Self::address(server, host, Some(sky))
    }

    fn address(server: Namespace, host: Namespace, sky: Option<Sky>) -> anyhow::Result<Self> {
        for (namespace, address) in [(&server, SERVER_ADDRESS), (&host, HOST_ADDRESS)] {
            namespace.ip(&["address", "add", &format!("{address}/24"), "dev", DEVICE])?;
            namespace.ip(&["link", "set", DEVICE, "up"])?;
        }
        Ok(Self { server, host, sky })
    }

    /// Changes the weather on a cable of [`plug_under`](Self::plug_under).
    pub fn set_weather(&self, weather: Weather) {
        if let Some(sky) = &self.sky {
            sky.set(weather);
        }
    }

    /// What of this process's machine stands for that end.
    pub fn machine(&self, end: End) -> &Namespace {
        match end {
            End::Server => &self.server,
            End::Host => &self.host,
        }
    }

    /// Takes that end's interface up or down; the other end sees that it has no carrier.
    ///
    /// # Errors
    /// With what `ip` says.
    pub fn set_up(&self, end: End, up: bool) -> anyhow::Result<()> {
        self.machine(end).ip(&["link", "set", DEVICE, if up { "up" } else { "down" }])
    }

    /// Lets no more than this through from that end. What waits for its turn waits up to 200 ms,
    /// then it is lost: about what a modem does.
    ///
    /// # Errors
    /// With what `tc` says.
    pub fn narrow(&self, from: End, mbit: u32) -> anyhow::Result<()> {
        let rate = format!("{mbit}mbit");
        let tbf = ["root", "tbf", "rate", &rate, "burst", "8kb", "latency", "200ms"];
        let add = [&["qdisc", "replace", "dev", DEVICE], tbf.as_slice()].concat();
        self.machine(from).run("tc", &add)
    }

    /// Everything that is sent to that end vanishes on the way without a sign; what it sends itself
    /// arrives. Frames are addressed to nobody, so each is really sent.
    ///
    /// # Errors
    /// With what `ip` says.
    pub fn deafen(&self, end: End, deaf: bool) -> anyhow::Result<()> {
        let (sender, address) = match end {
            End::Server => (&self.host, SERVER_ADDRESS),
            End::Host => (&self.server, HOST_ADDRESS),
        };
        if deaf {
            let nobody = ["lladdr", NOBODY, "nud", "permanent", "dev", DEVICE];
            sender.ip(&[&["neighbour", "replace", address], nobody.as_slice()].concat())
        } else {
            sender.ip(&["neighbour", "del", address, "dev", DEVICE])
        }
    }

    /// Takes the server's address away and gives its machine another one.
    ///
    /// # Errors
    /// With what `ip` says.
    pub fn readdress(&self, from: &str, to: &str) -> anyhow::Result<()> {
        // In this order: with the first address of a network the kernel takes away all others.
        self.server.ip(&["address", "del", &format!("{from}/24"), "dev", DEVICE])?;
        self.server.ip(&["address", "add", &format!("{to}/24"), "dev", DEVICE])
    }
}

/// A network name space; it is gone when this is dropped and no process is left in it.
pub struct Namespace {
    /// Waits for the end of its standard input, which comes at the latest with our own.
    holder: Child,
}

impl Namespace {
    fn new() -> anyhow::Result<Self> {
        let mut holder = Command::new("unshare")
            .args(["--net", "--", "sh", "-c", "echo; exec cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("unshare")?;
        let mut line = [0];
        let ready = holder.stdout.as_mut().context("stdout")?.read_exact(&mut line);
        let namespace = Self { holder };
        ready.context("unshare --net: a network name space cannot be had")?;
        namespace.ip(&["link", "set", "lo", "up"])?;
        Ok(namespace)
    }

    /// A process that is in it.
    pub fn id(&self) -> u32 {
        self.holder.id()
    }

    /// The words that let a command run in it.
    pub fn enter(&self) -> Vec<String> {
        let target = self.id().to_string();
        ["nsenter", "--target", &target, "--net", "--"].map(str::to_owned).into()
    }

    /// A program in it.
    pub fn command(&self, program: &str) -> Command {
        let mut words = self.enter().into_iter();
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).arg(program);
        command
    }

    fn ip(&self, args: &[&str]) -> anyhow::Result<()> {
        self.run("ip", args)
    }

    fn run(&self, program: &str, args: &[&str]) -> anyhow::Result<()> {
        let done =
            run(self.command(program).args(args)).and_then(crate::command::Finished::success);
        done.map(drop).with_context(|| format!("{program} {}", args.join(" ")))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// A locally administered address that no interface has.
const NOBODY: &str = "02:00:00:00:00:99";
