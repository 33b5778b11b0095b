//! Whose word counts for who a server is: one authority that was named, or those of the system.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// The certificates of the authorities.
pub(super) fn authorities(ca: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, String> {
    let Some(path) = ca else {
        let found = rustls_native_certs::load_native_certs();
        return match found.certs.is_empty() {
            true => {
                Err("this machine trusts no authority; install ca-certificates, or name one as \
                         `ca`"
                    .to_owned())
            }
            false => Ok(found.certs),
        };
    };
    let shown = path.display();
    let pem = fs::read(path).map_err(|error| format!("ca = {shown}: {error}"))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(format!("ca = {shown}: no certificate in PEM is in it")),
    }
}

/// TLS with those authorities, and with a certificate of our own if one is wanted.
pub(super) fn tls(
    ca: Option<&Path>,
    identity: Option<(&Path, &Path)>,
) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(authorities(ca)?);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots);
    let Some((cert, key)) = identity else {
        return Ok(Arc::new(builder.with_no_client_auth()));
    };
    let chain = authorities(Some(cert)).map_err(|what| what.replacen("ca", "cert", 1))?;
    let key = rustls::pki_types::PrivateKeyDer::from_pem_file(key)
        .map_err(|error| format!("key_file = {}: {error}", key.display()))?;
    let config = builder.with_client_auth_cert(chain, key);
    Ok(Arc::new(config.map_err(|error| format!("cert and key_file: {error}"))?))
}
