//! Opens what only root may open, for a process that is not root any longer.
//!
//! The program gives root up before it looks at the first record. What it needs later (the shipper's socket,
//! again and again; its configuration, at SIGHUP) is opened by a second process, which stays root in name but
//! has no capability, reads nothing of the stream, knows two paths from its command line, and hands open
//! files over a socket pair. It ends when the other end does.

use std::io::{self, IoSlice, IoSliceMut, Read as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

use super::hygiene;

/// Where open files come from.
#[derive(Debug)]
pub(super) enum Opener {
    /// From the process that has stayed root.
    Process(Mutex<UnixStream>),
    /// From this one, which was never root.
    Here {
        /// The shipper's socket.
        socket: PathBuf,
        /// The configuration.
        config: PathBuf,
    },
}

impl Opener {
    /// Starts the second process, where this one is root.
    pub(super) fn start(socket: &Path, config: &Path) -> io::Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Here { socket: socket.into(), config: config.into() });
        }
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_read_timeout(Some(PATIENCE))?;
        ours.set_write_timeout(Some(PATIENCE))?;
        Command::new(hygiene::THIS_PROGRAM)
            // What a list of processes shows.
            .arg0("sudolog-audisp")
            .args(["--opener".as_ref(), socket.as_os_str(), config.as_os_str()])
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self::Process(Mutex::new(ours)))
    }

    /// A new connection to the shipper.
    pub(super) fn connect(&self) -> io::Result<UnixStream> {
        match self {
            Self::Process(process) => ask(process, CONNECT).map(UnixStream::from),
            Self::Here { socket, .. } => UnixStream::connect(socket),
        }
    }

    /// The text of the configuration.
    pub(super) fn config(&self) -> io::Result<String> {
        let file = match self {
            Self::Process(process) => std::fs::File::from(ask(process, CONFIG)?),
            Self::Here { config, .. } => std::fs::File::open(config)?,
        };
        let mut text = String::new();
        file.take(CONFIG_BYTES_MAX).read_to_string(&mut text)?;
        Ok(text)
    }
}

fn ask(process: &Mutex<UnixStream>, what: u8) -> io::Result<OwnedFd> {
    let process = process.lock().unwrap_or_else(PoisonError::into_inner);
    rustix::io::write(&*process, &[what])?;
    loop {
        let mut answer = [0; ANSWER_BYTES_MAX];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let flags = RecvFlags::CMSG_CLOEXEC;
        let got = recvmsg(&*process, &mut [IoSliceMut::new(&mut answer)], &mut control, flags)?;
        let files = control.drain().filter_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut files) => files.next(),
            _ => None,
        });
        let file = files.last();
        match answer.get(..got.bytes).and_then(<[u8]>::split_first) {
            None => return Err(io::Error::other("the process that opens files is gone")),
            Some((about, text)) if *about == what => {
                let text = String::from_utf8_lossy(text).into_owned();
                return file.ok_or_else(|| io::Error::other(text));
            }
            // The answer to a question that was given up.
            Some(_) => {}
        }
    }
}

/// The second process: answers until the first one is gone.
pub(super) fn serve(socket: &Path, config: &Path) -> ExitCode {
    hygiene::return_favour();
    if hygiene::settle("audisp-opener").and_then(|()| hygiene::stay_powerless()).is_err() {
        return ExitCode::FAILURE;
    }
    let (stdin, mut what) = (io::stdin(), [0]);
    while matches!(rustix::io::read(stdin.as_fd(), &mut what), Ok(1)) {
        let opened = match what {
            [CONNECT] => UnixStream::connect(socket).map(OwnedFd::from),
            [CONFIG] => std::fs::File::open(config).map(OwnedFd::from),
            _ => Err(io::Error::other("not understood")),
        };
        if answer(what, &opened).is_err() {
            break;
        }
    }
    ExitCode::SUCCESS
}

/// What was asked for, then why there is no file.
fn answer(what: [u8; 1], opened: &io::Result<OwnedFd>) -> rustix::io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let (why, file) = match opened {
        Ok(file) => (String::new(), Some(file.as_fd())),
        Err(error) => (error.to_string(), None),
    };
    let files: Vec<_> = file.into_iter().collect();
    if !files.is_empty() {
        control.push(SendAncillaryMessage::ScmRights(&files));
    }
    let text = [&what[..], why.as_bytes()].concat();
    let text = text.get(..text.len().min(ANSWER_BYTES_MAX)).unwrap_or_default();
    sendmsg(io::stdin().as_fd(), &[IoSlice::new(text)], &mut control, SendFlags::NOSIGNAL)
}

const CONNECT: u8 = b's';
const CONFIG: u8 = b'c';
const ANSWER_BYTES_MAX: usize = 256;
const CONFIG_BYTES_MAX: u64 = sudolog_core::limits::RULES_BYTES_MAX as u64 + 1;
const PATIENCE: Duration = Duration::from_secs(2);
