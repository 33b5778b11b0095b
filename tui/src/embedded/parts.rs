//! The embedded server and shipper with their throwaway keys.

use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use rustls::pki_types::ServerName;
use sudolog_core::ack::{AckVerifier, AckVerifiers};
use sudolog_core::session::HostName;
use sudolog_server::config::Config;
use sudolog_server::pki::{self, PkiError};
use sudolog_server::{Server, ServerHandle};
use sudolog_shipper::{FreezeMode, Options, Pem, Shipper, ShipperHandle, TlsMaterial};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::EmbeddedError;
use super::directory::PrivateDirectory;
use super::inbox::Inbox;
use super::player::{Player, host_name};
use super::repertoire::Repertoire;
use super::stage::{Report, Stage, search_path};
use crate::source::server::{Address, TcpAddress, TlsFiles};

/// A running server and a running shipper.
pub(super) struct Parts {
    server: ServerHandle,
    shipper: ShipperHandle,
    host: HostName,
    keys: AckVerifiers,
    _inbox: JoinSet<std::io::Result<()>>,
}

impl Parts {
    /// Makes keys, then starts the server on a free port of the loopback interface, then the
    /// shipper. Needs a tokio runtime.
    pub(super) async fn start(directory: &PrivateDirectory) -> Result<Self, EmbeddedError> {
        let made = directory.pki();
        pki::init(&made, SERVER_NAME, &[])?;
        pki::operator(&made, OPERATOR)?;
        pki::operator(&made, COLLEAGUE)?;
        let host = certify_host(&made)?;
        let keys = read_keys(&directory.verify_key())?;
        let inbox = Inbox::open(&directory.inbox(), directory.path().join("alerts.txt"))
            .map_err(|source| EmbeddedError::Directory { path: directory.inbox(), source })?;
        let mut keeping = JoinSet::new();
        keeping.spawn(inbox.keep());
        let server = Server::start(server_config(directory)?).await;
        let server = server.map_err(EmbeddedError::Server)?;
        let options = shipper_options(directory, &host, server.address(), keys.clone())?;
        let shipper = Shipper::start(options)?;
        Ok(Self { server, shipper, host, keys, _inbox: keeping })
    }

    /// Where and how a console connects.
    pub(super) fn address(&self, directory: &PrivateDirectory) -> Result<Address, EmbeddedError> {
        self.address_of(OPERATOR, directory)
    }

    /// The same for the second operator.
    pub(super) fn colleagues_address(
        &self,
        directory: &PrivateDirectory,
    ) -> Result<Address, EmbeddedError> {
        self.address_of(COLLEAGUE, directory)
    }

    fn address_of(
        &self,
        operator: &str,
        directory: &PrivateDirectory,
    ) -> Result<Address, EmbeddedError> {
        let pki = directory.pki();
        let server: TcpAddress = self.server.address().to_string().parse().map_err(setting)?;
        let files = TlsFiles {
            ca: pki.join("ca.pem"),
            cert: pki.join(format!("{operator}.pem")),
            key: pki.join(format!("{operator}.key")),
        };
        Ok(Address::Tls { server, server_name: Some(SERVER_NAME.to_owned()), files })
    }

    /// The scripted sessions, recorded through this shipper.
    pub(super) fn stage(
        &self,
        directory: &PrivateDirectory,
        launcher: Vec<OsString>,
        report: watch::Sender<Report>,
    ) -> Result<Stage, EmbeddedError> {
        let directories = search_path();
        let player = Player {
            socket: self.shipper.socket().to_owned(),
            keys: self.keys.clone(),
            host: self.host.clone(),
            launcher,
            home: directory.home(),
            search_path: std::env::join_paths(&directories).map_err(setting)?,
            frozen: watch::Sender::new(0),
        };
        Ok(Stage::new(Repertoire::find(&directories), player, report))
    }

    /// Stops both, the shipper first.
    pub(super) async fn shutdown(self) {
        self.shipper.shutdown().await;
        self.server.shutdown().await;
    }
}

/// Makes this host's certificate. A host that is called as the server's own files are, or as no
/// certificate may be, is `localhost` here.
fn certify_host(made: &Path) -> Result<HostName, EmbeddedError> {
    let host = host_name().map_err(setting)?;
    match pki::host(made, host.as_str()) {
        Ok(()) => Ok(host),
        Err(PkiError::Name(_)) => {
            pki::host(made, "localhost")?;
            "localhost".parse().map_err(setting)
        }
        Err(error) => Err(error.into()),
    }
}

/// Written as files, so that a newcomer can read what a server is told.
fn server_config(directory: &PrivateDirectory) -> Result<Config, EmbeddedError> {
    let write = |name: &str, text: String| {
        let path = directory.path().join(name);
        match fs::write(&path, text) {
            Ok(()) => Ok(path),
            Err(source) => Err(EmbeddedError::Directory { path, source }),
        }
    };
    // A string of JSON is one of YAML and of TOML.
    let quoted = |path: &Path| serde_json::Value::from(path.to_string_lossy()).to_string();
    let alerts = write(
        "alerts.yaml",
        format!("{ALERTS}  team: {{kind: journal, socket: {}}}\n", quoted(&directory.inbox())),
    )?;
    let text = format!(
        "listen = \"127.0.0.1:0\"\nlog_dir = \"log\"\nstate_dir = \"state\"\n\n\
         [tls]\nca = \"pki/ca.pem\"\ncert = \"pki/server.pem\"\nkey = \"pki/server.key\"\n\n\
         [ack]\nsign_key = \"pki/ack-sign.key\"\n\n\
         [alerts]\nconfig = {}\n\n\
         [operators.\"{OPERATOR}\"]\nrole = \"admin\"\n\n\
         [operators.\"{COLLEAGUE}\"]\nrole = \"admin\"\n",
        quoted(&alerts)
    );
    Config::load(&write("server.toml", text)?).map_err(setting)
}

fn shipper_options(
    directory: &PrivateDirectory,
    host: &HostName,
    server: SocketAddr,
    ack_keys: AckVerifiers,
) -> Result<Options, EmbeddedError> {
    let file = |name: String| Pem::File(directory.pki().join(name));
    Ok(Options {
        server: server.to_string(),
        server_name: ServerName::try_from(SERVER_NAME).map_err(setting)?,
        socket: directory.socket(),
        tls: TlsMaterial {
            ca: file("ca.pem".to_owned()),
            cert: file(format!("{host}.pem")),
            key: file(format!("{host}.key")),
        },
        ack_keys,
        // An ordinary user may make no cgroups, and nothing here has more rights than he.
        freeze: FreezeMode::Signal,
        freeze_timeout: None,
        linger: None,
        cgroup_root: None,
        favordynmods: false,
        allowed_uid: rustix::process::geteuid().as_raw(),
    })
}

fn read_keys(file: &Path) -> Result<AckVerifiers, EmbeddedError> {
    let text = fs::read_to_string(file)
        .map_err(|source| EmbeddedError::Directory { path: file.to_owned(), source })?;
    Ok(AckVerifiers::new(vec![AckVerifier::parse(&text).map_err(setting)?]))
}

fn setting(error: impl std::fmt::Display) -> EmbeddedError {
    EmbeddedError::Setting(error.to_string())
}

/// The name in the throwaway server certificate.
const SERVER_NAME: &str = "sudolog.embedded";
/// Who is told what in the demonstration, up to the targets.
const ALERTS: &str = "\
version: 1

routes:
  # What somebody should look at soon.
  - when: {severity: \">=high\"}
    to: [team]
    template: short
    dedup: {key: [rule, host, user], window: 10m}

targets:
";
/// The name in the second operator's.
const COLLEAGUE: &str = "olga@console";
/// The name in the operator's: no host can have it, so the files never collide.
const OPERATOR: &str = "operator@console";
