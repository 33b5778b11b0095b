//! The door: TCP with TLS for hosts and consoles.
//!
//! Nobody gets further than a handshake within a deadline, and nobody takes a place of those who
//! stay before the certificate is verified. One connection's fault never ends the server or another
//! connection.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::net::sockopt;
use rustls::ServerConfig;
use socket2::SockRef;
use sudolog_core::expiry::Expiry;
use sudolog_core::limits::{
    CONNECTIONS_MAX, CONNECTIONS_PER_ADDRESS_MAX, HANDSHAKE_DEADLINE, HOST_UNANSWERED_MAX,
    LINK_UNSENT_BYTES, PROBE_AFTER, PROBE_INTERVAL, PROBES_MAX,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::admission::{Guest, Refusal, admit, refuse};
use crate::alert::Dispatch;
use crate::audit::AccessLog;
use crate::authz::{Operator, Operators};
use crate::door::accept_all;
use crate::handshakes::{Handshake, Handshakes};
use crate::identity::{Identity, not_after_s};
use crate::ingest::Recorder;
use crate::ingest::connection::{self, ConnectionError};
use crate::live::Hub;
use crate::places::{Place, Places, network};
use crate::query;
use crate::risk::Rulebook;
use crate::shelf::Shelf;
use crate::triage::{Bench, Presence};
use crate::warnings::Warnings;

/// What every connection may need.
#[derive(Clone)]
pub struct Services {
    /// The record path.
    pub recorder: Recorder,
    /// Live screens.
    pub hub: Hub,
    /// Recordings that are being played.
    pub shelf: Shelf,
    /// The rules.
    pub rulebook: Rulebook,
    /// Who may look.
    pub operators: Arc<Operators>,
    /// Where sessions are judged.
    pub bench: Bench,
    /// Who looks at what.
    pub presence: Presence,
    /// Who is told what.
    pub alerts: Dispatch,
    /// What is wrong with the server.
    pub warnings: Warnings,
    /// Where looking is written down.
    pub access: AccessLog,
    /// Turns true when the server ends.
    pub stop: watch::Receiver<bool>,
}

/// Accepts TCP connections until the server ends.
pub async fn serve_tcp(listener: TcpListener, tls: Arc<ServerConfig>, services: Services) {
    let places = Places::new(CONNECTIONS_MAX, CONNECTIONS_PER_ADDRESS_MAX);
    let entrance = Entrance { acceptor: TlsAcceptor::from(tls), places, services };
    let handshakes = Handshakes::new();
    let stop = entrance.services.stop.clone();
    let welcome = |(socket, address): (TcpStream, SocketAddr)| {
        let handshake = handshakes.begin(network(address.ip()));
        Some(entrance.clone().meet(socket, address, handshake))
    };
    accept_all(|cx| listener.poll_accept(cx), welcome, stop).await;
}

/// What a connection needs to come in.
#[derive(Clone)]
struct Entrance {
    acceptor: TlsAcceptor,
    places: Places<IpAddr>,
    services: Services,
}

impl Entrance {
    async fn meet(self, socket: TcpStream, address: SocketAddr, handshake: Handshake<IpAddr>) {
        if let Err(error) = tune(&socket) {
            tracing::warn!("{address}: {error}");
        }
        let meeting = async {
            let accepting = self.acceptor.accept(socket);
            match tokio::time::timeout(HANDSHAKE_DEADLINE, accepting).await {
                Ok(Ok(stream)) => self.admit(stream, address).await,
                Ok(Err(error)) => {
                    tracing::warn!("{address}: refused in the TLS handshake: {error}");
                    None
                }
                Err(_) => {
                    tracing::warn!("{address}: refused, no TLS handshake in time");
                    None
                }
            }
        };
        let met = tokio::select! {
            met = meeting => met,
            () = handshake.cut() => {
                tracing::warn!("{address}: cut, too many handshakes and this one the oldest");
                None
            }
        };
        drop(handshake);
        if let Some((stream, guest, place)) = met {
            serve(stream, address, guest, self.services).await;
            drop(place);
        }
    }

    /// A certificate opens the one protocol that it is for. Who may not come in is told so.
    async fn admit(&self, stream: TlsStream<TcpStream>, address: SocketAddr) -> Option<Admitted> {
        let (_, session) = stream.get_ref();
        let shown = session.peer_certificates().and_then(|chain| chain.first());
        let expiry = shown.and_then(not_after_s).and_then(|end| Expiry::of(now_s(), end));
        let admitted =
            admit(session.alpn_protocol(), shown.map(Identity::of), &self.services.operators);
        let place = || self.places.take(network(address.ip())).ok_or(Refusal::Crowded);
        match admitted.and_then(|guest| Ok((guest, place()?))) {
            Ok((guest, place)) => {
                if let Some(expiry) = expiry {
                    tracing::warn!(
                        "the certificate of {guest} {expiry}: make a new one with `pki`"
                    );
                }
                Some((stream, guest, place))
            }
            Err(refusal) => {
                turn_away(stream, &address.to_string(), &refusal).await;
                None
            }
        }
    }
}

/// A verified connection, who it is, and its place.
type Admitted = (TlsStream<TcpStream>, Guest, Place<IpAddr>);

/// Wall clock, seconds since the epoch.
pub(crate) fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Acknowledgements are small and must not wait for each other (RFC 9293 section 3.7.4); a peer
/// that vanished without a word is found out by probes.
fn tune(socket: &TcpStream) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    // On a slow line what waits in the kernel is what an operator lies behind.
    SockRef::from(socket).set_tcp_notsent_lowat(LINK_UNSENT_BYTES)?;
    sockopt::set_socket_keepalive(socket, true)?;
    sockopt::set_tcp_keepidle(socket, PROBE_AFTER)?;
    sockopt::set_tcp_keepintvl(socket, PROBE_INTERVAL)?;
    Ok(sockopt::set_tcp_keepcnt(socket, PROBES_MAX)?)
}

async fn serve(
    stream: TlsStream<TcpStream>,
    address: SocketAddr,
    guest: Guest,
    services: Services,
) {
    match guest {
        Guest::Host(host) => {
            // A host answers within moments or is gone; a console may rest with a full window.
            let most = u32::try_from(HOST_UNANSWERED_MAX.as_millis()).unwrap_or(u32::MAX);
            if let Err(error) = sockopt::set_tcp_user_timeout(stream.get_ref().0, most) {
                tracing::warn!("{address}: {error}");
            }
            tracing::info!("{host} has connected from {address}");
            match connection::serve(stream, host.clone(), services.recorder).await {
                Ok(()) => tracing::info!("{host} has disconnected"),
                // It died, or its network did: sessions that it leaves are spoken of by the sweep.
                Err(ConnectionError::Io(error)) => {
                    tracing::info!("{host} has disconnected: {}", error.kind());
                }
                Err(error) => tracing::warn!("{host}: {error}"),
            }
        }
        Guest::Console(operator) => console(stream, operator, address.to_string(), services).await,
    }
}

/// Serves an operator's console.
pub(crate) async fn console<S>(stream: S, operator: Operator, from: String, services: Services)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + 'static,
{
    let name = operator.name.clone();
    match query::serve(stream, operator, from.clone(), services).await {
        Ok(()) => {}
        // It was closed without a farewell, as a console does that has its answer.
        Err(error) if is_farewell(&error) => {
            tracing::debug!("console of {name} at {from} has left")
        }
        Err(error) => tracing::warn!("console of {name} at {from}: {error}"),
    }
}

/// True for a console that hung up without closing TLS.
fn is_farewell(error: &query::QueryError) -> bool {
    matches!(error, query::QueryError::Io(error)
        if error.kind() == std::io::ErrorKind::UnexpectedEof)
}

/// Logs a refusal and says it.
pub(crate) async fn turn_away<S>(stream: S, from: &str, refusal: &Refusal)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    tracing::warn!("SECURITY: {from}: refused: {refusal}");
    refuse(stream, refusal).await;
}
