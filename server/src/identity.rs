//! Who is at the other end: a host or an operator, as its certificate says, and nothing else.

use std::fmt;
use std::str::FromStr;

use rustls::pki_types::CertificateDer;
use sudolog_core::session::HostName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// The organisational unit that makes a certificate an operator's.
pub const OPERATOR_OU: &str = "sudolog-operator";

/// A checked peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A host: its CN is its name.
    Host(HostName),
    /// An operator: OU is [`OPERATOR_OU`], CN the name.
    Operator(OperatorName),
}

/// An operator's name: 1 to 64 letters, digits, `.`, `_`, `-`, `@`, beginning with a letter or digit.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct OperatorName(String);

/// A name that no operator may have.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("an operator's name has 1 to 64 letters, digits and . _ - @, not {0:?}")]
pub struct OperatorNameError(String);

impl OperatorName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OperatorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for OperatorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for OperatorName {
    type Err = OperatorNameError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let legal = |c: u8| c.is_ascii_alphanumeric() || b"._-@".contains(&c);
        let good = (1..=64).contains(&name.len())
            && name.bytes().all(legal)
            && name.starts_with(|c: char| c.is_ascii_alphanumeric());
        if good {
            Ok(Self(name.to_owned()))
        } else {
            Err(OperatorNameError(name.chars().take(64).collect()))
        }
    }
}

impl TryFrom<String> for OperatorName {
    type Error = OperatorNameError;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

/// A certificate that rustls accepted and that still names nobody.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum IdentityError {
    /// Not a certificate.
    #[error("the peer's certificate cannot be read")]
    Unreadable,
    /// No name, several names, or a name that is not of its form.
    #[error(
        "the peer's certificate must have one CN that is a host name, or OU={OPERATOR_OU} and one CN"
    )]
    Name,
}

impl Identity {
    /// Reads the subject of a certificate whose chain was already verified.
    ///
    /// # Errors
    /// [`IdentityError`]: whatever is not clearly one of the two is nobody.
    pub fn of(certificate: &CertificateDer<'_>) -> Result<Self, IdentityError> {
        let (rest, certificate) =
            X509Certificate::from_der(certificate).map_err(|_| IdentityError::Unreadable)?;
        if !rest.is_empty() {
            return Err(IdentityError::Unreadable);
        }
        let subject = certificate.subject();
        let name = only(subject.iter_common_name())?;
        let mut units = subject.iter_organizational_unit();
        match units.next() {
            None => name.parse().map(Self::Host).map_err(|_| IdentityError::Name),
            Some(unit) if units.next().is_none() && unit.as_str() == Ok(OPERATOR_OU) => {
                name.parse().map(Self::Operator).map_err(|_| IdentityError::Name)
            }
            Some(_) => Err(IdentityError::Name),
        }
    }
}

/// When a certificate ends, seconds since the epoch; `None` when it cannot be read.
pub fn not_after_s(certificate: &CertificateDer<'_>) -> Option<i64> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    Some(certificate.validity().not_after.timestamp())
}

fn only<'a>(
    mut values: impl Iterator<Item = &'a x509_parser::x509::AttributeTypeAndValue<'a>>,
) -> Result<&'a str, IdentityError> {
    let value = values.next().and_then(|value| value.as_str().ok()).ok_or(IdentityError::Name)?;
    if values.next().is_some() { Err(IdentityError::Name) } else { Ok(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};

    fn identity(fields: &[(DnType, &str)]) -> Result<Identity, IdentityError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        for (kind, value) in fields {
            params.distinguished_name.push(kind.clone(), *value);
        }
        let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        Identity::of(certificate.der())
    }

    #[test]
    fn a_host_is_its_cn() {
        let host = identity(&[(DnType::CommonName, "web1")]);
        assert_eq!(host, Ok(Identity::Host("web1".parse().unwrap())));
    }

    #[test]
    fn an_operator_has_the_unit() {
        let unit = DnType::OrganizationalUnitName;
        let operator = identity(&[(unit.clone(), OPERATOR_OU), (DnType::CommonName, "olga")]);
        assert_eq!(operator, Ok(Identity::Operator("olga".parse().unwrap())));
        for other in ["sudolog-operators", "Sudolog-Operator", ""] {
            let nobody = identity(&[(unit.clone(), other), (DnType::CommonName, "olga")]);
            assert_eq!(nobody, Err(IdentityError::Name), "{other}");
        }
    }

    #[test]
    fn whatever_is_not_clear_is_nobody() {
        assert_eq!(identity(&[]), Err(IdentityError::Name));
        for name in ["../web1", "web1/..", "", "a b", "*.example.test"] {
            assert_eq!(identity(&[(DnType::CommonName, name)]), Err(IdentityError::Name), "{name}");
        }
        let garbage = CertificateDer::from(vec![1, 2, 3]);
        assert_eq!(Identity::of(&garbage), Err(IdentityError::Unreadable));
    }
}
