//! What can go wrong between a console and its server, told so that the operator can act on it.

use std::io;

use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Cause, DenyCode, Failure};

use super::TlsFilesError;

/// A request that was not answered, or not with what was asked for.
///
/// Cloned to everybody who waits on the connection, so causes are kept as text.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ClientError {
    /// Our own certificate files cannot be used.
    #[error("{0}")]
    Files(String),
    /// Nobody answers at the address.
    #[error("cannot reach the server at {server}: {reason}; is sudolog-server running there?")]
    Unreachable {
        /// The address tried.
        server: String,
        /// The system's words.
        reason: String,
    },
    /// The two sides do not trust one another.
    #[error("{server} and this console do not trust each other: {reason}; {hint}")]
    Untrusted {
        /// The address tried.
        server: String,
        /// What TLS, the socket or the server said.
        reason: String,
        /// What to look at.
        hint: &'static str,
    },
    /// The peer does not speak our protocol.
    #[error("{server} does not speak sudolog's console protocol: {reason}")]
    Protocol {
        /// The address spoken to.
        server: String,
        /// What it did.
        reason: String,
    },
    /// The connection was there and is gone.
    #[error("the connection to {server} was lost: {reason}")]
    Lost {
        /// The address spoken to.
        server: String,
        /// How it ended.
        reason: String,
    },
    /// The server understood and could not or would not.
    #[error("{}", .0.text.escaped())]
    Failed(Failure),
}

impl ClientError {
    /// True when the server does not know the session.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Failed(Failure { cause: Cause::NotFound, .. }))
    }

    /// True when the server has understood the request and will not answer it.
    pub fn is_refusal(&self) -> bool {
        let Self::Failed(Failure { cause, .. }) = self else { return false };
        matches!(cause, Cause::NotFound | Cause::Forbidden | Cause::Malformed)
    }

    /// True when the server does not know such a request, as an older one does not.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Failed(Failure { cause: Cause::Malformed, .. }))
    }

    /// True when identity or TLS is the reason (exit code 4).
    pub fn is_authentication(&self) -> bool {
        matches!(
            self,
            Self::Files(_)
                | Self::Untrusted { .. }
                | Self::Failed(Failure { cause: Cause::Forbidden, .. })
        )
    }

    /// An I/O error while connecting or shaking hands: a certificate problem inside it is told as
    /// one. With TLS 1.3 the server's verdict on our certificate arrives with the first read.
    pub(super) fn from_handshake(server: &str, error: &io::Error) -> Self {
        let server = server.to_owned();
        match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(tls) => Self::Untrusted { server, reason: tls.to_string(), hint: tls_hint(tls) },
            None if error.kind() == io::ErrorKind::PermissionDenied => Self::Untrusted {
                server,
                reason: error.to_string(),
                hint: "your user may not open this socket: ask for a role in [console] of server.toml",
            },
            None => Self::Unreachable { server, reason: error.to_string() },
        }
    }

    /// An I/O error in place of WELCOME. A server hangs up on strangers without a word, and its
    /// TLS alert is lost when our HELLO crosses it.
    pub(super) fn from_greeting(server: &str, error: &io::Error) -> Self {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
        let hung_up = [UnexpectedEof, ConnectionReset, ConnectionAborted, BrokenPipe];
        if !hung_up.contains(&error.kind()) {
            return Self::from_handshake(server, error);
        }
        Self::Untrusted {
            server: server.to_owned(),
            reason: "it hung up without a word".to_owned(),
            hint: "ask for your certificate's name, or your uid, in [operators] of its server.toml",
        }
    }

    /// The server's DENIED in place of WELCOME.
    pub(super) fn from_denied(server: &str, code: DenyCode, text: &Untrusted) -> Self {
        let (server, reason) = (server.to_owned(), text.escaped().to_string());
        match code {
            DenyCode::Identity | DenyCode::Policy => Self::Untrusted {
                server,
                reason,
                hint: "ask for your certificate's name in [operators] of server.toml",
            },
            _ => Self::Protocol { server, reason },
        }
    }
}

impl From<TlsFilesError> for ClientError {
    fn from(error: TlsFilesError) -> Self {
        Self::Files(error.to_string())
    }
}

fn tls_hint(error: &rustls::Error) -> &'static str {
    match error {
        rustls::Error::InvalidCertificate(_) => {
            "check `ca` and `server_name` in tui.toml against the server's certificate"
        }
        rustls::Error::NoApplicationProtocol => "is this the port of sudolog-server?",
        _ => {
            "check that `cert` and `key` in tui.toml are an operator certificate of the server's CA"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_certificate_is_told_from_a_dead_server() {
        let alert = rustls::Error::AlertReceived(rustls::AlertDescription::UnknownCA);
        let refused = io::Error::new(io::ErrorKind::InvalidData, alert);
        assert!(ClientError::from_handshake("s:1", &refused).is_authentication());
        let dead = io::Error::from(io::ErrorKind::ConnectionRefused);
        let dead = ClientError::from_handshake("s:1", &dead);
        assert!(!dead.is_authentication());
        for kind in [io::ErrorKind::UnexpectedEof, io::ErrorKind::ConnectionReset] {
            assert!(ClientError::from_greeting("s:1", &kind.into()).is_authentication());
        }
    }

    #[test]
    fn the_servers_text_is_escaped() {
        let text = Untrusted::from("no \x1b[2J");
        let failed = ClientError::Failed(Failure { cause: Cause::Storage, text });
        assert_eq!(failed.to_string(), r"no \u{1b}[2J");
    }
}
