//! A search in a recording on a server, which does the searching.

use sudolog_core::session::Tsid;
use sudolog_core::term::{Coverage, Hit, Pattern, Streams};
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

    fn found(&self, told: &Hits) -> Result<Found, ClientError> {
        let hits: Option<Vec<Hit>> = told.hits.iter().map(Hit::from_wire).collect();
        let broken = || self.client.protocol("it told of a hit that cannot be shown");
        let hits = hits.ok_or_else(broken)?;
        Ok(Found {
            hits,
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
        streams: Streams,
        found: &mut dyn FnMut(Found) -> bool,
    ) -> Result<(), RecordingError> {
        let mut stream = self.client.search_blocking(self.tsid, pattern, streams, self.follow)?;
        while let Some(item) = stream.next_blocking()? {
            let Item::Hits(told) = item else { continue };
            if !found(self.found(&told)?) {
                break;
            }
        }
        Ok(())
    }
}
