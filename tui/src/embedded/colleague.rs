//! A second operator, as most teams have one: says what he thinks of a session that covers its tracks, and
//! stops it for a while. So a newcomer sees a note, a tag and a frozen session that others left.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::time::Duration;

use sudolog_core::risk::Category;
use sudolog_core::session::Tsid;
use sudolog_core::triage::RemarkKind;
use sudolog_core::wire::message::{Judgement, OrderKind, Query};
use tokio::time::sleep;

use crate::source::server::{Address, Client, ClientError};

/// Looks at what runs until it is dropped. Whatever the server refuses him is left undone.
pub(super) async fn keep_an_eye(address: Address) {
    let Ok(client) = Client::connect(address).await else { return };
    let mut known = HashSet::new();
    loop {
        sleep(LOOK_INTERVAL).await;
        let Ok(Some((tsid, elapsed_ns))) = find(&client, &known).await else { continue };
        known.insert(tsid);
        if let Err(error) = take_care(&client, tsid, elapsed_ns).await {
            tracing::debug!(%tsid, %error, "the second operator was refused something");
        }
    }
}

/// A running session that puts records out of action, and when it last did.
async fn find(client: &Client, known: &HashSet<Tsid>) -> Result<Option<(Tsid, u64)>, ClientError> {
    let query = Query { open_only: true, limit: ROWS, ..Query::default() };
    let rows = client.list(query).await?.rows;
    for row in rows.iter().filter(|row| !known.contains(&row.tsid)) {
        let review = client.review(row.tsid).await?;
        let findings = review.assessments.first().map(|it| it.findings.as_slice());
        let tampers =
            findings.unwrap_or_default().iter().filter(|it| it.category == Category::Tamper);
        if let Some(at) = tampers.map(|finding| finding.elapsed_ns).max() {
            return Ok(Some((row.tsid, at)));
        }
    }
    Ok(None)
}

async fn take_care(client: &Client, tsid: Tsid, elapsed_ns: u64) -> Result<(), ClientError> {
    sleep(READING).await;
    let note = RemarkKind::Note { elapsed_ns, text: NOTE.into() };
    for kind in [note, RemarkKind::Tag { tag: "cover-up".into() }] {
        // Keyed by the system's random numbers, each time anew.
        let act = RandomState::new().build_hasher().finish();
        client.judge(Judgement { tsids: vec![tsid], act, kind }).await?;
    }
    client.order(tsid, OrderKind::Freeze, "what was in that script?".into()).await?;
    sleep(FROZEN).await;
    client.order(tsid, OrderKind::Thaw, "it was a drill".into()).await
}

const NOTE: &str =
    "a script from the net, and then the log is gone: I have stopped it and ask its owner";
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// Until one has understood what one sees.
const READING: Duration = Duration::from_secs(2);
/// Until its owner has answered.
const FROZEN: Duration = Duration::from_secs(30);
/// More sessions than ever run at once.
const ROWS: u32 = 20;
