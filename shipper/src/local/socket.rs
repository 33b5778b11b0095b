//! The unix socket on which plugins call.
//!
//! Invariant: at no moment can anybody but its owner connect. The socket is made in a fresh
//! directory of mode 0700, gets its own mode there, and is then moved to its name; the directory
//! of that name must be ours and closed to writers.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _,
};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// A socket that cannot be had. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Something about the path failed.
    #[error("socket = {path:?}: {what}: {source}")]
    Io {
        /// The path.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// Others could put their own socket in its place.
    #[error(
        "socket = {path:?}: its directory has owner {owner} and mode {mode:04o}: chown it to the \
         user of sudolog-shipper and chmod 0700 it"
    )]
    Directory {
        /// The path.
        path: PathBuf,
        /// Owner of the directory.
        owner: u32,
        /// Its permission bits.
        mode: u32,
    },
    /// Somebody answers on it.
    #[error("socket = {0:?}: another sudolog-shipper answers there: stop it first")]
    InUse(PathBuf),
    /// Something that is no socket has the name.
    #[error("socket = {0:?}: a file that is no socket has this name: remove it or choose another")]
    NotSocket(PathBuf),
}

/// A bound socket; its name is removed when dropped.
#[derive(Debug)]
pub(crate) struct BoundSocket {
    path: PathBuf,
    inode: u64,
}

impl BoundSocket {
    /// Binds `path`, replacing a socket on which nobody answers.
    pub(crate) fn bind(path: &Path) -> Result<(UnixListener, Self), SocketError> {
        let at = |what| move |source| SocketError::Io { path: path.into(), what, source };
        let parent = path.parent().unwrap_or_else(|| Path::new("/"));
        own_directory(path, parent)?;
        refuse_live(path)?;
        let private = tempfile_directory(parent).map_err(at("make a private directory"))?;
        let inner = private.join("s");
        let bound = UnixListener::bind(&inner).map_err(at("bind")).and_then(|listener| {
            let mode = Permissions::from_mode(0o600);
            fs::set_permissions(&inner, mode).map_err(at("set its mode"))?;
            let inode = fs::metadata(&inner).map_err(at("look at it"))?.ino();
            fs::rename(&inner, path).map_err(at("move it into place"))?;
            listener.set_nonblocking(true).map_err(at("make it non-blocking"))?;
            Ok((listener, Self { path: path.into(), inode }))
        });
        // Both are left-overs of a failure or already gone; the first error is what matters.
        let _ = fs::remove_file(&inner);
        let _ = fs::remove_dir(&private);
        bound
    }
}

impl Drop for BoundSocket {
    fn drop(&mut self) {
        // A shipper that was started since has its own socket there.
        if fs::metadata(&self.path).is_ok_and(|status| status.ino() == self.inode) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Makes the directory if it is missing, and checks that nobody else can write in it.
fn own_directory(path: &Path, parent: &Path) -> Result<(), SocketError> {
    let at = |what| move |source| SocketError::Io { path: path.into(), what, source };
    if !parent.exists() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(parent)
            .map_err(at("make its directory"))?;
    }
    let status = fs::metadata(parent).map_err(at("look at its directory"))?;
    let (owner, mode) = (status.uid(), status.mode() & 0o7777);
    if owner != rustix::process::geteuid().as_raw() || mode & 0o022 != 0 {
        return Err(SocketError::Directory { path: path.into(), owner, mode });
    }
    Ok(())
}

fn refuse_live(path: &Path) -> Result<(), SocketError> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => {
            return Err(SocketError::Io { path: path.into(), what: "look at it", source });
        }
        Ok(status) if !status.file_type().is_socket() => {
            return Err(SocketError::NotSocket(path.into()));
        }
        Ok(_) => {}
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        _ => Err(SocketError::InUse(path.into())),
    }
}

fn tempfile_directory(parent: &Path) -> io::Result<PathBuf> {
    let mut random = [0; 4];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let dir = parent.join(format!(".{:08x}", u32::from_be_bytes(random)));
    DirBuilder::new().mode(0o700).create(&dir)?;
    Ok(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run/plugin.sock");
        (dir, path)
    }

    #[test]
    fn is_closed_to_others_and_leaves_nothing() {
        let (dir, path) = place();
        let bound = BoundSocket::bind(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(dir.path().join("run")).unwrap().count(), 1);
        drop(bound);
        assert_eq!(fs::read_dir(dir.path().join("run")).unwrap().count(), 0);
    }

    #[test]
    fn a_live_one_is_kept_and_a_dead_one_replaced() {
        let (_dir, path) = place();
        let (listener, name) = BoundSocket::bind(&path).unwrap();
        assert!(matches!(BoundSocket::bind(&path), Err(SocketError::InUse(_))));
        drop(listener);
        let second = BoundSocket::bind(&path).unwrap();
        drop(name);
        assert!(path.exists(), "the first does not remove the second's");
        drop(second);
    }

    #[test]
    fn an_open_directory_is_refused() {
        let (_dir, path) = place();
        fs::create_dir(path.parent().unwrap()).unwrap();
        fs::set_permissions(path.parent().unwrap(), Permissions::from_mode(0o777)).unwrap();
        let error = BoundSocket::bind(&path).unwrap_err();
        assert!(error.to_string().contains("0777"), "{error}");
    }

    #[test]
    fn a_file_is_never_removed() {
        let (_dir, path) = place();
        fs::create_dir(path.parent().unwrap()).unwrap();
        fs::write(&path, "precious").unwrap();
        assert!(matches!(BoundSocket::bind(&path), Err(SocketError::NotSocket(_))));
        assert_eq!(fs::read(&path).unwrap(), b"precious");
    }
}
