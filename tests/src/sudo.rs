//! The real sudo with a generated `/etc` of its own, in a private mount and host name space.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::net::Namespace;
use crate::programs;

/// Calls sudo with our plugin, as one of the users of [`USERS`].
pub struct Sudo {
    etc: PathBuf,
    /// Words before each command that take it to its network.
    network: Vec<String>,
}

/// The name that the host has inside; its certificate says the same.
pub const HOST: &str = "web1";
/// Users that exist inside, beside root: name and uid.
pub const USERS: [(&str, u32); 2] = [("alice", 4001), ("bob", 4002)];

impl Sudo {
    /// Generates sudo.conf, sudoers, passwd, group, shadow and hosts under `etc`.
    ///
    /// # Errors
    /// When files cannot be written or the plugin was not built.
    pub fn generate(etc: &Path, socket: &Path, verify_key: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(etc)?;
        let plugin = etc.join("sudolog_plugin.so");
        fs::copy(programs::built(programs::PLUGIN)?, &plugin)?;
        let (plugin, socket, key) = (plugin.display(), socket.display(), verify_key.display());
        let lines = USERS.map(|(name, uid)| {
            (
                format!("{name}:x:{uid}:{uid}::/tmp:/bin/bash\n"),
                format!("{name}:x:{uid}:\n"),
                format!("{name}:!:::::::\n"),
            )
        });
        let files = [
            (
                "sudo.conf",
                format!(
                    "Plugin sudoers_policy sudoers.so\nPlugin sudoers_io sudoers.so\nPlugin sudoers_audit sudoers.so\n\
                     Plugin sudolog_io {plugin} socket={socket} key={key}\n\
                     Plugin sudolog_audit {plugin} socket={socket}\n"
                ),
                0o644,
            ),
            (
                "sudoers",
                "Defaults env_reset, use_pty, !lecture, !mailto\nDefaults env_keep += \"EDITOR SUDOLOG_TEST\"\n\
                 Defaults env_editor\nALL ALL=(ALL:ALL) NOPASSWD: ALL\n"
                    .into(),
                0o440,
            ),
            ("passwd", fs::read_to_string("/etc/passwd")? + &lines.clone().map(|l| l.0).concat(), 0o644),
            ("group", fs::read_to_string("/etc/group")? + &lines.clone().map(|l| l.1).concat(), 0o644),
            ("shadow", fs::read_to_string("/etc/shadow")? + &lines.map(|l| l.2).concat(), 0o600),
            ("hosts", hosts(""), 0o644),
        ];
        for (name, content, mode) in files {
            let path = etc.join(name);
            fs::write(&path, content).with_context(|| path.display().to_string())?;
            fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
        }
        fs::write(etc.join("enter"), ENTER)?;
        Ok(Self { etc: etc.to_owned(), network: Vec::new() })
    }

    /// The command `sudo ARGS…` as root inside.
    pub fn command(&self, args: &[&str]) -> Command {
        self.inside(&[&["sudo"], args].concat())
    }

    /// The command `sudo ARGS…` as another user inside.
    pub fn command_as(&self, user: &str, args: &[&str]) -> Command {
        let drop = ["setpriv", "--reuid", user, "--regid", user, "--init-groups", "--", "sudo"];
        self.inside(&[&drop, args].concat())
    }

    /// The same as [`command_as`](Self::command_as) of somebody who logged in: the kernel's audit knows who.
    pub fn logged_in(&self, user: &str, command: &[&str]) -> Command {
        let login = "uid=$(id -u \"$0\"); echo \"$uid\" > /proc/self/loginuid || exit 9; \
            exec setpriv --reuid \"$0\" --regid \"$0\" --init-groups -- \"$@\"";
        self.inside(&[&["sh", "-c", login, user], command].concat())
    }

    /// Any command inside, as root.
    pub fn inside(&self, command: &[&str]) -> Command {
        let mut words = self.network.iter().map(String::as_str).chain(["unshare"]);
        let mut unshare = Command::new(words.next().unwrap_or_default());
        unshare
            .args(words)
            .args(["--mount", "--uts", "--", "sh"])
            .arg(self.etc.join("enter"))
            .arg(&self.etc)
            .arg(HOST);
        unshare.args(command);
        unshare
    }

    /// From now on everything inside has this network.
    pub fn live_on(&mut self, machine: &Namespace) {
        self.network = machine.enter();
    }

    /// Adds these lines, and no others, to what `/etc/hosts` must have.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_hosts(&self, lines: &str) -> anyhow::Result<()> {
        Ok(fs::write(self.etc.join("hosts"), hosts(lines))?)
    }

    /// Replaces the sudo.conf.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_conf(&self, text: &str) -> anyhow::Result<()> {
        Ok(fs::write(self.etc.join("sudo.conf"), text)?)
    }

    /// The sudo.conf as it is.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn conf(&self) -> anyhow::Result<String> {
        Ok(fs::read_to_string(self.etc.join("sudo.conf"))?)
    }
}

fn hosts(lines: &str) -> String {
    format!("127.0.0.1 localhost {HOST}\n{lines}")
}

/// Binds the generated files over /etc inside the new mount namespace, then becomes the command.
const ENTER: &str = r#"set -e
etc=$1; host=$2; shift 2
for file in sudo.conf sudoers passwd group shadow hosts; do
    mount --bind "$etc/$file" "/etc/$file"
done
echo "$host" > /proc/sys/kernel/hostname
exec "$@"
"#;
