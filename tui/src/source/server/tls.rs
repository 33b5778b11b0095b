//! The operator's certificate files and the TLS 1.3 client made of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use sudolog_core::limits::ALPN_CONSOLE;

/// The three PEM files that mutual TLS needs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The authority that signed the server's certificate.
    pub ca: PathBuf,
    /// Our operator certificate.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{role} file {}: {reason}; set `{role}` under [tls] in tui.toml", .path.display())]
pub struct TlsFilesError {
    role: &'static str,
    path: PathBuf,
    reason: String,
}

impl TlsFiles {
    /// The same files, relative ones taken from `directory`.
    #[must_use]
    pub fn below(self, directory: &Path) -> Self {
        let below = |path: PathBuf| directory.join(path);
        Self { ca: below(self.ca), cert: below(self.cert), key: below(self.key) }
    }

    /// Reads the files and makes a client that trusts `ca` alone, shows `cert`, and speaks TLS 1.3
    /// with the console's ALPN.
    ///
    /// # Errors
    /// [`TlsFilesError`] names the file and its key in `tui.toml`.
    pub fn client_config(&self) -> Result<Arc<ClientConfig>, TlsFilesError> {
        let certificates = certificates("cert", &self.cert)?;
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|error| fault("key", &self.key, pem_reason(&error)))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|error| fault("ca", &self.ca, error.to_string()))?
            .with_root_certificates(self.roots()?)
            .with_client_auth_cert(certificates, key)
            .map_err(|error| fault("cert", &self.cert, error.to_string()))?;
        config.alpn_protocols = vec![ALPN_CONSOLE.to_vec()];
        Ok(Arc::new(config))
    }

    fn roots(&self) -> Result<RootCertStore, TlsFilesError> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates("ca", &self.ca)? {
            roots.add(certificate).map_err(|error| fault("ca", &self.ca, error.to_string()))?;
        }
        Ok(roots)
    }
}

fn certificates(
    role: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, TlsFilesError> {
    let wrong = |error| fault(role, path, pem_reason(&error));
    let all: Vec<_> =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(wrong)?;
    match all.is_empty() {
        true => Err(fault(role, path, "holds no PEM certificate".to_owned())),
        false => Ok(all),
    }
}

fn pem_reason(error: &rustls::pki_types::pem::Error) -> String {
    match error {
        rustls::pki_types::pem::Error::Io(error) => error.to_string(),
        rustls::pki_types::pem::Error::NoItemsFound => "holds no PEM item of this kind".to_owned(),
        other => other.to_string(),
    }
}

fn fault(role: &'static str, path: &Path, reason: String) -> TlsFilesError {
    TlsFilesError { role, path: path.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_file_is_named_with_its_key() {
        let directory = tempfile::tempdir().unwrap();
        let empty = directory.path().join("empty.pem");
        std::fs::write(&empty, "").unwrap();
        let missing = directory.path().join("missing.pem");
        let files = TlsFiles { ca: empty.clone(), cert: missing.clone(), key: missing };
        let error = files.client_config().unwrap_err().to_string();
        assert!(error.starts_with("cert file ") && error.contains("missing.pem"), "{error}");
        assert!(error.ends_with("set `cert` under [tls] in tui.toml"), "{error}");
        let error = files.roots().unwrap_err().to_string();
        assert!(error.contains("no PEM"), "{error}");
    }
}
