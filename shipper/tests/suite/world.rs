//! A shipper with its server and its keys in a directory of its own.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use sudolog_core::ack::{AckSigner, AckVerifiers};
use sudolog_shipper::{FreezeMode, Options, Pem, Shipper, ShipperHandle, TlsMaterial};

use super::plugin::Plugin;
use super::server::Server;

/// A CA that can issue certificates.
pub struct Ca {
    issuer: Issuer<'static, KeyPair>,
    pub pem: String,
}

impl Ca {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Certificate and key for a name, in PEM form.
    pub fn issue(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        (cert.pem(), key.serialize_pem())
    }
}

/// Everything that one test needs.
pub struct World {
    pub server: Server,
    pub shipper: ShipperHandle,
    pub keys: AckVerifiers,
    pub dir: tempfile::TempDir,
}

impl World {
    /// A running shipper and server.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Likewise, with the shipper's options changed.
    pub async fn start_with(change: impl FnOnce(&mut Options)) -> Self {
        let (ca, signer) = (Ca::new(), AckSigner::from_seed(&[1; 32]));
        let keys = AckVerifiers::new(vec![signer.verifier()]);
        let server = Server::start(&ca, signer, b"sudolog-ship/1").await;
        let dir = tempfile::tempdir().unwrap();
        let mut options = options(&dir, &ca, &server.address(), keys.clone());
        change(&mut options);
        let shipper = Shipper::start(options).unwrap();
        Self { server, shipper, keys, dir }
    }

    pub fn socket(&self) -> PathBuf {
        self.shipper.socket().into()
    }

    /// A plugin whose session is open.
    pub async fn open(&self, number: u8) -> Plugin {
        Plugin::open(&self.socket(), &self.keys, number).await.unwrap()
    }
}

/// Options of a shipper for the present user, without cgroups.
pub fn options(dir: &tempfile::TempDir, ca: &Ca, server: &str, ack_keys: AckVerifiers) -> Options {
    let (cert, key) = ca.issue("web1");
    Options {
        server: server.to_owned(),
        server_name: "logs.test".try_into().unwrap(),
        socket: dir.path().join("run/plugin.sock"),
        tls: TlsMaterial {
            ca: Pem::Memory(ca.pem.clone().into_bytes()),
            cert: Pem::Memory(cert.into_bytes()),
            key: Pem::Memory(key.into_bytes()),
        },
        ack_keys,
        freeze: FreezeMode::Signal,
        freeze_timeout: None,
        linger: None,
        cgroup_root: None,
        favordynmods: false,
        allowed_uid: rustix::process::geteuid().as_raw(),
    }
}

/// Asks until the answer is yes; panics with `what` when it never is.
pub async fn until(what: &str, mut probe: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !probe() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Long enough for anything that works, on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);
