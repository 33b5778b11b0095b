//! A running server with its keys in a directory of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use sudolog_core::ack::{AckVerifier, AckVerifiers};
use sudolog_server::config::Config;
use sudolog_server::{Server, ServerHandle, pki};

/// The name in the server's certificate.
pub const SERVER_NAME: &str = "logs.example.test";
/// How long anything may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Everything that one test needs.
pub struct World {
    pub server: ServerHandle,
    pub dir: tempfile::TempDir,
}

impl World {
    /// A server with hosts web1 and db1, admin olga, auditors ada of all and dora of db*, viewer vic of
    /// web* and alice, and mallory, who has a certificate and no role.
    pub async fn start() -> Self {
        Self::start_in(prepare()).await
    }

    /// Likewise, in a directory that was prepared and then changed.
    pub async fn start_in(dir: tempfile::TempDir) -> Self {
        let config = Config::load(&dir.path().join("server.toml")).unwrap();
        Self { server: Server::start(config).await.unwrap(), dir }
    }

    pub fn pki(&self) -> PathBuf {
        self.dir.path().join("pki")
    }

    pub fn socket(&self) -> PathBuf {
        self.dir.path().join("console.sock")
    }

    /// The keys that acknowledgements are checked with.
    pub fn keys(&self) -> AckVerifiers {
        let line = std::fs::read_to_string(self.pki().join("ack-verify.pub")).unwrap();
        AckVerifiers::new(vec![AckVerifier::parse(&line).unwrap()])
    }

    /// The lines of the access log.
    pub fn access_log(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.dir.path().join("state/access.log")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Keys and configuration, nothing running.
pub fn prepare() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let keys = dir.path().join("pki");
    pki::init(&keys, SERVER_NAME, &["127.0.0.1".to_owned()]).unwrap();
    for host in ["web1", "db1"] {
        pki::host(&keys, host).unwrap();
    }
    for operator in ["olga", "ada", "dora", "vic", "mallory"] {
        pki::operator(&keys, operator).unwrap();
    }
    let uid = rustix::process::geteuid().as_raw();
    let text = format!(
        "listen = \"127.0.0.1:0\"\nlog_dir = \"log\"\nstate_dir = \"state\"\n\
         [tls]\nca = \"pki/ca.pem\"\ncert = \"pki/server.pem\"\nkey = \"pki/server.key\"\n\
         [ack]\nsign_key = \"pki/ack-sign.key\"\n\
         [console]\nsocket = \"console.sock\"\n\
         [alerts]\nconfig = \"alerts.yaml\"\nlocal_log = \"no.sock\"\n\
         [operators.olga]\nrole = \"admin\"\nuids = [{uid}]\n\
         [operators.ada]\nrole = \"auditor\"\n\
         [operators.dora]\nrole = \"auditor\"\nhosts = [\"db*\"]\n\
         [operators.vic]\nrole = \"viewer\"\nhosts = [\"web*\"]\nusers = [\"alice\"]\n"
    );
    let alerts = "version: 1\ntargets: {soc: {kind: journal, socket: /nonexistent}}\nroutes: []\n";
    std::fs::write(dir.path().join("alerts.yaml"), alerts).unwrap();
    std::fs::write(dir.path().join("server.toml"), text).unwrap();
    dir
}

/// What a client is like, for `Peer::dial`.
pub struct Client {
    /// Directory with the authority that it trusts and its own certificate and key.
    pub pki: PathBuf,
    /// Name of its files; none for a client without a certificate.
    pub name: Option<String>,
    pub protocols: Vec<Vec<u8>>,
    pub version: &'static SupportedProtocolVersion,
}

impl Client {
    pub fn new(pki: &Path, name: &str, protocol: &[u8]) -> Self {
        Self {
            pki: pki.to_owned(),
            name: Some(name.to_owned()),
            protocols: vec![protocol.to_owned()],
            version: &rustls::version::TLS13,
        }
    }

    /// Trusts `trusted`'s server, whatever authority its own certificate is from.
    pub fn config(&self, trusted: &Path) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(certificate(&trusted.join("ca.pem"))).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[self.version])
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match &self.name {
            Some(name) => {
                let key = self.pki.join(format!("{name}.key"));
                let chain = vec![certificate(&self.pki.join(format!("{name}.pem")))];
                builder.with_client_auth_cert(chain, PrivateKeyDer::from_pem_file(key).unwrap())
            }
            .unwrap(),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols.clone_from(&self.protocols);
        Arc::new(config)
    }
}

fn certificate(path: &Path) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(path).unwrap()
}

/// Asks again and again until the answer is there.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::task::yield_now().await;
    }
}
