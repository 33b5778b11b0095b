//! Starts a shipper and stops it: the same for the program and for one that embeds it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::Instance;
use tokio::task::JoinHandle;
use tracing::{info, warn};

use crate::config::{FreezeMode, Options};
use crate::freezer::{FreezerError, Root, Watch};
use crate::local::listener::{self, Host};
use crate::local::socket::{BoundSocket, SocketError};
use crate::machine::link::Link;
use crate::upstream::client::Client;
use crate::upstream::exchange::Exchange;
use crate::upstream::spool::Spool;
use crate::upstream::tls::{Identity, TlsError};

/// A shipper that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Certificates or keys.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The socket for plugins.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// cgroups.
    #[error(transparent)]
    Freezer(#[from] FreezerError),
    /// The system refuses a thread or the socket.
    #[error("the system gives no thread, or does not watch the socket: {0}")]
    Runtime(#[from] std::io::Error),
}

/// The host daemon.
#[derive(Debug)]
pub struct Shipper;

/// A running shipper. Dropped, it stops at once.
#[derive(Debug)]
pub struct ShipperHandle {
    socket: PathBuf,
    exchange: Arc<Exchange>,
    listener: JoinHandle<()>,
    client: JoinHandle<()>,
    certificate: JoinHandle<()>,
    comparing: JoinHandle<()>,
    watch: Watch,
    /// Keeps the socket's name.
    _bound: BoundSocket,
}

impl Shipper {
    /// Takes the socket and begins to connect; both go on in tasks of the present tokio runtime.
    /// The server need not be reachable yet.
    ///
    /// # Errors
    /// [`StartError`] says which setting is wrong and what to do.
    pub fn start(options: Options) -> Result<ShipperHandle, StartError> {
        let identity = Identity::load(&options.tls, options.server_name.clone())?;
        let root = prepare_cgroups(&options)?;
        let (listener, bound) = BoundSocket::bind(&options.socket)?;
        let listener = tokio::net::UnixListener::from_std(listener)?;
        let why = format!("{}: not connected yet", options.server);
        let exchange = Exchange::new(Instant::now(), why.into());
        let waiting = options.socket.with_extension("events");
        match Spool::open(&waiting) {
            Ok((spool, left)) => exchange.keep_in(spool, left),
            // It only helps over a restart; recording must not depend on it.
            Err(error) => warn!(path = %waiting.display(), %error, "no file for audit events"),
        }
        let keys = Arc::new(options.ack_keys);
        info!(
            socket = %options.socket.display(), server = %options.server,
            host = %identity.host, "ready"
        );
        let certificate =
            tokio::spawn(Client::watch_certificate(identity.host.clone(), identity.not_after_s));
        let client = Client {
            server: options.server,
            identity,
            boot_id: boot_id(),
            instance: instance()?,
            keys: keys.clone(),
        };
        let watch = Watch::start(root.clone())?;
        let (bench, comparing) = crate::witness::bench(options.socket.with_file_name(LEDGER));
        let host = Host {
            exchange: exchange.clone(),
            root,
            watch: watch.clone(),
            keys,
            freeze_timeout: options.freeze_timeout,
            linger: options.linger,
            bench,
            allowed_uid: options.allowed_uid,
        };
        Ok(ShipperHandle {
            socket: options.socket,
            client: tokio::spawn(client.run(exchange.clone())),
            listener: tokio::spawn(listener::run(listener, Arc::new(host))),
            certificate,
            comparing: tokio::spawn(comparing.run(exchange.clone())),
            exchange,
            watch,
            _bound: bound,
        })
    }
}

impl ShipperHandle {
    /// The socket for plugins.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// True while the server answers.
    pub fn is_connected(&self) -> bool {
        matches!(self.exchange.link(), Link::Up(_))
    }

    /// Stops: takes no more sessions, and hangs up on those there are. To their plugins the
    /// shipper is lost, so they end their commands; let sessions end first where that matters.
    pub async fn shutdown(mut self) {
        self.listener.abort();
        // Cancelled is what was asked for.
        let _ = (&mut self.listener).await;
        self.client.abort();
        let _ = (&mut self.client).await;
    }
}

impl Drop for ShipperHandle {
    fn drop(&mut self) {
        self.listener.abort();
        self.client.abort();
        self.certificate.abort();
        self.comparing.abort();
        self.watch.stop();
    }
}

fn prepare_cgroups(options: &Options) -> Result<Option<Arc<Root>>, FreezerError> {
    match options.freeze {
        FreezeMode::Cgroup => Root::prepare(options.cgroup_root.as_deref(), options.favordynmods)
            .map(|root| Some(Arc::new(root))),
        FreezeMode::Signal => {
            warn!(
                "freeze = \"signal\": sessions have no cgroup, so a command is not stopped or \
                 killed from here, and a nested sudo is not known as such"
            );
            Ok(None)
        }
    }
}

/// By chance, so that no two runs are taken for one.
fn instance() -> std::io::Result<Instance> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(Instance(u64::from_ne_bytes(bytes)))
}

/// Empty where the kernel does not say: it only helps to tell two boots apart.
fn boot_id() -> Untrusted {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    text.trim().into()
}

/// Beside the socket: which sudos had a session.
const LEDGER: &str = "sudos";
