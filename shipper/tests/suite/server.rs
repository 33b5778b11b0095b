//! A stand-in for the server: keeps sessions in memory, signs real acknowledgements, resumes, and
//! can be told to misbehave.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::BytesMut;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use sudolog_core::ack::{AckSigner, Chain, SignedAck};
use sudolog_core::session::{SessionEnd, SessionId, SessionStart, Tsid};
use sudolog_core::wire::message::{
    Audit, Denied, DenyCode, NoticeKind, Opened, Order, OrderKind, Resumed, Welcome,
};
use sudolog_core::wire::{Deframer, Message};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::world::Ca;

/// What the server answers to events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Acks {
    /// Correct acknowledgements.
    #[default]
    Good,
    /// Signed by the right key over another session's name.
    Bad,
    /// None at all.
    None,
}

/// One recorded session.
#[derive(Clone, Debug)]
pub struct Stored {
    pub start: SessionStart,
    pub stream: u32,
    pub seq: u64,
    pub chain: Chain,
    pub data: Vec<u8>,
    pub end: Option<SessionEnd>,
    pub notices: Vec<NoticeKind>,
    pub resumes: u32,
}

/// All that the server knows.
#[derive(Default)]
pub struct Knowledge {
    pub sessions: HashMap<SessionId, Stored>,
    pub audit: Vec<Audit>,
    pub acks: Acks,
    /// Heartbeats are left without answer.
    pub deaf: bool,
    /// Sessions are opened, and nobody is told.
    pub mute: bool,
    /// OPEN is answered by this.
    pub deny: Option<Denied>,
    /// Sent to each session right behind OPENED.
    pub behind_opened: Vec<Message>,
    /// To be sent to each session.
    orders: Vec<(SessionId, Order)>,
}

pub struct Server {
    acceptor: TlsAcceptor,
    signer: Arc<AckSigner>,
    knowledge: Arc<Mutex<Knowledge>>,
    /// Incremented to make every connection look at the orders.
    nudge: watch::Sender<u64>,
    address: SocketAddr,
    running: Option<JoinHandle<()>>,
}

impl Server {
    pub async fn start(ca: &Ca, signer: AckSigner, alpn: &[u8]) -> Self {
        let mut server = Self {
            acceptor: acceptor(ca, alpn),
            signer: Arc::new(signer),
            knowledge: Arc::default(),
            nudge: watch::Sender::new(0),
            address: "127.0.0.1:0".parse().unwrap(),
            running: None,
        };
        server.listen().await;
        server
    }

    pub fn address(&self) -> String {
        self.address.to_string()
    }

    pub fn knowledge(&self) -> MutexGuard<'_, Knowledge> {
        self.knowledge.lock().unwrap()
    }

    pub fn stored(&self, id: SessionId) -> Stored {
        self.knowledge().sessions[&id].clone()
    }

    pub fn order(&self, id: SessionId, kind: OrderKind) {
        let order = Order { kind, who: "olga".into(), why: "test".into() };
        self.knowledge().orders.push((id, order));
        self.nudge.send_modify(|n| *n += 1);
    }

    /// Cuts all connections and stops to listen.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
            let _ = running.await;
        }
    }

    /// Listens, again on the address it had.
    pub async fn listen(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.address = listener.local_addr().unwrap();
        let (acceptor, signer) = (self.acceptor.clone(), self.signer.clone());
        let (knowledge, nudge) = (self.knowledge.clone(), self.nudge.clone());
        self.running = Some(tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let Ok((tcp, _)) = listener.accept().await else { return };
                let host = Host {
                    signer: signer.clone(),
                    knowledge: knowledge.clone(),
                    streams: HashMap::new(),
                };
                let (acceptor, nudge) = (acceptor.clone(), nudge.subscribe());
                connections.spawn(async move {
                    let _ = host.serve(acceptor, tcp, nudge).await;
                });
            }
        }));
    }
}

/// One connection.
struct Host {
    signer: Arc<AckSigner>,
    knowledge: Arc<Mutex<Knowledge>>,
    streams: HashMap<u32, SessionId>,
}

impl Host {
    async fn serve(
        mut self,
        acceptor: TlsAcceptor,
        tcp: TcpStream,
        mut nudge: watch::Receiver<u64>,
    ) -> std::io::Result<()> {
        let mut stream = acceptor.accept(tcp).await?;
        let (mut deframer, mut out) = (Deframer::new(), BytesMut::new());
        loop {
            let mut dirty = Vec::new();
            tokio::select! {
                count = stream.read_buf(deframer.buffer_mut()) => {
                    if count? == 0 {
                        return Ok(());
                    }
                }
                _ = nudge.changed() => dirty.extend(self.streams.keys().copied()),
            }
            while let Some(frame) = deframer.next_frame().unwrap() {
                let stream = frame.stream;
                self.take(stream, Message::decode(frame).unwrap(), &mut out, &mut dirty);
            }
            dirty.sort_unstable();
            dirty.dedup();
            dirty.iter().for_each(|stream| self.ack(*stream, &mut out));
            self.send_orders(&mut out);
            stream.write_all(&out).await?;
            stream.flush().await?;
            out.clear();
        }
    }

    fn take(&mut self, stream: u32, message: Message, out: &mut BytesMut, dirty: &mut Vec<u32>) {
        let knowledge = self.knowledge.clone();
        let mut knowledge = knowledge.lock().unwrap();
        let answer = match message {
            Message::Hello(_) => Message::Welcome(Welcome {
                protocol: 1,
                server_id: "stand-in".into(),
                server_time: Default::default(),
                ack_key_ids: vec![self.signer.id()],
                role: None,
            }),
            Message::Heartbeat(_) if knowledge.deaf => return,
            Message::Heartbeat(nonce) => Message::HeartbeatAck(nonce),
            Message::Audit(event) => return knowledge.audit.push(*event),
            Message::Open(start) => {
                let answer = self.open(stream, *start, &mut knowledge);
                if knowledge.mute {
                    return;
                }
                answer.encode(stream, out);
                return knowledge.behind_opened.iter().for_each(|it| it.encode(stream, out));
            }
            Message::Resume(resume) => {
                self.streams.insert(stream, resume.session_id);
                match knowledge.sessions.get_mut(&resume.session_id) {
                    Some(stored) => {
                        stored.resumes += 1;
                        dirty.push(stream);
                        Message::Resumed(Resumed { next_seq: stored.seq + 1 })
                    }
                    None => denied(DenyCode::Session, "that session is not known"),
                }
            }
            message => {
                let Some(stored) = self.stored(stream, &mut knowledge) else { return };
                if stored.keep(message) {
                    dirty.push(stream);
                }
                return;
            }
        };
        answer.encode(stream, out);
    }

    fn open(&mut self, stream: u32, start: SessionStart, knowledge: &mut Knowledge) -> Message {
        if let Some(denied) = &knowledge.deny {
            return Message::Denied(denied.clone());
        }
        let id = start.session_id;
        self.streams.insert(stream, id);
        let stored = Stored {
            stream,
            seq: 0,
            chain: Chain::start(&start),
            start,
            data: Vec::new(),
            end: None,
            notices: Vec::new(),
            resumes: 0,
        };
        knowledge.sessions.insert(id, stored);
        let tsid = Tsid::from_seq(u32::try_from(knowledge.sessions.len()).unwrap()).unwrap();
        let cgroup = Some("/etc/not/from/the/network".into());
        Message::Opened(Opened { session_id: id, tsid, cgroup, parent: None, wait: false })
    }

    fn ack(&self, stream: u32, out: &mut BytesMut) {
        let mut knowledge = self.knowledge.lock().unwrap();
        let acks = knowledge.acks;
        let Some(stored) = self.stored(stream, &mut knowledge) else { return };
        let id = match acks {
            Acks::None => return,
            Acks::Good => stored.start.session_id,
            Acks::Bad => SessionId::from_bytes([0; 16]),
        };
        let ack = SignedAck::sign(&self.signer, id, stored.seq, 0, stored.chain);
        Message::Ack(ack).encode(stream, out);
    }

    fn send_orders(&self, out: &mut BytesMut) {
        let mut knowledge = self.knowledge.lock().unwrap();
        for (id, order) in std::mem::take(&mut knowledge.orders) {
            Message::Order(order).encode(knowledge.sessions[&id].stream, out);
        }
    }

    fn stored<'a>(&self, stream: u32, knowledge: &'a mut Knowledge) -> Option<&'a mut Stored> {
        knowledge.sessions.get_mut(self.streams.get(&stream)?)
    }
}

impl Stored {
    /// Keeps an event or the end; true when there is something to acknowledge.
    fn keep(&mut self, message: Message) -> bool {
        match message {
            Message::Event(event) => {
                assert_eq!(event.seq(), self.seq + 1, "events come in order");
                self.seq = event.seq();
                self.chain = self.chain.event(&event);
                self.data.extend_from_slice(event.data());
                true
            }
            Message::Close(end) => {
                assert_eq!(end.final_seq, self.seq, "the end comes last");
                self.seq += 1;
                self.chain = self.chain.end(&end);
                self.end = Some(end);
                true
            }
            Message::Notice(notice) => {
                self.notices.push(notice.kind);
                false
            }
            other => panic!("{} is not for a server", other.name()),
        }
    }
}

fn denied(code: DenyCode, text: &str) -> Message {
    Message::Denied(Denied { code, text: text.into() })
}

fn acceptor(ca: &Ca, alpn: &[u8]) -> TlsAcceptor {
    let (cert, key) = ca.issue("logs.test");
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.pem.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(cert.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
        )
        .unwrap();
    config.alpn_protocols = vec![alpn.to_vec()];
    TlsAcceptor::from(Arc::new(config))
}
