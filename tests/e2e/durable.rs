//! What was acknowledged is stored, whatever happens to the server.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use sudolog_core::ack::AckVerifiers;
use sudolog_core::session::EventKind;
use sudolog_tests::command::run;
use sudolog_tests::sudo::HOST;
use sudolog_tests::{Feeder, Pty, World, sample, wait};

#[test]
fn every_recording_verifies_and_a_changed_byte_is_found() {
    let world = World::start().unwrap();
    run(&mut world.sudo.command(&["sh", "-c", "echo one; echo two >&2; exit 1"])).unwrap();
    let recording = world.finished().unwrap();
    let key = world.path("pki/ack-verify.pub");
    let verify = || {
        let args =
            ["verify", recording.dir().to_str().unwrap(), "--key", key.to_str().unwrap(), "--json"];
        world.console(&args).unwrap()
    };
    let good = verify().success().unwrap().text();
    assert!(good.contains("\"ok\":true"), "{good}");

    let stdout = recording.dir().join("stdout");
    std::fs::write(&stdout, "0ne\n").unwrap();
    let bad = verify();
    assert_eq!(bad.code, Some(5), "{bad:?}");
    assert!(bad.text().contains("\"ok\":false"), "{bad:?}");
    std::fs::write(&stdout, "one\n").unwrap();

    // Who did it is covered as well as what was done.
    let log = recording.dir().join("log.json");
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, text.replace("\"submituser\": \"root\"", "\"submituser\": \"toor\""))
        .unwrap();
    assert_ne!(std::fs::read_to_string(&log).unwrap(), text, "the field is there to be changed");
    assert_eq!(verify().code, Some(5));
    std::fs::write(&log, text).unwrap();
    assert_eq!(verify().code, Some(0));
}

#[test]
fn a_killed_server_has_all_that_it_acknowledged() {
    let mut world = World::start().unwrap();
    for round in 0..5 {
        let script = format!("for i in 1 2 3 4 5 6 7 8 9; do echo round-{round}-$i; done");
        run(&mut world.sudo.command(&["sh", "-c", &script])).unwrap().success().unwrap();
        // sudo returned: the end is acknowledged, so it must survive this.
        world.server.as_mut().unwrap().kill().unwrap();
        world.start_server().unwrap();
        let recording = wait::until("the recording to be whole again", wait::PATIENCE, || {
            let all = world.recordings().ok()?;
            all.get(round).filter(|r| all.len() == round + 1 && r.is_finished()).cloned()
        })
        .unwrap_or_else(|e| panic!("{e}: {}", world.logs()));
        let want: String = (1..=9).map(|i| format!("round-{round}-{i}\n")).collect();
        assert_eq!(String::from_utf8_lossy(&recording.stream("stdout")), want);
        let key = world.path("pki/ack-verify.pub");
        let args = ["verify", recording.dir().to_str().unwrap(), "--key", key.to_str().unwrap()];
        world.console(&args).unwrap().success().unwrap();
    }
}

#[test]
fn a_session_survives_a_restart_of_the_server() {
    let mut world = World::start().unwrap();
    let mut shell = Pty::spawn(&world.sudo.command(&["sh"]), 24, 80).unwrap();
    shell.send(b"echo before-$((1+1))\r").unwrap();
    shell.expect("before-2").unwrap();
    world.server.as_mut().unwrap().kill().unwrap();
    world.start_server().unwrap();
    shell.send(b"echo after-$((2+2))\rexit 7\r").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
    let recording = world.finished().unwrap();
    let stored = recording.stream("ttyout");
    assert!(shell.shown().ends_with(&stored), "nothing lost, nothing twice");
    assert!(String::from_utf8_lossy(&stored).contains("before-2"));
    assert!(String::from_utf8_lossy(&stored).contains("after-4"));
    assert_eq!(recording.json().unwrap()["exit_value"], 7);
    assert_eq!(world.recordings().unwrap().len(), 1);
}

/// Four sessions write without a pause while the server is killed at moments that differ each time.
#[test]
fn sessions_under_load_survive_a_server_that_is_killed_again_and_again() {
    let mut world = World::start().unwrap();
    let keys =
        AckVerifiers::parse(&std::fs::read_to_string(world.path("pki/ack-verify.pub")).unwrap())
            .unwrap();
    let data = Bytes::from(sample::noise(11, 100_000));
    let stop = AtomicBool::new(false);
    // A cut between OPEN and OPENED is a refusal; what has started must survive.
    let started = Barrier::new(5);
    let sent: Vec<usize> = std::thread::scope(|scope| {
        let feeders: Vec<_> = (0..4)
            .map(|number| {
                let (socket, keys, data, stop, started) =
                    (world.socket(), &keys, &data, &stop, &started);
                scope.spawn(move || {
                    let mut feeder = Feeder::open(&socket, keys, HOST, number).unwrap();
                    started.wait();
                    let mut sent = 0;
                    while !stop.load(Ordering::Relaxed) {
                        for start in (0..data.len()).step_by(1000) {
                            feeder
                                .feed(EventKind::Ttyout, 1, data.slice(start..start + 1000))
                                .unwrap();
                        }
                        sent += 1;
                        // Everything so far is proven, whatever happened to the server meanwhile.
                        feeder.settle().unwrap();
                    }
                    feeder.close().unwrap();
                    sent
                })
            })
            .collect();
        started.wait();
        for round in 0..12u64 {
            std::thread::sleep(Duration::from_millis(20 + round * 37 % 90));
            world.server.as_mut().unwrap().kill().unwrap();
            world.start_server().unwrap();
        }
        stop.store(true, Ordering::Relaxed);
        feeders.into_iter().map(|feeder| feeder.join().unwrap()).collect()
    });
    let stored = wait::until("four recordings", wait::PATIENCE, || {
        let all = world.recordings().ok()?;
        (all.len() == 4 && all.iter().all(sudolog_tests::Recording::is_finished)).then_some(all)
    })
    .unwrap_or_else(|e| panic!("{e}: {}", world.logs()));
    let mut copies: Vec<usize> =
        stored.iter().map(|recording| recording.stream("ttyout").len() / data.len()).collect();
    copies.sort_unstable();
    let mut wanted = sent;
    wanted.sort_unstable();
    assert_eq!(copies, wanted);
    for recording in stored {
        assert!(
            recording.stream("ttyout").chunks(data.len()).all(|copy| copy == data),
            "bytes differ"
        );
        let key = world.path("pki/ack-verify.pub");
        let args = ["verify", recording.dir().to_str().unwrap(), "--key", key.to_str().unwrap()];
        world.console(&args).unwrap().success().unwrap();
    }
}

#[test]
fn a_killed_sudo_leaves_a_marked_recording() {
    let world = World::start().unwrap();
    let mut sudo = world.sudo.command(&["sh", "-c", "echo begun; exec sleep 1000"]);
    let mut sudo = sudo
        .stdout(std::process::Stdio::null())
        .stdin(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let recording = wait::until("the recording to begin", wait::PATIENCE, || {
        world.recordings().ok()?.pop().filter(|r| r.stream("stdout") == b"begun\n")
    })
    .unwrap();
    // unshare became sudo by exec, so this is sudo itself.
    sudo.kill().unwrap();
    sudo.wait().unwrap();
    let reason = wait::until("the INCOMPLETE mark", wait::PATIENCE, || recording.incomplete())
        .unwrap_or_else(|e| panic!("{e}: {}", world.logs()));
    assert!(!reason.trim().is_empty());
    let list = world.console(&["list", "--json"]).unwrap().success().unwrap().text();
    assert!(list.contains("\"incomplete\""), "{list}");
}
