//! Where a bundle goes: a directory or an archive, made beside its place and moved there when it is whole.
//! What is there already is never touched.

use std::fs;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use tempfile::TempDir;

use super::tar::Tar;
use super::{Failure, RECORDING, cannot_write};
use crate::commands::opening::shown;
use crate::source::About;

/// A place that is free.
pub(super) struct Output {
    path: PathBuf,
    archive: bool,
}

impl Output {
    /// `….tar` is an archive, anything else a directory.
    pub(super) fn new(path: PathBuf) -> Result<Self, Failure> {
        if path.symlink_metadata().is_ok() {
            return Err(taken(&path));
        }
        let archive = path.extension().is_some_and(|extension| extension == "tar");
        Ok(Self { path, archive })
    }

    /// A directory on the same disk to make the bundle in. Gone when it is dropped.
    pub(super) fn stage(&self) -> Result<TempDir, Failure> {
        let stage = tempfile::Builder::new().prefix(".sudolog-bundle-").tempdir_in(self.parent());
        stage.map_err(|source| cannot_write(&self.path, source))
    }

    /// Puts the bundle, which is made of these files, in its place.
    pub(super) fn finish<'a>(
        self,
        stage: TempDir,
        about: &About,
        names: impl Iterator<Item = &'a str>,
    ) -> Result<(), Failure> {
        if self.archive {
            return self.finish_archive(stage.path(), about, names);
        }
        match move_to_free_place(stage.path(), &self.path) {
            Ok(()) => {
                // It is not there any more.
                let _ = stage.keep();
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(taken(&self.path)),
            Err(source) => Err(cannot_write(&self.path, source)),
        }
    }

    fn finish_archive<'a>(
        &self,
        root: &Path,
        about: &About,
        names: impl Iterator<Item = &'a str>,
    ) -> Result<(), Failure> {
        let failed = |source| cannot_write(&self.path, source);
        let file = tempfile::NamedTempFile::new_in(root).map_err(failed)?;
        let mtime = u64::try_from(about.start.seconds).unwrap_or(0);
        let mut tar = Tar::new(BufWriter::new(file), mtime);
        let top =
            about.session_id.map_or("sudolog-bundle".to_owned(), |id| format!("sudolog-{id}"));
        let file: io::Result<_> = (|| {
            tar.directory(&format!("{top}/"))?;
            tar.directory(&format!("{top}/{RECORDING}/"))?;
            for name in names {
                tar.file(&format!("{top}/{name}"), &root.join(name))?;
            }
            let mut out = tar.finish()?;
            out.flush()?;
            let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.as_file().sync_all()?;
            Ok(file)
        })();
        match file.map_err(failed)?.persist_noclobber(&self.path) {
            Ok(_) => Ok(()),
            Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(taken(&self.path))
            }
            Err(refused) => Err(failed(refused.error)),
        }
    }

    fn parent(&self) -> &Path {
        self.path.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }
}

/// A plain rename would replace a directory that is empty.
fn move_to_free_place(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Not every file system can promise that.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) if to.symlink_metadata().is_err() => {
            fs::rename(from, to)
        }
        Err(errno) => Err(errno.into()),
        Ok(()) => Ok(()),
    }
}

fn taken(path: &Path) -> Failure {
    Failure::Usage(format!("{} exists already; a bundle overwrites nothing", shown(path)))
}
