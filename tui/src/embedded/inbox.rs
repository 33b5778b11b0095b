//! Where alerts of the demonstration go: a socket that speaks as the journal does, and a file in the private
//! directory of all that came.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tokio::net::UnixDatagram;

/// The receiving end, bound before the server begins.
pub(super) struct Inbox {
    socket: UnixDatagram,
    file: PathBuf,
}

impl Inbox {
    /// Binds it. Needs a tokio runtime.
    pub(super) fn open(socket: &Path, file: PathBuf) -> io::Result<Self> {
        Ok(Self { socket: UnixDatagram::bind(socket)?, file })
    }

    /// Keeps what comes, until it is dropped or the disk takes no more.
    pub(super) async fn keep(self) -> io::Result<()> {
        let mut buffer = vec![0; MESSAGE_BYTES_MAX];
        loop {
            let length = self.socket.recv(&mut buffer).await?;
            let mut file = OpenOptions::new().create(true).append(true).open(&self.file)?;
            file.write_all(buffer.get(..length).unwrap_or_default())?;
            file.write_all(b"\n")?;
        }
    }
}

/// Longer than an entry ever is.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[tokio::test]
    async fn what_is_sent_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let (socket, file) = (directory.path().join("socket"), directory.path().join("alerts.txt"));
        let inbox = Inbox::open(&socket, file.clone()).unwrap();
        let keeping = tokio::spawn(inbox.keep());
        let sender = UnixDatagram::unbound().unwrap();
        sender.send_to(b"MESSAGE=one\n", &socket).await.unwrap();
        sender.send_to(b"MESSAGE=two\n", &socket).await.unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::fs::read_to_string(&file).unwrap_or_default() != "MESSAGE=one\n\nMESSAGE=two\n\n"
        {
            assert!(Instant::now() < deadline, "nothing came");
            tokio::task::yield_now().await;
        }
        keeping.abort();
    }
}
