//! One connection: dial, shake hands, then whole messages in and out.
//!
//! Both halves are safe to cancel, so they can wait side by side in one `select!`.

use bytes::{Buf, BytesMut};
use rustls::pki_types::ServerName;
use sudolog_core::limits::{HANDSHAKE_DEADLINE, PROTOCOL_VERSION};
use sudolog_core::wire::message::{Hello, Welcome};
use sudolog_core::wire::{Deframer, Message};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use super::{Address, ClientError, TcpAddress, TlsFiles};

/// A stream of bytes to a server, whatever carries it.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A connection on which HELLO and WELCOME have been exchanged.
pub(super) struct Connection {
    pub(super) reader: Reader,
    pub(super) writer: Writer,
    pub(super) welcome: Welcome,
}

impl Connection {
    /// Dials and shakes hands, within the handshake deadline.
    pub(super) async fn open(address: &Address) -> Result<Self, ClientError> {
        let server = address.to_string();
        let attempt = async { Self::shake_hands(dial(address).await?, &server).await };
        tokio::time::timeout(HANDSHAKE_DEADLINE, attempt).await.unwrap_or_else(|_| {
            let reason = format!("no answer within {} s", HANDSHAKE_DEADLINE.as_secs());
            Err(ClientError::Unreachable { server, reason })
        })
    }

    /// HELLO and WELCOME over a stream that is already there.
    pub(super) async fn shake_hands(io: Box<dyn Io>, server: &str) -> Result<Self, ClientError> {
        let (read, write) = tokio::io::split(io);
        let mut reader =
            Reader { half: read, deframer: Deframer::new(), server: server.to_owned() };
        let mut writer = Writer { half: write, out: BytesMut::new(), unflushed: false };
        writer.push(&Message::Hello(hello()));
        let failed = |error| ClientError::from_greeting(server, &error);
        while writer.has_work() {
            writer.send_all().await.map_err(failed)?;
        }
        let protocol = |reason| ClientError::Protocol { server: server.to_owned(), reason };
        match reader.next_or(failed).await?.1 {
            Message::Welcome(welcome) if welcome.protocol == PROTOCOL_VERSION => {
                Ok(Self { reader, writer, welcome })
            }
            Message::Welcome(Welcome { protocol: version, .. }) => Err(protocol(format!(
                "it speaks version {version}, this console version {PROTOCOL_VERSION}"
            ))),
            Message::Denied(denied) => {
                Err(ClientError::from_denied(server, denied.code, &denied.text))
            }
            other => Err(protocol(format!("{} in place of WELCOME", other.name()))),
        }
    }
}

/// The half that messages come from.
pub(super) struct Reader {
    half: ReadHalf<Box<dyn Io>>,
    deframer: Deframer,
    server: String,
}

impl Reader {
    /// The next message and its stream.
    pub(super) async fn next(&mut self) -> Result<(u32, Message), ClientError> {
        let server = self.server.clone();
        self.next_or(|error| ClientError::Lost { server, reason: error.to_string() }).await
    }

    async fn next_or(
        &mut self,
        failed: impl FnOnce(std::io::Error) -> ClientError,
    ) -> Result<(u32, Message), ClientError> {
        loop {
            let frame = self.deframer.next_frame().map_err(|error| self.protocol(error))?;
            if let Some(frame) = frame {
                let stream = frame.stream;
                let message = Message::decode(frame).map_err(|error| self.protocol(error))?;
                return Ok((stream, message));
            }
            let buffer = self.deframer.buffer_mut();
            buffer.reserve(READ_BYTES);
            match self.half.read_buf(buffer).await {
                Ok(0) => return Err(failed(std::io::ErrorKind::UnexpectedEof.into())),
                Ok(_) => {}
                Err(error) => return Err(failed(error)),
            }
        }
    }

    fn protocol(&self, error: impl std::fmt::Display) -> ClientError {
        ClientError::Protocol { server: self.server.clone(), reason: error.to_string() }
    }
}

/// The half that messages go to, with what waits to be sent.
pub(super) struct Writer {
    half: WriteHalf<Box<dyn Io>>,
    out: BytesMut,
    unflushed: bool,
}

impl Writer {
    /// Queues a message of the connection itself. The caller takes no further work while
    /// [`has_work`](Self::has_work), which bounds the queue.
    pub(super) fn push(&mut self, message: &Message) {
        message.encode(0, &mut self.out);
        self.unflushed = true;
    }

    /// True while something waits to be sent.
    pub(super) fn has_work(&self) -> bool {
        self.unflushed
    }

    /// Sends what waits.
    pub(super) async fn send_all(&mut self) -> std::io::Result<()> {
        while self.out.has_remaining() {
            self.half.write_buf(&mut self.out).await?;
        }
        self.half.flush().await?;
        self.unflushed = false;
        Ok(())
    }
}

fn hello() -> Hello {
    Hello {
        protocol: PROTOCOL_VERSION,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: None,
        boot_id: None,
        instance: None,
    }
}

async fn dial(address: &Address) -> Result<Box<dyn Io>, ClientError> {
    match address {
        Address::Socket(path) => match UnixStream::connect(path).await {
            Ok(socket) => Ok(Box::new(socket)),
            Err(error) => Err(ClientError::from_handshake(&address.to_string(), &error)),
        },
        Address::Tls { server, server_name, files } => {
            dial_tls(server, server_name.as_deref(), files).await
        }
    }
}

async fn dial_tls(
    server: &TcpAddress,
    server_name: Option<&str>,
    files: &TlsFiles,
) -> Result<Box<dyn Io>, ClientError> {
    let config = files.client_config()?;
    let name = server_name.unwrap_or(server.host()).to_owned();
    let name = ServerName::try_from(name).map_err(|error| {
        ClientError::Files(format!("server_name in tui.toml: {error}; use the certificate's name"))
    })?;
    let failed = |error| ClientError::from_handshake(&server.to_string(), &error);
    let socket = TcpStream::connect((server.host(), server.port())).await.map_err(failed)?;
    socket.set_nodelay(true).map_err(failed)?;
    let stream = TlsConnector::from(config).connect(name, socket).await.map_err(failed)?;
    if stream.get_ref().1.alpn_protocol() != Some(sudolog_core::limits::ALPN_CONSOLE) {
        let reason = "no agreement on the console's ALPN".to_owned();
        return Err(ClientError::Protocol { server: server.to_string(), reason });
    }
    Ok(Box::new(stream))
}

/// How much is read at once: one event of full size.
const READ_BYTES: usize = sudolog_core::limits::EVENT_DATA_BYTES_MAX;
