//! Who may come in: the protocol that the client chose and the certificate that it showed must
//! belong together, and an operator must be known. Everything else is refused with a reason.

use sudolog_core::limits::{ALPN_CONSOLE, ALPN_SHIP, HANDSHAKE_DEADLINE};
use sudolog_core::session::HostName;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Denied, DenyCode};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::authz::{Operator, Operators};
use crate::identity::{Identity, IdentityError};

/// Somebody who may come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guest {
    /// A host that ships recordings.
    Host(HostName),
    /// A console of a known operator.
    Console(Operator),
}

impl std::fmt::Display for Guest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Host(host) => write!(f, "host {host}"),
            Self::Console(operator) => write!(f, "operator {}", operator.name),
        }
    }
}

/// Why somebody may not; shown to them and logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The client offered no protocol at all.
    #[error("choose the ALPN protocol sudolog-ship/1 or sudolog-console/1")]
    Protocol,
    /// No certificate reached us.
    #[error("a certificate is needed")]
    Nobody,
    /// The certificate names nobody.
    #[error(transparent)]
    Unclear(#[from] IdentityError),
    /// A host that wants to watch.
    #[error(
        "this is the certificate of host {0}; a console needs one of an operator (sudolog-server pki operator)"
    )]
    HostAsConsole(HostName),
    /// An operator who wants to ship.
    #[error(
        "this is the certificate of operator {0}; a host needs one of its own (sudolog-server pki host)"
    )]
    OperatorAsHost(crate::identity::OperatorName),
    /// An operator whom the configuration does not list.
    #[error("{0} is no operator of this server: server.toml has no [operators.{0}]")]
    UnknownOperator(crate::identity::OperatorName),
    /// A local user who is no operator.
    #[error("user id {0} is no operator of this server: no [operators] entry has it in uids")]
    UnknownUser(u32),
    /// Nothing is wrong with them, there is only no place left.
    #[error("too many connections come from your address, or too many in all; try again later")]
    Crowded,
}

/// Decides about a TLS connection whose handshake succeeded.
///
/// # Errors
/// [`Refusal`]; whatever is not clearly allowed is refused.
pub fn admit(
    protocol: Option<&[u8]>,
    identity: Option<Result<Identity, IdentityError>>,
    operators: &Operators,
) -> Result<Guest, Refusal> {
    let identity = identity.ok_or(Refusal::Nobody)??;
    match (protocol, identity) {
        (Some(ALPN_SHIP), Identity::Host(host)) => Ok(Guest::Host(host)),
        (Some(ALPN_SHIP), Identity::Operator(name)) => Err(Refusal::OperatorAsHost(name)),
        (Some(ALPN_CONSOLE), Identity::Host(host)) => Err(Refusal::HostAsConsole(host)),
        (Some(ALPN_CONSOLE), Identity::Operator(name)) => {
            operators.by_name(&name).map(Guest::Console).ok_or(Refusal::UnknownOperator(name))
        }
        _ => Err(Refusal::Protocol),
    }
}

/// Decides about a connection to the local socket; the kernel says who it is.
///
/// # Errors
/// [`Refusal::UnknownUser`]
pub fn admit_local(uid: u32, operators: &Operators) -> Result<Operator, Refusal> {
    operators.by_uid(uid).ok_or(Refusal::UnknownUser(uid))
}

/// Says why, then waits until the other side has hung up: closing at once could destroy the answer
/// on its way (RFC 9293 section 3.6).
pub async fn refuse(mut stream: impl AsyncRead + AsyncWrite + Unpin, refusal: &Refusal) {
    let text = refusal.to_string().into();
    let code = match refusal {
        Refusal::Crowded => DenyCode::Other,
        _ => DenyCode::Identity,
    };
    let denied = Message::Denied(Denied { code, text }).to_bytes(0);
    let farewell = async {
        stream.write_all(&denied).await?;
        stream.shutdown().await?;
        let mut rest = [0; 1024];
        while stream.read(&mut rest).await? > 0 {}
        Ok::<_, std::io::Error>(())
    };
    let _ = tokio::time::timeout(HANDSHAKE_DEADLINE, farewell).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operators() -> Operators {
        toml::from_str("[olga]\nrole = \"viewer\"\nuids = [1000]\n").unwrap()
    }

    fn decide(protocol: Option<&[u8]>, identity: Identity) -> Result<Guest, Refusal> {
        admit(protocol, Some(Ok(identity)), &operators())
    }

    fn host() -> Identity {
        Identity::Host("web1".parse().unwrap())
    }

    fn operator(name: &str) -> Identity {
        Identity::Operator(name.parse().unwrap())
    }

    #[test]
    fn hosts_ship() {
        assert_eq!(decide(Some(ALPN_SHIP), host()), Ok(Guest::Host("web1".parse().unwrap())));
    }

    #[test]
    fn hosts_do_not_watch() {
        let refused = Err(Refusal::HostAsConsole("web1".parse().unwrap()));
        assert_eq!(decide(Some(ALPN_CONSOLE), host()), refused);
    }

    #[test]
    fn known_operators_watch() {
        let olga = operators().by_name(&"olga".parse().unwrap()).unwrap();
        assert_eq!(decide(Some(ALPN_CONSOLE), operator("olga")), Ok(Guest::Console(olga)));
    }

    #[test]
    fn operators_do_not_ship() {
        let refused = Err(Refusal::OperatorAsHost("olga".parse().unwrap()));
        assert_eq!(decide(Some(ALPN_SHIP), operator("olga")), refused);
    }

    #[test]
    fn unknown_operators_do_nothing() {
        let refused = Err(Refusal::UnknownOperator("mallory".parse().unwrap()));
        assert_eq!(decide(Some(ALPN_CONSOLE), operator("mallory")), refused);
        assert_eq!(
            admit(Some(ALPN_CONSOLE), Some(Ok(operator("olga"))), &Operators::default()),
            Err(Refusal::UnknownOperator("olga".parse().unwrap())),
            "an empty table lets nobody in"
        );
    }

    #[test]
    fn other_protocols_are_for_nobody() {
        for protocol in [None, Some(b"".as_slice()), Some(b"h2"), Some(b"sudolog-ship/2")] {
            for identity in [host(), operator("olga")] {
                assert_eq!(decide(protocol, identity), Err(Refusal::Protocol));
            }
        }
    }

    #[test]
    fn without_a_clear_certificate_nothing_goes() {
        for protocol in [ALPN_SHIP, ALPN_CONSOLE] {
            let operators = operators();
            assert_eq!(admit(Some(protocol), None, &operators), Err(Refusal::Nobody));
            let unclear = Some(Err(IdentityError::Name));
            assert_eq!(
                admit(Some(protocol), unclear, &operators),
                Err(Refusal::Unclear(IdentityError::Name))
            );
        }
    }

    #[test]
    fn local_users_are_known_by_uid_root_too() {
        assert_eq!(admit_local(1000, &operators()).unwrap().name.as_str(), "olga");
        for uid in [0, 1001, u32::MAX] {
            assert_eq!(admit_local(uid, &operators()), Err(Refusal::UnknownUser(uid)));
        }
    }
}
