//! Keys and certificates: one authority, the server, hosts, operators, and the acknowledgement keys.
//!
//! A host is a certificate whose CN is the host's name; an operator is one whose OU is
//! [`OPERATOR_OU`]. Private keys are made 0600 and nothing is ever overwritten.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use sudolog_core::ack::AckSigner;
use sudolog_core::session::HostName;

use crate::identity::{OPERATOR_OU, OperatorName};

/// Something that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A name that no certificate should carry.
    #[error("{0}")]
    Name(String),
    /// A file exists, is missing or cannot be written.
    #[error("{}: {error}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// The system's words; "File exists" means that keys are never overwritten.
        error: io::Error,
    },
    /// It was made before, and is in use perhaps.
    #[error(
        "{}: it is there already, and keys are never overwritten; go on with `sudolog-server pki host` and \
         `pki operator` in this directory, or give another --dir for a new authority", path.display()
    )]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// The certificate cannot be made or the authority's files are damaged.
    #[error("certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The system gives no random numbers.
    #[error("no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

/// Makes `ca.pem`, `ca.key`, `server.pem`, `server.key`, `ack-sign.key` and `ack-verify.pub`.
///
/// # Errors
/// [`PkiError`]; when a file exists nothing is changed.
pub fn init(dir: &Path, name: &str, sans: &[String]) -> Result<(), PkiError> {
    let names = std::iter::once(name).chain(sans.iter().map(String::as_str));
    let sans: Vec<SanType> = names.map(subject_name).collect::<Result<_, _>>()?;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|error| PkiError::File { path: dir.to_owned(), error })?;
    for file in ["ca.pem", "ca.key", "server.pem", "server.key", "ack-sign.key", "ack-verify.pub"] {
        let path = dir.join(file);
        if path.exists() {
            return Err(PkiError::Exists { path });
        }
    }
    let mut params = params(AUTHORITY_DAYS);
    params.distinguished_name.push(DnType::CommonName, "Sudolog CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    write_secret(&dir.join("ca.key"), &key.serialize_pem())?;
    write_public(&dir.join("ca.pem"), &certificate.pem())?;
    issue(dir, "server", ExtendedKeyUsagePurpose::ServerAuth, |params| {
        params.distinguished_name.push(DnType::CommonName, name);
        params.subject_alt_names = sans;
    })?;
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let signer = AckSigner::from_seed(&seed);
    write_secret(&dir.join("ack-sign.key"), &signer.to_secret_line())?;
    write_public(&dir.join("ack-verify.pub"), &signer.verifier().to_line())
}

/// Makes `NAME.pem` and `NAME.key` for a host.
///
/// # Errors
/// [`PkiError`]
pub fn host(dir: &Path, name: &str) -> Result<(), PkiError> {
    let host: HostName = name.parse().map_err(|e| PkiError::Name(format!("{e}")))?;
    refuse_reserved(name)?;
    issue(dir, name, ExtendedKeyUsagePurpose::ClientAuth, |params| {
        params.distinguished_name.push(DnType::CommonName, host.as_str());
    })
}

/// Makes `NAME.pem` and `NAME.key` for an operator.
///
/// # Errors
/// [`PkiError`]
pub fn operator(dir: &Path, name: &str) -> Result<(), PkiError> {
    let operator: OperatorName = name.parse().map_err(|e| PkiError::Name(format!("{e}")))?;
    refuse_reserved(name)?;
    issue(dir, name, ExtendedKeyUsagePurpose::ClientAuth, |params| {
        params.distinguished_name.push(DnType::OrganizationalUnitName, OPERATOR_OU);
        params.distinguished_name.push(DnType::CommonName, operator.as_str());
    })
}

/// `ca.key` and its like must not be a host's files.
fn refuse_reserved(name: &str) -> Result<(), PkiError> {
    let reserved = matches!(name, "ca" | "server" | "ack-sign" | "ack-verify");
    if reserved {
        Err(PkiError::Name(format!("{name:?} is a name of the server's own files")))
    } else {
        Ok(())
    }
}

fn issue(
    dir: &Path,
    file: &str,
    usage: ExtendedKeyUsagePurpose,
    fill: impl FnOnce(&mut CertificateParams),
) -> Result<(), PkiError> {
    let read = |name: &str| {
        let path = dir.join(name);
        fs::read_to_string(&path).map_err(|error| PkiError::File { path, error })
    };
    let authority =
        Issuer::from_ca_cert_pem(&read("ca.pem")?, KeyPair::from_pem(&read("ca.key")?)?)?;
    let mut params = params(LEAF_DAYS);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    params.use_authority_key_identifier_extension = true;
    fill(&mut params);
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &authority)?;
    write_secret(&dir.join(format!("{file}.key")), &key.serialize_pem())?;
    write_public(&dir.join(format!("{file}.pem")), &certificate.pem())
}

/// Valid from an hour ago, because clocks differ.
fn params(days: i64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    let now = std::time::SystemTime::now();
    params.not_before = (now - std::time::Duration::from_secs(3600)).into();
    params.not_after = (now + std::time::Duration::from_secs(days.unsigned_abs() * 86_400)).into();
    params
}

fn subject_name(name: &str) -> Result<SanType, PkiError> {
    if let Ok(address) = name.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(address));
    }
    let host: HostName = name.parse().map_err(|e| PkiError::Name(format!("{e}")))?;
    Ok(SanType::DnsName(host.as_str().try_into()?))
}

fn write_secret(path: &Path, content: &str) -> Result<(), PkiError> {
    write(path, content, 0o600)
}

fn write_public(path: &Path, content: &str) -> Result<(), PkiError> {
    write(path, content, 0o644)
}

fn write(path: &Path, content: &str, mode: u32) -> Result<(), PkiError> {
    let made: io::Result<()> = (|| {
        let mut file = File::options().write(true).create_new(true).mode(mode).open(path)?;
        file.write_all(content.as_bytes())?;
        file.sync_all()
    })();
    made.map_err(|error| PkiError::File { path: path.to_owned(), error })
}

const AUTHORITY_DAYS: i64 = 3650;
const LEAF_DAYS: i64 = 730;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use sudolog_core::ack::AckVerifier;

    #[test]
    fn every_file_is_made_once_with_its_mode() {
        let dir = tempfile::tempdir().unwrap();
        let pki = dir.path().join("pki");
        init(&pki, "logs.example.test", &["127.0.0.1".into()]).unwrap();
        host(&pki, "web1").unwrap();
        operator(&pki, "olga").unwrap();
        for (file, mode) in [
            ("ca.pem", 0o644),
            ("ca.key", 0o600),
            ("server.pem", 0o644),
            ("server.key", 0o600),
            ("ack-sign.key", 0o600),
            ("ack-verify.pub", 0o644),
            ("web1.pem", 0o644),
            ("web1.key", 0o600),
            ("olga.key", 0o600),
        ] {
            let found = fs::metadata(pki.join(file)).unwrap().permissions().mode() & 0o777;
            assert_eq!(found, mode, "{file}");
        }
        let read = |file: &str| fs::read_to_string(pki.join(file)).unwrap();
        let signer = AckSigner::parse(&read("ack-sign.key")).unwrap();
        assert_eq!(AckVerifier::parse(&read("ack-verify.pub")).unwrap().id(), signer.id());

        let before = read("web1.key");
        assert!(host(&pki, "web1").unwrap_err().to_string().contains("exists"));
        assert!(init(&pki, "logs", &[]).unwrap_err().to_string().contains("another --dir"));
        assert_eq!(read("web1.key"), before);
    }

    #[test]
    fn names_are_checked() {
        let dir = tempfile::tempdir().unwrap();
        init(dir.path(), "logs", &[]).unwrap();
        for bad in ["../evil", "", "a/b", "a\0b", "a b", "ca", "server", "ack-sign"] {
            assert!(host(dir.path(), bad).is_err(), "{bad:?}");
            assert!(operator(dir.path(), bad).is_err(), "{bad:?}");
        }
        assert!(init(&dir.path().join("x"), "bad name", &[]).is_err());
    }
}
