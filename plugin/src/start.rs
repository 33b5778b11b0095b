//! From sudo's lists to a session start.

use sudolog_core::session::SessionStart;
use sudolog_core::untrusted::Untrusted;

use crate::facts::Facts;
use crate::pairs::Pairs;

/// Builds the session start. Lists as in `sudo_plugin(5)`, I/O plugin API, `open`.
///
/// # Errors
/// One sentence when something that every sudo tells is missing or cannot be used.
pub(crate) fn session_start(
    settings: &Pairs,
    user: &Pairs,
    command: &Pairs,
    argv: &[Untrusted],
    facts: &Facts,
) -> Result<SessionStart, String> {
    let submit_cwd = user.get("cwd").unwrap_or_else(|| "unknown".into());
    let run_user = command.get("runas_user").or_else(|| settings.get("runas_user"));
    let run_group = command.get("runas_group").or_else(|| settings.get("runas_group"));
    let start = SessionStart {
        session_id: facts.session_id,
        submit_host: host(user)?,
        submit_user: user.get("user").ok_or("sudo did not say who calls")?,
        submit_uid: user.number("uid").ok_or("sudo did not say the caller's uid")?,
        run_cwd: command.get("cwd").unwrap_or_else(|| submit_cwd.clone()),
        submit_cwd,
        submit_time: facts.now,
        run_user: run_user.unwrap_or_else(|| "root".into()),
        run_uid: command.number("runas_uid").ok_or("sudo did not say the uid to run as")?,
        run_gid: run_group.as_ref().and_then(|_| command.number("runas_gid")),
        run_group,
        command: command.get("command").ok_or("sudo did not say which command")?,
        argv: argv.to_vec(),
        tty: user.get("tty").filter(|tty| !tty.is_empty()),
        lines: user.number("lines").unwrap_or(24),
        columns: user.number("cols").unwrap_or(80),
        sudo_pid: facts.pid,
        pid_start_ticks: facts.start_ticks,
        boot_id: facts.boot_id.clone(),
        parent: None,
    };
    start.check().map_err(|e| e.to_string())?;
    Ok(start)
}

fn host(user: &Pairs) -> Result<sudolog_core::session::HostName, String> {
    let name = user.get("host").ok_or("sudo did not say the host's name")?;
    let text = std::str::from_utf8(name.as_bytes()).unwrap_or_default();
    text.parse()
        .map_err(|_| format!("this host is called \"{}\", which is no host name", name.escaped()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sudolog_core::session::SessionId;

    fn pairs(entries: &[&str]) -> Pairs {
        Pairs::new(entries.iter().map(|e| Untrusted::from(*e)).collect())
    }

    fn facts() -> Facts {
        Facts {
            session_id: SessionId::from_bytes([1; 16]),
            pid: 7,
            start_ticks: 8,
            boot_id: "boot".into(),
            now: Default::default(),
            background: false,
            terminal: false,
        }
    }

    const USER: [&str; 7] = [
        "user=alice",
        "uid=1000",
        "cwd=/home/alice",
        "host=web1",
        "tty=/dev/pts/1",
        "lines=50",
        "cols=132",
    ];
    const COMMAND: [&str; 3] = ["command=/bin/ls", "runas_uid=0", "runas_user=root"];

    #[test]
    fn fields_come_from_where_sudo_puts_them() {
        let argv = ["ls".into(), Untrusted::new(b"\xff".as_slice())];
        let start =
            session_start(&pairs(&[]), &pairs(&USER), &pairs(&COMMAND), &argv, &facts()).unwrap();
        assert_eq!((start.lines, start.columns, start.submit_uid), (50, 132, 1000));
        assert_eq!(start.run_cwd, "/home/alice".into());
        assert_eq!(start.argv, argv);
        assert_eq!((start.run_group, start.run_gid), (None, None));
    }

    #[test]
    fn a_group_is_kept_when_it_was_asked_for() {
        let command = [COMMAND.as_slice(), &["runas_group=adm", "runas_gid=4"]].concat();
        let start =
            session_start(&pairs(&[]), &pairs(&USER), &pairs(&command), &[], &facts()).unwrap();
        assert_eq!((start.run_group, start.run_gid), (Some("adm".into()), Some(4)));
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        let user = ["user=alice", "uid=1000", "host=../x"];
        let error =
            session_start(&pairs(&[]), &pairs(&user), &pairs(&COMMAND), &[], &facts()).unwrap_err();
        assert!(error.contains("../x"), "{error}");
        let error =
            session_start(&pairs(&[]), &pairs(&USER), &pairs(&[]), &[], &facts()).unwrap_err();
        assert!(error.contains("uid to run as"), "{error}");
    }
}
