//! One end of a connection to the server, speaking whole messages.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use sudolog_core::limits::{ALPN_CONSOLE, PROTOCOL_VERSION};
use sudolog_core::wire::message::{Denied, Hello, Outcome, Reply, Request, RequestBody};
use sudolog_core::wire::{Deframer, Message};
use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf, split,
};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;

use super::world::{Client, PATIENCE, SERVER_NAME, World};

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

pub struct Peer {
    reading: ReadHalf<Box<dyn Io>>,
    writing: Arc<Mutex<WriteHalf<Box<dyn Io>>>>,
    deframer: Deframer,
    /// They end with this end.
    beats: JoinSet<()>,
}

impl Peer {
    fn new(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        let stream: Box<dyn Io> = Box::new(stream);
        let (reading, writing) = split(stream);
        let writing = Arc::new(Mutex::new(writing));
        Self { reading, writing, deframer: Deframer::new(), beats: JoinSet::new() }
    }

    /// From now on it is heard every half second, as a host is that has nothing to say.
    pub fn beating(mut self) -> Self {
        let writing = Arc::clone(&self.writing);
        self.beats.spawn(async move {
            let beat = Message::Heartbeat(1).to_bytes(0);
            while writing.lock().await.write_all(&beat).await.is_ok() {
                sleep(Duration::from_millis(500)).await;
            }
        });
        self
    }

    /// A TLS connection that has said nothing yet.
    pub async fn dial(world: &World, client: &Client) -> io::Result<Self> {
        let socket = TcpStream::connect(world.server.address()).await?;
        let name = ServerName::try_from(SERVER_NAME).unwrap();
        let config = client.config(&world.pki());
        Ok(Self::new(TlsConnector::from(config).connect(name, socket).await?))
    }

    /// A console that was let in.
    pub async fn console(world: &World, operator: &str) -> Self {
        let client = Client::new(&world.pki(), operator, ALPN_CONSOLE);
        Self::dial(world, &client).await.unwrap().greeted().await
    }

    /// A console on the server's own machine that was let in.
    pub async fn local_console(world: &World) -> Self {
        Self::local(world).await.greeted().await
    }

    /// A connection to the local socket that has said nothing yet.
    pub async fn local(world: &World) -> Self {
        Self::at_socket(&world.socket()).await
    }

    /// The same, to a server that is another process.
    pub async fn at_socket(path: &Path) -> Self {
        Self::new(UnixStream::connect(path).await.unwrap())
    }

    pub async fn greeted(mut self) -> Self {
        self.send(&hello(PROTOCOL_VERSION), 0).await;
        match self.receive().await.unwrap() {
            Some((0, Message::Welcome(welcome))) => assert_eq!(welcome.ack_key_ids.len(), 1),
            other => panic!("not let in: {other:?}"),
        }
        self
    }

    pub async fn send(&mut self, message: &Message, stream: u32) {
        self.send_bytes(&message.to_bytes(stream)).await;
    }

    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        let mut writing = self.writing.lock().await;
        writing.write_all(bytes).await.unwrap();
        writing.flush().await.unwrap();
    }

    /// The next message and its stream; `None` when the server has hung up.
    pub async fn receive(&mut self) -> io::Result<Option<(u32, Message)>> {
        let next = async {
            loop {
                if let Some(frame) = self.deframer.next_frame().unwrap() {
                    match (frame.stream, Message::decode(frame).unwrap()) {
                        // Of beats nobody waits for.
                        (_, Message::HeartbeatAck(_)) => continue,
                        message => return Ok(Some(message)),
                    }
                }
                if self.reading.read_buf(self.deframer.buffer_mut()).await? == 0 {
                    return Ok(None);
                }
            }
        };
        timeout(PATIENCE, next).await.expect("the server says nothing")
    }

    /// The refusal that must come next, and then the end.
    pub async fn refused(mut self) -> Denied {
        let denied = match self.receive().await.unwrap() {
            Some((0, Message::Denied(denied))) => denied,
            other => panic!("not refused: {other:?}"),
        };
        assert!(self.receive().await.unwrap().is_none(), "the server goes on after a refusal");
        denied
    }

    pub async fn ask(&mut self, id: u32, body: RequestBody) {
        self.send(&Message::Request(Request { id, body }), 0).await;
    }

    /// Asks, and gives the reply with everything that came on the request's stream before it.
    pub async fn request(&mut self, id: u32, body: RequestBody) -> (Vec<Message>, Outcome) {
        self.ask(id, body).await;
        self.reply(id).await
    }

    /// The reply to a request with everything that came on its stream before it.
    pub async fn reply(&mut self, id: u32) -> (Vec<Message>, Outcome) {
        let mut streamed = Vec::new();
        loop {
            match self.receive().await.unwrap() {
                Some((0, Message::Reply(Reply { id: replied, outcome, .. }))) if replied == id => {
                    return (streamed, outcome);
                }
                Some((stream, message)) if stream == id => streamed.push(message),
                Some(_) => {}
                None => panic!("the server hung up"),
            }
        }
    }
}

pub fn hello(protocol: u16) -> Message {
    let version = "test".to_owned();
    Message::Hello(Hello { protocol, version, host: None, boot_id: None, instance: None })
}
