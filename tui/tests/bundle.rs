//! Evidence bundles as somebody gets them who was not there: checked with `verify`, `sha256sum` and `tar`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in what it calls"
)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use sudolog_core::ack::{AckSigner, Chain, SignedAck};
use sudolog_core::iolog::{LogInfo, encode_ack, encode_legacy, encode_timing};
use sudolog_core::session::{Event, EventKind, SessionEnd, SessionStart, sample};

/// A place with a recording as sudolog-server leaves it, and the key that it was signed with.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::create_dir(place.path("stored")).unwrap();
        let (signer, start) = (signer(), start());
        let (mut chain, mut timing, mut output) = (Chain::start(&start), Vec::new(), Vec::new());
        for seq in 1..=3 {
            let data = format!("line {seq}\r\n").into_bytes();
            output.extend(&data);
            let event = Event::new(seq, 7, EventKind::Ttyout, data.into()).unwrap();
            chain = chain.event(&event);
            encode_timing(&event, &mut timing);
        }
        let middle =
            SignedAck::sign(&signer, start.session_id, 3, 1_763_000_001_000_000_000, chain);
        let end = end();
        let last = SignedAck::sign(&signer, start.session_id, 4, 5, chain.end(&end));
        place.put("stored/timing", &timing);
        place.put("stored/ttyout", &output);
        place.put("stored/uuid", start.session_id.to_string().as_bytes());
        place.put("stored/log", &encode_legacy(&start));
        place.put("stored/log.json", &LogInfo::encode(&start, Some(&end)));
        place.put("stored/acks", &[encode_ack(&middle), encode_ack(&last)].concat());
        place.put("stored/not-ours", b"left out");
        place.put("ack-verify.pub", signer.verifier().to_line().as_bytes());
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, content: &[u8]) {
        fs::write(self.path(name), content).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sudolog-tui"));
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env("HOME", self.0.path())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_STATE_HOME")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn bundle(&self, output: &str) -> (Option<i32>, String) {
        let bundle = ["export", "./stored", "--format", "bundle", "--key", "ack-verify.pub", "-o"];
        told(&self.run(&[bundle.as_slice(), &[output]].concat()))
    }

    fn verify(&self, bundle: &str) -> (Option<i32>, String) {
        let (recording, key) = (format!("{bundle}/recording"), format!("{bundle}/ack-verify.pub"));
        told(&self.run(&["verify", &recording, "--key", &key]))
    }

    fn sums_hold(&self, bundle: &str) -> bool {
        let mut sums = Command::new("sha256sum");
        let sums = sums.args(["--check", "--strict", "--quiet", "SHA256SUMS"]);
        sums.current_dir(self.path(bundle)).output().unwrap().status.success()
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let path = self.path(name);
        let mut content = fs::read(&path).unwrap();
        change(&mut content);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, content).unwrap();
    }
}

fn told(output: &Output) -> (Option<i32>, String) {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

/// Every file below a directory with its content.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for (directory, prefix) in [(root.to_owned(), ""), (root.join("recording"), "recording/")] {
        for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_file() {
                let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
                found.insert(name, fs::read(entry.path()).unwrap());
            }
        }
    }
    found
}

fn signer() -> AckSigner {
    AckSigner::from_seed(&[7; 32])
}

fn start() -> SessionStart {
    SessionStart {
        submit_user: "mal\x1b[2Jlory".into(),
        command: "/bin/sh".into(),
        argv: vec!["sh".into()],
        ..sample::start()
    }
}

fn end() -> SessionEnd {
    SessionEnd { run_time_ns: 21, ..sample::end(3) }
}

#[test]
fn a_bundle_is_whole_and_verifies() {
    let place = Place::new();
    let (code, text) = place.bundle("case");
    assert_eq!((code, text.as_str()), (Some(0), "verified: all 3 events and the end are signed\n"));
    let found = files(&place.path("case"));
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    let recording = ["acks", "log", "log.json", "timing", "ttyout", "uuid"];
    let recording = recording.map(|name| format!("recording/{name}"));
    let around = ["MANIFEST.json", "README.txt", "SHA256SUMS", "ack-verify.pub"];
    let all: Vec<&str> = around.into_iter().chain(recording.iter().map(String::as_str)).collect();
    assert_eq!(names, all);
    for name in &recording {
        let stored = name.replace("recording", "stored");
        assert_eq!(found[name], fs::read(place.path(&stored)).unwrap(), "{name}");
    }
    assert_eq!(place.verify("case").0, Some(0));
    assert!(place.sums_hold("case"));

    let manifest: Value = serde_json::from_slice(&found["MANIFEST.json"]).unwrap();
    assert_eq!(manifest["verification"]["ok"], true);
    assert_eq!(manifest["chain"]["covers_end"], true);
    assert_eq!(manifest["chain"]["head"], manifest["last_acknowledgement"]["chain"]);
    assert_eq!(manifest["keys"][0], signer().id().to_string());
    let listed = manifest["files"].as_array().unwrap();
    assert_eq!(listed.len(), found.len() - 2, "all but the two lists themselves");
    let readme = String::from_utf8(found["README.txt"].clone()).unwrap();
    for part in
        ["mal\\u{1b}[2Jlory@web1", "sha256sum -c SHA256SUMS", "verify ./recording", "exit 0"]
    {
        assert!(readme.contains(part), "{part}: {readme}");
    }
    assert!(!readme.contains('\x1b'));
}

#[test]
fn a_changed_byte_is_found() {
    let place = Place::new();
    assert_eq!(place.bundle("case").0, Some(0));
    place.change("case/recording/ttyout", |content| content[3] ^= 1);
    assert_eq!(place.verify("case").0, Some(5));
    assert!(!place.sums_hold("case"));
    place.change("case/recording/ttyout", |content| content[3] ^= 1);
    assert_eq!(place.verify("case").0, Some(0));
    assert!(place.sums_hold("case"));
    place.change("case/recording/log.json", |content| {
        let text = String::from_utf8(content.clone()).unwrap();
        *content = text.replace("web1", "web2").into_bytes();
    });
    assert_eq!(place.verify("case").0, Some(5));
    assert!(!place.sums_hold("case"));
}

#[test]
fn an_archive_has_the_same_in_it_and_the_same_bytes_each_time() {
    let place = Place::new();
    assert_eq!(place.bundle("case").0, Some(0));
    assert_eq!(place.bundle("one.tar").0, Some(0));
    assert_eq!(place.bundle("two.tar").0, Some(0));
    assert_eq!(fs::read(place.path("one.tar")).unwrap(), fs::read(place.path("two.tar")).unwrap());
    let mut tar = Command::new("tar");
    let unpacked = tar.args(["-xf", "one.tar"]).current_dir(place.path("")).output().unwrap();
    assert!(unpacked.status.success(), "{}", String::from_utf8_lossy(&unpacked.stderr));
    let top = format!("sudolog-{}", start().session_id);
    assert_eq!(files(&place.path(&top)), files(&place.path("case")));
    assert_eq!(place.verify(&top).0, Some(0));
    let mode = place.path("one.tar").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let left: Vec<_> = fs::read_dir(place.path("")).unwrap().map(Result::unwrap).collect();
    let hidden = left.iter().filter(|e| e.file_name().to_str().unwrap().starts_with(".sudolog"));
    assert_eq!(hidden.count(), 0, "nothing is left of what it was made from");
}

#[test]
fn what_does_not_verify_is_bundled_and_says_so() {
    let place = Place::new();
    place.change("stored/ttyout", |content| content[3] ^= 1);
    let (code, text) = place.bundle("case");
    assert_eq!(code, Some(5));
    assert!(text.starts_with("NOT VERIFIED"), "{text}");
    let found = files(&place.path("case"));
    let manifest: Value = serde_json::from_slice(&found["MANIFEST.json"]).unwrap();
    assert_eq!(manifest["verification"]["ok"], false);
    let readme = String::from_utf8(found["README.txt"].clone()).unwrap();
    assert!(readme.contains("    NOT VERIFIED"), "{readme}");

    let place = Place::new();
    fs::remove_file(place.path("stored/uuid")).unwrap();
    let (code, text) = place.bundle("case");
    assert_eq!(code, Some(5));
    assert!(text.contains("recorded without Sudolog"), "{text}");
    assert!(place.sums_hold("case"));
}

#[test]
fn a_recording_without_its_end_is_good_as_far_as_it_goes() {
    let place = Place::new();
    place.put("stored/log.json", &LogInfo::encode(&start(), None));
    place.put("stored/INCOMPLETE", b"the host was lost\n");
    place.change("stored/acks", |content| {
        let line = content.iter().position(|byte| *byte == b'\n').unwrap();
        content.truncate(line + 1);
    });
    let (code, text) = place.bundle("case");
    assert_eq!(code, Some(6), "{text}");
    assert_eq!(place.verify("case").0, Some(6));
    let manifest = fs::read(place.path("case/MANIFEST.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["chain"]["covers_end"], false);
}

#[test]
fn nothing_is_overwritten_and_nothing_is_left_of_a_failure() {
    let place = Place::new();
    fs::create_dir(place.path("empty")).unwrap();
    place.put("mine.tar", b"mine");
    for taken in ["empty", "mine.tar"] {
        assert_eq!(place.bundle(taken).0, Some(2), "{taken}");
    }
    assert_eq!(fs::read(place.path("mine.tar")).unwrap(), b"mine");
    let export = ["export", "./stored", "--format", "bundle", "-o", "case"];
    assert_eq!(place.run(&export).status.code(), Some(2), "without a key");
    let keyed = [export.as_slice(), &["--key", "ack-verify.pub"]].concat();
    for extra in [["--from", "1"], ["--to", "1"], ["--at", "1"]] {
        assert_eq!(place.run(&[keyed.as_slice(), &extra].concat()).status.code(), Some(2));
    }
    assert_eq!(place.run(&[keyed.as_slice(), &["--force"]].concat()).status.code(), Some(2));
    fs::remove_file(place.path("stored/timing")).unwrap();
    assert_eq!(place.run(&keyed).status.code(), Some(3));
    assert!(!place.path("case").exists());
}

#[test]
fn a_bundle_that_is_interrupted_leaves_nothing() {
    let place = Place::new();
    // It takes the connection and says nothing.
    let _silent = std::os::unix::net::UnixListener::bind(place.path("silent.sock")).unwrap();
    let mut child = place
        .command(&["export", "000001", "--format", "bundle", "--key", "ack-verify.pub", "-o"])
        .args(["case", "--socket", "silent.sock"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let left = || {
        let entries = fs::read_dir(place.path("")).unwrap().map(Result::unwrap);
        let names = entries.map(|entry| entry.file_name().into_string().unwrap());
        names.filter(|name| name.starts_with(".sudolog-bundle-")).count()
    };
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while left() == 0 {
        assert!(std::time::Instant::now() < deadline, "it never began");
        std::thread::yield_now();
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(left(), 0);
    assert!(!place.path("case").exists());
}

#[cfg(feature = "embedded")]
mod of_a_server {
    use super::*;
    use sudolog_core::session::SessionState;
    use sudolog_core::wire::message::Query;
    use sudolog_tui::embedded::Embedded;
    use sudolog_tui::source::server::{Address, Client};

    #[tokio::test(flavor = "multi_thread")]
    async fn what_a_server_sends_is_written_exactly_as_it_is_stored() {
        let program = env!("CARGO_BIN_EXE_sudolog-tui");
        let embedded = Embedded::start_with(vec![program.into(), "__on-terminal".into()]).unwrap();
        let client = Client::connect(embedded.address().clone()).await.unwrap();
        let tsid = loop {
            let query = Query { limit: 100, ..Query::default() };
            let rows = client.list(query).await.unwrap().rows;
            let whole = rows.iter().find(|row| row.state == SessionState::Complete);
            if let Some(row) = whole {
                break row.tsid.to_string();
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        };
        let place = Place::new();
        let Address::Tls { server, server_name, files: tls } = embedded.address().clone() else {
            unreachable!("the embedded server speaks TLS")
        };
        let config = format!(
            "server = \"{server}\"\nserver_name = \"{}\"\n[tls]\nca = \"{}\"\ncert = \"{}\"\nkey = \"{}\"\n",
            server_name.unwrap_or_default(),
            tls.ca.display(),
            tls.cert.display(),
            tls.key.display()
        );
        place.put("tui.toml", config.as_bytes());
        let key = embedded.data().join("pki/ack-verify.pub");
        let export = ["export", &tsid, "--format", "bundle", "--key", key.to_str().unwrap()];
        let remote = [export.as_slice(), &["--config", "tui.toml", "-o", "remote"]].concat();
        let (code, text) = told(&place.run(&remote));
        assert_eq!(code, Some(0), "{text}");
        let log_dir = embedded.data().join("log");
        let local = ["--dir", log_dir.to_str().unwrap(), "-o", "local"];
        let (code, text) = told(&place.run(&[export.as_slice(), &local].concat()));
        assert_eq!(code, Some(0), "{text}");
        assert_eq!(files(&place.path("remote")), files(&place.path("local")));
        assert_eq!(place.verify("remote").0, Some(0));
    }
}
