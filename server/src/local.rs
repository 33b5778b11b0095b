//! The unix socket for consoles on the server's own machine. Who they are the kernel says.

use std::io;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use sudolog_core::limits::{CONNECTIONS_MAX, CONNECTIONS_PER_ADDRESS_MAX};
use tokio::net::unix::SocketAddr;
use tokio::net::{UnixListener, UnixStream};

use crate::admission::admit_local;
use crate::door::accept_all;
use crate::listener::{Services, console, turn_away};
use crate::places::Places;

/// A bound socket. Its file goes when this is dropped.
#[derive(Debug)]
pub struct LocalSocket {
    listener: UnixListener,
    _file: Unlink,
}

/// Removes a file when dropped.
#[derive(Debug)]
struct Unlink(PathBuf);

impl Drop for Unlink {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl LocalSocket {
    /// Makes the socket, replacing one that nobody listens on any more.
    ///
    /// # Errors
    /// When somebody listens there, when something else than a socket is there, or when the
    /// directory cannot be written.
    pub async fn bind(path: &Path) -> io::Result<Self> {
        match std::fs::symlink_metadata(path) {
            Ok(found) if !found.file_type().is_socket() => {
                let text = "something that is no socket is there; name another path";
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
            }
            Ok(_) if UnixStream::connect(path).await.is_ok() => {
                let text = "another server listens there";
                return Err(io::Error::new(io::ErrorKind::AddrInUse, text));
            }
            Ok(_) => std::fs::remove_file(path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let listener = UnixListener::bind(path)?;
        let file = Unlink(path.to_owned());
        // Anybody may knock: the peer's uid decides, not the mode.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666))?;
        Ok(Self { listener, _file: file })
    }

    /// Accepts consoles until the server ends.
    pub async fn serve(self, services: Services) {
        let places = Places::new(CONNECTIONS_MAX, CONNECTIONS_PER_ADDRESS_MAX);
        let stop = services.stop.clone();
        let welcome = |(socket, _): (UnixStream, SocketAddr)| {
            let uid = match socket.peer_cred() {
                Ok(peer) => peer.uid(),
                Err(error) => {
                    tracing::warn!("local console: {error}");
                    return None;
                }
            };
            let Some(place) = places.take(uid) else {
                tracing::warn!("local user {uid}: refused, too many connections");
                return None;
            };
            let services = services.clone();
            Some(async move {
                meet(socket, uid, services).await;
                drop(place);
            })
        };
        accept_all(|cx| self.listener.poll_accept(cx), welcome, stop).await;
    }
}

async fn meet(socket: UnixStream, uid: u32, services: Services) {
    match admit_local(uid, &services.operators) {
        Ok(operator) => console(socket, operator, "local".to_owned(), services).await,
        Err(refusal) => turn_away(socket, "local", &refusal).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_dead_socket_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("console.sock");
        std::fs::write(&path, "somebody's file").unwrap();
        let error = LocalSocket::bind(&path).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"somebody's file");
        std::fs::remove_file(&path).unwrap();

        let socket = LocalSocket::bind(&path).await.unwrap();
        let error = LocalSocket::bind(&path).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        drop(socket);
        assert!(!path.exists());

        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "a crash leaves the file");
        LocalSocket::bind(&path).await.unwrap();
    }

    /// The unit's link, in a directory that the server cannot write.
    #[tokio::test]
    async fn consoles_find_the_socket_by_a_link_that_the_server_leaves_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (path, link) =
            (dir.path().join("server/console.sock"), dir.path().join("console.sock"));
        std::fs::create_dir(dir.path().join("server")).unwrap();
        std::os::unix::fs::symlink("server/console.sock", &link).unwrap();
        let socket = LocalSocket::bind(&path).await.unwrap();
        UnixStream::connect(&link).await.unwrap();
        let error = LocalSocket::bind(&link).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        drop(socket);
        assert!(UnixStream::connect(&link).await.is_err() && link.is_symlink());
    }
}
