//! A syslog server: RFC 5424 over UDP (RFC 5426), TCP (RFC 6587) or TLS (RFC 5425).
//!
//! Syslog has no answer. On a stream it is looked before each letter whether the peer has hung up, so that
//! what is lost with a connection is what was on its way, and no more.

use std::io::{self, Read as _, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use sudolog_core::alert::format::{octet_counted, rfc5424};
use sudolog_core::alert::{Answer, Letter, Proto, Syslog};
use sudolog_core::limits::ALERT_SEND_TIME;

use super::{Sender, host_name, trust};

/// A syslog server.
pub(super) struct Peer {
    syslog: Syslog,
    host: String,
    tls: Option<Arc<ClientConfig>>,
    stream: Option<Stream>,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Peer {
    pub(super) fn new(syslog: &Syslog) -> Result<Self, String> {
        let identity = syslog.identity.as_ref().map(|(cert, key)| (cert.as_path(), key.as_path()));
        let tls = match syslog.proto {
            Proto::Tls => Some(trust::tls(syslog.ca.as_deref(), identity)?),
            _ => None,
        };
        Ok(Self { syslog: syslog.clone(), host: host_name(), tls, stream: None })
    }

    fn datagrams(&self, letter: &Letter) -> io::Result<()> {
        let Syslog { facility, udp_bytes_max, .. } = self.syslog;
        let address = self.addresses()?.into_iter().next().ok_or(io::ErrorKind::NotFound)?;
        let own = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(own)?;
        socket.connect(address)?;
        for message in rfc5424(letter, facility, &self.host, udp_bytes_max) {
            socket.send(&message)?;
        }
        Ok(())
    }

    fn frames(&mut self, letter: &Letter) -> io::Result<()> {
        let mut kept = self.stream.take();
        let mut stream = match kept.take_if(|stream| !stream.is_over()) {
            Some(stream) => stream,
            None => self.connect()?,
        };
        for message in rfc5424(letter, self.syslog.facility, &self.host, STREAM_BYTES_MAX) {
            stream.write_all(&octet_counted(&message))?;
        }
        self.stream = Some(stream);
        Ok(())
    }

    fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        Ok((self.syslog.host.as_str(), self.syslog.port).to_socket_addrs()?.collect())
    }

    fn connect(&self) -> io::Result<Stream> {
        let deadline = Instant::now() + ALERT_SEND_TIME;
        let mut failed = io::Error::from(io::ErrorKind::NotFound);
        for address in self.addresses()? {
            let left = deadline.saturating_duration_since(Instant::now());
            match TcpStream::connect_timeout(&address, left.max(Duration::from_millis(1))) {
                Ok(stream) => return self.secured(stream),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    fn secured(&self, stream: TcpStream) -> io::Result<Stream> {
        stream.set_write_timeout(Some(ALERT_SEND_TIME))?;
        stream.set_read_timeout(Some(ALERT_SEND_TIME))?;
        stream.set_nodelay(true)?;
        let Some(config) = &self.tls else { return Ok(Stream::Plain(stream)) };
        let name = ServerName::try_from(self.syslog.host.clone()).map_err(io::Error::other)?;
        let connection =
            ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(connection, stream);
        // Now, so that a peer that does not know us is noticed before a letter counts as sent.
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Stream::Tls(Box::new(stream)))
    }
}

impl Stream {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.write_all(bytes),
            Self::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
        }
    }

    /// True when the peer has hung up. It says nothing else that matters.
    fn is_over(&mut self) -> bool {
        let socket = match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => &mut stream.sock,
        };
        if socket.set_nonblocking(true).is_err() {
            return true;
        }
        let mut byte = [0];
        let looked = match self {
            Self::Plain(stream) => stream.read(&mut byte),
            Self::Tls(stream) => stream.read(&mut byte),
        };
        let socket = match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => &mut stream.sock,
        };
        let is_idle = matches!(&looked, Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        socket.set_nonblocking(false).is_err() || !is_idle
    }
}

impl Sender for Peer {
    fn send(&mut self, letter: &Letter) -> Answer {
        let sent = match self.syslog.proto {
            Proto::Udp => self.datagrams(letter),
            Proto::Tcp | Proto::Tls => self.frames(letter),
        };
        match sent {
            Ok(()) => Answer::Taken,
            Err(error) => {
                self.stream = None;
                Answer::Failed(format!("the syslog server: {error}"))
            }
        }
    }
}

/// What a receiver takes by TCP as usual.
const STREAM_BYTES_MAX: usize = 8192;
