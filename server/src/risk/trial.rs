//! What other rules would make of the recordings in the store: nothing is changed.

use std::path::Path;
use std::sync::Arc;

use sudolog_core::risk::{Rules, Score};
use sudolog_core::wire::message::{Query, SessionRow};

use super::circumstances;
use super::tail::Tail;
use crate::store::{Directory, Index, Layout, StoreError};

/// What rules would make of one recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// As it stands by the rules in force.
    pub row: SessionRow,
    /// Its risk by the rules on trial.
    pub risk: Score,
}

/// Tries rules on the newest recordings, so many at most, and tells of each. Recordings that cannot be
/// read are left out.
///
/// # Errors
/// When the index cannot be read.
pub fn try_on_store(
    rules: &Arc<Rules>,
    (log_dir, state_dir): (&Path, &Path),
    most: u32,
    mut tell: impl FnMut(Trial),
) -> Result<(), StoreError> {
    let (layout, index) = (Layout::open(log_dir)?, Index::open(state_dir)?);
    let mut offset = 0;
    while offset < most {
        let query = Query { offset, ..Query::default() };
        let (_, page) = index.page(&query, &[], PAGE.min(most - offset))?;
        if page.is_empty() {
            break;
        }
        offset += u32::try_from(page.len()).unwrap_or(u32::MAX);
        for tsid in page {
            let Some(row) = index.get(tsid)? else { continue };
            let circumstances = circumstances::of(&row, rules.business_hours(), &index)?;
            let directory = Directory(layout.directory(tsid));
            let Some(mut tail) = Tail::new(directory, rules, circumstances) else { continue };
            while tail.read_on() {}
            tail.end();
            tail.news();
            let mut judged = row.clone();
            tail.mark(&mut judged);
            tell(Trial { row, risk: judged.risk });
        }
    }
    Ok(())
}

const PAGE: u32 = 500;
