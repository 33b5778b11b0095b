//! The link: connects, greets, beats, carries, and connects again.
//!
//! While sessions wait a new try begins at least every 250 ms, whatever became of the ones before
//! it: a try that was made while packets were lost would otherwise sit in the kernel's backoff
//! long after the network is well again.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::BytesMut;
use rustix::time::{ClockId, clock_gettime};
use socket2::SockRef;
use sudolog_core::ack::AckVerifiers;
use sudolog_core::expiry::Expiry;
use sudolog_core::limits::{
    ALPN_SHIP, CERTIFICATE_INTERVAL, HANDSHAKE_DEADLINE, HEARTBEAT_INTERVAL, LINK_DEAD,
    LINK_UNSENT_BYTES, LINK_WRITE_BYTES, PROTOCOL_VERSION, RECONNECT_IDLE,
};
use sudolog_core::session::HostName;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Hello, Instance, Welcome};
use sudolog_core::wire::{DecodeError, Deframer, Message};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tracing::{info, warn};

use super::exchange::Exchange;
use super::tls::Identity;
use crate::machine::link::{Beat, Pace, Pulse, retry_pause};
use crate::machine::traffic::Outgoing;

/// Whom to connect to, and as whom.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// `host:port`.
    pub(crate) server: String,
    pub(crate) identity: Identity,
    pub(crate) boot_id: Untrusted,
    /// This run of the shipper.
    pub(crate) instance: Instance,
    pub(crate) keys: Arc<AckVerifiers>,
}

/// A connection on which the server has answered.
struct Connection {
    stream: TlsStream<TcpStream>,
    deframer: Deframer,
    welcome: Welcome,
}

/// Why there is no connection, or no longer.
#[derive(Debug, thiserror::Error)]
enum LinkError {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Decode(#[from] DecodeError),
    #[error("the server closed the connection")]
    Closed,
    #[error("no answer for {} s", HANDSHAKE_DEADLINE.as_secs())]
    Slow,
    #[error("no heartbeat was answered for {} ms", LINK_DEAD.as_millis())]
    Dead,
    #[error("this machine has slept")]
    Slept,
    #[error("the server does not speak sudolog-ship/1: is that port another program's?")]
    Alpn,
    #[error("the server speaks protocol {0}, this shipper {PROTOCOL_VERSION}: update the older")]
    Version(u16),
    #[error("the server refused this host: {0}")]
    Denied(String),
    #[error("the server sent {0} where WELCOME must come")]
    Order(&'static str),
}

impl Client {
    /// Says when the host's certificate will end: at the start and once for each warning.
    pub(crate) async fn watch_certificate(host: HostName, not_after_s: Option<i64>) {
        let mut warned = None;
        loop {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let now_s = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
            let expiry = not_after_s.and_then(|end| Expiry::of(now_s, end));
            if let Some(expiry) = expiry.filter(|expiry| warned != Some(expiry.warning_days)) {
                warned = Some(expiry.warning_days);
                warn!(
                    "[tls] cert: the certificate of {host} {expiry}; no sudo works on this host \
                     then: make a new one with `sudolog-server pki host` and restart"
                );
            }
            tokio::time::sleep(CERTIFICATE_INTERVAL).await;
        }
    }

    /// Keeps the link up for ever.
    pub(crate) async fn run(self, exchange: Arc<Exchange>) {
        loop {
            let connection = self.connect(&exchange).await;
            self.greeted(&connection.welcome);
            let number = exchange.link_up();
            let (heard_at, error) = carry(connection, &exchange, number).await;
            let why = self.name(&error);
            warn!(server = %self.server, reason = %error, "the link to the log server is down");
            exchange.link_down(Instant::now(), heard_at, why);
        }
    }

    /// Tries until one try succeeds.
    async fn connect(&self, exchange: &Exchange) -> Connection {
        let mut tries = Tries::default();
        let mut begun = 0u32;
        loop {
            tries.begin(self.clone());
            let (began, random) = (tokio::time::Instant::now(), random());
            loop {
                let next = began + pause(exchange, begun, random);
                tokio::select! {
                    Some(result) = tries.next() => match result {
                        Ok(connection) => return connection,
                        Err(error) => self.failed(exchange, &error),
                    },
                    // With a try in flight only the pause becomes shorter, or many starts at once
                    // would push each other's tries out.
                    () = exchange.wanted() => if tries.running.is_empty() { break },
                    () = tokio::time::sleep_until(next) => break,
                }
            }
            begun = begun.saturating_add(1);
        }
    }

    fn failed(&self, exchange: &Exchange, error: &LinkError) {
        let failures = exchange.link_failed(self.name(error));
        // Each doubling, so that a long outage does not fill the disk.
        if failures.is_power_of_two() {
            warn!(server = %self.server, failures, reason = %error, "cannot reach the log server");
        }
    }

    fn name(&self, error: &LinkError) -> Arc<str> {
        format!("{}: {error}", self.server).into()
    }

    fn greeted(&self, welcome: &Welcome) {
        let server_id = Untrusted::from(welcome.server_id.as_str());
        info!(server = %self.server, server_id = %server_id.escaped(), "connected");
        let known = welcome.ack_key_ids.iter().any(|id| self.keys.get(*id).is_some());
        if !known && !welcome.ack_key_ids.is_empty() {
            warn!(
                "SECURITY: the server signs with none of the keys in [ack] verify_keys, so every \
                 session will be frozen: copy its ack-verify.pub to this host"
            );
        }
    }

    async fn attempt(self) -> Result<Connection, LinkError> {
        tokio::time::timeout(HANDSHAKE_DEADLINE, self.handshake())
            .await
            .unwrap_or(Err(LinkError::Slow))
    }

    async fn handshake(self) -> Result<Connection, LinkError> {
        let tcp = TcpStream::connect(&self.server).await?;
        tcp.set_nodelay(true)?;
        SockRef::from(&tcp).set_tcp_notsent_lowat(LINK_UNSENT_BYTES)?;
        let connector = TlsConnector::from(self.identity.tls.clone());
        let mut stream = connector.connect(self.identity.server_name.clone(), tcp).await?;
        if stream.get_ref().1.alpn_protocol() != Some(ALPN_SHIP) {
            return Err(LinkError::Alpn);
        }
        stream.get_mut().1.set_buffer_limit(Some(LINK_WRITE_BYTES));
        let hello = Message::Hello(Hello {
            protocol: PROTOCOL_VERSION,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            host: Some(self.identity.host.clone()),
            boot_id: Some(self.boot_id.clone()),
            instance: Some(self.instance),
        });
        stream.write_all(&hello.to_bytes(0)).await?;
        stream.flush().await?;
        let mut deframer = Deframer::new();
        let welcome = loop {
            if let Some(frame) = deframer.next_frame().map_err(DecodeError::from)? {
                break welcome(Message::decode(frame)?)?;
            }
            if stream.read_buf(deframer.buffer_mut()).await? == 0 {
                return Err(LinkError::Closed);
            }
        };
        Ok(Connection { stream, deframer, welcome })
    }
}

/// Tries in flight, the oldest given up when there are too many.
#[derive(Default)]
struct Tries {
    running: JoinSet<Result<Connection, LinkError>>,
    handles: VecDeque<AbortHandle>,
}

impl Tries {
    fn begin(&mut self, client: Client) {
        self.handles.retain(|handle| !handle.is_finished());
        if self.handles.len() >= TRIES_MAX
            && let Some(oldest) = self.handles.pop_front()
        {
            oldest.abort();
        }
        self.handles.push_back(self.running.spawn(client.attempt()));
    }

    /// The next result; `None` when no try is in flight.
    async fn next(&mut self) -> Option<Result<Connection, LinkError>> {
        loop {
            // One that was given up, or that panicked, must not end the others.
            if let Ok(result) = self.running.join_next().await? {
                return Some(result);
            }
        }
    }
}

/// Carries messages both ways until the connection ends; says when the server was last heard.
async fn carry(connection: Connection, exchange: &Exchange, number: u64) -> (Instant, LinkError) {
    let (reader, writer) = tokio::io::split(connection.stream);
    let pulse = Mutex::new(Pulse::new(Instant::now()));
    let Err(error) = tokio::select! {
        ended = receive(reader, connection.deframer, exchange, number, &pulse) => ended,
        ended = send(writer, exchange, &pulse) => ended,
        () = watch(&pulse) => Err(LinkError::Dead),
        () = slept() => Err(LinkError::Slept),
    };
    let heard_at = lock(&pulse).heard_at();
    // The clock of everything else stands still meanwhile, so nothing looks old that is.
    let asleep = matches!(error, LinkError::Slept);
    let long_ago = Instant::now().checked_sub(LINK_DEAD).filter(|_| asleep);
    (long_ago.map_or(heard_at, |at| at.min(heard_at)), error)
}

async fn receive(
    mut reader: ReadHalf<TlsStream<TcpStream>>,
    mut deframer: Deframer,
    exchange: &Exchange,
    number: u64,
    pulse: &Mutex<Pulse>,
) -> Result<Infallible, LinkError> {
    let mut arrived = Vec::new();
    loop {
        while let Some(frame) = deframer.next_frame().map_err(DecodeError::from)? {
            let stream = frame.stream;
            match Message::decode(frame)? {
                Message::HeartbeatAck(nonce) => lock(pulse).hear(Instant::now(), nonce),
                Message::Denied(denied) if stream == 0 => {
                    return Err(LinkError::Denied(denied.text.escaped().to_string()));
                }
                Message::Audited(audited) => exchange.audited(audited.number),
                message => {
                    if matches!(message, Message::Ack(_)) {
                        lock(pulse).prove(Instant::now());
                    }
                    arrived.push((stream, message));
                }
            }
        }
        exchange.deliver(number, &mut arrived);
        deframer.buffer_mut().reserve(READ_BYTES);
        if reader.read_buf(deframer.buffer_mut()).await? == 0 {
            return Err(LinkError::Closed);
        }
    }
}

/// The only writer. Heartbeats go before everything that waits.
async fn send(
    mut writer: WriteHalf<TlsStream<TcpStream>>,
    exchange: &Exchange,
    pulse: &Mutex<Pulse>,
) -> Result<Infallible, LinkError> {
    let mut batch: Vec<(u32, Outgoing)> = Vec::new();
    let mut bytes = BytesMut::with_capacity(LINK_WRITE_BYTES * 2);
    let mut pace = Pace::new();
    loop {
        if let Some(Beat::Send(nonce)) = lock(pulse).poll(Instant::now()) {
            Message::Heartbeat(nonce).encode(0, &mut bytes);
        }
        exchange.take(pace.bytes(), &mut batch);
        for (stream, outgoing) in batch.drain(..) {
            match outgoing {
                Outgoing::Event(event) => Message::Event(event).encode(stream, &mut bytes),
                Outgoing::Control(message) => message.encode(stream, &mut bytes),
            }
        }
        if bytes.is_empty() {
            let beat_at = lock(pulse).next_wake();
            tokio::select! {
                () = exchange.work() => {}
                () = tokio::time::sleep_until(beat_at.into()) => {}
            }
            continue;
        }
        let began = Instant::now();
        writer.write_all(&bytes).await?;
        writer.flush().await?;
        pace.wrote(bytes.len(), began.elapsed());
        bytes.clear();
    }
}

/// Ends when the server has not answered for too long, also while a write hangs.
async fn watch(pulse: &Mutex<Pulse>) {
    loop {
        let dead_at = lock(pulse).dead_at();
        if Instant::now() >= dead_at {
            return;
        }
        tokio::time::sleep_until(dead_at.into()).await;
    }
}

/// Ends when the machine has slept: what was proven before proves nothing now.
async fn slept() {
    let before = time_asleep();
    while time_asleep().saturating_sub(before) < SLEEP_MIN {
        tokio::time::sleep(HEARTBEAT_INTERVAL).await;
    }
}

/// How long the machine has slept since it was booted (`clock_gettime(2)`: CLOCK_BOOTTIME goes on
/// then, CLOCK_MONOTONIC does not).
fn time_asleep() -> Duration {
    let read = |id| Duration::try_from(clock_gettime(id)).unwrap_or_default();
    read(ClockId::Boottime).saturating_sub(read(ClockId::Monotonic))
}

/// Less is the time between two readings.
const SLEEP_MIN: Duration = Duration::from_millis(500);

fn welcome(message: Message) -> Result<Welcome, LinkError> {
    match message {
        Message::Welcome(welcome) if welcome.protocol == PROTOCOL_VERSION => Ok(welcome),
        Message::Welcome(welcome) => Err(LinkError::Version(welcome.protocol)),
        Message::Denied(denied) => Err(LinkError::Denied(denied.text.escaped().to_string())),
        other => Err(LinkError::Order(other.name())),
    }
}

fn pause(exchange: &Exchange, begun: u32, random: u8) -> Duration {
    if exchange.has_lines() { retry_pause(begun, random) } else { RECONNECT_IDLE }
}

/// Without randomness the hosts only come back less spread.
fn random() -> u8 {
    let mut random = [0];
    getrandom::fill(&mut random).map_or(0, |()| random[0])
}

fn lock(pulse: &Mutex<Pulse>) -> std::sync::MutexGuard<'_, Pulse> {
    pulse.lock().unwrap_or_else(PoisonError::into_inner)
}

/// At one try each 125 to 250 ms, each has a second at least: enough for a handshake, which goes
/// three times to and fro, around the world.
const TRIES_MAX: usize = 8;
/// Acknowledgements come in small pieces.
const READ_BYTES: usize = 16 * 1024;
