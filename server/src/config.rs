//! `server.toml`: read strictly, complained about with file, key and what to do.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::Access;
use serde::Deserialize;
use sudolog_core::ack::AckSigner;
use sudolog_core::risk::Score;
use sudolog_core::triage::{Policy, Verdict};

use crate::alert::{PlanFile, PlanFileError};
use crate::authz::{Operators, Right};
use crate::risk::{self, LawError};
use crate::tls::{self, TlsError, TlsFiles};

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Where the recordings go, in sudo's numbering.
    pub log_dir: PathBuf,
    /// Where journal, index and access log go.
    pub state_dir: PathBuf,
    /// Certificates and key.
    pub tls: TlsFiles,
    /// Acknowledgements.
    pub ack: AckFiles,
    /// The local socket for consoles.
    #[serde(default)]
    pub console: Console,
    /// Who may look.
    #[serde(default)]
    pub operators: Operators,
    /// The rules.
    #[serde(default)]
    pub risk: Risk,
    /// How sessions are judged.
    #[serde(default)]
    pub triage: Triage,
    /// Who is told what.
    #[serde(default)]
    pub alerts: Alerts,
}

/// `[alerts]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alerts {
    /// Targets and routes; nobody is told anything when absent.
    #[serde(default)]
    pub config: Option<PathBuf>,
    /// Socket of this machine's own log, where it is said that an alert failed; `/dev/log` when absent.
    #[serde(default)]
    pub local_log: Option<PathBuf>,
}

/// `[risk]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    /// The site's own rules; those that are built in when absent.
    #[serde(default)]
    pub rules: Option<PathBuf>,
}

/// `[triage]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Triage {
    /// Verdicts that a second operator has to agree with.
    #[serde(default)]
    pub second_look: Vec<Verdict>,
    /// So has every verdict on a session with this risk or a higher one.
    #[serde(default)]
    pub second_look_from_risk: Option<Score>,
}

impl Triage {
    /// When one pair of eyes is not enough.
    pub fn policy(&self) -> Policy {
        let Self { second_look, second_look_from_risk } = self.clone();
        Policy { second_look, second_look_from: second_look_from_risk }
    }
}

/// `[ack]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AckFiles {
    /// The secret key that signs acknowledgements.
    pub sign_key: PathBuf,
}

/// `[console]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Console {
    /// Unix socket for consoles on this machine; none when absent.
    #[serde(default)]
    pub socket: Option<PathBuf>,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
    /// It is not TOML, or a key is missing, unknown or of the wrong type. Shows the line.
    #[error("{}: {error}", path.display())]
    Parse {
        /// Which file.
        path: PathBuf,
        /// Line, key and what was expected.
        error: Box<toml::de::Error>,
    },
    /// A value that cannot be used.
    #[error("{key} = {value:?}: {problem}")]
    Value {
        /// The key.
        key: &'static str,
        /// What it says.
        value: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The rules.
    #[error("[risk] rules = {0}")]
    Rules(#[from] LawError),
    /// The alerts.
    #[error("[alerts] config = {0}")]
    Alerts(#[from] PlanFileError),
    /// Certificates or key.
    #[error("[tls] {0}")]
    Tls(#[from] TlsError),
}

impl Config {
    /// Reads a file. Relative paths in it start at its directory.
    ///
    /// # Errors
    /// [`ConfigError`]
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path)
            .map_err(|error| ConfigError::Read { path: path.to_owned(), error })?;
        let mut config: Self = toml::from_str(&text).map_err(|error| ConfigError::Parse {
            path: path.to_owned(),
            error: Box::new(error),
        })?;
        let base = path.parent().unwrap_or(Path::new("."));
        let paths = [
            &mut config.log_dir,
            &mut config.state_dir,
            &mut config.tls.ca,
            &mut config.tls.cert,
            &mut config.tls.key,
            &mut config.ack.sign_key,
        ];
        let optional = config.console.socket.iter_mut().chain(&mut config.risk.rules);
        let optional = optional.chain(&mut config.alerts.config);
        let optional = optional.chain(&mut config.alerts.local_log);
        for path in paths.into_iter().chain(optional) {
            *path = base.join(&*path);
        }
        Ok(config)
    }

    /// Checks everything that the configuration names, without changing anything.
    ///
    /// # Errors
    /// The first [`ConfigError`] found.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.check_needed()?;
        if let Some(file) = &self.risk.rules {
            risk::read(file)?;
        }
        if let Some(file) = &self.alerts.config {
            PlanFile::load(file)?;
        }
        Ok(())
    }

    /// Checks what the server cannot do without: all but the files of rules and of alerts, which must not keep
    /// it from starting.
    ///
    /// # Errors
    /// The first [`ConfigError`] found.
    pub fn check_needed(&self) -> Result<(), ConfigError> {
        tls::server_config(&self.tls)?;
        secret_mode("tls.key", &self.tls.key)?;
        self.signer()?;
        for (key, dir) in [("log_dir", &self.log_dir), ("state_dir", &self.state_dir)] {
            check_directory(key, dir)?;
        }
        if self.log_dir.starts_with(&self.state_dir) || self.state_dir.starts_with(&self.log_dir) {
            return Err(value(
                "state_dir",
                &self.state_dir,
                "must not lie in log_dir or around it: sudoreplay lists what is there",
            ));
        }
        if let Some(uid) = self.operators.shared_uid() {
            let problem = "two operators have this uid; the access log could not tell them apart";
            return Err(ConfigError::Value {
                key: "operators.uids",
                value: uid.to_string(),
                problem: problem.into(),
            });
        }
        if self.operators.has(risk::WHO) {
            return Err(ConfigError::Value {
                key: "operators",
                value: risk::WHO.to_owned(),
                problem: "is what orders of the rules are signed with; call the operator otherwise"
                    .into(),
            });
        }
        let judges = self.operators.who_may(Right::Judge);
        if self.triage.policy() != Policy::default() && judges < 2 {
            return Err(ConfigError::Value {
                key: "triage",
                value: "second_look".to_owned(),
                problem: format!(
                    "{judges} operators may judge, so nobody could be the second; name another auditor \
                     or admin in [operators], or take second_look and second_look_from_risk out"
                ),
            });
        }
        Ok(())
    }

    /// Reads the key that signs acknowledgements.
    ///
    /// # Errors
    /// [`ConfigError::Value`]; the secret is not repeated in it.
    pub fn signer(&self) -> Result<AckSigner, ConfigError> {
        let path = &self.ack.sign_key;
        secret_mode("ack.sign_key", path)?;
        let text = fs::read_to_string(path).map_err(|e| value("ack.sign_key", path, e))?;
        AckSigner::parse(&text).map_err(|e| value("ack.sign_key", path, e))
    }
}

/// One that is missing is made at the start. One that everybody may write to has no proof in it, and one
/// that this user may not write to would be found out with the first session.
fn check_directory(key: &'static str, dir: &Path) -> Result<(), ConfigError> {
    let metadata = match fs::metadata(dir) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(value(key, dir, error)),
    };
    if !metadata.is_dir() {
        return Err(value(key, dir, "is not a directory"));
    }
    if metadata.mode() & 0o002 != 0 {
        return Err(value(key, dir, "may be written by everybody; chmod o-w it"));
    }
    rustix::fs::access(dir, Access::WRITE_OK | Access::EXEC_OK)
        .map_err(|error| value(key, dir, format!("this user may not write there: {error}")))
}

/// A private key that others can read is no secret.
fn secret_mode(key: &'static str, path: &Path) -> Result<(), ConfigError> {
    let mode = fs::metadata(path).map_err(|e| value(key, path, e))?.mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let problem = format!("has mode {:04o}, others can read it; chmod 600 it", mode & 0o7777);
    Err(value(key, path, problem))
}

fn value(key: &'static str, path: &Path, problem: impl std::fmt::Display) -> ConfigError {
    ConfigError::Value { key, value: path.display().to_string(), problem: problem.to_string() }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn written(extra: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        crate::pki::init(&dir.path().join("pki"), "logs", &[]).unwrap();
        let file = dir.path().join("server.toml");
        let text = format!(
            "listen = \"127.0.0.1:0\"\nlog_dir = \"log\"\nstate_dir = \"state\"\n{extra}\n\
             [tls]\nca = \"pki/ca.pem\"\ncert = \"pki/server.pem\"\nkey = \"pki/server.key\"\n\
             [ack]\nsign_key = \"pki/ack-sign.key\"\n"
        );
        fs::write(&file, text).unwrap();
        (dir, file)
    }

    #[test]
    fn a_directory_that_everybody_may_write_to_is_none() {
        let (dir, file) = written("");
        let config = Config::load(&file).unwrap();
        config.check().unwrap();
        let state = dir.path().join("state");
        fs::create_dir(&state).unwrap();
        config.check().unwrap();
        fs::set_permissions(&state, fs::Permissions::from_mode(0o777)).unwrap();
        let error = config.check().unwrap_err().to_string();
        assert!(error.contains("state_dir") && error.contains("chmod o-w"), "{error}");
        fs::remove_dir(&state).unwrap();
        fs::write(&state, "").unwrap();
        let error = config.check().unwrap_err().to_string();
        assert!(error.contains("not a directory"), "{error}");
    }

    #[test]
    fn a_good_file_is_good_and_paths_start_beside_it() {
        let (dir, file) = written("");
        let config = Config::load(&file).unwrap();
        config.check().unwrap();
        assert_eq!(config.log_dir, dir.path().join("log"));
    }

    #[test]
    fn the_example_that_is_shipped_reads() {
        let text = include_str!("../server.toml");
        let config: Config = toml::from_str(text).unwrap();
        assert_eq!(config.listen.port(), sudolog_core::limits::SERVER_PORT);
    }

    /// The users of server and shipper differ, and `/run/sudolog` holds the plugins' socket.
    #[test]
    fn the_units_share_no_directory_and_the_link_leads_to_the_socket() {
        let server = include_str!("../sudolog-server.service");
        let shipper = include_str!("../../shipper/sudolog-shipper.service");
        let value = |unit: &str, key: &str| {
            let line = unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or("").to_owned()
        };
        let (user, directory) = (value(server, "User"), value(server, "RuntimeDirectory"));
        assert_eq!((user.as_str(), value(shipper, "User").as_str()), ("sudolog", ""));
        assert_ne!(directory, value(shipper, "RuntimeDirectory"));

        let config: Config = toml::from_str(include_str!("../server.toml")).unwrap();
        let socket = config.console.socket.unwrap();
        assert_eq!(socket.parent(), Some(Path::new("/run").join(&directory).as_path()));
        let link = server.lines().find(|line| line.contains("/ln -sfn ")).unwrap();
        let mut words = link.split(' ').rev().map(Path::new);
        let (name, target) = (words.next().unwrap(), words.next().unwrap());
        assert_eq!(name, Path::new("/run/sudolog/console.sock"), "where consoles look");
        assert_eq!(name.parent().unwrap().join(target), socket);
    }

    #[test]
    fn a_second_look_is_asked_for_as_it_says_and_needs_a_second_operator() {
        let operators = "[operators.olga]\nrole = \"admin\"\n[operators.vic]\nrole = \"viewer\"";
        let second = "[triage]\nsecond_look = [\"incident\"]\nsecond_look_from_risk = 75";
        let (_dir, file) = written(&format!("{second}\n{operators}"));
        let config = Config::load(&file).unwrap();
        let policy = config.triage.policy();
        assert_eq!(policy.second_look, [Verdict::Incident]);
        assert_eq!(policy.second_look_from.map(Score::points), Some(75));
        let error = config.check().unwrap_err().to_string();
        assert!(error.contains("triage") && error.contains("1 operators"), "{error}");
        let auditor = operators.replace("viewer", "auditor");
        let (_dir, file) = written(&format!("{second}\n{auditor}"));
        Config::load(&file).unwrap().check().unwrap();
        for wrong in ["second_look = [\"maybe\"]", "second_look_from_risk = 101", "second = 1"] {
            let (_dir, file) = written(&format!("[triage]\n{wrong}\n"));
            let error = Config::load(&file).unwrap_err().to_string();
            assert!(error.contains("line 5"), "{error}");
        }
    }

    #[test]
    fn unknown_keys_are_named_with_their_line() {
        let (_dir, file) = written("logdir = \"x\"");
        let error = Config::load(&file).unwrap_err().to_string();
        assert!(
            error.contains("server.toml") && error.contains("line 4") && error.contains("logdir"),
            "{error}"
        );
    }

    #[test]
    fn wrong_values_are_named_with_what_to_do() {
        let (dir, file) = written("");
        let text = fs::read_to_string(&file).unwrap();
        let error = |from: &str, to: &str| {
            fs::write(&file, text.replace(from, to)).unwrap();
            Config::load(&file).and_then(|c| c.check()).unwrap_err().to_string()
        };
        let missing = error("pki/ca.pem", "pki/nothing.pem");
        assert!(missing.contains("[tls]") && missing.contains("nothing.pem"), "{missing}");
        let swapped = error("cert = \"pki/server.pem\"", "cert = \"pki/ca.pem\"");
        assert!(swapped.contains("ca.pem"), "{swapped}");
        let nested = error("state_dir = \"state\"", "state_dir = \"log/state\"");
        assert!(nested.contains("state_dir") && nested.contains("sudoreplay"), "{nested}");
        let named = error("\n[tls]", "\n[operators.rules]\nrole = \"viewer\"\n[tls]");
        assert!(named.contains("operators") && named.contains("orders of the rules"), "{named}");
        let address = error("127.0.0.1:0", "everywhere");
        assert!(address.contains("listen") || address.contains("line 1"), "{address}");

        let key = dir.path().join("pki/ack-sign.key");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
        let open = error("", "");
        assert!(
            open.contains("ack.sign_key") && open.contains("0640") && open.contains("chmod"),
            "{open}"
        );
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&key, "rubbish").unwrap();
        let rubbish = error("", "");
        assert!(
            rubbish.contains("sudolog-ack-sign-1") && !rubbish.contains("rubbish"),
            "{rubbish}"
        );
    }
}
