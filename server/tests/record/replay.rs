//! sudo's own tools read what is stored (package `sudo`).

use std::process::Command;

use sudolog_core::session::{Event, EventKind};

use crate::cut::{connect, in_time};
use crate::host::{Sessions, start};
use crate::oracle::{directory, is_finished, recorder, stored, wait};

#[tokio::test]
async fn sudoreplay_lists_and_plays() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = recorder(dir.path());
    let mut host = connect(&recorder, Sessions::new()).await;
    for stream in 1..=2 {
        let mut start = start(stream);
        start.tty = start.tty.filter(|_| stream == 1);
        host.open(stream, start).await.unwrap();
        host.event(stream, EventKind::Stdout, "one\n");
        host.event(stream, EventKind::Winsize, Event::winsize_data(50, 132));
        host.event(stream, EventKind::Stderr, "two\n");
        host.event(stream, EventKind::Suspend, "TSTP");
        host.event(stream, EventKind::Suspend, "CONT");
        host.event(stream, EventKind::Ttyin, "typed");
        host.event(stream, EventKind::Ttyout, "three\n");
    }
    host.close(2);
    in_time(host.settle()).await.unwrap();
    let (open, closed) = (&host.sessions[&1], &host.sessions[&2]);
    let path = |tsid| directory(dir.path(), tsid);
    wait("the closed one", || is_finished(&path(closed.tsid.unwrap())));
    wait("the open one", || stored(&path(open.tsid.unwrap()), &open.events) == 7);

    let list = sudoreplay(dir.path(), &["-l"]);
    for sent in [open, closed] {
        assert!(list.contains(&format!("TSID={}", sent.tsid.unwrap())), "{list}");
        let played = sudoreplay(dir.path(), &["-n", &sent.tsid.unwrap().to_string()]);
        assert!(played.contains("one\ntwo\nthree\n"), "{played}");
    }
    recorder.shutdown();
}

fn sudoreplay(dir: &std::path::Path, args: &[&str]) -> String {
    let mut command = Command::new("sudoreplay");
    command.arg("-d").arg(dir.join("iolog")).args(["-m", "0.001"]).args(args);
    let done = command.output().expect("sudoreplay runs: install the package sudo");
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{text}{}", String::from_utf8_lossy(&done.stderr));
    text
}
