//! Programs that are given a letter: what they see, and what their exit codes mean.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use sudolog_core::eventlog::{Kind, Severity};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{DeliveryState, TargetHealth};

use super::desk::{Desk, secret};

/// A program that writes down how it was called and what it was given, and ends with the first line of
/// `codes`, which it takes away; with 0 when there is none.
fn program(dir: &Path, codes: &str) -> PathBuf {
    let path = dir.join("program");
    let shown = dir.display();
    std::fs::write(dir.join("codes"), codes).unwrap();
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$@\" >{shown}/args\nenv >{shown}/env\ncat >{shown}/input\n\
         code=$(head -n 1 {shown}/codes)\nsed -i 1d {shown}/codes\necho \"a complaint\" >&2\n\
         echo call >>{shown}/calls\nexit ${{code:-0}}\n"
    );
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn read(desk: &Desk, name: &str) -> String {
    std::fs::read_to_string(desk.dir.path().join(name)).unwrap()
}

#[test]
fn sendmail_gets_a_whole_mail_and_nothing_on_its_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = program(dir.path(), "75\n");
    let desk = Desk::start_in(
        dir,
        &format!(
            "version: 1\ntargets:\n  root: {{kind: sendmail, path: {}, to: [root, soc@example.test], batch: no}}\n\
             routes: [{{to: root}}]\n",
            path.display()
        ),
    );
    let mut entry = desk.log.entry(Kind::KeyMatch, Severity::High);
    entry.user = Untrusted::new(b"x\nBcc: everybody\n\n.\n".as_slice());
    desk.log.append(entry.clone());
    let status = desk.until("taken", |status| status.targets[0].sent == 1);
    assert_eq!(status.deliveries[0].tries, 2, "75 means later");
    assert_eq!(read(&desk, "calls"), "call\ncall\n");
    assert_eq!(read(&desk, "args"), "-t\n-oi\n");
    let names: Vec<String> =
        read(&desk, "env").lines().map(|line| line.split('=').next().unwrap().to_owned()).collect();
    for name in names {
        let known = ["PATH", "LC_ALL", "HOME", "PWD", "OLDPWD", "SHLVL", "_"];
        assert!(known.contains(&name.as_str()), "{name} is in its environment");
    }
    let mail = read(&desk, "input");
    let (head, body) = mail.split_once("\n\n").unwrap();
    assert!(head.contains("To: root,\n soc@example.test\n"), "{head}");
    assert!(head.contains(&format!("Message-ID: <1.{}.r0@", entry.id)), "{head}");
    assert!(!mail.lines().any(|line| line.starts_with("Bcc") || line == "."), "{mail}");
    assert!(!body.contains("\n\n") && !mail.contains('\r'), "{mail}");
}

#[test]
fn a_mail_that_nobody_can_get_is_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let path = program(dir.path(), "67\n");
    let desk = Desk::start_in(
        dir,
        &format!(
            "version: 1\ntargets:\n  root: {{kind: sendmail, path: {}, to: nobody, batch: no}}\n\
             routes: [{{to: root}}]\n",
            path.display()
        ),
    );
    desk.happens(Kind::Frozen, Severity::Warning);
    let status = desk.until("given up", |status| status.targets[0].dead == 1);
    let error = status.deliveries[0].error.escaped().to_string();
    assert!(error.contains("67") && error.contains("a complaint"), "{error}");
}

#[test]
fn apprise_is_given_its_file_a_tag_and_the_text_but_no_secret() {
    let dir = tempfile::tempdir().unwrap();
    let path = program(dir.path(), "1\n5\n0\n3\n4\n");
    let config = secret(dir.path(), "apprise.conf", "soc=json://secret.example/\n");
    let desk = Desk::start_in(
        dir,
        &format!(
            "version: 1\ntargets:\n  all: {{kind: apprise, mode: cli, path: {}, config: {}, tags: soc, batch: no}}\n\
             routes: [{{to: all}}]\n",
            path.display(),
            config.display()
        ),
    );
    desk.happens(Kind::Frozen, Severity::Critical);
    let status = desk.until("taken", |status| status.targets[0].sent == 1);
    assert_eq!(status.deliveries[0].tries, 3, "1 and 5 mean later");
    let args = read(&desk, "args");
    let wanted =
        format!("-i\ntext\n-n\nfailure\n-g\nsoc\n-c\n{}\n--title=Sudolog\n", config.display());
    assert_eq!(args, wanted);
    let input = read(&desk, "input");
    assert!(input.starts_with("[Sudolog] CRITICAL: frozen on web1 by alice\n"), "{input}");
    assert!(input.contains("CRITICAL alice on web1 frozen"));
    for dead in 1..=2 {
        desk.happens(Kind::Thawed, Severity::Critical);
        let status = desk.until("given up", |status| status.targets[0].dead == dead);
        assert_eq!(status.targets[0].health, TargetHealth::Broken);
        assert_eq!(status.deliveries[0].state, DeliveryState::Dead);
        assert!(!format!("{status:?}").contains("secret.example"));
    }
}
