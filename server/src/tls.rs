//! TLS 1.3 with certificates on both sides, and two protocols on one port.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use sudolog_core::expiry::Expiry;
use sudolog_core::limits::{ALPN_CONSOLE, ALPN_SHIP};

use crate::identity::not_after_s;

/// The three files of `[tls]`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// Certificates of the authorities that hosts and operators come from.
    pub ca: PathBuf,
    /// The server's certificate, and the chain to its authority if there is one between.
    pub cert: PathBuf,
    /// The server's private key.
    pub key: PathBuf,
}

/// TLS material that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{} holds no {what}", path.display())]
    Content {
        /// Which file.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
    },
    /// Key and certificate do not fit, or an authority cannot be used.
    #[error("{}: {reason}", path.display())]
    Unfit {
        /// Which file.
        path: PathBuf,
        /// What rustls says.
        reason: String,
    },
}

/// The server's side of every connection.
///
/// # Errors
/// [`TlsError`] names the file.
pub fn server_config(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&files.ca)? {
        roots.add(certificate).map_err(|e| unfit(&files.ca, &e))?;
    }
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .map_err(|e| unfit(&files.ca, &e))?;
    let key_pem = read(&files.key)?;
    let key = PrivateKeyDer::from_pem_slice(&key_pem)
        .map_err(|_| TlsError::Content { path: files.key.clone(), what: "private key" })?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|e| unfit(&files.cert, &e))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(certificates(&files.cert)?, key)
        .map_err(|e| unfit(&files.cert, &e))?;
    config.alpn_protocols = vec![ALPN_SHIP.to_vec(), ALPN_CONSOLE.to_vec()];
    Ok(Arc::new(config))
}

/// How soon the server's own certificate ends, when that is soon.
///
/// # Errors
/// [`TlsError`] when it cannot be read any more.
pub fn own_expiry(files: &TlsFiles, now_s: i64) -> Result<Option<Expiry>, TlsError> {
    let chain = certificates(&files.cert)?;
    let end = chain.first().and_then(not_after_s);
    Ok(end.and_then(|end| Expiry::of(now_s, end)))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let content = || TlsError::Content { path: path.to_owned(), what: "certificate" };
    let pem = read(path)?;
    let found: Vec<_> =
        CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|_| content())?;
    if found.is_empty() { Err(content()) } else { Ok(found) }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|error| TlsError::File { path: path.to_owned(), error })
}

fn unfit(path: &Path, error: &dyn std::fmt::Display) -> TlsError {
    TlsError::Unfit { path: path.to_owned(), reason: error.to_string() }
}
