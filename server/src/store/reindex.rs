//! Building the index anew from the recordings and from what stands beside them.

use std::collections::BTreeMap;
use std::path::Path;

use sudolog_core::session::Tsid;
use sudolog_core::triage::Policy;
use sudolog_core::wire::message::SessionRow;

use super::{Directory, Index, Layout, StoreError, index};

/// Builds the index anew from all recordings and gives their number. What operators said counts by
/// this policy; the risk is the one that stands beside the recording, until the rules in force say
/// otherwise.
///
/// # Errors
/// When the log directory cannot be read or the index not written.
pub fn reindex(log_dir: &Path, state_dir: &Path, policy: &Policy) -> Result<u64, StoreError> {
    let layout = Layout::open(log_dir)?;
    for suffix in ["", "-wal", "-shm"] {
        let mut file = index::path(state_dir).into_os_string();
        file.push(suffix);
        let file = std::path::PathBuf::from(file);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::at(&file)(error));
            }
            _ => {}
        }
    }
    let mut index = Index::open(state_dir)?;
    let (mut count, mut rows) = (0, Vec::new());
    let (mut by_rules, mut hits) = (ByRules::new(), Vec::new());
    for tsid in layout.recordings() {
        let directory = Directory(layout.directory(tsid));
        let Some(row) = directory.row(tsid) else { continue };
        let row = directory.told(row, policy);
        if let Some(assessment) = directory.assessments(1).pop() {
            hits.push((tsid, assessment.findings.into_iter().map(|found| found.rule).collect()));
            by_rules.entry(assessment.rules).or_default().push(row.clone());
        }
        rows.push(row);
        if rows.len() >= ROWS_AT_ONCE {
            count += put(&mut index, &rows, &by_rules, &hits)?;
            rows.clear();
            by_rules.clear();
            hits.clear();
        }
    }
    Ok(count + put(&mut index, &rows, &by_rules, &hits)?)
}

type ByRules = BTreeMap<String, Vec<SessionRow>>;
/// Recordings and the rules that found something in each.
type Hits = [(Tsid, Vec<String>)];

fn put(
    index: &mut Index,
    rows: &[SessionRow],
    by_rules: &ByRules,
    hits: &Hits,
) -> Result<u64, StoreError> {
    index.put(rows)?;
    for (tsid, rules) in hits {
        index.put_hits(*tsid, rules.iter().map(String::as_str))?;
    }
    for (rules, rows) in by_rules {
        index.put_risks(rules, rows)?;
    }
    let said = |row: &&SessionRow| row.standing != Default::default();
    index.put_standings(&rows.iter().filter(said).cloned().collect::<Vec<_>>())?;
    Ok(rows.len() as u64)
}

const ROWS_AT_ONCE: usize = 500;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use sudolog_core::risk::Score;
    use sudolog_core::triage::{Remark, RemarkKind, Verdict};
    use sudolog_core::wire::message::Assessment;

    /// A log directory with so many recordings of stock sudo.
    fn recordings(count: u32) -> (tempfile::TempDir, Layout) {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::open(&dir.path().join("log")).unwrap();
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../tests/fixtures/iolog/logsrvd/bash-exit5");
        for seq in 1..=count {
            let target = layout.make(Tsid::from_seq(seq).unwrap()).unwrap();
            for file in std::fs::read_dir(&fixture).unwrap().flatten() {
                std::fs::copy(file.path(), target.join(file.file_name())).unwrap();
            }
        }
        std::fs::create_dir(dir.path().join("state")).unwrap();
        (dir, layout)
    }

    #[test]
    fn recordings_of_stock_sudo_are_indexed() {
        let (dir, layout) = recordings(1);
        let state = dir.path().join("state");
        assert_eq!(reindex(layout.root(), &state, &Policy::default()).unwrap(), 1);
        let index = Index::open(&state).unwrap();
        let row = index.get(Tsid::from_seq(1).unwrap()).unwrap().unwrap();
        assert_eq!((row.events, row.exit_value, row.user), (13, Some(5), "root".into()));
        assert_eq!((row.risk, row.standing), Default::default());
    }

    #[test]
    fn what_was_said_stands_again_by_the_policy_of_now_and_bad_files_stop_nothing() {
        let (dir, layout) = recordings(4);
        let state = dir.path().join("state");
        let directory = |seq| Directory(layout.directory(Tsid::from_seq(seq).unwrap()));
        let verdict = RemarkKind::Verdict { verdict: Some(Verdict::Benign), why: "".into() };
        let remark = Remark { act: 1, at: Default::default(), who: "olga".into(), kind: verdict };
        directory(1).add_remark(&remark).unwrap().sync().unwrap();
        let risk = Score::capped(80);
        directory(1).add_assessment(&Assessment { risk, ..Assessment::default() }).unwrap();
        for (name, seq) in [("remarks", 2), ("risk", 3)] {
            std::fs::create_dir(directory(seq).0.join(name)).unwrap();
        }
        std::fs::write(directory(3).0.join("remarks"), b"\xff{\n[]\n".repeat(1000)).unwrap();
        symlink("/dev/zero", directory(4).0.join("remarks")).unwrap();
        symlink("/dev/zero", directory(4).0.join("risk")).unwrap();

        for (from, awaits) in [(None, false), (Some(risk), true)] {
            let policy = Policy { second_look_from: from, ..Policy::default() };
            assert_eq!(reindex(layout.root(), &state, &policy).unwrap(), 4);
            let index = Index::open(&state).unwrap();
            let row = |seq| index.get(Tsid::from_seq(seq).unwrap()).unwrap().unwrap();
            assert_eq!((row(1).risk, row(1).standing.verdict), (risk, Some(Verdict::Benign)));
            assert_eq!(row(1).standing.awaits_second, awaits);
            for seq in 2..=4 {
                assert_eq!((row(seq).risk, row(seq).standing), Default::default());
            }
            assert_eq!(index.unassessed("new rules", 9).unwrap().0, 4);
        }
    }
}
