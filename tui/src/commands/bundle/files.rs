//! The files of a bundle: copied as they are stored, or written anew from what the server sends, exactly as
//! the server writes them itself.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Read, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use sudolog_core::iolog::{
    LogInfo, encode_ack, encode_incident, encode_legacy, encode_timing, path,
};
use sudolog_core::session::{Event, EventKind};
use sudolog_core::untrusted::encode_hex;
use sudolog_core::wire::message::Detail;

use super::{Failure, RECORDING, cannot_write};
use crate::commands::export::each_event;
use crate::source::archive::Archive;
use crate::source::server::RemoteRecording;

/// Copies a recording's files; again, should the session end meanwhile.
pub(super) fn copy(archive: &Archive, to: &Path) -> Result<(), Failure> {
    for _ in 1..COPIES {
        copy_once(archive, to)?;
        if is_same(archive, &to.join(path::LOG_JSON))? {
            return Ok(());
        }
        let anew = std::fs::remove_dir_all(to).map_err(|source| cannot_write(to, source));
        anew.and_then(|()| super::make_dir(to))?;
    }
    copy_once(archive, to)
}

/// `timing` comes before the streams: of a recording that grows, they have then all that it speaks of.
fn copy_once(archive: &Archive, to: &Path) -> Result<(), Failure> {
    let streams = path::streams().map(|(_, name)| name);
    let small = [path::LOG_JSON, path::LOG, path::UUID, path::INCOMPLETE, path::INCIDENTS];
    for name in small.into_iter().chain([path::ACKS, path::TIMING]).chain(streams) {
        let Some(mut file) = archive.stored(name)? else { continue };
        let target = to.join(name);
        let copied = create(&target).and_then(|mut new| {
            io::copy(&mut file, &mut new)?;
            seal(&new)
        });
        copied.map_err(|source| cannot_write(&target, source))?;
    }
    Ok(())
}

/// True unless the end was written since: what is signed would not fit what was copied.
fn is_same(archive: &Archive, copied: &Path) -> Result<bool, Failure> {
    let Some(file) = archive.stored(path::LOG_JSON)? else { return Ok(true) };
    let now = file.metadata().map(|status| status.len());
    let then = std::fs::metadata(copied).map(|status| status.len());
    Ok(matches!((now, then), (Ok(now), Ok(then)) if now == then))
}

/// Writes the files of a recording that a server sends event by event.
pub(super) fn write(remote: &mut RemoteRecording, to: &Path) -> Result<(), Failure> {
    let mut streams = Streams::create(to)?;
    let mut written = Ok(());
    each_event(remote, |event, _| {
        written = streams.event(event);
        written.is_ok()
    })?;
    written.and_then(|()| streams.finish()).map_err(|source| cannot_write(to, source))?;
    let Detail { start, end, acks, incomplete, incidents, .. } = remote.detail();
    let Some(start) = start else {
        let text = "it was recorded without Sudolog: bundle it from its directory on the server";
        return Err(Failure::Usage(text.to_owned()));
    };
    let put = |name: &str, content: &[u8]| put(&to.join(name), content);
    put(path::UUID, start.session_id.to_string().as_bytes())?;
    put(path::LOG, &encode_legacy(start))?;
    put(path::LOG_JSON, &LogInfo::encode(start, end.as_ref()))?;
    if !acks.is_empty() {
        put(path::ACKS, &acks.iter().flat_map(encode_ack).collect::<Vec<u8>>())?;
    }
    if !incidents.is_empty() {
        put(path::INCIDENTS, &incidents.iter().flat_map(encode_incident).collect::<Vec<u8>>())?;
    }
    match incomplete {
        Some(reason) => put(path::INCOMPLETE, &[reason.as_bytes(), b"\n"].concat()),
        None => Ok(()),
    }
}

/// A new file with this content.
pub(super) fn put(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let written = create(path).and_then(|mut file| {
        file.write_all(content)?;
        seal(&file)
    });
    written.map_err(|source| cannot_write(path, source))
}

/// One file of a bundle.
#[derive(Clone, Debug, serde::Serialize)]
pub(super) struct Hashed {
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// All files below the bundle's root, by name.
pub(super) fn hashed(root: &Path) -> Result<Vec<Hashed>, Failure> {
    let mut found = Vec::new();
    for (directory, prefix) in [(root.to_owned(), ""), (root.join(RECORDING), "recording/")] {
        let read = |source| Failure::Io { what: "cannot read the bundle".to_owned(), source };
        for entry in std::fs::read_dir(&directory).map_err(read)? {
            let entry = entry.map_err(read)?;
            if entry.file_type().map_err(read)?.is_file() {
                let (bytes, sha256) = hash(&entry.path()).map_err(read)?;
                // All names are ours.
                let name = entry.file_name().to_string_lossy().into_owned();
                found.push(Hashed { path: format!("{prefix}{name}"), bytes, sha256 });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// One more file at the root, in its place among those that are hashed already.
pub(super) fn add_hashed(files: &mut Vec<Hashed>, root: &Path, name: &str) -> Result<(), Failure> {
    let path = root.join(name);
    let (bytes, sha256) = hash(&path)
        .map_err(|source| Failure::Io { what: "cannot read the bundle".to_owned(), source })?;
    files.push(Hashed { path: name.to_owned(), bytes, sha256 });
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(())
}

fn hash(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        let count = file.read(&mut block)?;
        if count == 0 {
            return Ok((bytes, encode_hex(&hash.finalize())));
        }
        hash.update(block.get(..count).unwrap_or_default());
        bytes += count as u64;
    }
}

/// `timing` and the streams while they are written.
struct Streams {
    timing: BufWriter<File>,
    streams: [Option<BufWriter<File>>; EventKind::STREAMS.len()],
    directory: std::path::PathBuf,
    line: Vec<u8>,
}

impl Streams {
    /// The server makes these at once; the others come with their first data.
    fn create(to: &Path) -> Result<Self, Failure> {
        let directory = to.to_owned();
        let made: io::Result<Self> = (|| {
            let timing = BufWriter::new(create(&to.join(path::TIMING))?);
            let mut this =
                Self { timing, streams: [const { None }; 5], directory, line: Vec::new() };
            for kind in [EventKind::Stdout, EventKind::Stderr, EventKind::Ttyout] {
                this.stream(kind)?;
            }
            Ok(this)
        })();
        made.map_err(|source| cannot_write(to, source))
    }

    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.line.clear();
        encode_timing(event, &mut self.line);
        self.timing.write_all(&self.line)?;
        match self.stream(event.kind())? {
            Some(stream) => stream.write_all(event.data()),
            None => Ok(()),
        }
    }

    fn stream(&mut self, kind: EventKind) -> io::Result<Option<&mut BufWriter<File>>> {
        let slot = self.streams.get_mut(usize::from(kind.code()));
        let (Some(slot), Some(name)) = (slot, kind.file_name()) else { return Ok(None) };
        if slot.is_none() {
            *slot = Some(BufWriter::new(create(&self.directory.join(name))?));
        }
        Ok(slot.as_mut())
    }

    fn finish(self) -> io::Result<()> {
        for file in self.streams.into_iter().flatten().chain([self.timing]) {
            seal(&file.into_inner().map_err(io::IntoInnerError::into_error)?)?;
        }
        Ok(())
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Nothing is written to it any more: also how sudo marks a recording that is finished.
fn seal(file: &File) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(0o400))
}

const BLOCK_BYTES: usize = 128 * 1024;
/// A session ends once.
const COPIES: usize = 3;
