//! A search in a recording on a server, which does the searching.

use sudolog_core::session::Tsid;
use sudolog_core::term::{Coverage, Gathered, Hit, Page, Pattern, Streams};
use sudolog_core::wire::message::Hits;

use super::{Client, ClientError, Item};
use crate::source::{Found, RecordingError, Searcher};

/// Searches one session.
pub struct RemoteSearcher {
    client: Client,
    tsid: Tsid,
    follow: bool,
}

impl RemoteSearcher {
    /// With `follow`, a running session is searched on as it grows.
    pub fn new(client: Client, tsid: Tsid, follow: bool) -> Self {
        Self { client, tsid, follow }
    }

    /// What it tells; `is_usual` when every server can be asked that.
    fn found(&self, told: &Hits, is_usual: bool) -> Result<Found, ClientError> {
        if !is_usual && !told.has_pages {
            return Err(self.client.protocol(TOO_OLD));
        }
        let hits: Option<Vec<Hit>> = told.hits.iter().map(Hit::from_wire).collect();
        let broken = || self.client.protocol("it told of a hit that cannot be shown");
        let hits = hits.ok_or_else(broken)?;
        let hits = match told.is_best {
            true => Gathered::Best(Some(hits)),
            false => Gathered::Further(hits),
        };
        Ok(Found {
            hits,
            seq: told.seq,
            skipped: told.skipped,
            caught_up: told.caught_up,
            is_full: told.is_full,
            coverage: Coverage::of(told),
            damage: told.damage.as_ref().map(|text| text.escaped().to_string()),
        })
    }
}

impl Searcher for RemoteSearcher {
    fn search(
        &mut self,
        pattern: &Pattern,
        page: Page,
        streams: Streams,
        found: &mut dyn FnMut(Found) -> bool,
    ) -> Result<(), RecordingError> {
        let is_usual = !pattern.is_fuzzy() && page == Page::default();
        let (client, follow) = (&self.client, self.follow);
        let mut stream = client.search_blocking(self.tsid, pattern, page, streams, follow)?;
        while let Some(item) = stream.next_blocking()? {
            let Item::Hits(told) = item else { continue };
            if !found(self.found(&told, is_usual)?) {
                break;
            }
        }
        Ok(())
    }
}

const TOO_OLD: &str =
    "it is too old for fuzzy searches, and for hits behind the first 10,000: update the server";
