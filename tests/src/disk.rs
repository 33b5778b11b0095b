//! Disks that a test can fill, break and hang.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::run;

/// A small disk over a directory. It is gone with the mount.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one of that size (`tmpfs(5)`) over `place`.
    ///
    /// # Errors
    /// When it cannot be mounted.
    pub fn mount(place: &Path, size: &str) -> anyhow::Result<Self> {
        let options = format!("size={size},mode=700");
        called("mount", &["-t", "tmpfs", "-o", &options, "none"], place)?;
        Ok(Self(place.to_owned()))
    }

    /// Takes all the room there is.
    ///
    /// # Errors
    /// When the file for it cannot be made.
    pub fn fill(&self) -> anyhow::Result<()> {
        let mut file = File::create(self.ballast())?;
        for size in [1 << 20, 4096, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        Ok(())
    }

    /// Gives it back.
    ///
    /// # Errors
    /// When nothing was taken.
    pub fn free(&self) -> anyhow::Result<()> {
        Ok(fs::remove_file(self.ballast())?)
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        unmount(&self.0);
    }
}

/// A disk (`loop(4)`, ext4) over a directory, on a medium of its own that is smaller than it claims
/// to be: once the medium is full, writes fail with EIO.
pub struct Disk {
    place: PathBuf,
    image: PathBuf,
    medium: SmallDisk,
}

impl Disk {
    /// Makes one on a medium mounted at `medium`, and mounts it over `place`.
    ///
    /// # Errors
    /// When it cannot be made or mounted.
    pub fn mount(place: &Path, medium: &Path) -> anyhow::Result<Self> {
        fs::create_dir(medium)?;
        let medium = SmallDisk::mount(medium, MEDIUM_SIZE)?;
        let image = medium.0.join("image");
        File::create(&image)?.set_len(DISK_BYTES)?;
        called("mkfs.ext4", &["-q"], &image)?;
        let disk = Self { place: place.to_owned(), image, medium };
        disk.attach()?;
        Ok(disk)
    }

    /// From now on what is written where nothing was before fails.
    ///
    /// # Errors
    /// When the medium cannot be filled.
    pub fn fail(&mut self) -> anyhow::Result<()> {
        self.medium.fill()
    }

    /// Takes its place with a disk that has what was on it, checked. Nobody may use it now.
    ///
    /// # Errors
    /// When it cannot be repaired.
    pub fn mend(&mut self) -> anyhow::Result<()> {
        called("umount", &[], &self.place)?;
        self.medium.free()?;
        // Where sudo runs, in a mount namespace of its own, the broken one is still mounted.
        let whole = self.image.with_extension("mended");
        let mut copy = Command::new("cp");
        run(copy.arg("--sparse=always").args([&self.image, &whole]))?.success()?;
        self.image = whole;
        // 1 is "errors corrected" (`e2fsck(8)`).
        let checked = run(Command::new("e2fsck").arg("-p").arg(&self.image))?;
        anyhow::ensure!(matches!(checked.code, Some(0 | 1)), "e2fsck: {}", checked.text());
        self.attach()
    }

    /// Every write waits until the guard is dropped (`fsfreeze(8)`).
    ///
    /// # Errors
    /// When it cannot be frozen.
    pub fn hang(&self) -> anyhow::Result<Hung<'_>> {
        called("fsfreeze", &["--freeze"], &self.place)?;
        Ok(Hung(&self.place))
    }

    fn attach(&self) -> anyhow::Result<()> {
        let mut mount = Command::new("mount");
        run(mount.args(["-o", "loop"]).args([&self.image, &self.place]))?.success()?;
        Ok(())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        unmount(&self.place);
    }
}

/// A disk that hangs.
pub struct Hung<'a>(&'a Path);

impl Drop for Hung<'_> {
    fn drop(&mut self) {
        let _ = called("fsfreeze", &["--unfreeze"], self.0);
    }
}

fn called(program: &str, args: &[&str], place: &Path) -> anyhow::Result<()> {
    run(Command::new(program).args(args).arg(place))?.success()?;
    Ok(())
}

/// Also when somebody still uses it.
fn unmount(place: &Path) {
    let _ = called("umount", &["--lazy"], place);
}

/// Room for the file system's own tables and a little of the server's journal.
const MEDIUM_SIZE: &str = "24m";
/// More than a segment of the server's journal, which is reserved when it begins.
const DISK_BYTES: u64 = 512 << 20;
