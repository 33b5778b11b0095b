//! `kill -9` of a real server process, again and again, under sessions that go on all the time.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sudolog_core::session::EventKind;
use sudolog_server::ingest::connection;
use tokio::net::{UnixListener, UnixStream};

use crate::cut::in_time;
use crate::host::{Host, Sessions, host_name, start};
use crate::oracle::{
    PATIENCE, assert_exact, assert_holds_proven, directory, is_finished, recorder, wait,
};

/// How often the server is killed; `SUDOLOG_TEST_KILLS` asks for more.
const KILLS: u32 = 30;

/// The server process: this test binary, started again with only this "test".
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs as the child of the tests that need a server process"]
async fn server_child() {
    let dir = PathBuf::from(std::env::var_os(CHILD_DIR).expect("started by another test"));
    let recorder = recorder(&dir);
    let socket = dir.join("socket");
    let _ = std::fs::remove_file(&socket);
    let listener = UnixListener::bind(&socket).unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(connection::serve(stream, host_name(), recorder.clone()));
    }
}

#[tokio::test]
async fn a_killed_server_lost_nothing_that_it_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let kills = std::env::var("SUDOLOG_TEST_KILLS").map_or(KILLS, |n| n.parse().unwrap());
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut sessions = Sessions::new();
    let mut next = 1;
    let mut proven_in_all = 0;
    for _ in 0..kills {
        let mut server = Server::start(dir.path());
        let mut host = Host::connect(server.connect().await, sessions).await.unwrap();
        in_time(host.resume_all()).await.unwrap();
        let alive = Duration::from_micros(2000 + random.below(60_000));
        // Ends with an error when the server dies, else at the time set.
        let _ = tokio::time::timeout(alive, work(&mut host, &mut random, &mut next)).await;
        server.kill();
        sessions = std::mem::take(&mut host.sessions);
        // Those whose OPENED never came were never started.
        sessions.retain(|_, sent| sent.tsid.is_some());
        assert!(sessions.values().all(|sent| sent.denied.is_none()), "{sessions:?}");
        proven_in_all += settle_finished(dir.path(), &mut sessions);
    }
    let mut server = Server::start(dir.path());
    let mut host = Host::connect(server.connect().await, sessions).await.unwrap();
    in_time(host.resume_all()).await.unwrap();
    let open: Vec<u32> = host.sessions.iter().filter(|s| s.1.end.is_none()).map(|s| *s.0).collect();
    open.into_iter().for_each(|stream| host.close(stream));
    in_time(host.settle()).await.unwrap();
    for sent in host.sessions.values() {
        let path = directory(dir.path(), sent.tsid.unwrap());
        wait("the end of a recording", || is_finished(&path));
        assert_exact(&path, &sent.events, sent.events.len() as u64);
        assert_holds_proven(dir.path(), sent);
        proven_in_all += sent.proven().0;
    }
    server.kill();
    assert!(proven_in_all > u64::from(kills) * 10, "only {proven_in_all} events were proven");
}

/// Opens, feeds and ends sessions for ever.
async fn work(
    host: &mut Host<UnixStream>,
    random: &mut Random,
    next: &mut u32,
) -> std::io::Result<()> {
    loop {
        let running: Vec<u32> =
            host.sessions.iter().filter(|s| s.1.end.is_none()).map(|s| *s.0).collect();
        if running.len() < 6 {
            let stream = *next;
            *next += 1;
            host.open(stream, start(stream)).await?;
            continue;
        }
        for stream in running {
            let kind = EventKind::STREAMS[random.index(5)];
            for _ in 0..random.below(30) {
                let bytes = 1 + random.index(3000);
                host.event(
                    stream,
                    kind,
                    vec![b'a' + u8::try_from(random.index(26)).unwrap(); bytes],
                );
            }
            if random.below(12) == 0 {
                host.close(stream);
            }
        }
        host.flush().await?;
        // Not all of it: the server is to be killed with work in hand.
        for _ in 0..random.below(8) {
            let taken = tokio::time::timeout(Duration::from_millis(1), host.take()).await;
            let Ok(taken) = taken else { break };
            taken?;
        }
    }
}

/// Takes out the sessions whose end is proven, after a look at what a reader sees at once: with the
/// server dead the files may be behind, and only the next start makes them whole.
fn settle_finished(dir: &Path, sessions: &mut Sessions) -> u64 {
    let complete: Vec<u32> =
        sessions.iter().filter(|s| s.1.window.is_complete()).map(|s| *s.0).collect();
    if complete.is_empty() {
        return 0;
    }
    recorder(dir).shutdown();
    let done = complete.into_iter().map(|stream| sessions.remove(&stream).unwrap());
    done.map(|sent| {
        assert_holds_proven(dir, &sent);
        let path = directory(dir, sent.tsid.unwrap());
        assert_exact(&path, &sent.events, sent.events.len() as u64);
        sent.proven().0
    })
    .sum()
}

/// A server process; killed when dropped.
pub struct Server {
    child: Child,
    socket: PathBuf,
}

impl Server {
    pub fn start(dir: &Path) -> Self {
        let socket = dir.join("socket");
        let _ = std::fs::remove_file(&socket);
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "kill::server_child", "--nocapture"])
            .env(CHILD_DIR, dir)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, socket }
    }

    pub async fn connect(&mut self) -> UnixStream {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Ok(stream) = UnixStream::connect(&self.socket).await {
                return stream;
            }
            assert_eq!(self.child.try_wait().unwrap(), None, "the server ended by itself");
            assert!(tokio::time::Instant::now() < deadline, "the server does not listen");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already unless a test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// xorshift64*: the same run every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    }

    fn index(&mut self, limit: u64) -> usize {
        usize::try_from(self.below(limit)).unwrap()
    }
}

const CHILD_DIR: &str = "SUDOLOG_TEST_CHILD_DIR";
