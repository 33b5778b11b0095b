//! Who the server must be and who this host is: certificates, TLS 1.3, ALPN.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sudolog_core::limits::ALPN_SHIP;
use sudolog_core::session::HostName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// PEM text, in a file or in memory.
#[derive(Clone)]
pub enum Pem {
    /// Read from this file at the start.
    File(PathBuf),
    /// Given by the program that embeds the shipper.
    Memory(Vec<u8>),
}

/// The three parts of `[tls]`.
#[derive(Clone, Debug)]
pub struct TlsMaterial {
    /// The CA that signed the server's certificate; no other is trusted.
    pub ca: Pem,
    /// This host's certificate, with its chain.
    pub cert: Pem,
    /// The key of that certificate.
    pub key: Pem,
}

/// Certificates and keys that cannot be used. Each names the key in the configuration, the file,
/// and what to do.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file cannot be read.
    #[error("[tls] {key} = {file}: {source}")]
    Read {
        /// Key in the configuration.
        key: &'static str,
        /// The file, quoted.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// Others could read the private key.
    #[error("[tls] key = {file}: mode {mode:04o} lets others read it: chmod 0600 {file}")]
    Mode {
        /// The file, quoted.
        file: String,
        /// Its permission bits.
        mode: u32,
    },
    /// Not what the file should hold.
    #[error("[tls] {key} = {file}: no {what} in PEM form: `sudolog-server pki` makes such files")]
    Pem {
        /// Key in the configuration.
        key: &'static str,
        /// The file, quoted.
        file: String,
        /// What should be there.
        what: &'static str,
    },
    /// The certificate does not name a host.
    #[error(
        "[tls] cert = {file}: its common name {name:?} is no host name: make one with \
         `sudolog-server pki host`"
    )]
    Name {
        /// The file, quoted.
        file: String,
        /// The common name.
        name: String,
    },
    /// TLS refuses the three together.
    #[error("[tls] cert, key and ca do not fit together: {0}")]
    Refused(#[from] rustls::Error),
}

/// Ready to connect.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) tls: Arc<ClientConfig>,
    pub(crate) server_name: ServerName<'static>,
    /// This host's name, as its certificate says it.
    pub(crate) host: HostName,
    /// When the certificate ends, seconds since the epoch.
    pub(crate) not_after_s: Option<i64>,
}

impl Identity {
    /// Reads and checks everything.
    pub(crate) fn load(
        material: &TlsMaterial,
        server_name: ServerName<'static>,
    ) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        for ca in certificates("ca", &material.ca)? {
            roots.add(ca)?;
        }
        let chain = certificates("cert", &material.cert)?;
        let host = host_name(&material.cert, &chain)?;
        let not_after_s = not_after_s(&chain);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, private_key(&material.key)?)?;
        tls.alpn_protocols = vec![ALPN_SHIP.to_vec()];
        Ok(Self { tls: Arc::new(tls), server_name, host, not_after_s })
    }
}

impl Pem {
    fn read(&self, key: &'static str) -> Result<Vec<u8>, TlsError> {
        match self {
            Self::Memory(bytes) => Ok(bytes.clone()),
            Self::File(path) => fs::read(path).map_err(|source| TlsError::Read {
                key,
                file: self.to_string(),
                source,
            }),
        }
    }
}

impl std::fmt::Display for Pem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "{path:?}"),
            Self::Memory(_) => f.write_str("(in memory)"),
        }
    }
}

/// Shows the file's name and never the content, which may be a secret key.
impl std::fmt::Debug for Pem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

fn certificates(key: &'static str, pem: &Pem) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let wrong = || TlsError::Pem { key, file: pem.to_string(), what: "certificate" };
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem.read(key)?)
        .collect::<Result<_, _>>()
        .map_err(|_| wrong())?;
    if certificates.is_empty() { Err(wrong()) } else { Ok(certificates) }
}

fn private_key(pem: &Pem) -> Result<PrivateKeyDer<'static>, TlsError> {
    let bytes = pem.read("key")?;
    if let Pem::File(path) = pem {
        let file = || pem.to_string();
        let status = fs::metadata(path).map_err(|source| TlsError::Read {
            key: "key",
            file: file(),
            source,
        })?;
        let mode = status.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(TlsError::Mode { file: file(), mode });
        }
    }
    PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| TlsError::Pem {
        key: "key",
        file: pem.to_string(),
        what: "private key",
    })
}

fn not_after_s(chain: &[CertificateDer<'static>]) -> Option<i64> {
    let (_, leaf) = X509Certificate::from_der(chain.first()?).ok()?;
    Some(leaf.validity().not_after.timestamp())
}

/// The common name of the leaf: the server compares it with what every session says.
fn host_name(pem: &Pem, chain: &[CertificateDer<'static>]) -> Result<HostName, TlsError> {
    let wrong = |name: &str| TlsError::Name { file: pem.to_string(), name: name.to_owned() };
    let leaf = chain.first().ok_or_else(|| wrong(""))?;
    let (_, leaf) = X509Certificate::from_der(leaf).map_err(|_| wrong(""))?;
    let name = leaf.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
    let name = name.unwrap_or_default();
    name.parse().map_err(|_| wrong(name))
}
