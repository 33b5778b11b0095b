//! Which recording is meant by `TSID|PATH`, and how a command gets it.
//!
//! Six characters 0-9 A-Z are a TSID, of `--dir` or of the server; anything else is a path (write
//! `./000001` for a directory of such a name). With `--dir`, a path begins there.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use sudolog_core::session::Tsid;
use sudolog_core::untrusted::Untrusted;

use super::{Asked, Failure, run_to_end};
use crate::cli::RecordingArgs;
use crate::config::ServerChoice;
use crate::source::Recording;
use crate::source::archive::{Archive, Leftovers};
use crate::source::server::{Address, Client, RemoteRecording};
use crate::verification::Subject;

/// Where a recording is.
pub(super) enum Place {
    /// In a log directory, under sudo's numbering.
    Numbered(PathBuf, Tsid),
    /// In this directory.
    Directory(PathBuf),
    /// On a server.
    Server(Address, Tsid),
}

impl Place {
    /// The directory that it is, for a check; none for a server.
    pub(super) fn directory(&self) -> Option<Subject> {
        match self {
            Self::Numbered(dir, tsid) => {
                let path =
                    tsid.directories().iter().fold(dir.clone(), |path, part| path.join(part));
                Some(Subject::Directory(path, tsid.to_string()))
            }
            Self::Directory(path) => Some(Subject::Directory(path.clone(), shown(path))),
            Self::Server(..) => None,
        }
    }
}

impl Asked {
    /// Finds out what the arguments mean; looks at no file.
    pub(super) fn locate(&self, arguments: RecordingArgs) -> Result<Place, Failure> {
        let RecordingArgs { recording, place } = arguments;
        let tsid = recording.to_str().and_then(|text| text.parse::<Tsid>().ok());
        let choice = ServerChoice::from(place.server);
        match (tsid, place.dir) {
            (Some(tsid), Some(dir)) => Ok(Place::Numbered(dir, tsid)),
            (None, Some(dir)) => Ok(Place::Directory(dir.join(recording))),
            (Some(tsid), None) => Ok(Place::Server(choice.address(&self.config)?, tsid)),
            (None, None) if choice.is_named() => Err(Failure::Usage(format!(
                "{} is not a TSID; a server knows its sessions by six characters 0-9 A-Z",
                shown(&recording)
            ))),
            (None, None) => Ok(Place::Directory(recording)),
        }
    }
}

/// Opens a recording and works on it, in a thread that may block.
pub(super) fn with_recording<T: Send + 'static>(
    place: Place,
    leftovers: Leftovers,
    work: impl FnOnce(Box<dyn Recording>) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    run_to_end(async { blocking(open(place, leftovers).await?.recording, work).await })
}

/// A recording, and the server that it is read from.
pub(super) struct Opened {
    pub(super) recording: Box<dyn Recording>,
    /// Absent for a directory.
    pub(super) client: Option<Client>,
}

/// Opens a recording on a runtime that is being driven.
pub(super) async fn open(place: Place, leftovers: Leftovers) -> Result<Opened, Failure> {
    Ok(match find(place).await? {
        Found::Directory(archive) => {
            Opened { recording: Box::new(archive.with_leftovers(leftovers)), client: None }
        }
        Found::Server(recording, client) => Opened { recording, client: Some(client) },
    })
}

/// A recording where it is kept.
pub(super) enum Found {
    /// In a directory.
    Directory(Box<Archive>),
    /// On a server.
    Server(Box<RemoteRecording>, Client),
}

/// Finds a recording, on a runtime that is being driven.
pub(super) async fn find(place: Place) -> Result<Found, Failure> {
    let archive = match place {
        Place::Numbered(dir, tsid) => Archive::in_log_dir(&dir, tsid)?,
        Place::Directory(path) => Archive::open(&path, &shown(&path))?,
        Place::Server(address, tsid) => {
            let client = Client::connect(address).await?;
            let open = move |client| Ok(RemoteRecording::open(client, tsid)?);
            let recording = blocking(client.clone(), open).await?;
            return Ok(Found::Server(Box::new(recording), client));
        }
    };
    Ok(Found::Directory(Box::new(archive)))
}

/// Works in a thread that may block.
pub(super) async fn blocking<A: Send + 'static, T: Send + 'static>(
    argument: A,
    work: impl FnOnce(A) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(move || work(argument)).await {
        Ok(result) => result,
        // The runtime is not shut down while it is waited for, so this is a panic.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// A path as it may be shown.
pub(super) fn shown(path: &Path) -> String {
    Untrusted::new(path.as_os_str().as_bytes()).escaped().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use crate::config::Config;
    use clap::Parser as _;

    fn located(line: &str) -> Result<Place, Failure> {
        let cli = Cli::try_parse_from(line.split_whitespace()).unwrap();
        let Command::Replay(arguments) = cli.command else { panic!("not replay") };
        let shelf = std::cell::OnceCell::new();
        let asked = Asked { general: cli.general, config: Config::default(), shelf };
        asked.locate(arguments.recording)
    }

    #[test]
    fn six_characters_are_a_tsid_and_anything_else_is_a_path() {
        let Ok(Place::Numbered(dir, tsid)) = located("x replay 00001A --dir /logs") else {
            panic!()
        };
        assert_eq!((dir, tsid.seq()), ("/logs".into(), 46));
        for (line, path) in [
            ("x replay bob/1 --dir /logs", "/logs/bob/1"),
            ("x replay ./00001A", "./00001A"),
            ("x replay 00/00/1A", "00/00/1A"),
            ("x replay 00001a", "00001a"),
        ] {
            let Ok(Place::Directory(found)) = located(line) else { panic!("{line}") };
            assert_eq!(found, Path::new(path));
        }
        let Ok(Place::Server(..)) = located("x replay 00001A --socket /run/x") else { panic!() };
    }

    #[test]
    fn a_server_knows_no_paths() {
        let failure = located("x replay bob/1 --socket /run/x").err().unwrap();
        assert_eq!(failure.exit(), crate::exit::Exit::Usage);
    }
}
