//! What is kept beside a recording: what operators said of it (`remarks`) and what the rules made of
//! it (`risk`). Lines are only added, and what a crash left of one spoils no other.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use sudolog_core::iolog::{
    encode_assessment, encode_remark, parse_assessments, parse_remarks, path,
};
use sudolog_core::limits::{ASSESSMENTS_BYTES_MAX, ASSESSMENTS_MAX, REMARKS_BYTES_MAX};
use sudolog_core::session::Incident;
use sudolog_core::triage::{Policy, Remark, Standing};
use sudolog_core::wire::message::{Assessment, SessionRow};

use super::layout::no_follow;
use super::log::{append_incident, open_lines, replace};
use super::{Directory, StoreError};

/// A line that was added and counts once it is on the disk.
#[derive(Debug)]
pub struct Added {
    path: PathBuf,
    file: File,
    /// Length of the file before, bytes.
    before: u64,
}

impl Directory {
    /// What operators said of it; nothing while nobody did.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn remarks(&self) -> Result<Vec<Remark>, StoreError> {
        let read = || {
            let mut content = Vec::new();
            if let Some(file) = self.file(path::REMARKS)? {
                file.take(REMARKS_BYTES_MAX).read_to_end(&mut content)?;
            }
            Ok(parse_remarks(&content))
        };
        read().map_err(StoreError::at(&self.0.join(path::REMARKS)))
    }

    /// Adds what an operator says.
    ///
    /// # Errors
    /// When there is no room for more or the disk fails; nothing was added then.
    pub fn add_remark(&self, remark: &Remark) -> Result<Added, StoreError> {
        Added::write(self.0.join(path::REMARKS), &encode_remark(remark), REMARKS_BYTES_MAX)
    }

    /// Adds what happened to a session that is over, on the disk.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn add_incident(&self, incident: &Incident) -> Result<(), StoreError> {
        let file = append_incident(&self.0, incident)?;
        file.sync_all().map_err(StoreError::at(&self.0.join(path::INCIDENTS)))
    }

    /// Takes away what was added last, if it is this. Before that nobody may have read it.
    ///
    /// # Errors
    /// When the disk fails; nobody knows then what it holds after a crash.
    pub fn withdraw_remark(&self, remark: &Remark) -> Result<(), StoreError> {
        let (path, line) = (self.0.join(path::REMARKS), encode_remark(remark));
        let withdraw = || {
            let flags = no_follow();
            let file = File::options().read(true).write(true).custom_flags(flags).open(&path)?;
            let Some(before) = file.metadata()?.len().checked_sub(line.len() as u64) else {
                return Ok(());
            };
            let mut last = vec![0; line.len()];
            file.read_exact_at(&mut last, before)?;
            if last == line {
                file.set_len(before)?;
                file.sync_data()?;
            }
            Ok(())
        };
        withdraw().map_err(StoreError::at(&path))
    }

    /// What the rules made of it, the assessment in force first, so many at most. What cannot be read
    /// is as if it were not there.
    pub fn assessments(&self, most: usize) -> Vec<Assessment> {
        let read = || {
            let mut content = Vec::new();
            if let Some(mut file) = self.file(path::RISK)? {
                let length = file.metadata()?.len();
                file.seek(SeekFrom::Start(length.saturating_sub(ASSESSMENTS_BYTES_MAX)))?;
                file.take(ASSESSMENTS_BYTES_MAX).read_to_end(&mut content)?;
            }
            io::Result::Ok(parse_assessments(&content, most))
        };
        read().unwrap_or_default()
    }

    /// Adds what the rules make of it, which is in force from now on. It is not waited for until the
    /// disk has it: the rules can make the same of the recording again.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn add_assessment(&self, assessment: &Assessment) -> Result<(), StoreError> {
        let (path, line) = (self.0.join(path::RISK), encode_assessment(assessment));
        let is_long = path.symlink_metadata().is_ok_and(|m| m.len() >= ASSESSMENTS_BYTES_MAX / 2);
        if is_long {
            // Those that nobody is shown any more go.
            let kept = self.assessments(ASSESSMENTS_MAX - 1);
            let lines = kept.iter().rev().flat_map(encode_assessment).chain(line);
            return replace(&path, &lines.collect::<Vec<u8>>());
        }
        Added::write(path, &line, ASSESSMENTS_BYTES_MAX).map(drop)
    }

    /// The row with what stands beside the recording. What cannot be read is as if it were not there.
    pub fn told(&self, row: SessionRow, policy: &Policy) -> SessionRow {
        // One that goes on was assessed as it stood when it was thought to be over.
        let over = self.assessments(1).pop().filter(|_| !row.state.is_open());
        let (risk, anomalies) = match over {
            Some(assessment) => (assessment.risk, assessment.anomalies),
            None => (row.risk, row.anomalies),
        };
        let standing = Standing::of(&self.remarks().unwrap_or_default(), policy, risk);
        SessionRow { risk, anomalies, standing, ..row }
    }
}

impl Added {
    fn write(path: PathBuf, line: &[u8], most: u64) -> Result<Self, StoreError> {
        let opened = open_lines(&path).and_then(|file| Ok((file.metadata()?, file)));
        let (metadata, file) = opened.map_err(StoreError::at(&path))?;
        let added = Self { before: metadata.len(), path, file };
        let written = added.append(line, most);
        if let Err(error) = written.map_err(StoreError::at(&added.path)) {
            let _ = added.undo();
            return Err(error);
        }
        Ok(added)
    }

    fn append(&self, line: &[u8], most: u64) -> io::Result<()> {
        let mut last = [b'\n'];
        if let Some(place) = self.before.checked_sub(1) {
            self.file.read_exact_at(&mut last, place)?;
        }
        let start: &[u8] = if last == *b"\n" { b"" } else { b"\n" };
        let whole = [start, line].concat();
        if self.before.saturating_add(whole.len() as u64) > most {
            let text = format!("there is no room for more than {most} bytes");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
        }
        (&self.file).write_all(&whole)
    }

    /// Brings it to the disk, with the names by which it is found there.
    ///
    /// # Errors
    /// When the disk fails; it must be taken back then.
    pub fn sync(&self) -> Result<(), StoreError> {
        self.file.sync_data().map_err(StoreError::at(&self.path))?;
        if self.before > 0 {
            return Ok(());
        }
        // The file is new, and perhaps the directories up to the log directory are as well.
        let directories = self.path.ancestors().skip(1).take(DIRECTORIES);
        directories.map(Path::to_owned).try_for_each(|directory| {
            let synced = File::open(&directory).and_then(|opened| opened.sync_all());
            synced.map_err(StoreError::at(&directory))
        })
    }

    /// Takes it away again.
    ///
    /// # Errors
    /// When the disk fails; nobody knows then what it holds after a crash.
    pub fn undo(&self) -> Result<(), StoreError> {
        let cut = self.file.set_len(self.before).and_then(|()| self.file.sync_data());
        cut.map_err(StoreError::at(&self.path))
    }
}

/// A session's own, the two around it, and the log directory.
const DIRECTORIES: usize = 4;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;
    use sudolog_core::limits::SENTENCE_BYTES_MAX;
    use sudolog_core::risk::Score;
    use sudolog_core::triage::RemarkKind;

    fn note(act: u64, text: &str) -> Remark {
        let kind = RemarkKind::Note { elapsed_ns: 0, text: text.into() };
        Remark { act, at: Default::default(), who: "olga".into(), kind }
    }

    fn directory() -> (tempfile::TempDir, Directory) {
        let dir = tempfile::tempdir().unwrap();
        let session = dir.path().join("log/00/00/01");
        std::fs::create_dir_all(&session).unwrap();
        (dir, Directory(session))
    }

    #[test]
    fn what_is_added_is_read_and_a_torn_line_is_mended() {
        let (_dir, directory) = directory();
        assert_eq!(directory.remarks().unwrap(), []);
        directory.add_remark(&note(1, "a")).unwrap().sync().unwrap();
        let path = directory.0.join("remarks");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&whole[..], &whole[..9]].concat()).unwrap();
        directory.add_remark(&note(2, "b")).unwrap().sync().unwrap();
        assert_eq!(directory.remarks().unwrap(), [note(1, "a"), note(2, "b")]);
        directory.add_remark(&note(3, "c")).unwrap().undo().unwrap();
        assert_eq!(directory.remarks().unwrap().len(), 2);
        directory.withdraw_remark(&note(1, "a")).unwrap();
        assert_eq!(directory.remarks().unwrap().len(), 2, "it is not the last one");
        directory.withdraw_remark(&note(2, "b")).unwrap();
        assert_eq!(directory.remarks().unwrap(), [note(1, "a")]);
    }

    #[test]
    fn no_link_is_followed_and_there_is_an_end() {
        let (dir, directory) = directory();
        let (path, other) = (directory.0.join("remarks"), dir.path().join("other"));
        std::fs::write(&other, "").unwrap();
        symlink(&other, &path).unwrap();
        assert!(directory.add_remark(&note(1, "a")).is_err() && directory.remarks().is_err());
        assert_eq!(std::fs::read(&other).unwrap(), b"");
        std::fs::remove_file(&path).unwrap();
        let text = "\u{1}".repeat(SENTENCE_BYTES_MAX);
        let full = (1..).find(|act| directory.add_remark(&note(*act, &text)).is_err()).unwrap();
        assert!((100..1000).contains(&full), "{full}");
        assert!(path.metadata().unwrap().len() <= REMARKS_BYTES_MAX);
        assert_eq!(directory.remarks().unwrap().len() as u64, full - 1);
    }

    #[test]
    fn the_newest_assessments_are_kept() {
        let (_dir, directory) = directory();
        let assessment =
            |seq| Assessment { rules: "x".repeat(100_000), seq, ..Assessment::default() };
        for seq in 1..=60 {
            let risk = Score::capped(u32::try_from(seq).unwrap());
            directory.add_assessment(&Assessment { risk, ..assessment(seq) }).unwrap();
        }
        assert!(directory.0.join("risk").metadata().unwrap().len() < ASSESSMENTS_BYTES_MAX);
        let seqs: Vec<u64> = directory.assessments(3).iter().map(|a| a.seq).collect();
        assert_eq!(seqs, [60, 59, 58]);
    }
}
