//! Secrets, each in a file of its own that nobody else can read. They are never shown.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use sudolog_core::limits::SECRET_BYTES_MAX;

/// Something that must not be shown; whoever wants to use it says `exposed`.
pub(super) struct Secret(String);

impl Secret {
    /// Reads a file's one line.
    ///
    /// # Errors
    /// A sentence that names the file and what to do, and holds nothing of the secret.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let at = |error: std::io::Error| format!("{shown}: {error}");
        let file = File::open(path).map_err(at)?;
        let mode = file.metadata().map_err(at)?.mode();
        // What systemd hands out is read by an access list, which shows as the group's right.
        let allowed = if is_credential(path) { 0o040 } else { 0 };
        if mode & 0o077 & !allowed != 0 {
            let mode = mode & 0o7777;
            return Err(format!("{shown}: has mode {mode:04o}, others can read it; chmod 600 it"));
        }
        let mut text = String::new();
        let read = file.take(SECRET_BYTES_MAX + 1).read_to_string(&mut text);
        read.map_err(|_| format!("{shown}: this is not a line of text"))?;
        let line = text.trim();
        let is_line = !line.is_empty() && !line.contains(char::is_control);
        if !is_line || text.len() as u64 > SECRET_BYTES_MAX {
            return Err(format!("{shown}: one line of {SECRET_BYTES_MAX} bytes at most is wanted"));
        }
        Ok(Self(line.to_owned()))
    }

    /// What stands in the plan itself; an address may still name more than it should show.
    pub(super) fn given(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// What it is.
    pub(super) fn exposed(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

fn is_credential(path: &Path) -> bool {
    std::env::var_os("CREDENTIALS_DIRECTORY").is_some_and(|dir| path.starts_with(dir))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_secret_that_others_can_read_is_refused_and_none_is_shown() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("url");
        fs::write(&path, "https://x/hunter2\n").unwrap();
        for mode in [0o644, 0o640, 0o604, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let told = Secret::read(&path).unwrap_err();
            assert!(told.contains("chmod 600") && !told.contains("hunter2"), "{told}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let secret = Secret::read(&path).unwrap();
        assert_eq!(secret.exposed(), "https://x/hunter2");
        assert_eq!(format!("{secret:?}"), "***");
        for bad in ["", "a\nb", &"x".repeat(5000)] {
            fs::write(&path, bad).unwrap();
            assert!(Secret::read(&path).is_err());
        }
        assert!(Secret::read(&dir.path().join("none")).unwrap_err().contains("none"));
    }
}
