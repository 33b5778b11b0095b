//! The console's configuration file, `tui.toml`: which server, and who we are.
//!
//! Looked for in `$XDG_CONFIG_HOME/sudolog/` (`~/.config/sudolog/`), then in `/etc/sudolog/`. Every
//! key is optional. A key that this build does not know is a warning, not an error, so that one
//! file can serve consoles of several ages.

mod server;
mod triage;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize as _;

use crate::keymap::{self, Keymap};
use crate::source::server::{TcpAddress, TlsFiles};
use crate::theme::Borders;

pub use server::{NoServer, ServerChoice};
use triage::TriageForm;

/// What the file says; nothing of it is required.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The file that was read, absent when there was none.
    pub file: Option<PathBuf>,
    /// `server`: where the server listens.
    pub server: Option<TcpAddress>,
    /// `server_name`: the name in the server's certificate, when it is not the host of `server`.
    pub server_name: Option<String>,
    /// `socket`: the server's unix socket on this machine.
    pub socket: Option<PathBuf>,
    /// `theme`: the name of a theme.
    pub theme: Option<String>,
    /// Where the file names it: `FILE, line N`.
    pub theme_place: String,
    /// `borders`: which signs are drawn with.
    pub borders: Borders,
    /// `mouse`: whether the console uses it; otherwise it is the terminal's.
    pub mouse: Option<bool>,
    /// `bell`: whether an alarm is also heard.
    pub bell: Option<bool>,
    /// `copy_to_file`: whether what is copied goes into a file in place of the clipboard.
    pub copy_to_file: Option<bool>,
    /// `[triage]` `operator`: the operator's own name on the server.
    pub operator: Option<String>,
    /// `[triage.filters]`: filters of the triage screen by name; safe to show.
    pub filters: Vec<(String, String)>,
    /// `[tls]`: `ca`, `cert`, `key`. Relative paths start at the file's directory.
    pub tls: Option<TlsFiles>,
    /// `verify_key`: the server's public keys.
    pub verify_key: Option<PathBuf>,
    /// `[keys]`: which key does what.
    pub keymap: Keymap,
    /// What is wrong with the file and was passed over, one sentence each.
    pub warnings: Vec<String>,
    /// What works and may surprise all the same.
    pub notes: Vec<String>,
}

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("cannot read the configuration {}: {source}", .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// It does not say what it should.
    #[error("{}: {reason}", .file.display())]
    Content {
        /// The file.
        file: PathBuf,
        /// Where and what, in the parser's words.
        reason: String,
    },
}

impl Config {
    /// Reads `chosen` (from `--config`), else the first of the usual files that exists.
    ///
    /// # Errors
    /// [`ConfigError`]; a missing file is one only when it was chosen.
    pub fn load(chosen: Option<&Path>) -> Result<Self, ConfigError> {
        if let Some(file) = chosen {
            return Self::read(file)
                .map_err(|source| ConfigError::Read { file: file.to_owned(), source })?;
        }
        for file in usual_files(|name| std::env::var_os(name)) {
            match Self::read(&file) {
                Ok(config) => return config,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(ConfigError::Read { file, source }),
            }
        }
        Ok(Self::default())
    }

    /// The server's public keys: the file that is named, or where a host keeps them.
    pub fn verify_key(&self) -> PathBuf {
        self.verify_key.clone().unwrap_or_else(|| PathBuf::from(LOCAL_VERIFY_KEY))
    }

    fn read(file: &Path) -> io::Result<Result<Self, ConfigError>> {
        let text = std::fs::read_to_string(file)?;
        Ok(Self::parse(&text, file))
    }

    fn parse(text: &str, file: &Path) -> Result<Self, ConfigError> {
        let (form, misfits) = form(text, file)?;
        let directory = file.parent().unwrap_or(Path::new("."));
        let place = |key: &str| format!("{}, line {}", file.display(), line_of(text, key));
        let theme = form.theme.as_ref().and_then(|theme| theme.as_str()).map(str::to_owned);
        let nameless = form.theme.is_some() && theme.is_none();
        let nameless = nameless.then(|| format!("{}: `theme` is a name in quotes", place("theme")));
        let unknown = form.unknown.keys().map(|key| unknown_key(file, text, key));
        let mut triage = form.triage.unwrap_or_default();
        let operator = triage.operator.take();
        let (filters, wrong) = triage::filters(triage, text, file);
        let (overrides, mut faults) = keymap::parse(text);
        let (keymap, more) = Keymap::with(&overrides);
        faults.extend(more);
        faults.sort_by_key(|fault| fault.line);
        let told = |wrong| {
            let faults = faults.iter().filter(move |fault| fault.is_wrong == wrong);
            faults.map(|fault| format!("{}, {fault}", file.display()))
        };
        Ok(Self {
            file: Some(file.to_owned()),
            server: form.server,
            server_name: form.server_name,
            socket: form.socket.map(|path| directory.join(path)),
            theme,
            theme_place: place("theme"),
            borders: form.borders,
            mouse: form.mouse,
            bell: form.bell,
            copy_to_file: form.copy_to_file,
            operator,
            filters,
            verify_key: form.verify_key.map(|path| directory.join(path)),
            tls: form.tls.map(|files| files.below(directory)),
            keymap,
            warnings: (misfits.into_iter().chain(nameless).chain(unknown))
                .chain(wrong)
                .chain(told(true))
                .collect(),
            notes: told(false).collect(),
        })
    }
}

/// The file as serde reads it.
#[derive(serde::Deserialize)]
struct Form {
    server: Option<TcpAddress>,
    server_name: Option<String>,
    socket: Option<PathBuf>,
    /// Whatever it is: a console starts without it.
    theme: Option<toml::Value>,
    #[serde(default)]
    borders: Borders,
    mouse: Option<bool>,
    bell: Option<bool>,
    copy_to_file: Option<bool>,
    triage: Option<TriageForm>,
    verify_key: Option<PathBuf>,
    tls: Option<TlsFiles>,
    /// Read by the keymap itself, which knows the lines.
    #[serde(rename = "keys")]
    _keys: Option<toml::Value>,
    #[serde(flatten)]
    unknown: toml::Table,
}

/// The file without what is not of the kind that it should be, and a sentence for each of those. Nothing is
/// passed over that says which server is meant and how it is known: no console goes to another one.
fn form(text: &str, file: &Path) -> Result<(Form, Vec<String>), ConfigError> {
    let failed = |reason| ConfigError::Content { file: file.to_owned(), reason };
    let words = |error: toml::de::Error| error.to_string().trim_end().to_owned();
    let mut table: toml::Table = toml::from_str(text).map_err(|error| failed(words(error)))?;
    let (mut grave, mut misfits) = (Vec::new(), Vec::new());
    for (key, value) in table.clone() {
        let alone = toml::Table::from_iter([(key.clone(), value)]);
        let Err(error) = Form::deserialize(alone) else { continue };
        let said = format!("line {}: `{key}`: {}", line_of(text, &key), error.message());
        match PASSED_OVER.contains(&key.as_str()) {
            true => misfits.push(format!("{}, {said}", file.display())),
            false => grave.push(said),
        }
        table.remove(&key);
    }
    if grave.is_empty() {
        let form = Form::deserialize(table).map_err(|error| failed(words(error)))?;
        return Ok((form, misfits));
    }
    grave.extend(misfits);
    Err(failed(grave.join("\n")))
}

/// Where this operator keeps themes: `$XDG_CONFIG_HOME/sudolog/themes`.
pub fn theme_directory() -> Option<PathBuf> {
    Some(user_directory(|name| std::env::var_os(name))?.join("sudolog/themes"))
}

fn usual_files(variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let directories = user_directory(variable).into_iter().chain([PathBuf::from("/etc")]);
    directories.map(|directory| directory.join("sudolog/tui.toml")).collect()
}

fn user_directory(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let home = || Some(PathBuf::from(variable("HOME")?).join(".config"));
    let user = variable("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    user.or_else(home)
}

/// The line that begins with a key, from 1; 0 when there is none.
fn line_of(text: &str, key: &str) -> usize {
    let begins = |line: &str| {
        let line = line.trim_start().trim_start_matches(['[', '"']);
        line.strip_prefix(key).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    text.lines().position(begins).map_or(0, |index| index + 1)
}

fn unknown_key(file: &Path, text: &str, key: &str) -> String {
    let line = line_of(text, key);
    format!(
        "{}, line {line}: the key `{}` is unknown and ignored",
        file.display(),
        key.escape_debug()
    )
}

/// A console starts without these.
const PASSED_OVER: [&str; 5] = ["borders", "mouse", "bell", "copy_to_file", "triage"];
/// Where a host that records keeps the keys that it trusts.
const LOCAL_VERIFY_KEY: &str = "/etc/sudolog/ack-verify.pub";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(text, Path::new("/etc/sudolog/tui.toml"))
    }

    #[test]
    fn reads_every_key_and_takes_paths_from_the_files_place() {
        let text = "server = \"logs:1\"\nserver_name = \"logs.test\"\nsocket = \"/run/x\"\n\
                    verify_key = \"ack.pub\"\n\
                    [tls]\nca = \"ca.pem\"\ncert = \"/a/b.pem\"\nkey = \"b.key\"\n";
        let config = parse(text).unwrap();
        assert_eq!(config.verify_key(), Path::new("/etc/sudolog/ack.pub"));
        assert_eq!(config.server.unwrap().to_string(), "logs:1");
        assert_eq!(config.socket, Some("/run/x".into()));
        let tls = config.tls.unwrap();
        assert_eq!(tls.ca, Path::new("/etc/sudolog/ca.pem"));
        assert_eq!(tls.cert, Path::new("/a/b.pem"));
        assert!(config.warnings.is_empty());
    }

    #[test]
    fn a_wrong_value_is_told_with_its_place() {
        let error = parse("socket = \"x\"\nserver = \"a:b:c\"\n").unwrap_err().to_string();
        assert!(
            error.starts_with("/etc/sudolog/tui.toml: ") && error.contains("line 2"),
            "{error}"
        );
        assert!(error.contains("HOST:PORT"), "{error}");
        let error = parse("[tls]\nca = \"x\"\n").unwrap_err().to_string();
        assert!(error.contains("missing field `cert`"), "{error}");
    }

    #[test]
    fn filters_are_read_and_those_that_are_none_are_told() {
        let text = "bell = false\n[triage]\noperator = \"olga\"\nx = 1\n[triage.filters]\n\
                    \"root at night\" = \"anomaly:root_shell,after_hours\"\nbad = \"usr:x\"\n";
        let config = parse(text).unwrap();
        let filter = ("root at night".to_owned(), "anomaly:root_shell,after_hours".to_owned());
        assert_eq!((config.bell, config.filters), (Some(false), vec![filter]));
        assert_eq!(config.operator.as_deref(), Some("olga"));
        let [bad, unknown] = config.warnings.as_slice() else { panic!("{:?}", config.warnings) };
        assert!(
            bad.contains("line 7: the filter `bad`: character 1: there is no field usr"),
            "{bad}"
        );
        assert!(unknown.contains("line 4: the key `x` of [triage] is unknown"), "{unknown}");
    }

    #[test]
    fn unknown_keys_are_warnings_with_their_line() {
        let config = parse("theme = \"nord\"\ncolour = 1\n\n[kyes]\na = 1\n").unwrap();
        assert_eq!(config.theme.as_deref(), Some("nord"));
        assert!(config.warnings[0].contains("line 2: the key `colour`"), "{:?}", config.warnings);
        assert!(config.warnings[1].contains("line 4: the key `kyes`"), "{:?}", config.warnings);
    }

    #[test]
    fn a_theme_that_is_no_name_is_passed_over_and_told() {
        let config = parse("mouse = true\ntheme = 5\n").unwrap();
        assert_eq!((config.theme, config.mouse), (None, Some(true)));
        assert_eq!(parse("borders = \"ascii\"").unwrap().borders, Borders::Ascii);
        assert_eq!(config.theme_place, "/etc/sudolog/tui.toml, line 2");
        let told = "/etc/sudolog/tui.toml, line 2: `theme` is a name in quotes";
        assert_eq!(config.warnings, [told]);
    }

    #[test]
    fn values_of_a_wrong_kind_are_passed_over_and_all_told() {
        let text = "borders = \"round\"\nmouse = \"no\"\nbell = false\ncolour = 1\n\
                    [triage]\noperator = \"olga\"\n[triage.filters]\nx = 3\n";
        let config = parse(text).unwrap();
        assert_eq!(
            (config.borders, config.mouse, config.bell),
            (Borders::default(), None, Some(false))
        );
        assert_eq!(config.operator.as_deref(), Some("olga"));
        let told = config.warnings.join("\n");
        for part in [
            "line 1: `borders`: ",
            "`auto`, `unicode`, `ascii`",
            "line 2: `mouse`: ",
            "line 4: the key `colour`",
            "line 8: the filter `x` is no text in quotes",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
        let error = parse("server = 1\nsocket = 2\nmouse = 3\n").unwrap_err().to_string();
        for part in ["line 1: `server`", "line 2: `socket`", "line 3: `mouse`"] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }

    #[test]
    fn keys_are_changed_and_what_is_wrong_with_them_is_told() {
        let config =
            parse("[keys.replay]\ncopy = \"Y\"\nslower = \"Lfet\"\nfaster = \"q\"\n").unwrap();
        assert_ne!(config.keymap, Keymap::default());
        let [first, second] = config.warnings.as_slice() else { panic!("{:?}", config.warnings) };
        assert!(
            first.starts_with("/etc/sudolog/tui.toml, line 2: the action `copy` stands"),
            "{first}"
        );
        assert!(second.ends_with("did you mean Left?"), "{second}");
        assert_eq!(
            config.notes,
            ["/etc/sudolog/tui.toml, line 4: q hides `back` in [keys.replay]"]
        );
    }

    #[test]
    fn a_chosen_file_must_exist() {
        let error = Config::load(Some(Path::new("/nonexistent/tui.toml"))).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/tui.toml"), "{error}");
    }

    #[test]
    fn the_users_file_comes_before_the_systems() {
        let home = |name: &str| (name == "HOME").then(|| "/home/sam".into());
        let files = usual_files(home);
        assert_eq!(files[0], Path::new("/home/sam/.config/sudolog/tui.toml"));
        assert_eq!(files[1], Path::new("/etc/sudolog/tui.toml"));
        let xdg = |name: &str| (name == "XDG_CONFIG_HOME").then(|| "/cfg".into());
        assert_eq!(usual_files(xdg)[0], Path::new("/cfg/sudolog/tui.toml"));
        assert_eq!(usual_files(|_| None).len(), 1);
    }
}
