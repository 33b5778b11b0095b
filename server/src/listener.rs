//! The door: TCP with TLS for hosts and consoles.
//!
//! Nobody gets further than a handshake within a deadline. One connection's fault never ends the
//! server or another connection.

use std::net::SocketAddr;
use std::sync::Arc;

use rustix::net::sockopt;
use rustls::ServerConfig;
use sudolog_core::limits::{
    HANDSHAKE_DEADLINE, HOST_UNANSWERED_MAX, PROBE_AFTER, PROBE_INTERVAL, PROBES_MAX,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::admission::{Guest, Refusal, admit, refuse};
use crate::audit::AccessLog;
use crate::authz::{Operator, Operators};
use crate::door::accept_all;
use crate::identity::Identity;
use crate::ingest::{Recorder, connection};
use crate::live::Hub;
use crate::places::{Places, network};
use crate::query;

/// What every connection may need.
#[derive(Clone)]
pub struct Services {
    /// The record path.
    pub recorder: Recorder,
    /// Live screens.
    pub hub: Hub,
    /// Who may look.
    pub operators: Arc<Operators>,
    /// Where looking is written down.
    pub access: AccessLog,
    /// Turns true when the server ends.
    pub stop: watch::Receiver<bool>,
}

/// Accepts TCP connections until the server ends.
pub async fn serve_tcp(listener: TcpListener, tls: Arc<ServerConfig>, services: Services) {
    let acceptor = TlsAcceptor::from(tls);
    let places = Places::new();
    let stop = services.stop.clone();
    let welcome = |(socket, address): (TcpStream, SocketAddr)| {
        let Some(place) = places.take(network(address.ip())) else {
            tracing::warn!("{address}: refused, too many connections");
            return None;
        };
        let (acceptor, services) = (acceptor.clone(), services.clone());
        Some(async move {
            meet(socket, address, acceptor, services).await;
            drop(place);
        })
    };
    accept_all(|cx| listener.poll_accept(cx), welcome, stop).await;
}

async fn meet(socket: TcpStream, address: SocketAddr, acceptor: TlsAcceptor, services: Services) {
    if let Err(error) = tune(&socket) {
        tracing::warn!("{address}: {error}");
    }
    match tokio::time::timeout(HANDSHAKE_DEADLINE, acceptor.accept(socket)).await {
        Ok(Ok(stream)) => dispatch(stream, address, services).await,
        Ok(Err(error)) => tracing::warn!("{address}: refused in the TLS handshake: {error}"),
        Err(_) => tracing::warn!("{address}: refused, no TLS handshake in time"),
    }
}

/// Acknowledgements are small and must not wait for each other (RFC 9293 section 3.7.4); a peer
/// that vanished without a word is found out by probes.
fn tune(socket: &TcpStream) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    sockopt::set_socket_keepalive(socket, true)?;
    sockopt::set_tcp_keepidle(socket, PROBE_AFTER)?;
    sockopt::set_tcp_keepintvl(socket, PROBE_INTERVAL)?;
    Ok(sockopt::set_tcp_keepcnt(socket, PROBES_MAX)?)
}

/// A certificate opens the one protocol that it is for.
async fn dispatch(stream: TlsStream<TcpStream>, address: SocketAddr, services: Services) {
    let (socket, session) = stream.get_ref();
    let identity = session.peer_certificates().and_then(|chain| chain.first()).map(Identity::of);
    match admit(session.alpn_protocol(), identity, &services.operators) {
        Ok(Guest::Host(host)) => {
            // A host answers within moments or is gone; a console may rest with a full window.
            let most = u32::try_from(HOST_UNANSWERED_MAX.as_millis()).unwrap_or(u32::MAX);
            if let Err(error) = sockopt::set_tcp_user_timeout(socket, most) {
                tracing::warn!("{address}: {error}");
            }
            tracing::info!("{host} has connected from {address}");
            match connection::serve(stream, host.clone(), services.recorder).await {
                Ok(()) => tracing::info!("{host} has disconnected"),
                Err(error) => tracing::warn!("{host}: {error}"),
            }
        }
        Ok(Guest::Console(operator)) => {
            console(stream, operator, address.to_string(), services).await;
        }
        Err(refusal) => turn_away(stream, &address.to_string(), &refusal).await,
    }
}

/// Serves an operator's console.
pub(crate) async fn console<S>(stream: S, operator: Operator, from: String, services: Services)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + 'static,
{
    let name = operator.name.clone();
    if let Err(error) = query::serve(stream, operator, from.clone(), services).await {
        tracing::warn!("console of {name} at {from}: {error}");
    }
}

/// Logs a refusal and says it.
pub(crate) async fn turn_away<S>(stream: S, from: &str, refusal: &Refusal)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    tracing::warn!("SECURITY: {from}: refused: {refusal}");
    refuse(stream, refusal).await;
}
