//! An HTTP service of our own: it keeps what it is sent, and answers by the path.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// How long anything may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// One request.
#[derive(Clone, Debug)]
pub struct Received {
    pub at: Instant,
    pub line: String,
    pub path: String,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Received {
    pub fn id(&self) -> &str {
        &self.headers["idempotency-key"]
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Numbers of the entries in it.
    pub fn entries(&self) -> Vec<u64> {
        self.json()["entries"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect()
    }
}

/// A running service; what it answers can be changed.
#[derive(Clone)]
pub struct Sink {
    pub address: SocketAddr,
    state: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Default)]
struct State {
    received: Vec<Received>,
    /// By path: so many times this status, then 200.
    answers: HashMap<String, (u32, &'static str)>,
}

impl Sink {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let sink = Self { address, state: Arc::default() };
        let serving = sink.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (sink, stream) = (serving.clone(), stream.unwrap());
                std::thread::spawn(move || while sink.answer(&stream).is_some() {});
            }
        });
        sink
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers that many requests like this, and all others as they should be.
    pub fn answers(&self, path: &str, times: u32, answer: &'static str) {
        self.state.0.lock().unwrap().answers.insert(path.to_owned(), (times, answer));
    }

    pub fn received(&self, path: &str) -> Vec<Received> {
        let state = self.state.0.lock().unwrap();
        state.received.iter().filter(|one| one.path == path).cloned().collect()
    }

    /// Waits until it has got something like that.
    pub fn wait(&self, path: &str, enough: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.state.0.lock().unwrap();
        loop {
            let got: Vec<_> =
                state.received.iter().filter(|one| one.path == path).cloned().collect();
            if enough(&got) {
                return got;
            }
            let left = deadline.checked_duration_since(Instant::now());
            let left = left.unwrap_or_else(|| panic!("waited in vain at {path}: {got:?}"));
            state = self.state.1.wait_timeout(state, left).unwrap().0;
        }
    }

    fn answer(&self, mut stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let path = line.split(' ').nth(1)?.to_owned();
        let mut headers = HashMap::new();
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let Some((name, value)) = header.trim_end().split_once(": ") else { break };
            headers.insert(name.to_lowercase(), value.to_owned());
        }
        let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let line = line.trim_end().to_owned();
        let one = Received { at: Instant::now(), line, path: path.clone(), headers, body };
        let answer = {
            let mut state = self.state.0.lock().unwrap();
            state.received.push(one);
            match state.answers.get_mut(&path) {
                Some((times, answer)) if *times > 0 => {
                    *times -= 1;
                    *answer
                }
                _ => OK,
            }
        };
        self.state.1.notify_all();
        match answer {
            // Never answers: whoever waits gives up by itself.
            SILENCE => {
                let _ = stream.read(&mut [0]);
                None
            }
            HUGE => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2147483648\r\n\r\n").ok()?;
                let piece = vec![b'x'; 1 << 20];
                (0..2048).try_for_each(|_| stream.write_all(&piece)).ok()
            }
            answer => stream.write_all(answer.as_bytes()).ok(),
        }
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
pub const SILENCE: &str = "silence";
pub const HUGE: &str = "huge";
pub const LATER: &str =
    "HTTP/1.1 429 Too Many Requests\r\nretry-after: 3\r\ncontent-length: 0\r\n\r\n";
pub const FAILED: &str = "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n";
pub const GONE: &str = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
pub const ELSEWHERE: &str =
    "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n";
