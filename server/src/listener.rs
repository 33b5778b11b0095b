//! The door: TCP with TLS for hosts and consoles, a unix socket for consoles on this machine.
//!
//! Nobody gets further than a handshake within a deadline. One connection's fault never ends the
//! server or another connection.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ServerConfig;
use sudolog_core::limits::{
    ACCEPT_PAUSE, ALPN_CONSOLE, ALPN_SHIP, CONNECTIONS_MAX, CONNECTIONS_PER_ADDRESS_MAX,
    HANDSHAKE_DEADLINE,
};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::audit::AccessLog;
use crate::authz::{Operator, Operators};
use crate::identity::Identity;
use crate::ingest::{Recorder, connection};
use crate::live::Hub;
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
    let places = Places::default();
    let mut stop = services.stop.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        match accepted {
            Ok((socket, address)) => match places.take(address.ip()) {
                Some(place) => {
                    let (acceptor, services) = (acceptor.clone(), services.clone());
                    tokio::spawn(async move {
                        welcome(socket, address, acceptor, services).await;
                        drop(place);
                    });
                }
                None => tracing::warn!("{address}: refused, too many connections"),
            },
            Err(error) => {
                // Out of descriptors, most likely: others must close some first.
                tracing::error!("accept: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn welcome(
    socket: TcpStream,
    address: SocketAddr,
    acceptor: TlsAcceptor,
    services: Services,
) {
    // Acknowledgements are small and must not wait for each other (RFC 9293 section 3.7.4).
    let _ = socket.set_nodelay(true);
    let stream = match tokio::time::timeout(HANDSHAKE_DEADLINE, acceptor.accept(socket)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            return tracing::warn!("{address}: refused in the TLS handshake: {error}");
        }
        Err(_) => return tracing::warn!("{address}: refused, no TLS handshake in time"),
    };
    let mut stop = services.stop.clone();
    tokio::select! {
        () = dispatch(stream, address, services) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

/// A certificate opens the one protocol that it is for.
async fn dispatch(stream: TlsStream<TcpStream>, address: SocketAddr, services: Services) {
    let (_, session) = stream.get_ref();
    let protocol = session.alpn_protocol().map(<[u8]>::to_vec);
    let identity = session.peer_certificates().and_then(|chain| chain.first()).map(Identity::of);
    match (protocol.as_deref(), identity) {
        (Some(ALPN_SHIP), Some(Ok(Identity::Host(host)))) => {
            tracing::info!("{host} has connected from {address}");
            match connection::serve(stream, host.clone(), services.recorder).await {
                Ok(()) => tracing::info!("{host} has disconnected"),
                Err(error) => tracing::warn!("{host}: {error}"),
            }
        }
        (Some(ALPN_CONSOLE), Some(Ok(Identity::Operator(name)))) => {
            match services.operators.by_name(&name) {
                Some(operator) => console(stream, operator, address.to_string(), services).await,
                None => tracing::warn!("SECURITY: {address}: {name} is no operator of this server"),
            }
        }
        (None, _) => tracing::warn!("{address}: refused, the client chose no protocol"),
        (Some(_), Some(Ok(identity))) => {
            tracing::warn!(
                "SECURITY: {address}: refused, {identity:?} on a protocol that is not for it"
            );
        }
        (Some(_), Some(Err(error))) => tracing::warn!("SECURITY: {address}: {error}"),
        (Some(_), None) => tracing::warn!("SECURITY: {address}: refused, no certificate"),
    }
}

async fn console<S>(stream: S, operator: Operator, from: String, services: Services)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + 'static,
{
    let name = operator.name.clone();
    if let Err(error) = query::serve(stream, operator, &from, services).await {
        tracing::warn!("console of {name} at {from}: {error}");
    }
}

/// Accepts consoles of this machine until the server ends. Who they are the kernel says.
pub async fn serve_local(listener: UnixListener, services: Services) {
    let mut stop = services.stop.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        match accepted {
            Ok((socket, _)) => {
                tokio::spawn(welcome_local(socket, services.clone()));
            }
            Err(error) => {
                tracing::error!("accept: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn welcome_local(socket: UnixStream, services: Services) {
    let uid = socket.peer_cred().map(|peer| peer.uid());
    match uid.map(|uid| (uid, services.operators.by_uid(uid))) {
        Ok((_, Some(operator))) => console(socket, operator, "local".to_owned(), services).await,
        Ok((uid, None)) => {
            tracing::warn!("SECURITY: local user {uid} is no operator of this server")
        }
        Err(error) => tracing::warn!("local console: {error}"),
    }
}

/// Makes the local socket, replacing one that nobody listens on any more.
///
/// # Errors
/// When somebody listens there or the directory cannot be written.
pub async fn bind_local(path: &Path) -> std::io::Result<LocalSocket> {
    if UnixStream::connect(path).await.is_ok() {
        return Err(std::io::Error::new(
            std::io::ErrorKind::AddrInUse,
            "another server listens there",
        ));
    }
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // Anybody may connect; the peer's uid decides, so the mode need not.
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o666))?;
    Ok(LocalSocket { listener, guard: Unlink(path.to_owned()) })
}

/// A bound socket and what removes its file.
pub struct LocalSocket {
    /// Takes connections.
    pub listener: UnixListener,
    /// Removes the file when dropped.
    pub guard: Unlink,
}

/// Removes a file when dropped.
pub struct Unlink(PathBuf);

impl Drop for Unlink {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Counts connections, in all and by address.
#[derive(Clone, Default)]
struct Places(Arc<Mutex<HashMap<IpAddr, usize>>>);

struct Place {
    places: Places,
    address: IpAddr,
}

impl Places {
    fn take(&self, address: IpAddr) -> Option<Place> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let here = taken.get(&address).copied().unwrap_or(0);
        if here >= CONNECTIONS_PER_ADDRESS_MAX || taken.values().sum::<usize>() >= CONNECTIONS_MAX {
            return None;
        }
        taken.insert(address, here + 1);
        Some(Place { places: self.clone(), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
        }
        taken.retain(|_, count| *count > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_and_given_back() {
        let places = Places::default();
        let (a, b): (IpAddr, IpAddr) = ([127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        let taken: Vec<_> =
            (0..CONNECTIONS_PER_ADDRESS_MAX).map(|_| places.take(a).unwrap()).collect();
        assert!(places.take(a).is_none() && places.take(b).is_some());
        drop(taken);
        assert!(places.take(a).is_some());
        assert!(places.0.lock().unwrap().is_empty());
    }
}
