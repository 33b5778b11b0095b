//! Starts that must not succeed, each with a sentence that says why.

use std::time::{Duration, Instant};

use sudolog_core::ack::{AckSigner, AckVerifiers};
use sudolog_core::limits::START_DEADLINE;
use sudolog_core::wire::message::{Denied, DenyCode};
use sudolog_shipper::{Pem, Shipper, StartError};

use super::plugin::Plugin;
use super::server::Server;
use super::world::{Ca, World, options};

/// Starts a shipper and expects the first session to be refused as unreachable, in good time.
async fn unreachable(change: impl FnOnce(&mut sudolog_shipper::Options)) -> String {
    let world = World::start_with(change).await;
    let began = Instant::now();
    let denied = Plugin::open(&world.socket(), &world.keys, 1).await.err().expect("a refusal");
    assert!(began.elapsed() < START_DEADLINE, "{:?}", began.elapsed());
    assert_eq!(denied.code, DenyCode::Unreachable);
    let text = denied.text.escaped().to_string();
    assert!(text.contains("log server") && text.contains("not run"), "{text}");
    assert!(world.server.knowledge().sessions.is_empty());
    text
}

#[tokio::test]
async fn nobody_listens() {
    let text = unreachable(|options| options.server = "127.0.0.1:1".into()).await;
    assert!(text.contains("127.0.0.1:1") && text.contains("refused"), "{text}");
}

#[tokio::test]
async fn a_server_of_another_ca() {
    let other = Ca::new().pem.into_bytes();
    let text = unreachable(|options| options.tls.ca = Pem::Memory(other)).await;
    assert!(text.contains("certificate"), "{text}");
}

#[tokio::test]
async fn a_server_of_another_name() {
    let name = "other.test".try_into().unwrap();
    let text = unreachable(|options| options.server_name = name).await;
    assert!(text.contains("certificate"), "{text}");
}

#[tokio::test]
async fn a_host_that_the_server_does_not_know() {
    let (cert, key) = Ca::new().issue("web1");
    unreachable(|options| {
        options.tls.cert = Pem::Memory(cert.into_bytes());
        options.tls.key = Pem::Memory(key.into_bytes());
    })
    .await;
}

#[tokio::test]
async fn a_server_of_another_protocol() {
    let (ca, signer) = (Ca::new(), AckSigner::from_seed(&[1; 32]));
    let keys = AckVerifiers::new(vec![signer.verifier()]);
    let server = Server::start(&ca, signer, b"sudolog-console/1").await;
    let dir = tempfile::tempdir().unwrap();
    let shipper = Shipper::start(options(&dir, &ca, &server.address(), keys.clone())).unwrap();
    let denied = Plugin::open(shipper.socket(), &keys, 1).await.err().expect("a refusal");
    let text = denied.text.escaped().to_string();
    assert_eq!(denied.code, DenyCode::Unreachable, "{text}");
    assert!(text.to_lowercase().contains("protocol"), "{text}");
}

#[tokio::test]
async fn a_long_outage_is_refused_at_once() {
    let mut world = World::start().await;
    drop(world.open(1).await);
    world.server.stop().await;
    // The first start waits for the link that might return; the next ones know better.
    let refuse = async |number| {
        let began = Instant::now();
        let denied = Plugin::open(&world.socket(), &world.keys, number).await.err().unwrap();
        assert_eq!(denied.code, DenyCode::Unreachable);
        began.elapsed()
    };
    refuse(2).await;
    assert!(refuse(3).await < Duration::from_millis(800));
}

#[tokio::test]
async fn the_servers_refusal_is_passed_on() {
    let world = World::start().await;
    let no = Denied { code: DenyCode::Storage, text: "the disk is full".into() };
    world.server.knowledge().deny = Some(no.clone());
    assert_eq!(Plugin::open(&world.socket(), &world.keys, 1).await.err(), Some(no));
}

#[tokio::test]
async fn bad_material_is_named() {
    let (ca, dir) = (Ca::new(), tempfile::tempdir().unwrap());
    let keys = AckVerifiers::new(vec![AckSigner::from_seed(&[1; 32]).verifier()]);
    let open = dir.path().join("host.key");
    std::fs::write(&open, ca.issue("web1").1).unwrap();
    std::fs::set_permissions(&open, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    type Change<'a> = &'a dyn Fn(&mut sudolog_shipper::Options);
    let cases: [(&str, Change<'_>); 5] = [
        ("no certificate", &|o| o.tls.ca = Pem::Memory(b"nonsense".to_vec())),
        ("/nowhere/ca.pem", &|o| o.tls.ca = Pem::File("/nowhere/ca.pem".into())),
        ("no private key", &|o| o.tls.key = Pem::Memory(Vec::new())),
        ("chmod 0600", &|o| o.tls.key = Pem::File(open.clone())),
        ("not a name", &|o| o.tls.cert = Pem::Memory(ca.issue("not a name").0.into_bytes())),
    ];
    for (want, change) in cases {
        let mut options = options(&dir, &ca, "127.0.0.1:1", keys.clone());
        change(&mut options);
        let error = Shipper::start(options).unwrap_err();
        assert!(matches!(error, StartError::Tls(_)), "{error}");
        assert!(error.to_string().contains(want), "{error}");
    }
}
