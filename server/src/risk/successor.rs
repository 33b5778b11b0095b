//! A file that takes the place of another: whoever reads sees the old one or the new one, also after a
//! crash. A link goes on to lead there, and who may read and write it stays as it was.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

/// All of the new file is on the disk, beside the old one. Dropped, it goes away.
pub(super) struct Successor {
    /// Where it lies; absent once it has taken its place.
    new: Option<PathBuf>,
    place: PathBuf,
}

impl Successor {
    /// Writes what shall stand at `path`; readable for the group where there is nothing yet.
    ///
    /// # Errors
    /// The system's; then nothing is left behind.
    pub(super) fn write(path: &Path, content: &[u8]) -> io::Result<Self> {
        let (place, before) = match fs::canonicalize(path) {
            Ok(place) => (place.clone(), Some(fs::metadata(place)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (path.to_owned(), None),
            Err(error) => return Err(error),
        };
        let mut name = OsString::from(place.file_name().unwrap_or_default());
        name.push(".new");
        let new = place.with_file_name(name);
        let options = File::options().create(true).truncate(true).write(true).mode(0o600).clone();
        let mut file = options.open(&new)?;
        let successor = Self { new: Some(new), place };
        match before {
            Some(before) => {
                // Owner and group may be others than ours, and then only root can give it to them.
                if (file.metadata()?.uid(), file.metadata()?.gid()) != (before.uid(), before.gid())
                {
                    let given = fchown(&file, Some(before.uid()), Some(before.gid()));
                    given.or_else(|_| fchown(&file, None, Some(before.gid()))).unwrap_or_else(
                        |error| tracing::warn!("{}: {error}", successor.place.display()),
                    );
                }
                file.set_permissions(before.permissions())?;
            }
            None => file.set_permissions(PermissionsExt::from_mode(0o640))?,
        }
        file.write_all(content)?;
        file.sync_all()?;
        Ok(successor)
    }

    /// Takes its place.
    ///
    /// # Errors
    /// The system's. The old file stands, unless only the folder could not be synced.
    pub(super) fn take_its_place(mut self) -> io::Result<()> {
        if let Some(new) = &self.new {
            fs::rename(new, &self.place)?;
        }
        self.new = None;
        File::open(self.place.parent().unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Drop for Successor {
    fn drop(&mut self) {
        if let Some(new) = self.new.take()
            && let Err(error) = fs::remove_file(&new)
        {
            tracing::warn!("{}: {error}", new.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_stays_one_and_the_mode_stays_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("real.yaml"), dir.path().join("rules.yaml"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, PermissionsExt::from_mode(0o604)).unwrap();
        std::os::unix::fs::symlink("real.yaml", &link).unwrap();
        drop(Successor::write(&link, b"dropped").unwrap());
        assert_eq!(fs::read(&link).unwrap(), b"old");
        Successor::write(&link, b"new").unwrap().take_its_place().unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o604);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing is left behind");
        let fresh = dir.path().join("fresh.yaml");
        Successor::write(&fresh, b"first").unwrap().take_its_place().unwrap();
        assert_eq!(fs::metadata(&fresh).unwrap().mode() & 0o777, 0o640);
    }
}
