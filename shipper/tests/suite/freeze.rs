//! Real processes in real cgroups. Needs root and cgroup v2.

use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use sudolog_core::session::SessionStart;
use sudolog_core::wire::message::{NoticeKind, OrderKind};
use sudolog_shipper::FreezeMode;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::plugin::Plugin;
use super::world::{PATIENCE, World, until};

/// A world whose sessions have cgroups, below a root of their own.
struct Grouped {
    world: World,
    root: PathBuf,
}

impl Grouped {
    async fn start(name: &str) -> Self {
        assert!(rustix::process::geteuid().is_root(), "these tests need root and cgroup v2");
        let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
        let mount = mounts.lines().find_map(|line| {
            let mut words = line.split(' ');
            let point = words.nth(1)?;
            (words.next() == Some("cgroup2")).then(|| PathBuf::from(point))
        });
        let root = mount
            .expect("cgroup v2 is mounted")
            .join(format!("sudolog-shipper-{name}-{}", std::process::id()));
        let dir = root.clone();
        let world = World::start_with(move |options| {
            options.freeze = FreezeMode::Cgroup;
            options.cgroup_root = Some(dir);
        })
        .await;
        Self { world, root }
    }

    /// A session with a process in its cgroup.
    async fn open(&self) -> (Plugin, PathBuf, Child) {
        // On a terminal, so that what other tests start is no child of this session's sudo.
        let start = SessionStart { tty: Some("/dev/pts/9".into()), ..super::plugin::start(1) };
        let (socket, keys) = (self.world.socket(), &self.world.keys);
        let plugin = Plugin::open_as(&socket, keys, start).await.unwrap();
        let path = plugin.opened.cgroup.clone().expect("a cgroup");
        let dir = PathBuf::from(String::from_utf8(path.as_bytes().to_vec()).unwrap());
        assert_eq!(dir, self.root.join(plugin.id.to_string()));
        let child = Command::new("sleep").arg("1000").kill_on_drop(true).spawn().unwrap();
        std::fs::write(dir.join("cgroup.procs"), child.id().unwrap().to_string()).unwrap();
        (plugin, dir, child)
    }
}

impl Drop for Grouped {
    fn drop(&mut self) {
        for entry in std::fs::read_dir(&self.root).into_iter().flatten().flatten() {
            let _ = std::fs::write(entry.path().join("cgroup.kill"), "1");
            let _ = std::fs::remove_dir(entry.path());
        }
        let _ = std::fs::remove_dir(&self.root);
    }
}

fn is_frozen(dir: &Path) -> bool {
    let events = std::fs::read_to_string(dir.join("cgroup.events")).unwrap();
    events.lines().any(|line| line == "frozen 1")
}

#[tokio::test]
async fn a_cut_freezes_and_proof_thaws() {
    let mut grouped = Grouped::start("cut").await;
    let (mut plugin, dir, mut child) = grouped.open().await;
    grouped.world.server.stop().await;
    plugin.notice(NoticeKind::Frozen).await;
    assert!(is_frozen(&dir), "told only when the kernel confirms it");
    plugin.event(b"typed while frozen").await;
    grouped.world.server.listen().await;
    plugin.notice(NoticeKind::Thawed).await;
    assert!(!is_frozen(&dir));
    child.kill().await.unwrap();
    plugin.close().await;
    drop(plugin);
    until("the cgroup to be removed", || !dir.exists()).await;
}

#[tokio::test]
async fn processes_of_a_vanished_sudo_are_killed() {
    let grouped = Grouped::start("gone").await;
    let (plugin, dir, mut child) = grouped.open().await;
    drop(plugin);
    assert_eq!(child.wait().await.unwrap().signal(), Some(9));
    until("the cgroup to be removed", || !dir.exists()).await;
}

/// Whoever leaves is looked for a few times a second; a kill does not wait for that.
#[tokio::test]
async fn who_steps_out_just_before_the_kill_is_killed_as_well() {
    let grouped = Grouped::start("step").await;
    let (plugin, dir, mut first) = grouped.open().await;
    let outside = grouped.root.parent().unwrap().join("cgroup.procs");
    let script = format!("read go; echo 0 > {}; exec sleep 1000", outside.display());
    let mut shell = Command::new("sh");
    let mut shell =
        shell.args(["-c", &script]).stdin(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let pid = shell.id().unwrap().to_string();
    std::fs::write(dir.join("cgroup.procs"), &pid).unwrap();
    // Goes in and out until it is missed: by then the other was seen inside as well.
    let (id, walker, began) = (plugin.id, first.id().unwrap().to_string(), Instant::now());
    let inside = dir.join("cgroup.procs");
    until("the first to be missed", || {
        let is_out = began.elapsed().as_millis() / 400 % 2 == 1;
        std::fs::write(if is_out { &outside } else { &inside }, &walker).unwrap();
        grouped.world.server.stored(id).notices.contains(&NoticeKind::Escape)
    })
    .await;

    shell.stdin.take().unwrap().write_all(b"go\n").await.unwrap();
    let inside = || std::fs::read_to_string(dir.join("cgroup.procs")).unwrap();
    until("the second to be outside", || !inside().lines().any(|line| line == pid)).await;
    drop(plugin);
    for child in [&mut first, &mut shell] {
        let ended = timeout(PATIENCE, child.wait()).await.expect("it lives on");
        assert_eq!(ended.unwrap().signal(), Some(9));
    }
    until("the cgroup to be removed", || !dir.exists()).await;
}

#[tokio::test]
async fn processes_that_linger_after_the_end_go_on() {
    let grouped = Grouped::start("linger").await;
    let (mut plugin, dir, mut child) = grouped.open().await;
    plugin.close().await;
    drop(plugin);
    let second = Plugin::open(&grouped.world.socket(), &grouped.world.keys, 2).await.unwrap();
    assert!(child.try_wait().unwrap().is_none() && dir.exists());
    child.kill().await.unwrap();
    until("the cgroup to be removed", || !dir.exists()).await;
    drop(second);
}

#[tokio::test]
async fn an_order_to_terminate_kills_what_is_frozen_as_it_stands() {
    let grouped = Grouped::start("order").await;
    let (mut plugin, _dir, mut child) = grouped.open().await;
    grouped.world.server.order(plugin.id, OrderKind::Freeze);
    plugin.notice(NoticeKind::Frozen).await;
    grouped.world.server.order(plugin.id, OrderKind::Terminate);
    plugin.notice(NoticeKind::Terminating).await;
    assert_eq!(child.wait().await.unwrap().signal(), Some(9));
}
