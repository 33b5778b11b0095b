//! The options behind the plugin's path in `sudo.conf(5)`. There is no other configuration: the
//! environment belongs to the user, and sudo changes it under our feet.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use sudolog_core::untrusted::Untrusted;

/// What `sudolog_io` must be told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// The shipper's socket.
    pub(crate) socket: PathBuf,
    /// File with the keys that sign acknowledgements.
    pub(crate) key: PathBuf,
}

/// What `sudolog_audit` may be told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AuditOptions {
    /// The shipper's socket; without it the event log is told nothing.
    pub(crate) socket: Option<PathBuf>,
    /// Variables of the environment that the event log may be told.
    pub(crate) env: Vec<Vec<u8>>,
    /// Where this host's own log takes messages.
    pub(crate) log: PathBuf,
}

/// An option that cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum OptionError {
    #[error(
        "unknown option {0:?} of sudolog_io in sudo.conf; known are socket=, key=, on_error=refuse"
    )]
    Unknown(Untrusted),
    #[error(
        "unknown option {0:?} of sudolog_audit in sudo.conf; known are socket=PATH, env=NAME,NAME and log=PATH"
    )]
    UnknownAudit(Untrusted),
    #[error("socket= and log= of sudolog_audit in sudo.conf need absolute paths")]
    Relative,
    #[error("sudolog_io in sudo.conf needs {0}=PATH with an absolute path")]
    Missing(&'static str),
    #[error("on_error={0:?} in sudo.conf: the only choice is refuse, no command runs unrecorded")]
    OnError(Untrusted),
}

impl Options {
    /// Reads the words behind the plugin's path.
    pub(crate) fn parse(words: &[Untrusted]) -> Result<Self, OptionError> {
        let (mut socket, mut key) = (None, None);
        for word in words {
            let bytes = word.as_bytes();
            if let Some(path) = bytes.strip_prefix(b"socket=") {
                socket = absolute(path);
            } else if let Some(path) = bytes.strip_prefix(b"key=") {
                key = absolute(path);
            } else if let Some(choice) = bytes.strip_prefix(b"on_error=") {
                if choice != b"refuse" {
                    return Err(OptionError::OnError(Untrusted::new(choice)));
                }
            } else {
                return Err(OptionError::Unknown(word.clone()));
            }
        }
        Ok(Self {
            socket: socket.ok_or(OptionError::Missing("socket"))?,
            key: key.ok_or(OptionError::Missing("key"))?,
        })
    }
}

impl AuditOptions {
    /// Reads the words behind the plugin's path.
    pub(crate) fn parse(words: &[Untrusted]) -> Result<Self, OptionError> {
        let mut options = Self::default();
        for word in words {
            let bytes = word.as_bytes();
            if let Some(path) = bytes.strip_prefix(b"socket=") {
                options.socket = Some(absolute(path).ok_or(OptionError::Relative)?);
            } else if let Some(path) = bytes.strip_prefix(b"log=") {
                options.log = absolute(path).ok_or(OptionError::Relative)?;
            } else if let Some(names) = bytes.strip_prefix(b"env=") {
                let names = names.split(|byte| *byte == b',').filter(|name| !name.is_empty());
                options.env = names.map(<[u8]>::to_vec).collect();
            } else {
                return Err(OptionError::UnknownAudit(word.clone()));
            }
        }
        Ok(options)
    }
}

impl Default for AuditOptions {
    fn default() -> Self {
        Self { socket: None, env: Vec::new(), log: "/dev/log".into() }
    }
}

fn absolute(path: &[u8]) -> Option<PathBuf> {
    let path = PathBuf::from(OsString::from_vec(path.to_vec()));
    path.is_absolute().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Options, String> {
        let words: Vec<_> = words.iter().map(|w| Untrusted::from(*w)).collect();
        Options::parse(&words).map_err(|e| e.to_string())
    }

    #[test]
    fn both_paths_are_needed() {
        let options = parse(&["socket=/run/a", "key=/etc/b", "on_error=refuse"]).unwrap();
        assert_eq!((options.socket, options.key), ("/run/a".into(), "/etc/b".into()));
        assert!(parse(&["key=/etc/b"]).unwrap_err().contains("socket=PATH"));
        assert!(parse(&["socket=run/a", "key=/etc/b"]).unwrap_err().contains("socket=PATH"));
    }

    #[test]
    fn the_audit_half_needs_nothing_and_says_what_it_does_not_know() {
        let parse = |words: &[&str]| {
            let words: Vec<_> = words.iter().map(|w| Untrusted::from(*w)).collect();
            AuditOptions::parse(&words).map_err(|e| e.to_string())
        };
        assert_eq!(parse(&[]).unwrap(), AuditOptions::default());
        let options = parse(&["socket=/run/a", "env=LANG,,TERM"]).unwrap();
        assert_eq!(options.env, [b"LANG".to_vec(), b"TERM".to_vec()]);
        assert!(parse(&["envs=X"]).unwrap_err().contains("envs=X"));
        assert_eq!(parse(&["log=/run/log"]).unwrap().log, PathBuf::from("/run/log"));
        assert!(parse(&["log=a"]).unwrap_err().contains("absolute"));
        assert!(parse(&["socket=a"]).unwrap_err().contains("absolute"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(parse(&["kee=/etc/b"]).unwrap_err().contains("kee=/etc/b"));
        assert!(parse(&["on_error=run"]).unwrap_err().contains("\"run\""));
    }
}
