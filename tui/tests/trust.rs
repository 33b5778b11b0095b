//! Who gets past the door of a real server, and what the others are told.
#![cfg(feature = "embedded")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, also in what it calls"
)]

use std::path::Path;
use std::time::Duration;

use sudolog_core::session::Tsid;
use sudolog_core::wire::message::Query;
use sudolog_server::pki;
use sudolog_tui::embedded::Embedded;
use sudolog_tui::source::server::{Address, Client, ClientError, TcpAddress, TlsFiles};
use sudolog_tui::verification::{Inspection, News, Report, Subject, Verdict};

fn start() -> Embedded {
    let program = env!("CARGO_BIN_EXE_sudolog-tui");
    Embedded::start_with(vec![program.into(), "__on-terminal".into()]).unwrap()
}

/// The server's address, the name it goes by, and the operator's own files.
fn parts(embedded: &Embedded) -> (TcpAddress, Option<String>, TlsFiles) {
    match embedded.address().clone() {
        Address::Tls { server, server_name, files } => (server, server_name, files),
        Address::Socket(path) => panic!("{} in place of TLS", path.display()),
    }
}

async fn refused(address: Address) -> ClientError {
    let connecting = Client::connect(address);
    let result = tokio::time::timeout(Duration::from_secs(20), connecting).await;
    result.expect("within twenty seconds").unwrap_err()
}

/// Keys of another authority, with a host and an operator.
fn strangers() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let made = directory.path().join("pki");
    pki::init(&made, "sudolog.embedded", &[]).unwrap();
    pki::operator(&made, "mallory").unwrap();
    directory
}

#[tokio::test]
async fn only_an_operator_of_the_servers_authority_gets_in() {
    let embedded = start();
    let (server, server_name, ours) = parts(&embedded);
    let made = embedded.data().join("pki");
    let strangers = strangers();
    let theirs = strangers.path().join("pki");
    pki::host(&made, "stray").unwrap();
    pki::operator(&made, "unlisted").unwrap();
    let with = |ca: &Path, cert: &Path| TlsFiles {
        ca: ca.to_owned(),
        cert: cert.to_owned(),
        key: cert.with_extension("key"),
    };
    let cases = [
        ("a host is no operator", with(&ours.ca, &made.join("stray.pem"))),
        ("nobody listed the operator", with(&ours.ca, &made.join("unlisted.pem"))),
        ("an operator of another authority", with(&ours.ca, &theirs.join("mallory.pem"))),
        ("a server of another authority", with(&theirs.join("ca.pem"), &ours.cert)),
    ];
    for (case, files) in cases {
        let (server, server_name) = (server.clone(), server_name.clone());
        let error = refused(Address::Tls { server, server_name, files }).await;
        assert!(error.is_authentication(), "{case}: {error}");
    }
    let server_name = Some("other.test".to_owned());
    let error = refused(Address::Tls { server, server_name, files: ours }).await;
    assert!(error.is_authentication() && error.to_string().contains("server_name"), "{error}");
}

#[tokio::test]
async fn an_unknown_session_is_not_found_and_a_closed_port_is_no_matter_of_trust() {
    let embedded = start();
    let client = Client::connect(embedded.address().clone()).await.unwrap();
    let error = client.show("00ZZZZ".parse().unwrap()).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    let (_, server_name, files) = parts(&embedded);
    let server: TcpAddress = "127.0.0.1:1".parse().unwrap();
    let error = refused(Address::Tls { server, server_name, files }).await;
    assert!(!error.is_authentication() && error.to_string().contains("127.0.0.1:1"), "{error}");
}

/// What a check of a session finds with the keys of a file.
async fn inspected(client: &Client, tsid: Tsid, key: &Path) -> Box<Report> {
    let subject = Subject::Session(client.clone(), tsid);
    let mut inspection = Inspection::start(subject, key.to_owned());
    let last = async {
        loop {
            match inspection.next().await {
                Some(News::Progress(_)) => {}
                Some(News::Done(report, _)) => return report,
                other => panic!("{other:?}"),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), last).await.expect("within twenty seconds")
}

#[tokio::test]
async fn what_a_server_records_is_proven_by_its_own_key_and_by_no_other() {
    let embedded = start();
    let client = Client::connect(embedded.address().clone()).await.unwrap();
    let strangers = strangers();
    let theirs = strangers.path().join("pki/ack-verify.pub");
    let some_events = async {
        loop {
            let listing = client.list(Query { limit: 20, ..Query::default() }).await.unwrap();
            if let Some(row) = listing.rows.iter().find(|row| row.events > 3) {
                return row.tsid;
            }
        }
    };
    let tsid = tokio::time::timeout(Duration::from_secs(20), some_events).await.unwrap();
    let report = inspected(&client, tsid, &embedded.verify_key()).await;
    // How much is signed by now is the server's affair; that all of it fits is not.
    assert!(report.found.ok, "{report:?}");
    assert!(matches!(report.verdict(), Verdict::Running | Verdict::Verified), "{report:?}");
    let report = inspected(&client, tsid, &theirs).await;
    assert!(report.found.last_seq == 0 && report.found.keys.is_empty(), "{report:?}");
}
