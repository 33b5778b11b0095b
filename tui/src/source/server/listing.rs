//! Lists of sessions, a page after the other.

use sudolog_core::wire::message::{Listing, Outcome, Query, RequestBody};

use super::{Client, ClientError};
use crate::source::About;

impl Client {
    /// A page of sessions.
    ///
    /// # Errors
    /// [`ClientError`] when the server cannot be asked or refuses.
    pub async fn list(&self, query: Query) -> Result<Listing, ClientError> {
        match self.ask(RequestBody::List(query.clone())).await? {
            // An older server takes no notice of what it does not know.
            Outcome::Sessions(listing) if listing.rows.iter().any(|row| query.excludes(row)) => {
                let reason =
                    "it is older than this console and knows words only: leave out FIELD:VALUE";
                Err(self.protocol(reason))
            }
            Outcome::Sessions(listing) => Ok(listing),
            other => Err(self.unexpected(&other)),
        }
    }

    /// A page with all of its rows: a server leaves out those that do not fit into one answer, and a row is
    /// as long as whoever is recorded likes.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn whole_page(&self, query: Query) -> Result<Listing, ClientError> {
        let part = |offset, limit| {
            let query = Query { offset, limit, ..query.clone() };
            async { self.list(query).await.map(|page| (page.total, page.rows)) }
        };
        let (total, rows) = whole(query.offset, query.limit, part).await?;
        Ok(Listing { total, rows })
    }

    /// All sessions of a query, a page after the other, `limit` at most.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn list_all(&self, query: &Query, limit: usize) -> Result<Vec<About>, ClientError> {
        let mut sessions = Vec::new();
        while sessions.len() < limit {
            let offset = u32::try_from(sessions.len()).unwrap_or(u32::MAX);
            let left = u32::try_from(limit - sessions.len()).unwrap_or(u32::MAX);
            let query = Query { offset, limit: left.min(PAGE_ROWS), ..query.clone() };
            let page = self.list(query).await?;
            let last = page.rows.is_empty();
            sessions.extend(page.rows.into_iter().map(About::from));
            if last || sessions.len() as u64 >= page.total {
                break;
            }
        }
        Ok(sessions)
    }
}

/// All rows of a page, however few of them fit into one answer: what `part` gives from an offset, as often as it takes.
///
/// # Errors
/// Those of `part`.
pub(super) async fn whole<T, P>(
    offset: u32,
    limit: u32,
    part: impl Fn(u32, u32) -> P,
) -> Result<(u64, Vec<T>), ClientError>
where
    P: Future<Output = Result<(u64, Vec<T>), ClientError>>,
{
    let (mut total, mut rows) = part(offset, limit).await?;
    loop {
        let here = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let (next, left) = (offset.saturating_add(here), limit.saturating_sub(here));
        if here == 0 || left == 0 || u64::from(next) >= total {
            return Ok((total, rows));
        }
        let (new_total, more) = part(next, left).await?;
        total = new_total;
        if more.is_empty() {
            return Ok((total, rows));
        }
        rows.extend(more);
    }
}

/// The server gives no more at once.
const PAGE_ROWS: u32 = 1000;
