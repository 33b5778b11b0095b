//! The program itself: command line, exit codes, signals, what it says.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::world::prepare;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_sudolog-server"))
}

pub fn run(args: &[&str]) -> (i32, String) {
    let Output { status, stdout, stderr } = program().args(args).output().unwrap();
    let text = String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap();
    (status.code().unwrap(), text)
}

#[test]
fn keys_are_made_from_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let pki = dir.path().join("pki");
    let pki = pki.to_str().unwrap();
    let name = ["--name", "logs.example.test", "--san", "192.0.2.1"];
    let init: &[&str] = &[&["pki", "init", "--dir", pki], &name[..]].concat();
    assert_eq!(run(init).0, 0);
    assert_eq!(run(&["pki", "host", "--dir", pki, "web1"]).0, 0);
    assert_eq!(run(&["pki", "operator", "--dir", pki, "olga"]).0, 0);
    for name in ["ca.pem", "server.key", "ack-sign.key", "ack-verify.pub", "web1.key", "olga.pem"] {
        assert!(Path::new(pki).join(name).exists(), "{name}");
    }
    let (code, text) = run(init);
    assert!(code == 1 && text.contains("ca.pem") && text.contains("exists"), "{text}");
    let (code, text) = run(&["pki", "host", "--dir", pki, "../evil"]);
    assert!(code == 1 && text.contains("../evil"), "{text}");
    assert_eq!(run(&["pki", "host", "--dir", pki]).0, 2);
    assert_eq!(run(&["serve"]).0, 2);
    assert_eq!(run(&["--version"]).0, 0);
}

#[test]
fn check_says_what_is_wrong_and_where() {
    let dir = prepare();
    let file = dir.path().join("server.toml");
    let config = file.to_str().unwrap();
    assert_eq!(run(&["check", "--config", config]).0, 0);
    assert!(!dir.path().join("state").exists(), "check changes nothing");
    let good = std::fs::read_to_string(&file).unwrap();
    for (from, to, words) in [
        ("listen = ", "listn = ", ["line 1", "listn"]),
        ("role = \"admin\"", "role = \"king\"", ["king", "viewer"]),
        ("pki/server.key", "pki/web1.key", ["server.pem", "key"]),
        ("pki/server.key", "pki/none.key", ["none.key", "No such file"]),
        ("state_dir = \"state\"", "state_dir = \"log/x\"", ["state_dir", "log_dir"]),
    ] {
        assert!(good.contains(from));
        std::fs::write(&file, good.replace(from, to)).unwrap();
        for command in ["check", "serve"] {
            let (code, text) = run(&[command, "--config", config]);
            assert_eq!(code, 1, "{text}");
            assert!(text.contains("server.toml"), "{text}");
            assert!(words.iter().all(|word| text.contains(word)), "{words:?}: {text}");
        }
    }
    let (code, text) = run(&["check", "--config", "/nonexistent/server.toml"]);
    assert!(code == 1 && text.contains("/nonexistent/server.toml"), "{text}");
}

/// A running server; killed when dropped.
pub struct Running {
    child: Child,
    address: String,
    stderr: BufReader<std::process::ChildStderr>,
}

impl Running {
    pub fn start(config: &str) -> Self {
        let mut child =
            program().args(["serve", "--config", config]).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "the server ended");
            if let Some((_, address)) = line.trim_end().split_once("listening on ") {
                break address.to_owned();
            }
        };
        Self { child, address, stderr }
    }

    /// Exit code and what it had to say after a signal.
    pub fn stop(mut self, signal: Signal) -> (Option<i32>, String) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).unwrap();
        let mut said = String::new();
        self.stderr.read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_server_stops_when_told_and_leaves_no_socket() {
    let dir = prepare();
    let file = dir.path().join("server.toml");
    let socket = dir.path().join("console.sock");
    for signal in [Signal::TERM, Signal::INT] {
        let server = Running::start(file.to_str().unwrap());
        assert!(socket.exists());
        let (code, said) = server.stop(signal);
        assert!(code == Some(0) && said.contains("stopping"), "{said}");
        assert!(!socket.exists());
    }
}

#[test]
fn a_state_directory_has_one_server() {
    let dir = prepare();
    let file = dir.path().join("server.toml");
    let config = file.to_str().unwrap();
    let server = Running::start(config);
    for command in ["serve", "reindex"] {
        let (code, text) = run(&[command, "--config", config]);
        assert!(code == 1 && text.contains("another sudolog-server"), "{text}");
    }
    assert!(dir.path().join("console.sock").exists(), "the loser took the socket away");
    assert_eq!(server.stop(Signal::KILL).0, None);
    let (code, text) = run(&["reindex", "--config", config]);
    assert!(code == 0 && text.contains("0 recordings"), "{text}");
    Running::start(config).stop(Signal::TERM);
}

#[test]
fn what_strangers_send_steers_no_terminal() {
    let dir = prepare();
    let server = Running::start(dir.path().join("server.toml").to_str().unwrap());
    for garbage in [b"\x1b]0;owned\x07\r\n\x1b[2J".as_slice(), b"GET / HTTP/1.1\r\n\r\n", &[0; 64]]
    {
        let mut socket = TcpStream::connect(&server.address).unwrap();
        socket.write_all(garbage).unwrap();
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer);
    }
    let (code, said) = server.stop(Signal::TERM);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said.matches("refused in the TLS handshake").count(), 3, "{said}");
    assert!(said.chars().all(|c| c == '\n' || !c.is_control()), "{said:?}");
}
