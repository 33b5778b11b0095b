//! The server's door: who gets in, and what happens to those who should not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, also in what it calls"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sudolog_core::limits::{ALPN_CONSOLE, ALPN_SHIP};
use sudolog_core::session::SessionStart;
use sudolog_core::wire::message::{DenyCode, Hello, Outcome, Query, Request, RequestBody};
use sudolog_core::wire::{Deframer, Message};
use sudolog_server::config::Config;
use sudolog_server::{Server, ServerHandle, pki};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A server with its certificates, and those of a stranger's authority.
struct House {
    dir: tempfile::TempDir,
    server: ServerHandle,
}

impl House {
    async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for authority in ["ours", "theirs"] {
            let pki = dir.path().join(authority);
            pki::init(&pki, "logs.test", &["127.0.0.1".into()]).unwrap();
            pki::host(&pki, "web1").unwrap();
            pki::operator(&pki, "olga").unwrap();
            pki::operator(&pki, "mallory").unwrap();
        }
        let file = dir.path().join("server.toml");
        let text = "listen = \"127.0.0.1:0\"\nlog_dir = \"log\"\nstate_dir = \"state\"\n\
             [tls]\nca = \"ours/ca.pem\"\ncert = \"ours/server.pem\"\nkey = \"ours/server.key\"\n\
             [ack]\nsign_key = \"ours/ack-sign.key\"\n[operators.olga]\nrole = \"viewer\"\n";
        std::fs::write(&file, text).unwrap();
        let server = Server::start(Config::load(&file).unwrap()).await.unwrap();
        Self { dir, server }
    }

    fn pem(&self, authority: &str, name: &str) -> (PathBuf, PathBuf) {
        let dir = self.dir.path().join(authority);
        (dir.join(format!("{name}.pem")), dir.join(format!("{name}.key")))
    }

    async fn connect(
        &self,
        authority: &str,
        name: Option<&str>,
        alpn: &[u8],
    ) -> std::io::Result<Visitor> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&self.dir.path().join("ours/ca.pem")) {
            roots.add(certificate).unwrap();
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match name {
            None => builder.with_no_client_auth(),
            Some(name) => {
                let (cert, key) = self.pem(authority, name);
                let key = PrivateKeyDer::from_pem_file(key).unwrap();
                builder.with_client_auth_cert(certificates(&cert), key).unwrap()
            }
        };
        config.alpn_protocols = if alpn.is_empty() { vec![] } else { vec![alpn.to_vec()] };
        let socket = TcpStream::connect(self.server.address()).await?;
        let name = ServerName::try_from("logs.test").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, socket).await?;
        Ok(Visitor { stream, deframer: Deframer::new() })
    }

    /// True when a visitor like this is never welcomed: hung up on, or told why it is refused.
    async fn turns_away(&self, authority: &str, name: Option<&str>, alpn: &[u8]) -> bool {
        match self.connect(authority, name, alpn).await {
            Ok(mut visitor) => {
                visitor.say(&hello(1), 0).await;
                matches!(visitor.hear().await, None | Some((0, Message::Denied(_))))
            }
            Err(_) => true,
        }
    }
}

struct Visitor {
    stream: TlsStream<TcpStream>,
    deframer: Deframer,
}

impl Visitor {
    async fn say(&mut self, message: &Message, stream: u32) {
        self.raw(&message.to_bytes(stream)).await;
    }

    async fn raw(&mut self, bytes: &[u8]) {
        // The server may have hung up already; what it does then is what the test looks at.
        let _ = self.stream.write_all(bytes).await;
        let _ = self.stream.flush().await;
    }

    /// The next message and its stream; `None` when the server hangs up.
    async fn hear(&mut self) -> Option<(u32, Message)> {
        let heard = async {
            loop {
                if let Some(frame) = self.deframer.next_frame().unwrap() {
                    return Some((frame.stream, Message::decode(frame).unwrap()));
                }
                let mut buffer = BytesMut::new();
                match self.stream.read_buf(&mut buffer).await {
                    Ok(1..) => self.deframer.push(&buffer),
                    _ => return None,
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), heard).await.expect("the server is silent")
    }
}

fn certificates(path: &Path) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_file_iter(path).unwrap().map(Result::unwrap).collect()
}

fn hello(protocol: u16) -> Message {
    Message::Hello(Hello {
        protocol,
        version: "test".into(),
        host: None,
        boot_id: None,
        instance: None,
    })
}

fn start(host: &str) -> SessionStart {
    serde_json::from_value(serde_json::json!({
        "session_id": "01234567-89ab-7fff-bfff-ffffffffffff", "submit_host": host,
        "submit_user": "../../x\u{1b}", "submit_uid": 1, "submit_cwd": "/", "run_user": {"hex": "ff2f2e2e"},
        "submit_time": {"seconds": 1, "nanoseconds": 0}, "run_uid": 0, "run_cwd": "/", "command": "/x",
        "argv": ["x"], "lines": 24, "columns": 80, "sudo_pid": 1, "pid_start_ticks": 1, "boot_id": "b",
    }))
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_right_certificate_on_the_right_protocol_gets_in() {
    let house = House::open().await;
    for (authority, name, alpn) in [
        ("ours", None, ALPN_SHIP),
        ("theirs", Some("web1"), ALPN_SHIP),
        ("theirs", Some("olga"), ALPN_CONSOLE),
        ("ours", Some("web1"), ALPN_CONSOLE),
        ("ours", Some("olga"), ALPN_SHIP),
        ("ours", Some("mallory"), ALPN_CONSOLE),
        ("ours", Some("server"), ALPN_SHIP),
        ("ours", Some("web1"), b"http/1.1"),
        ("ours", Some("web1"), b""),
    ] {
        assert!(house.turns_away(authority, name, alpn).await, "{authority} {name:?} {alpn:?}");
    }
    assert!(!house.turns_away("ours", Some("web1"), ALPN_SHIP).await);
    assert!(!house.turns_away("ours", Some("olga"), ALPN_CONSOLE).await);
    house.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_protocol_version_gets_a_clear_answer() {
    let house = House::open().await;
    for (name, alpn) in [("web1", ALPN_SHIP), ("olga", ALPN_CONSOLE)] {
        let mut visitor = house.connect("ours", Some(name), alpn).await.unwrap();
        visitor.say(&hello(9), 0).await;
        let Some((0, Message::Denied(denied))) = visitor.hear().await else {
            panic!("{name}: no answer")
        };
        assert!(denied.text.escaped().to_string().contains("protocol 9"), "{:?}", denied.text);
        assert!(visitor.hear().await.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_speaks_for_itself_only() {
    let house = House::open().await;
    let mut host = house.connect("ours", Some("web1"), ALPN_SHIP).await.unwrap();
    host.say(&hello(1), 0).await;
    assert!(matches!(host.hear().await, Some((0, Message::Welcome(_)))));
    host.say(&Message::Open(Box::new(start("web2"))), 1).await;
    let Some((1, Message::Denied(denied))) = host.hear().await else { panic!("no refusal") };
    assert_eq!(denied.code, DenyCode::Identity);
    // Its own sessions are not harmed by that.
    host.say(&Message::Open(Box::new(start("web1"))), 2).await;
    assert!(matches!(host.hear().await, Some((2, Message::Opened(_)))));
    host.say(&Message::Heartbeat(7), 0).await;
    assert!(matches!(host.hear().await, Some((0, Message::HeartbeatAck(7)))));
    drop(host);
    house.server.shutdown().await;
    let outside: Vec<_> =
        std::fs::read_dir(house.dir.path()).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(outside.len(), 5, "hostile names made files: {outside:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_frames_end_their_connection_and_no_other() {
    let house = House::open().await;
    let mut good = house.connect("ours", Some("web1"), ALPN_SHIP).await.unwrap();
    good.say(&hello(1), 0).await;
    assert!(good.hear().await.is_some());
    for garbage in [&[0xff; 64][..], &[0, 0, 0, 4, 1], &[0, 16, 0, 6, 1, 0, 0, 0, 0]] {
        let mut bad = house.connect("ours", Some("web1"), ALPN_SHIP).await.unwrap();
        bad.say(&hello(1), 0).await;
        assert!(bad.hear().await.is_some());
        bad.raw(garbage).await;
        assert!(bad.hear().await.is_none(), "{garbage:?}");
    }
    // Well-framed nonsense is refused on its own stream.
    good.raw(&[0, 0, 0, 7, 0x03, 0, 0, 0, 9, b'{', b'}']).await;
    let Some((9, Message::Denied(denied))) = good.hear().await else { panic!("no refusal") };
    assert_eq!(denied.code, DenyCode::Malformed);
    good.say(&Message::Heartbeat(1), 0).await;
    assert!(matches!(good.hear().await, Some((0, Message::HeartbeatAck(1)))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_is_written_down_or_does_not_happen() {
    let house = House::open().await;
    let mut console = house.connect("ours", Some("olga"), ALPN_CONSOLE).await.unwrap();
    console.say(&hello(1), 0).await;
    assert!(matches!(console.hear().await, Some((0, Message::Welcome(_)))));
    console
        .say(&Message::Request(Request { id: 5, body: RequestBody::List(Query::default()) }), 0)
        .await;
    let Some((_, Message::Reply(reply))) = console.hear().await else { panic!("no reply") };
    assert!(reply.id == 5 && matches!(reply.outcome, Outcome::Sessions(_)), "{reply:?}");
    let log = std::fs::read_to_string(house.dir.path().join("state/access.log")).unwrap();
    assert!(log.contains("\"operator\":\"olga\"") && log.contains("\"action\":\"list\""), "{log}");
    let tsid = "00000A".parse().unwrap();
    console.say(&Message::Request(Request { id: 6, body: RequestBody::Watch { tsid } }), 0).await;
    let Some((_, Message::Reply(reply))) = console.hear().await else { panic!("no reply") };
    assert!(matches!(reply.outcome, Outcome::Failed(_)));
}
