//! The last screens of sessions that had ended before anybody watched them: asked for one after the other, where
//! the operator stays.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use sudolog_core::session::Tsid;

use super::feed::{Gone, News, Tap};
use super::follower::Picture;
use super::glimpser::{STAY, look};
use super::pictures::Pictures;
use super::{ClientError, LinkState};

/// Brings what is wanted, each once, until the live screen is gone.
pub(super) async fn keep_looking_back(tap: Tap, pictures: Arc<Pictures>) {
    let mut wanted = tap.wanted.clone();
    let mut had = HashSet::new();
    loop {
        let ended = wanted.borrow_and_update().ended.clone();
        // One that is asked for once more was forgotten meanwhile, and not only not taken yet.
        had.retain(|tsid| ended.contains(tsid));
        let next = ended.into_iter().find(|tsid| !had.contains(tsid));
        let Some(tsid) = next else {
            if wanted.changed().await.is_err() {
                return;
            }
            continue;
        };
        // Each look is in the access log: what is only passed is not looked at.
        tokio::select! {
            changed = wanted.changed() => if changed.is_err() { return } else { continue },
            () = tokio::time::sleep(STAY) => {}
        }
        had.insert(tsid);
        if look_back(&tap, &pictures, tsid).await.is_err() {
            return;
        }
    }
}

async fn look_back(tap: &Tap, pictures: &Pictures, tsid: Tsid) -> Result<(), Gone> {
    let mut link = tap.client.link();
    loop {
        match look(&tap.client, (tsid, u64::MAX)).await {
            Ok(keyframe) => {
                let (seq, elapsed) = (keyframe.seq, keyframe.elapsed);
                let screen = keyframe.to_screen();
                pictures.put(Picture { tsid, seq, elapsed, behind: Duration::ZERO, screen });
                return Ok(());
            }
            Err(error @ (ClientError::Failed(_) | ClientError::Protocol { .. })) => {
                return tap.tell(News::NotFollowed(tsid, error)).await;
            }
            Err(_) => {
                let up = |state: &LinkState| matches!(state, LinkState::Up { .. });
                link.wait_for(up).await.map_err(|_| Gone)?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sudolog_core::session::SessionState::Live;
    use sudolog_core::wire::Message;
    use sudolog_core::wire::message::{Listing, Outcome, Query, RequestBody};

    use super::super::fake::{FakeServer, keyframe};
    use super::super::{Client, Feed, Wanted};
    use super::*;
    use crate::screens::live::sample::row;

    #[tokio::test]
    async fn the_last_screen_of_what_has_ended_is_asked_for_once() {
        let server = FakeServer::start();
        let (client, mut peer) = tokio::join!(Client::connect(server.address()), server.welcome());
        let tsid = row(1, Live).tsid;
        let wanted = Wanted { query: Query::default(), watched: Vec::new(), ended: vec![tsid] };
        let mut feed = Feed::start(&client.unwrap(), wanted);
        let (mut looks, mut shown) = (0, None);
        while shown.is_none() {
            tokio::select! {
                (id, body) = peer.request() => match body {
                    RequestBody::Look { seq, screen: true, .. } => {
                        assert_eq!(seq, u64::MAX);
                        looks += 1;
                        peer.say(id, &Message::Keyframe(keyframe(7, "exit"))).await;
                        peer.reply(id, Outcome::Done).await;
                    }
                    _ => {
                        let listing = Listing { total: 0, rows: Vec::new() };
                        peer.reply(id, Outcome::Sessions(listing)).await;
                    }
                },
                news = feed.next() => if let Some(News::Picture(picture)) = news {
                    shown = Some((picture.tsid, picture.seq, picture.screen.row_text(0)));
                },
            }
        }
        assert_eq!((looks, shown), (1, Some((tsid, 7, "exit".to_owned()))));
    }
}
