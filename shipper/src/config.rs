//! `shipper.toml`, read into [`Options`] that are known to be usable.
//!
//! Every error names the file, the key, the value seen and what to do; a key that is not known is
//! an error with its line, because a misspelt one would otherwise silently protect less.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use rustls::pki_types::ServerName;
use serde::Deserialize;
use sudolog_core::ack::{AckVerifiers, KeyError};
use sudolog_core::limits::FREEZE_TIMEOUT;

use crate::upstream::tls::{Pem, TlsMaterial};

/// All that a shipper must be told. A program that embeds one fills it itself; the fields that a
/// file can never set are marked.
#[derive(Clone, Debug)]
pub struct Options {
    /// The log server, `host:port`.
    pub server: String,
    /// The name that its certificate must have.
    pub server_name: ServerName<'static>,
    /// The unix socket for plugins.
    pub socket: PathBuf,
    /// Certificates and key. Only a program can give them in memory.
    pub tls: TlsMaterial,
    /// Keys that may sign acknowledgements.
    pub ack_keys: AckVerifiers,
    /// How a command is stopped.
    pub freeze: FreezeMode,
    /// Frozen for this long: the session ends. `None` is never.
    pub freeze_timeout: Option<Duration>,
    /// Processes of a session may outlive its sudo for so long, then they are killed. `None` is for
    /// ever.
    pub linger: Option<Duration>,
    /// Below which directory sessions have their cgroups; `None` is `sudolog` in the cgroup2 mount.
    pub cgroup_root: Option<PathBuf>,
    /// Set `favordynmods` on the cgroup2 mount, so that sessions start 6 to 24 ms sooner. It is a
    /// setting of the whole host, and makes each fork and exit slightly slower.
    pub favordynmods: bool,
    /// Whose processes may open sessions. 0, root, whatever a file says; another user only in a
    /// program that shows sessions of its own.
    pub allowed_uid: u32,
}

/// How a command is stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FreezeMode {
    /// By a cgroup of its own, which it cannot leave unseen.
    #[default]
    Cgroup,
    /// Without a cgroup: weaker, because processes can leave a process group.
    Signal,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{file}: {source}", file = .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Not TOML, a key that is unknown or missing, or a value of the wrong type.
    #[error("{file}: {source}", file = .file.display())]
    Toml {
        /// The file.
        file: PathBuf,
        /// What, and in which line.
        source: Box<toml::de::Error>,
    },
    /// A value that cannot be used.
    #[error("{file}: {key} = {value:?}: {want}", file = .file.display())]
    Value {
        /// The file.
        file: PathBuf,
        /// The key.
        key: &'static str,
        /// The value seen.
        value: String,
        /// What it must be.
        want: &'static str,
    },
    /// A key file that holds no keys.
    #[error("{file}: [ack] verify_keys: {key_file}: {source}: copy the server's ack-verify.pub there",
        file = .file.display(), key_file = .key_file.display())]
    Key {
        /// The file.
        file: PathBuf,
        /// The key file.
        key_file: PathBuf,
        /// What is wrong.
        source: KeyError,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Toml {
    server: String,
    server_name: String,
    socket: PathBuf,
    tls: TlsTable,
    ack: AckTable,
    #[serde(default)]
    freeze: FreezeMode,
    #[serde(default = "default_freeze_timeout_s")]
    freeze_timeout_s: u64,
    #[serde(default)]
    linger_s: u64,
    cgroup_root: Option<PathBuf>,
    #[serde(default = "default_favordynmods")]
    favordynmods: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsTable {
    ca: PathBuf,
    cert: PathBuf,
    key: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AckTable {
    verify_keys: Vec<PathBuf>,
}

impl Options {
    /// Reads `file`; `server` from the command line takes the place of the one in it.
    ///
    /// # Errors
    /// [`ConfigError`] of the first thing that is wrong.
    pub fn load(file: &Path, server: Option<String>) -> Result<Self, ConfigError> {
        let read = |path: &Path| {
            fs::read_to_string(path)
                .map_err(|source| ConfigError::Read { file: path.into(), source })
        };
        let mut toml: Toml = toml::from_str(&read(file)?)
            .map_err(|source| ConfigError::Toml { file: file.into(), source: source.into() })?;
        if let Some(server) = server {
            toml.server = server;
        }
        toml.check().map_err(|(key, value, want)| ConfigError::Value {
            file: file.into(),
            key,
            value,
            want,
        })?;
        let mut ack_keys = AckVerifiers::default();
        for key_file in &toml.ack.verify_keys {
            let keys = AckVerifiers::parse(&read(key_file)?).map_err(|source| {
                ConfigError::Key { file: file.into(), key_file: key_file.clone(), source }
            })?;
            ack_keys.extend(keys);
        }
        let server_name =
            ServerName::try_from(toml.server_name.clone()).map_err(|_| ConfigError::Value {
                file: file.into(),
                key: "server_name",
                value: toml.server_name.clone(),
                want: "must be the DNS name or IP address in the server's certificate",
            })?;
        Ok(toml.options(server_name, ack_keys))
    }
}

impl Toml {
    /// Key, value and wish of the first value that cannot be used.
    fn check(&self) -> Result<(), (&'static str, String, &'static str)> {
        let port = self.server.rsplit_once(':').filter(|(host, _)| !host.is_empty());
        if port.and_then(|(_, port)| port.parse::<u16>().ok()).is_none_or(|port| port == 0) {
            let want = "must be HOST:PORT, for example \"logs.example.test:9876\"";
            return Err(("server", self.server.clone(), want));
        }
        let absolute = "must be an absolute path without ..";
        if !is_plain(&self.socket) {
            return Err(("socket", self.socket.display().to_string(), absolute));
        }
        if let Some(root) = self.cgroup_root.as_ref().filter(|root| !is_plain(root)) {
            return Err(("cgroup_root", root.display().to_string(), absolute));
        }
        if self.ack.verify_keys.is_empty() {
            let want = "must name at least one file, the server's ack-verify.pub";
            return Err(("[ack] verify_keys", "[]".to_owned(), want));
        }
        for (key, seconds) in
            [("freeze_timeout_s", self.freeze_timeout_s), ("linger_s", self.linger_s)]
        {
            if seconds > LIMIT_S_MAX {
                let want = "must be at most 604800, a week; 0 is never";
                return Err((key, seconds.to_string(), want));
            }
        }
        Ok(())
    }

    fn options(self, server_name: ServerName<'static>, ack_keys: AckVerifiers) -> Options {
        let limit = |seconds| Some(Duration::from_secs(seconds)).filter(|limit| !limit.is_zero());
        Options {
            server: self.server,
            server_name,
            socket: self.socket,
            tls: TlsMaterial {
                ca: Pem::File(self.tls.ca),
                cert: Pem::File(self.tls.cert),
                key: Pem::File(self.tls.key),
            },
            ack_keys,
            freeze: self.freeze,
            freeze_timeout: limit(self.freeze_timeout_s),
            linger: limit(self.linger_s),
            cgroup_root: self.cgroup_root,
            favordynmods: self.favordynmods,
            allowed_uid: 0,
        }
    }
}

fn is_plain(path: &Path) -> bool {
    path.is_absolute() && !path.components().any(|part| part == Component::ParentDir)
}

fn default_freeze_timeout_s() -> u64 {
    FREEZE_TIMEOUT.as_secs()
}

fn default_favordynmods() -> bool {
    true
}

const LIMIT_S_MAX: u64 = 7 * 24 * 3600;

#[cfg(test)]
mod tests {
    use sudolog_core::ack::AckSigner;

    use super::*;

    const GOOD: &str = "\
server = \"logs:9876\"
server_name = \"logs\"
socket = \"/run/sudolog/plugin.sock\"
[tls]
ca = \"/c\"
cert = \"/h.pem\"
key = \"/h.key\"
[ack]
verify_keys = [\"KEY\"]
";

    /// Loads the good file with one text replaced by another.
    #[test]
    fn the_example_that_is_shipped_reads() {
        let example: Toml = toml::from_str(include_str!("../shipper.toml")).unwrap();
        assert_eq!(example.socket, Path::new("/run/sudolog/plugin.sock"));
    }

    fn load(from: &str, to: &str) -> Result<Options, String> {
        let dir = tempfile::tempdir().unwrap();
        let key = dir.path().join("ack.pub");
        fs::write(&key, AckSigner::from_seed(&[1; 32]).verifier().to_line()).unwrap();
        let (file, text) = (dir.path().join("shipper.toml"), GOOD.replace(from, to));
        fs::write(&file, text.replace("KEY", key.to_str().unwrap())).unwrap();
        Options::load(&file, None).map_err(|error| error.to_string())
    }

    #[test]
    fn a_good_file() {
        let options = load("", "").unwrap();
        assert_eq!((options.allowed_uid, options.freeze), (0, FreezeMode::Cgroup));
        assert_eq!(options.freeze_timeout, Some(FREEZE_TIMEOUT));
        assert!(options.favordynmods && options.ack_keys.ids().count() == 1);
        let never = load("server =", "freeze_timeout_s = 0\nserver =").unwrap();
        assert_eq!((never.freeze_timeout, never.linger), (None, None));
        let some = load("server =", "linger_s = 60\nserver =").unwrap();
        assert_eq!(some.linger, Some(Duration::from_secs(60)));
    }

    #[test]
    fn errors_say_where_and_what() {
        for (from, to, wants) in [
            ("server_name", "server_nam", ["line 2", "server_nam"]),
            ("[tls]", "[tls]\nallowed_uid = 5", ["line 5", "allowed_uid"]),
            ("socket =", "freeze = \"maybe\"\nsocket =", ["line 3", "maybe"]),
            ("socket =", "freeze_timeout_s = -1\nsocket =", ["line 3", "-1"]),
            ("socket =", "freeze_timeout_s = 604801\nsocket =", ["freeze_timeout_s", "604800"]),
            ("socket =", "linger_s = 604801\nsocket =", ["linger_s", "604800"]),
            ("server_name = \"logs\"\n", "", ["missing", "server_name"]),
            ("logs:9876", "logs", ["server = \"logs\"", "HOST:PORT"]),
            ("logs:9876", ":9876", ["server = \":9876\"", "HOST:PORT"]),
            ("\"logs\"", "\"a b\"", ["server_name = \"a b\"", "certificate"]),
            ("/run/", "run/", ["socket", "absolute"]),
            ("socket =", "cgroup_root = \"/sys/fs/../x\"\nsocket =", ["cgroup_root", ".."]),
            ("[\"KEY\"]", "[]", ["verify_keys", "at least one"]),
            ("KEY", "/nowhere/ack.pub", ["/nowhere/ack.pub", "No such file"]),
            ("KEY", "/dev/null", ["/dev/null", "ack-verify.pub"]),
        ] {
            let error = load(from, to).unwrap_err();
            assert!(wants.iter().all(|want| error.contains(want)), "{to}: {error}");
        }
    }

    #[test]
    fn the_command_line_wins() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("shipper.toml");
        fs::write(&file, GOOD).unwrap();
        let error = Options::load(&file, Some("nonsense".into())).unwrap_err();
        assert!(error.to_string().contains("nonsense"), "{error}");
    }
}
