//! A receiver of alerts: it takes what is posted to it, and says when.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use serde_json::Value;

use crate::wait::PATIENCE;

/// What came, each with its time, and the news of it.
type Taken = (Mutex<Vec<(Instant, Value)>>, Condvar);

/// A running receiver; clones are the same.
#[derive(Clone)]
pub struct Webhook {
    address: SocketAddr,
    taken: Arc<Taken>,
}

impl Webhook {
    /// Starts one on loopback.
    ///
    /// # Errors
    /// Those of the system.
    pub fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let hook = Self { address: listener.local_addr()?, taken: Arc::default() };
        let serving = hook.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let hook = serving.clone();
                std::thread::spawn(move || while hook.take(&stream).is_some() {});
            }
        });
        Ok(hook)
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Waits until so many messages have come, and gives all.
    ///
    /// # Errors
    /// With what came, when it is not that many.
    pub fn wait(&self, count: usize) -> anyhow::Result<Vec<(Instant, Value)>> {
        let taken = self.taken.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.taken.1.wait_timeout_while(taken, PATIENCE, |taken| taken.len() < count);
        let taken = waited.unwrap_or_else(PoisonError::into_inner).0.clone();
        anyhow::ensure!(taken.len() >= count, "{count} messages wanted: {taken:?}");
        Ok(taken)
    }

    fn take(&self, mut stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end().to_lowercase();
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().ok()?;
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let value = serde_json::from_slice(&body).ok()?;
        self.taken.0.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), value));
        self.taken.1.notify_all();
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").ok()
    }
}
