//! An animation, made by `agg` (<https://docs.asciinema.org/manual/agg/>) of asciicast 2: this program draws
//! no letters. The cast lies in a directory that only its owner can read while the other program works.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek as _, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sudolog_core::limits::{GIF_BYTES_MAX, GIF_DRAWING_TIME};
use sudolog_core::session::Event;
use tempfile::TempDir;

use super::cast::Cast;
use super::drawing::Drawing;
use super::{Encoder, Ending};
use crate::commands::Failure;
use crate::commands::opening::shown;
use crate::source::About;

pub(super) struct Gif {
    cast: Cast,
    program: PathBuf,
    place: TempDir,
    file: BufWriter<File>,
    note: Option<String>,
}

impl Gif {
    /// `note` stands in the file as a comment.
    pub(super) fn new(cast: Cast, program: PathBuf, note: Option<String>) -> io::Result<Self> {
        let place = tempfile::tempdir()?;
        let file = BufWriter::new(File::create_new(place.path().join(CAST))?);
        Ok(Self { cast, program, place, file, note })
    }

    /// Lets the program work; what it says when it fails is told, escaped.
    fn draw(&self) -> io::Result<File> {
        let picture = self.place.path().join(PICTURE);
        let mut command = Command::new(&self.program);
        command.arg(self.place.path().join(CAST)).arg(&picture);
        let name = shown(&self.program);
        let failed = |what: String| io::Error::other(format!("{name} {what}"));
        let drawing = Drawing::start(&mut command);
        let drawing = drawing.map_err(|error| failed(format!("cannot run: {error}")))?;
        let (status, said) =
            drawing.finish(GIF_DRAWING_TIME).map_err(|error| failed(error.to_string()))?;
        if !status.success() {
            return Err(failed(format!("failed ({status}): {said}")));
        }
        File::open(&picture).map_err(|error| failed(format!("made no picture: {error}")))
    }

    /// The picture with the note in it.
    fn copy(&self, mut picture: File, out: &mut dyn Write) -> io::Result<()> {
        let length = picture.metadata()?.len();
        let mut ends = [0; 7];
        let wrong = || io::Error::other(format!("{} made no GIF", shown(&self.program)));
        if !(14..=GIF_BYTES_MAX).contains(&length) {
            return Err(wrong());
        }
        let (head, tail) = ends.split_at_mut(6);
        picture.read_exact(head)?;
        picture.seek(SeekFrom::End(-1))?;
        picture.read_exact(tail)?;
        if head != b"GIF89a" || tail != [TRAILER] {
            return Err(wrong());
        }
        picture.seek(SeekFrom::Start(0))?;
        io::copy(&mut picture.take(length - 1), out)?;
        if let Some(note) = &self.note {
            out.write_all(&[0x21, 0xfe])?;
            for block in note.as_bytes().chunks(255) {
                out.write_all(&[u8::try_from(block.len()).unwrap_or(u8::MAX)])?;
                out.write_all(block)?;
            }
            out.write_all(&[0])?;
        }
        out.write_all(&[TRAILER])
    }
}

impl Encoder for Gif {
    fn before(&mut self, event: &Event) {
        self.cast.before(event);
    }

    fn begin(&mut self, _out: &mut dyn Write, about: &About, from: Duration) -> io::Result<()> {
        self.cast.begin(&mut self.file, about, from)
    }

    fn event(&mut self, _out: &mut dyn Write, event: &Event, at: Duration) -> io::Result<()> {
        self.cast.event(&mut self.file, event, at)
    }

    fn end(&mut self, out: &mut dyn Write, ending: Ending<'_>) -> io::Result<()> {
        self.cast.end(&mut self.file, ending)?;
        self.file.flush()?;
        self.copy(self.draw()?, out)
    }
}

/// The program of this path, or the one that a shell would find.
pub(super) fn program(named: Option<&Path>) -> Result<PathBuf, Failure> {
    let is_program = |path: &Path| {
        path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    if let Some(path) = named {
        let text = || format!("{} of --agg is no program that can be run", shown(path));
        return if is_program(path) { Ok(path.to_owned()) } else { Err(Failure::Usage(text())) };
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|place| place.join(AGG)).find(|p| is_program(p));
    found.ok_or_else(|| Failure::Program(MISSING.to_owned()))
}

const AGG: &str = "agg";
const CAST: &str = "recording.cast";
const PICTURE: &str = "recording.gif";
/// The last byte of a GIF.
const TRAILER: u8 = 0x3b;
const MISSING: &str = "agg, which draws the pictures, is not installed: get it from \
    https://docs.asciinema.org/manual/agg/installation/, or name it with --agg PATH";
