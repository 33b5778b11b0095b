//! Who is let in and who is not, and that those who are not are told.

use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair};
use sudolog_core::limits::{
    ALPN_CONSOLE, ALPN_SHIP, CONNECTIONS_PER_ADDRESS_MAX, HANDSHAKE_DEADLINE, PROTOCOL_VERSION,
};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{DenyCode, Query, RequestBody};
use sudolog_server::pki;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::peer::{Peer, hello};
use super::recording::Recording;
use super::world::{Client, World};

/// Why TLS itself refused; a TLS 1.3 client may learn it with its first read only.
async fn tls_refusal(world: &World, client: &Client) -> String {
    let refused: io::Error = match Peer::dial(world, client).await {
        Ok(mut peer) => peer.receive().await.expect_err("let in"),
        Err(error) => error,
    };
    refused.to_string()
}

async fn denied(world: &World, client: &Client) -> String {
    let mut peer = Peer::dial(world, client).await.unwrap();
    peer.send(&hello(PROTOCOL_VERSION), 0).await;
    let denied = peer.refused().await;
    assert_eq!(denied.code, DenyCode::Identity);
    denied.text.escaped().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_certificate_opens_its_own_protocol() {
    let world = World::start().await;
    let host = Client::new(&world.pki(), "web1", ALPN_SHIP);
    Peer::dial(&world, &host).await.unwrap().greeted().await;
    Peer::console(&world, "olga").await;
    Peer::local_console(&world).await;
    world.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_on_the_other_protocol_is_told_so() {
    let world = World::start().await;
    let watching_host = Client::new(&world.pki(), "web1", ALPN_CONSOLE);
    let text = denied(&world, &watching_host).await;
    assert!(text.contains("host web1") && text.contains("pki operator"), "{text}");
    let shipping_operator = Client::new(&world.pki(), "olga", ALPN_SHIP);
    let text = denied(&world, &shipping_operator).await;
    assert!(text.contains("operator olga") && text.contains("pki host"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_whom_nobody_listed_is_told_so() {
    let world = World::start().await;
    let text = denied(&world, &Client::new(&world.pki(), "mallory", ALPN_CONSOLE)).await;
    assert!(text.contains("[operators.mallory]"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_user_whom_nobody_listed_is_told_so() {
    let dir = super::world::prepare();
    let file = dir.path().join("server.toml");
    let uid = rustix::process::geteuid().as_raw();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace(&format!("uids = [{uid}]"), "uids = [4242424]")).unwrap();
    let world = World::start_in(dir).await;
    let denied = Peer::local(&world).await.refused().await;
    let text = denied.text.escaped().to_string();
    assert!(text.contains(&format!("user id {uid}")) && text.contains("uids"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_protocol_nothing_goes() {
    let world = World::start().await;
    let mut client = Client::new(&world.pki(), "web1", b"h2");
    assert!(tls_refusal(&world, &client).await.contains("NoApplicationProtocol"));
    client.protocols.clear();
    let text = denied(&world, &client).await;
    assert!(text.contains("sudolog-ship/1"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_refused_in_the_handshake() {
    let world = World::start().await;
    let elsewhere = tempfile::tempdir().unwrap();
    pki::init(elsewhere.path(), "logs", &[]).unwrap();
    pki::host(elsewhere.path(), "web1").unwrap();
    let foreign = Client::new(elsewhere.path(), "web1", ALPN_SHIP);
    let refusal = tls_refusal(&world, &foreign).await;
    assert!(refusal.contains("UnknownCA") || refusal.contains("DecryptError"), "{refusal}");

    let mut nameless = Client::new(&world.pki(), "web1", ALPN_SHIP);
    nameless.name = None;
    let refusal = tls_refusal(&world, &nameless).await;
    assert!(refusal.contains("CertificateRequired"), "{refusal}");

    let server = Client::new(&world.pki(), "server", ALPN_SHIP);
    let refusal = tls_refusal(&world, &server).await;
    assert!(refusal.contains("Certificate"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_refused_outside_its_time() {
    let world = World::start().await;
    let now = SystemTime::now();
    let (hour, day) = (Duration::from_secs(3600), Duration::from_secs(86_400));
    issue(&world.pki(), "old", now - day, now - hour);
    issue(&world.pki(), "new", now + hour, now + day);
    issue(&world.pki(), "now", now - hour, now + hour);
    for (name, alert) in [("old", "CertificateExpired"), ("new", "Certificate")] {
        let refusal = tls_refusal(&world, &Client::new(&world.pki(), name, ALPN_SHIP)).await;
        assert!(refusal.contains(alert), "{name}: {refusal}");
    }
    let now = Client::new(&world.pki(), "now", ALPN_SHIP);
    Peer::dial(&world, &now).await.unwrap().greeted().await;
}

/// A host's certificate for a time of our choice.
fn issue(pki: &Path, name: &str, from: SystemTime, to: SystemTime) {
    let read = |name: &str| std::fs::read_to_string(pki.join(name)).unwrap();
    let authority = KeyPair::from_pem(&read("ca.key")).unwrap();
    let authority = Issuer::from_ca_cert_pem(&read("ca.pem"), authority).unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    (params.not_before, params.not_after) = (from.into(), to.into());
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    std::fs::write(pki.join(format!("{name}.pem")), certificate.pem()).unwrap();
    std::fs::write(pki.join(format!("{name}.key")), key.serialize_pem()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_1_2_is_refused() {
    let world = World::start().await;
    let mut client = Client::new(&world.pki(), "web1", ALPN_SHIP);
    client.version = &rustls::version::TLS12;
    let refusal = tls_refusal(&world, &client).await;
    assert!(refusal.contains("ProtocolVersion"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hello_comes_first_in_our_version() {
    let world = World::start().await;
    let client = Client::new(&world.pki(), "olga", ALPN_CONSOLE);
    let mut newer = Peer::dial(&world, &client).await.unwrap();
    newer.send(&hello(PROTOCOL_VERSION + 1), 0).await;
    let text = newer.refused().await.text.escaped().to_string();
    assert!(text.contains("protocol 2") && text.contains("only 1"), "{text}");

    let mut rash = Peer::dial(&world, &client).await.unwrap();
    rash.send(&Message::Heartbeat(1), 0).await;
    let text = rash.refused().await.text.escaped().to_string();
    assert!(text.contains("HEARTBEAT came first"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_nothing_is_cut_off_and_harms_nobody() {
    let world = World::start().await;
    let began = std::time::Instant::now();
    let mut silent: Vec<TcpStream> = Vec::new();
    for _ in 0..200 {
        silent.push(TcpStream::connect(world.server.address()).await.unwrap());
    }
    let console = Client::new(&world.pki(), "olga", ALPN_CONSOLE);
    let mute = Peer::dial(&world, &console).await.unwrap();
    let mut recording = Recording::start(&world, "web1", "alice").await;
    recording.write("goes on").await;
    assert!(began.elapsed() < HANDSHAKE_DEADLINE, "the others had to wait");
    recording.end().await;

    let text = mute.refused().await.text.escaped().to_string();
    assert!(text.contains("in time"), "{text}");
    for mut socket in silent {
        let mut rest = Vec::new();
        let closed = tokio::time::timeout(HANDSHAKE_DEADLINE * 2, socket.read_to_end(&mut rest));
        let _ = closed.await.expect("a silent connection stays open");
    }
    Recording::start(&world, "web1", "alice").await.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_that_are_only_held_open_keep_nobody_out() {
    let world = World::start().await;
    let mut held = Vec::new();
    // As many as one address may have of verified connections.
    for _ in 0..CONNECTIONS_PER_ADDRESS_MAX {
        held.push(TcpStream::connect(world.server.address()).await.unwrap());
    }
    let began = std::time::Instant::now();
    let mut recording = Recording::start(&world, "web1", "alice").await;
    recording.write("goes on").await;
    Peer::console(&world, "olga").await;
    assert!(began.elapsed() < HANDSHAKE_DEADLINE, "they had to wait");
    recording.end().await;
    drop(held);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_frames_end_their_own_connection_with_a_reason() {
    let world = World::start().await;
    let mut good = Peer::console(&world, "olga").await;
    for (bytes, reason) in [
        ([0xff; 9].as_slice(), "above the limit"),
        (&[0, 0, 0, 1, 0x10], "shorter than its header"),
        (&[0, 0, 0, 7, 0x10, 0, 0, 0, 0, b'{', b'x'], "REQUEST"),
        (&[0, 0, 0, 6, 0x06, 0, 0, 0, 0, 0], "EVENT"),
    ] {
        let mut bad = Peer::console(&world, "olga").await;
        bad.send_bytes(bytes).await;
        let denied = bad.refused().await;
        let text = denied.text.escaped().to_string();
        assert!(denied.code == DenyCode::Malformed && text.contains(reason), "{text}");
    }
    good.request(1, RequestBody::List(Query::default())).await;
}
