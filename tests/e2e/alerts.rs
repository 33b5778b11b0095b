//! Alerts to receivers that others wrote: rsyslog, aiosmtpd, Apprise; and what a real sudo makes of them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::Command;

use sudolog_core::eventlog::{Kind, Severity};
use sudolog_server::eventlog::EventLog;
use sudolog_tests::daemon::Daemon;
use sudolog_tests::{Webhook, World, programs, wait};

/// Keys for the receivers, whose name is their address.
fn keys(dir: &Path) {
    let mut command = Command::new(programs::built("sudolog-server").unwrap());
    command.args(["pki", "init", "--name", "localhost", "--san", "127.0.0.1", "--dir"]);
    assert!(command.arg(dir.join("pki")).status().unwrap().success());
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A server's configuration with this file of alerts.
fn configure(dir: &Path, plan: &str) {
    let config = "listen = \"127.0.0.1:0\"\nlog_dir = \"log\"\nstate_dir = \"state\"\n\
         [tls]\nca = \"pki/ca.pem\"\ncert = \"pki/server.pem\"\nkey = \"pki/server.key\"\n\
         [ack]\nsign_key = \"pki/ack-sign.key\"\n[alerts]\nconfig = \"alerts.yaml\"\n";
    std::fs::write(dir.join("server.toml"), config).unwrap();
    std::fs::write(dir.join("alerts.yaml"), plan).unwrap();
}

/// Sends a test to a target, as an administrator does.
fn try_target(dir: &Path, target: &str) -> String {
    let mut command = Command::new(programs::built("sudolog-server").unwrap());
    command.args(["alerts", "test", target, "--config"]).arg(dir.join("server.toml"));
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    assert!(output.status.success(), "{said}");
    said
}

fn listens(port: u16) {
    let up = || TcpStream::connect(("127.0.0.1", port)).ok();
    wait::until("a receiver to listen", wait::PATIENCE, up).unwrap();
}

/// What a receiver wrote down, once it holds that.
fn written(path: &Path, what: &str) -> String {
    let read = || std::fs::read_to_string(path).ok().filter(|text| text.contains(what));
    let text = wait::until(what, wait::PATIENCE, read);
    text.unwrap_or_else(|error| panic!("{error}: {:?}", std::fs::read_to_string(path)))
}

#[test]
fn rsyslog_takes_what_is_sent_by_udp_tcp_and_tls() {
    let dir = tempfile::tempdir().unwrap();
    keys(dir.path());
    let [udp, tcp, tls] = [free_port(), free_port(), free_port()];
    let (shown, pki) = (dir.path().display(), dir.path().join("pki"));
    let pki = pki.display();
    let config = format!(
        "global(workDirectory=\"{shown}\" DefaultNetstreamDriver=\"ossl\"\n\
         DefaultNetstreamDriverCAFile=\"{pki}/ca.pem\"\n\
         DefaultNetstreamDriverCertFile=\"{pki}/server.pem\"\n\
         DefaultNetstreamDriverKeyFile=\"{pki}/server.key\")\n\
         module(load=\"imudp\")\nmodule(load=\"imtcp\")\n\
         input(type=\"imudp\" address=\"127.0.0.1\" port=\"{udp}\")\n\
         input(type=\"imtcp\" address=\"127.0.0.1\" port=\"{tcp}\" name=\"plain\" StreamDriver.Name=\"ptcp\" StreamDriver.Mode=\"0\")\n\
         input(type=\"imtcp\" address=\"127.0.0.1\" port=\"{tls}\" name=\"secret\" StreamDriver.Name=\"ossl\" StreamDriver.Mode=\"1\" StreamDriver.AuthMode=\"anon\")\n\
         template(name=\"t\" type=\"string\" string=\"%inputname% %syslogfacility-text%.%syslogseverity-text% %app-name% %msgid% %structured-data% %msg%\\n\")\n\
         action(type=\"omfile\" file=\"{shown}/out\" template=\"t\")\n"
    );
    std::fs::write(dir.path().join("rsyslog.conf"), config).unwrap();
    let mut command = Command::new("/usr/sbin/rsyslogd");
    command
        .args(["-n", "-i"])
        .arg(dir.path().join("pid"))
        .arg("-f")
        .arg(dir.path().join("rsyslog.conf"));
    let _daemon = Daemon::spawn(&mut command, &dir.path().join("rsyslog.log")).unwrap();
    listens(tls);
    let ca = dir.path().join("pki/ca.pem");
    configure(
        dir.path(),
        &format!(
            "version: 1\ntargets:\n  udp: {{kind: syslog, proto: udp, addr: \"127.0.0.1:{udp}\"}}\n  \
             tcp: {{kind: syslog, proto: tcp, addr: \"127.0.0.1:{tcp}\"}}\n  \
             tls: {{kind: syslog, proto: tls, addr: \"127.0.0.1:{tls}\", ca: {}}}\nroutes: []\n",
            ca.display()
        ),
    );
    for (target, input) in [("udp", "imudp"), ("tcp", "plain"), ("tls", "secret")] {
        assert!(try_target(dir.path(), target).contains("taken"));
        let text = written(&dir.path().join("out"), input);
        let line = text.lines().find(|line| line.starts_with(input)).unwrap().to_owned();
        let head = format!("{input} authpriv.info sudolog alert [sudolog@32473 id=\"test-");
        assert!(line.starts_with(&head), "{line}");
        assert!(line.ends_with("This is a test. Nothing has happened."), "{line}");
    }
}

#[test]
fn a_mail_server_takes_mail_after_starttls_and_not_without() {
    let dir = tempfile::tempdir().unwrap();
    keys(dir.path());
    let port = free_port();
    let pki = dir.path().join("pki");
    let mut command = Command::new("/usr/bin/aiosmtpd");
    command.args(["-n", "-l", &format!("127.0.0.1:{port}"), "--tlscert"]);
    command.arg(pki.join("server.pem")).arg("--tlskey").arg(pki.join("server.key"));
    command.args(["-c", "aiosmtpd.handlers.Debugging", "stdout"]).env("PYTHONUNBUFFERED", "1");
    let log = dir.path().join("mail");
    let _daemon = Daemon::spawn(&mut command, &log).unwrap();
    listens(port);
    let ca = pki.join("ca.pem");
    configure(
        dir.path(),
        &format!(
            "version: 1\nprefix: \"[Wächter]\"\ntargets:\n  mail: {{kind: smtp, host: 127.0.0.1, port: {port}, ca: {}, \
             from: sudolog@example.test, to: [soc@example.test, noc@example.test]}}\n  \
             bare: {{kind: smtp, host: 127.0.0.1, port: {port}, tls: none, from: a@example.test, to: b@example.test}}\nroutes: []\n",
            ca.display()
        ),
    );
    assert!(try_target(dir.path(), "mail").contains("taken"));
    let mail = written(&log, "END MESSAGE");
    for line in [
        "From: sudolog@example.test",
        "To: soc@example.test,",
        "Subject: =?utf-8?Q?=5BW=C3=A4chter=5D_test?=",
        "Content-Transfer-Encoding: quoted-printable",
        "This is a test. Nothing has happened.",
    ] {
        assert!(mail.lines().any(|one| one == line), "{line}: {mail}");
    }
    // This receiver offers TLS and wants it.
    let mut command = Command::new(programs::built("sudolog-server").unwrap());
    command.args(["alerts", "test", "bare", "--config"]).arg(dir.path().join("server.toml"));
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!output.status.success() && said.contains("the mail server: "), "{said}");
}

#[test]
fn apprise_sends_on_what_it_is_given() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    keys(dir.path());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = dir.path().join("apprise.conf");
    std::fs::write(&config, format!("soc=json://127.0.0.1:{port}/secret-path\n")).unwrap();
    configure(
        dir.path(),
        &format!(
            "version: 1\ntargets:\n  all: {{kind: apprise, mode: cli, config: {0}, tags: soc}}\n  \
             none: {{kind: apprise, mode: cli, config: {0}, tags: nobody}}\nroutes: []\n",
            config.display()
        ),
    );
    let check = || {
        let mut command = Command::new(programs::built("sudolog-server").unwrap());
        command.args(["alerts", "check", "--config"]).arg(dir.path().join("server.toml"));
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    std::fs::set_permissions(&config, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(check().contains("chmod 600"), "{}", check());
    std::fs::set_permissions(&config, std::fs::Permissions::from_mode(0o600)).unwrap();
    let receiving = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(wait::PATIENCE)).unwrap();
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let line = line.trim_end().to_lowercase();
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        reader.into_inner().write_all(answer).unwrap();
        serde_json::from_slice::<serde_json::Value>(&body).unwrap()
    });
    assert!(try_target(dir.path(), "all").contains("taken"));
    let body = receiving.join().unwrap();
    assert_eq!(body["title"], "Sudolog");
    let message = body["message"].as_str().unwrap().trim();
    assert_eq!(message, "[Sudolog] test\nThis is a test. Nothing has happened.");
    assert_eq!(body["type"], "info");
    let mut command = Command::new(programs::built("sudolog-server").unwrap());
    command.args(["alerts", "test", "none", "--config"]).arg(dir.path().join("server.toml"));
    let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(said.contains("no service with the tag nobody"), "{said}");
    assert!(!said.contains("secret-path"), "{said}");
}

fn lines(message: &serde_json::Value) -> Vec<String> {
    let lines = message["lines"].as_array().unwrap();
    lines.iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}

fn kinds(message: &serde_json::Value) -> Vec<String> {
    let items = message["items"].as_array().unwrap();
    items.iter().map(|item| item["kind"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_sudo_accepts_is_told_before_the_command_has_ended_and_the_rest_then() {
    let hook = Webhook::start().unwrap();
    let mut world = World::prepare().unwrap();
    let plan = format!(
        "version: 1\ntargets: {{soc: {{kind: webhook, url: \"{}\"}}}}\n\
         routes: [{{when: {{source: sudo}}, to: soc}}]\n",
        hook.url()
    );
    world.set_alerts(&plan).unwrap();
    world.start_server().unwrap();
    world.start_shipper().unwrap();
    let go = world.path("go");
    let script = format!("until [ -e {} ]; do sleep 0.05; done", go.display());
    let mut child = world.sudo.command(&["-n", "sh", "-c", &script]).spawn().unwrap();
    let first = hook.wait(1).unwrap().remove(0).1;
    assert!(child.try_wait().unwrap().is_none(), "the command has ended");
    let told = kinds(&first);
    assert_eq!(told[..2], ["start", "request"], "{first}");
    assert!(told[2..].iter().all(|kind| kind == "accept") && told.len() >= 4, "{first}");
    assert!(lines(&first)[1].contains("sh -c until"), "{first}");
    std::fs::write(&go, "").unwrap();
    assert!(child.wait().unwrap().success());
    let second = hook.wait(2).unwrap().remove(1).1;
    assert_eq!(kinds(&second), ["exit"]);
    assert!(lines(&second)[0].contains("exited with 0"), "{second}");
}

#[test]
fn targets_that_are_dead_slow_or_busy_hold_up_no_sudo() {
    let hook = Webhook::start().unwrap();
    // Takes connections and never says a word; and one that always asks for an hour's pause.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let (silent_at, busy_at) = (silent.local_addr().unwrap(), busy.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in busy.incoming().flatten() {
            let _ = stream.read(&mut [0; 65536]);
            let _ = stream.write_all(
                b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 3600\r\ncontent-length: 0\r\n\r\n",
            );
        }
    });
    let mut world = World::prepare().unwrap();
    let plan = format!(
        "version: 1\ntargets:\n  well: {{kind: webhook, url: \"{}\", rate: {{per: 1ms, burst: 1000}}}}\n  \
         silent: {{kind: webhook, url: \"http://{silent_at}/\"}}\n  busy: {{kind: webhook, url: \"http://{busy_at}/\"}}\n  \
         dead: {{kind: webhook, url: \"http://127.0.0.1:1/\"}}\n  \
         nobody: {{kind: syslog, proto: tcp, addr: \"{silent_at}\"}}\n\
         routes: [{{when: {{source: sudo}}, to: [silent, busy, dead, nobody], sync: yes, continue: yes}}, \
         {{when: {{source: sudo}}, to: well}}]\n",
        hook.url()
    );
    world.set_alerts(&plan).unwrap();
    world.start_server().unwrap();
    world.start_shipper().unwrap();
    for _ in 0..20 {
        let output = world.sudo.command(&["-n", "true"]).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }
    // Whoever was silent had its connection all the time, and whoever is well has heard of every call, twice.
    assert_eq!(hook.wait(40).unwrap().len(), 40);
    silent.set_nonblocking(true).unwrap();
    assert!(silent.accept().is_ok(), "the silent one was tried");
    assert_eq!(world.recordings().unwrap().len(), 20);
}

#[test]
fn a_resolver_that_never_answers_holds_up_no_other_target() {
    let hook = Webhook::start().unwrap();
    let dir = tempfile::tempdir().unwrap();
    keys(dir.path());
    let plan = format!(
        "version: 1\ntargets:\n  hole: {{kind: webhook, url: \"https://soc.example.test/\"}}\n  \
         well: {{kind: webhook, url: \"{}\"}}\nroutes: [{{when: {{kind: escape}}, to: [hole, well]}}]\n",
        hook.url()
    );
    configure(dir.path(), &plan);
    // Takes questions and answers none.
    let resolver = UdpSocket::bind("127.53.53.53:53").unwrap();
    resolver.set_read_timeout(Some(wait::PATIENCE)).unwrap();
    std::fs::write(dir.path().join("resolv.conf"), "nameserver 127.53.53.53\n").unwrap();
    let script =
        "mount --bind resolv.conf /etc/resolv.conf && exec \"$0\" serve --config server.toml";
    let start = || {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "private", "sh", "-c", script]);
        command.arg(programs::built("sudolog-server").unwrap()).current_dir(dir.path());
        Daemon::spawn(&mut command, &dir.path().join("said")).unwrap()
    };
    let is_up = || {
        std::fs::read_to_string(dir.path().join("said"))
            .ok()?
            .contains("listening on")
            .then_some(())
    };
    let mut server = start();
    wait::until("the server", wait::PATIENCE, is_up).unwrap();
    server.kill().unwrap();
    let log = EventLog::open(&dir.path().join("state/events")).unwrap();
    (0..5).for_each(|_| log.append(log.entry(Kind::Escape, Severity::High)));
    log.shutdown();
    let _server = start();
    let (_, asker) = resolver.recv_from(&mut [0; 512]).unwrap();
    assert!(asker.ip().is_loopback());
    assert_eq!(hook.wait(5).unwrap().len(), 5);
}
