//! What the shipper is told, kept until it has taken it.
//!
//! A heartbeat behind each batch is answered only when all before it was handled, so what was not answered is
//! sent again over the next connection: entries and sightings have names, and what comes twice counts once.
//! While the shipper is away a bounded part is kept; the oldest go and are counted.

use std::collections::VecDeque;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use sudolog_core::kaudit::WITNESS_NAME;
use sudolog_core::limits::{KAUDIT_OUTBOX_BYTES_MAX, PROTOCOL_VERSION};
use sudolog_core::wire::message::Hello;
use sudolog_core::wire::{Deframer, Message};
use tracing::{info, warn};

use super::opener::Opener;

/// Fills up on one side and is emptied by a thread of its own on the other.
#[derive(Debug)]
pub(super) struct Outbox {
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    table: Mutex<Table>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct Table {
    /// The oldest first; the first of them may be on its way.
    waiting: VecDeque<Bytes>,
    bytes: usize,
    /// How many of the first were taken out for want of room since the last batch was copied.
    shed: usize,
    lost: u64,
    is_closed: bool,
}

/// A connection to the shipper.
struct Line {
    stream: UnixStream,
    deframer: Deframer,
    nonce: u64,
}

impl Outbox {
    /// `is_witness` says whether sightings will come.
    pub(super) fn start(opener: Arc<Opener>, is_witness: bool) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let sender = shared.clone();
        let thread = std::thread::Builder::new()
            .name("shipper".into())
            .spawn(move || sender.send_all(&opener, is_witness))?;
        Ok(Self { shared, thread })
    }

    /// Keeps a message until the shipper has it.
    pub(super) fn put(&self, message: &Message) {
        self.shared.table().put(message.to_bytes(0));
        self.shared.news.notify_one();
    }

    /// How many were lost since this was last asked.
    pub(super) fn lost(&self) -> u64 {
        std::mem::take(&mut self.shared.table().lost)
    }

    /// Waits until all is sent, but not for longer than this.
    pub(super) fn finish(self, deadline: Instant) {
        self.shared.table().is_closed = true;
        self.shared.news.notify_one();
        while !self.thread.is_finished() && Instant::now() < deadline {
            std::thread::park_timeout(POLL);
        }
        let left = self.shared.table().waiting.len();
        if left > 0 {
            warn!(left, "ended before the shipper had taken everything");
        }
    }
}

impl Table {
    fn put(&mut self, message: Bytes) {
        self.bytes += message.len();
        self.waiting.push_back(message);
        while self.bytes > KAUDIT_OUTBOX_BYTES_MAX
            && let Some(oldest) = self.waiting.pop_front()
        {
            self.bytes -= oldest.len();
            self.shed += 1;
            self.lost += 1;
        }
    }

    /// The first of them, up to the size of a batch.
    fn batch(&mut self) -> (usize, BytesMut) {
        self.shed = 0;
        let (mut count, mut batch) = (0, BytesMut::new());
        for message in &self.waiting {
            if count > 0 && batch.len() + message.len() > BATCH_BYTES {
                break;
            }
            batch.extend_from_slice(message);
            count += 1;
        }
        (count, batch)
    }

    /// The batch was taken; what was shed of it meanwhile is lost no more.
    fn taken(&mut self, count: usize) {
        let shed = self.shed.min(count);
        self.lost = self.lost.saturating_sub(u64::try_from(shed).unwrap_or_default());
        for _ in 0..count - shed {
            let Some(message) = self.waiting.pop_front() else { return };
            self.bytes -= message.len();
        }
    }
}

impl Shared {
    fn table(&self) -> MutexGuard<'_, Table> {
        // Every change under the lock is whole before anything in it could panic.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send_all(&self, opener: &Opener, is_witness: bool) {
        let (mut line, mut failures) = (None, 0u32);
        while self.wait(if line.is_some() { IDLE } else { Duration::ZERO }) {
            let connected = match line.take() {
                Some(line) => Ok(line),
                None => Line::connect(opener, is_witness),
            };
            let (count, batch) = self.table().batch();
            match connected.and_then(|mut line: Line| line.deliver(batch).map(|()| line)) {
                Ok(open) => {
                    self.table().taken(count);
                    if failures > 0 {
                        info!("the shipper takes audit events again");
                    }
                    (line, failures) = (Some(open), 0);
                }
                Err(error) => {
                    if failures == 0 {
                        warn!(%error, "the shipper takes no audit events: they are kept meanwhile");
                    }
                    failures = failures.saturating_add(1);
                    self.pause((PAUSE * failures).min(PAUSE_MAX));
                }
            }
        }
    }

    /// Waits for something to send, or for the time to show that this is still here. False at the end.
    fn wait(&self, time: Duration) -> bool {
        let is_idle = |table: &mut Table| table.waiting.is_empty() && !table.is_closed;
        let waited = self.news.wait_timeout_while(self.table(), time, is_idle);
        let (table, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !(table.is_closed && table.waiting.is_empty())
    }

    /// Waits for the next try, shortly before an end.
    fn pause(&self, pause: Duration) {
        let until = Instant::now() + pause;
        while Instant::now() < until && !self.table().is_closed {
            std::thread::park_timeout(POLL);
        }
        if self.table().is_closed {
            std::thread::park_timeout(POLL);
        }
    }
}

impl Line {
    fn connect(opener: &Opener, is_witness: bool) -> io::Result<Self> {
        let stream = opener.connect()?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut line = Self { stream, deframer: Deframer::new(), nonce: 0 };
        let hello = Hello {
            protocol: PROTOCOL_VERSION,
            version: format!(
                "{} {}",
                if is_witness { WITNESS_NAME } else { "alerts" },
                env!("CARGO_PKG_VERSION")
            ),
            host: None,
            boot_id: None,
            instance: None,
        };
        line.stream.write_all(&Message::Hello(hello).to_bytes(0))?;
        match line.next()? {
            Message::Welcome(_) => Ok(line),
            Message::Denied(denied) => Err(io::Error::other(denied.text.escaped().to_string())),
            other => {
                Err(io::Error::other(format!("{} came where WELCOME must come", other.name())))
            }
        }
    }

    /// Sends a batch and waits until it is handled.
    fn deliver(&mut self, mut batch: BytesMut) -> io::Result<()> {
        self.nonce += 1;
        Message::Heartbeat(self.nonce).encode(0, &mut batch);
        self.stream.write_all(&batch)?;
        loop {
            match self.next()? {
                Message::HeartbeatAck(nonce) if nonce == self.nonce => return Ok(()),
                Message::Denied(denied) => {
                    return Err(io::Error::other(denied.text.escaped().to_string()));
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> io::Result<Message> {
        loop {
            if let Some(frame) = self.deframer.next_frame().map_err(io::Error::other)? {
                return Message::decode(frame).map_err(io::Error::other);
            }
            let mut buffer = [0; 4096];
            let count = self.stream.read(&mut buffer)?;
            if count == 0 {
                return Err(io::Error::other("the shipper hung up"));
            }
            self.deframer.buffer_mut().extend_from_slice(buffer.get(..count).unwrap_or_default());
        }
    }
}

const BATCH_BYTES: usize = 64 * 1024;
const POLL: Duration = Duration::from_millis(20);
const PAUSE: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// A shipper that is there hears this often that this is, too.
const IDLE: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_a_batch_that_was_taken_is_not_lost() {
        let mut table = Table::default();
        let message = Bytes::from(vec![0; 40 * 1024]);
        (0..3).for_each(|_| table.put(message.clone()));
        let (count, batch) = table.batch();
        assert_eq!((count, batch.len()), (1, message.len()));
        (0..200).for_each(|_| table.put(message.clone()));
        assert!(table.bytes <= KAUDIT_OUTBOX_BYTES_MAX);
        let lost = table.lost;
        assert!(lost > 90);
        table.taken(count);
        assert_eq!(table.lost, lost - 1);
        let (before, (count, _)) = (table.waiting.len(), table.batch());
        table.taken(count);
        assert_eq!((table.waiting.len(), table.lost), (before - 1, lost - 1));
    }
}
