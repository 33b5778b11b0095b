//! A server whose disk is full: what runs waits, nothing is lost, nobody new may start.

use std::path::Path;

use sudolog_tests::command::run;
use sudolog_tests::{Pty, World, wait};

/// A small disk over one of the world's directories. It is gone with the mount.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    fn mount(place: &'a Path, size: &str) -> Self {
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size},mode=700"), "none"]).arg(place);
        run(&mut mount).unwrap().success().unwrap();
        Self(place)
    }

    /// Takes all the room there is.
    fn fill(&self) {
        use std::io::Write as _;
        let mut file = std::fs::File::create(self.0.join("ballast")).unwrap();
        for size in [1 << 20, 4096, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn free(&self) {
        std::fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_freezes_what_runs_refuses_what_starts_and_loses_nothing() {
    let mut world = World::prepare().unwrap();
    let recordings = world.log_dir();
    let disk = Disk::mount(&recordings, "16m");
    world.start_server().unwrap();
    world.start_shipper().unwrap();
    let script = "i=0; while :; do i=$((i+1)); echo tick-$i; sleep 0.01; done";
    let mut shell = Pty::spawn(&world.sudo.command(&["sh", "-c", script]), 24, 80).unwrap();
    shell.expect("tick-5").unwrap();
    let cgroup = world.session_cgroup().unwrap();
    disk.fill();
    shell.expect("sudolog: FROZEN: the log server does not acknowledge").unwrap();
    cgroup.wait_frozen(true).unwrap();
    let refused = run(&mut world.sudo.command(&["true"])).unwrap();
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert!(refused.stderr.contains("disk"), "says why: {}", refused.stderr);
    disk.free();
    shell.expect("sudolog: the recording is proven again").unwrap();
    shell.send(b"\x03").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
    let recording = world.finished().unwrap();
    let stored = String::from_utf8(recording.stream("ttyout")).unwrap();
    let ticks = stored.lines().filter(|line| line.starts_with("tick-"));
    let want = (1..).map(|i| format!("tick-{i}"));
    assert!(ticks.clone().count() > 5);
    assert!(ticks.zip(want).all(|(got, want)| got == want), "nothing lost, nothing twice");
    wait::until("new sessions to start again", wait::PATIENCE, || {
        run(&mut world.sudo.command(&["true"])).ok()?.success().ok()
    })
    .unwrap();
}
