//! Syslog, against receivers of our own: what is on the wire, and what happens when they go away.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use sudolog_core::eventlog::{Kind, Severity};
use sudolog_core::wire::message::TargetHealth;
use sudolog_server::pki;

use super::desk::Desk;
use super::sink::PATIENCE;

fn plan(target: &str) -> String {
    format!("version: 1\ntargets:\n  siem: {{kind: syslog, {target}}}\nroutes: [{{to: siem}}]\n")
}

/// One octet-counted message.
fn frame(stream: &mut impl std::io::Read) -> String {
    let mut length = Vec::new();
    let mut byte = [0];
    loop {
        stream.read_exact(&mut byte).unwrap();
        if byte == *b" " {
            break;
        }
        length.push(byte[0]);
    }
    let length: usize = String::from_utf8(length).unwrap().parse().unwrap();
    let mut message = vec![0; length];
    stream.read_exact(&mut message).unwrap();
    String::from_utf8(message).unwrap()
}

fn accept(listener: &TcpListener) -> TcpStream {
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

#[test]
fn udp_messages_are_of_rfc_5424_and_no_longer_than_receivers_take() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let address = socket.local_addr().unwrap();
    let desk = Desk::start(&plan(&format!("proto: udp, addr: \"{address}\", facility: local3")));
    let mut entry = desk.log.entry(Kind::Finding, Severity::High);
    entry.host = "web 1".into();
    entry.user = "a\"]\\".into();
    entry.argv = vec!["x".repeat(9000).as_str().into()];
    desk.log.append(entry.clone());
    let mut bytes = vec![0; 65536];
    let length = socket.recv(&mut bytes).unwrap();
    assert!(length <= 1024, "{length}");
    let message = String::from_utf8(bytes[..length].to_vec()).unwrap();
    assert!(
        message.starts_with("<155>1 20") && message.contains("Z web?1 sudolog - finding ["),
        "{message}"
    );
    let data = format!(
        "[sudolog@32473 id=\"{}\" entry=\"1\" source=\"server\" user=\"a\\\"\\]\\\\\\\\\"]",
        entry.id
    );
    assert!(message.contains(&data), "{message}");
}

#[test]
fn a_tcp_receiver_that_comes_back_gets_what_comes_after() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let desk = Desk::start(&plan(&format!("proto: tcp, addr: \"{address}\"")));
    desk.happens(Kind::Frozen, Severity::Warning);
    let mut stream = accept(&listener);
    assert!(frame(&mut stream).contains("frozen"));
    desk.happens(Kind::Thawed, Severity::Info);
    assert!(frame(&mut stream).contains("thawed"), "on the same connection");
    desk.until("sent", |status| status.targets[0].sent == 2);
    drop(stream);
    drop(listener);
    desk.happens(Kind::Escape, Severity::High);
    desk.until("failing", |status| status.targets[0].health == TargetHealth::Failing);
    let listener = TcpListener::bind(address).unwrap();
    let mut stream = accept(&listener);
    assert!(frame(&mut stream).contains("escape"));
    desk.until("sent", |status| status.targets[0].sent == 3);
}

#[test]
fn tls_is_spoken_with_whom_the_authority_knows_and_nobody_else() {
    let keys = tempfile::tempdir().unwrap();
    let stranger = keys.path().join("stranger");
    let ours = keys.path().join("ours");
    pki::init(&ours, "siem.example.test", &["127.0.0.1".to_owned()]).unwrap();
    pki::init(&stranger, "siem.example.test", &["127.0.0.1".to_owned()]).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = |keys: &std::path::Path| {
        let chain = vec![CertificateDer::from_pem_file(keys.join("server.pem")).unwrap()];
        let key = PrivateKeyDer::from_pem_file(keys.join("server.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        Arc::new(builder.with_no_client_auth().with_single_cert(chain, key).unwrap())
    };
    let ca = ours.join("ca.pem");
    let target = format!("proto: tls, addr: \"{address}\", ca: {}", ca.display());
    let desk = Desk::start(&plan(&target));
    desk.happens(Kind::Frozen, Severity::Warning);
    let connection = ServerConnection::new(server(&stranger)).unwrap();
    let mut stream = StreamOwned::new(connection, accept(&listener));
    assert!(stream.read(&mut [0; 100]).is_err(), "it spoke to a stranger");
    drop(stream);
    desk.until("failing", |status| status.targets[0].health == TargetHealth::Failing);
    let connection = ServerConnection::new(server(&ours)).unwrap();
    let mut stream = StreamOwned::new(connection, accept(&listener));
    assert!(frame(&mut stream).contains("frozen"));
    stream.flush().unwrap();
    desk.until("sent", |status| status.targets[0].sent == 1);
}
