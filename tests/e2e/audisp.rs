//! How `sudolog-audisp` stands as a process: with nothing inherited, and with no power that it does not need.

use std::fs;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sudolog_tests::events::stored;
use sudolog_tests::{World, programs, wait};

fn status(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default()
}

fn field(status: &str, name: &str) -> String {
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_else(|| panic!("no {name} in {status}"))
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn children(pid: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten();
    let lists =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.collect::<String>().split_whitespace().map(|child| child.parse().unwrap()).collect()
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Ends it by its end of the stream and by the signal, and waits for it.
fn ended(child: &mut Child) -> std::process::ExitStatus {
    wait::closely("its end", Duration::from_secs(10), || child.try_wait().unwrap()).unwrap()
}

/// The status of a process once it has given its powers up.
fn powerless(pid: u32) -> String {
    let given_up = || {
        let now = status(pid);
        let none = field(&now, "CapPrm").trim_start_matches('0').is_empty();
        (field(&now, "NoNewPrivs") == "1" && none).then_some(now)
    };
    wait::until("the opener to have given its powers up", wait::PATIENCE, given_up).unwrap()
}

#[test]
fn nothing_is_inherited_and_no_power_is_kept() {
    let world = World::start().unwrap();
    let yaml = world.path("audisp.yaml");
    fs::write(&yaml, format!("socket: {}\nuser: nobody\n", world.socket().display())).unwrap();
    let (ours, theirs) = UnixStream::pair().unwrap();
    // As bad as it can come: signals blocked and ignored, things open, another place, and words of others.
    let words = "umask 0; ulimit -c unlimited 2>/dev/null; exec 7</dev/null 9</etc/passwd; \
        exec env --ignore-signal=HUP,TERM,USR1 --block-signal=TERM,HUP,CHLD nice -n 5 \"$@\"";
    let mut child = Command::new("sh")
        .args(["-c", words, "sh"])
        .arg(programs::built("sudolog-audisp").unwrap())
        .arg("--config")
        .arg(&yaml)
        .env("LD_LIBRARY_PATH", "/tmp")
        .env("SUDOLOG_TEST", "inherited")
        .current_dir("/tmp")
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .process_group(0)
        .spawn()
        .unwrap();
    let pid = child.id();
    let is_ready = || {
        let status = status(pid);
        (status.starts_with("Name:\tsudolog-audisp") && !status.contains("Uid:\t0"))
            .then_some(status)
    };
    wait::until("it to have given root up", wait::PATIENCE, is_ready).unwrap();
    let hears = || {
        (u64::from_str_radix(&field(&status(pid), "SigCgt"), 16).unwrap() & 0x4001 == 0x4001)
            .then_some(())
    };
    wait::until("it to hear signals", wait::PATIENCE, hears).unwrap();
    let now = status(pid);
    let number = |name: &str| u64::from_str_radix(&field(&now, name), 16).unwrap();
    assert!(field(&now, "Uid").split(' ').all(|uid| uid != "0"), "{now}");
    assert!(field(&now, "Gid").split(' ').all(|gid| gid != "0"), "{now}");
    assert_eq!(field(&now, "Groups"), "");
    for name in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "SigBlk"] {
        assert_eq!(number(name), 0, "{name}");
    }
    assert_eq!((field(&now, "NoNewPrivs").as_str(), field(&now, "Umask").as_str()), ("1", "0077"));
    // SIGPIPE alone is ignored, as the standard library has it; 32 and 33 are the C library's own.
    assert_eq!(number("SigIgn") & !(0b11 << 31), 1 << 12, "{now}");
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    assert!(!String::from_utf8_lossy(&environment).contains("inherited"));
    assert_eq!(fs::read_link(format!("/proc/{pid}/cwd")).unwrap().to_str(), Some("/"));
    for open in fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten() {
        let to = fs::read_link(open.path()).unwrap_or_default().display().to_string();
        assert!(!to.ends_with("/passwd"), "{:?} is {to}", open.file_name());
    }
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let nice = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(16);
    assert_eq!(nice, Some("0"), "{stat}");
    // The one that opens the socket is root in name, and that is all.
    let opener = children(pid);
    assert_eq!(opener.len(), 1, "{opener:?}");
    let now = powerless(opener[0]);
    for name in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        assert_eq!(u64::from_str_radix(&field(&now, name), 16).unwrap(), 0, "{name}");
    }
    assert_eq!((field(&now, "Umask").as_str(), field(&now, "NoNewPrivs").as_str()), ("0077", "1"));
    // What was blocked and ignored works.
    signal(&child, Signal::HUP);
    signal(&child, Signal::TERM);
    assert!(ended(&mut child).success());
    drop(ours);
}

#[test]
fn what_stands_in_the_stream_when_the_end_is_asked_for_is_told() {
    let world = World::start().unwrap();
    let yaml = world.path("audisp.yaml");
    let text = format!(
        "socket: {}\nuser: nobody\nrules: [{{key: last-words}}]\n",
        world.socket().display()
    );
    fs::write(&yaml, text).unwrap();
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let mut child = Command::new(programs::built("sudolog-audisp").unwrap())
        // As somebody types it who stands beside the file.
        .args(["--config", "audisp.yaml"])
        .current_dir(yaml.parent().unwrap())
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .spawn()
        .unwrap();
    let pid = child.id();
    let hears = || {
        let caught = status(pid)
            .lines()
            .find_map(|line| Some(line.strip_prefix("SigCgt:")?.trim().to_owned()))?;
        (u64::from_str_radix(&caught, 16).ok()? & 0x4001 == 0x4001).then_some(())
    };
    wait::until("it to hear signals", wait::PATIENCE, hears).unwrap();
    for n in 0..50 {
        let line = format!(
            "type=SYSCALL msg=audit(1795305832.541:{n}): success=yes pid=7 auid=4001 exe=\"/x\" key=\"last-words\"\n\
             type=EOE msg=audit(1795305832.541:{n}): \n"
        );
        ours.write_all(line.as_bytes()).unwrap();
    }
    signal(&child, Signal::TERM);
    let began = Instant::now();
    drop(ours);
    assert!(ended(&mut child).success());
    eprintln!("ended in {:?}", began.elapsed());
    let all = || {
        (stored(&world.path("state")).ok()?.iter().filter(|e| e.by == "last-words".into()).count()
            == 50)
            .then_some(())
    };
    wait::until("all fifty", wait::PATIENCE, all).unwrap();
}

#[test]
fn the_classic_plugin_behind_a_pipe_is_nobody_in_particular() {
    for more in [&[][..], &["--mail", "--sendmail", "/bin/true"]] {
        let mut child = Command::new(programs::built("sudolog-audisp").unwrap())
            .arg("alert")
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let pid = child.id();
        let is_ready = || Some(status(pid)).filter(|status| !status.contains("Uid:\t0"));
        let now = wait::until("it to have given root up", wait::PATIENCE, is_ready).unwrap();
        for name in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            assert_eq!(u64::from_str_radix(&field(&now, name), 16).unwrap(), 0, "{name} {more:?}");
        }
        drop(child.stdin.take());
        assert!(ended(&mut child).success());
    }
}
