//! What keys and news do to the live screen.

use sudolog_core::risk::Score;
use sudolog_core::session::SessionState::{self, Complete, Frozen, Live as Running};
use sudolog_core::session::Tsid;
use sudolog_core::wire::message::{Cause, Failure, Listing};

use super::sessions::Order;
use super::state::{End, Focus, Intent, Live, LiveAction};
use crate::screens::live::sample::{picture, row};
use crate::screens::replay::Rewind;
use crate::source::server::{ClientError, LinkState, News};

fn live(rows: &[(u32, SessionState)]) -> Live {
    let mut live = Live::new(LinkState::Up {
        server_id: "fake".to_owned(),
        role: None,
        warning: String::new(),
    });
    let rows: Vec<_> = rows.iter().map(|(number, state)| row(*number, *state)).collect();
    let listing = Listing { total: rows.len() as u64, rows };
    live.learn(News::Listed(live.wanted().query, listing));
    live
}

fn watched(live: &Live) -> Option<u32> {
    live.wanted().watched.first().copied().map(Tsid::seq)
}

#[test]
fn the_first_session_is_followed_at_once_and_then_whichever_is_chosen() {
    let mut live = live(&[(2, Running), (1, Running)]);
    assert_eq!(watched(&live), Some(2));
    live.act(LiveAction::Move(1));
    assert_eq!(watched(&live), Some(1));
}

#[test]
fn only_the_chosen_sessions_picture_is_shown() {
    let mut live = live(&[(2, Running), (1, Running)]);
    live.learn(News::Picture(picture(2, "two")));
    let shown = |live: &Live, number| {
        let picture = live.picture(row(number, Running).tsid)?;
        Some(picture.screen.row_text(0))
    };
    assert!(shown(&live, 2).is_some());
    live.act(LiveAction::Move(1));
    assert!(shown(&live, 2).is_none() && shown(&live, 1).is_none());
    live.learn(News::Picture(picture(2, "late")));
    assert!(shown(&live, 2).is_none());
    live.learn(News::Picture(picture(1, "one")));
    assert_eq!(shown(&live, 1).unwrap(), "one");
}

#[test]
fn enter_opens_what_runs_and_replays_what_has_ended() {
    let mut live = live(&[(2, Running)]);
    assert_eq!(live.act(LiveAction::Open), None);
    assert_eq!(live.focus(), Focus::Screen);
    assert_eq!(live.act(LiveAction::Back), None);
    assert_eq!(live.act(LiveAction::Back), Some(Intent::Leave));
    let tsid = row(2, Complete).tsid;
    live.learn(News::Ended(tsid, Some(Box::new(row(2, Complete)))));
    assert_eq!(watched(&live), None);
    assert_eq!(live.act(LiveAction::Open), Some(Intent::Replay(tsid)));
}

#[test]
fn what_is_watched_is_paused_and_taken_back_without_a_way_round() {
    let mut live = live(&[(2, Running)]);
    let tsid = row(2, Running).tsid;
    assert_eq!(live.act(LiveAction::Side(-1)), None, "in the list there is nothing to the left");
    assert_eq!(live.act(LiveAction::Pause), Some(Intent::Rewind(tsid, Rewind::Pause)));
    live.act(LiveAction::Open);
    assert_eq!(live.act(LiveAction::Side(-1)), Some(Intent::Rewind(tsid, Rewind::Back)));
    assert_eq!(live.act(LiveAction::Side(1)), None);
    assert_eq!(live.focus(), Focus::Screen, "where one comes back to");
    live.act(LiveAction::Wall);
    assert_eq!(live.act(LiveAction::Side(-1)), None);
}

#[test]
fn an_end_is_kept_until_the_list_says_so_too() {
    let mut live = live(&[(2, Running), (1, Running)]);
    let tsid = row(2, Running).tsid;
    live.learn(News::Ended(tsid, None));
    assert_eq!((live.end(tsid), watched(&live)), (Some(&End::Ended), None));
    live.act(LiveAction::Move(1));
    assert_eq!((live.end(tsid), watched(&live)), (None, Some(1)));
}

#[test]
fn a_refusal_is_shown_with_its_reason() {
    let mut live = live(&[(2, Running)]);
    let failure = Failure { cause: Cause::Forbidden, text: "not yours".into() };
    live.learn(News::NotFollowed(row(2, Running).tsid, ClientError::Failed(failure)));
    let tsid = row(2, Running).tsid;
    assert_eq!(live.end(tsid), Some(&End::Refused("not yours".to_owned())));
}

#[test]
fn nothing_to_choose_is_no_harm() {
    let mut live = live(&[]);
    for action in [LiveAction::Move(1), LiveAction::Open, LiveAction::Replay] {
        assert_eq!(live.act(action), None);
    }
    assert_eq!(watched(&live), None);
}

#[test]
fn the_wall_follows_all_that_it_shows() {
    let rows: Vec<_> = (1..=6).rev().map(|number| (number, Running)).collect();
    let mut live = live(&rows);
    let all = |live: &Live| live.wanted().watched.into_iter().map(Tsid::seq).collect::<Vec<_>>();
    live.act(LiveAction::Wall);
    assert_eq!(all(&live), [6, 5, 4, 3]);
    live.learn(News::Picture(picture(4, "four")));
    live.act(LiveAction::Side(1));
    live.act(LiveAction::Move(1));
    assert_eq!(live.sessions().chosen().unwrap().tsid.seq(), 3);
    live.act(LiveAction::Move(10));
    assert_eq!(all(&live), [2, 1]);
    assert!(live.picture(row(4, Running).tsid).is_none());
    live.act(LiveAction::Wall);
    assert_eq!(all(&live), [6, 5, 4, 3, 2, 1]);
    live.act(LiveAction::Open);
    assert_eq!((live.focus(), all(&live)), (Focus::Screen, vec![1]));
    live.act(LiveAction::Back);
    assert_eq!(live.focus(), Focus::Wall);
    live.act(LiveAction::Wall);
    live.act(LiveAction::Wall);
    assert_eq!(live.focus(), Focus::List);
    assert_eq!(live.act(LiveAction::Back), Some(Intent::Leave));
}

#[test]
fn the_newest_is_chosen_when_it_is_followed() {
    let mut live = live(&[(2, Running), (1, Running)]);
    live.act(LiveAction::Move(1));
    live.act(LiveAction::FollowNewest);
    assert_eq!(watched(&live), Some(2));
    let rows: Vec<_> = [3, 2, 1].map(|number| row(number, Running)).into();
    live.learn(News::Listed(live.wanted().query, Listing { total: 3, rows }));
    assert_eq!(watched(&live), Some(3));
}

/// Sessions 1 to 4 as they stand, the newest first.
fn told(live: &mut Live, risks: [u8; 4]) {
    let rows = [4, 3, 2, 1].into_iter().zip(risks).map(|(number, points)| {
        let state = if number == 1 { Frozen } else { Running };
        let mut row = row(number, state);
        row.risk = Score::try_from(points).unwrap();
        row
    });
    let rows: Vec<_> = rows.collect();
    live.learn(News::Listed(live.wanted().query, Listing { total: 4, rows }));
}

#[test]
fn the_riskiest_that_runs_is_kept_to_while_it_is_followed() {
    let mut live = live(&[]);
    told(&mut live, [0, 60, 20, 0]);
    assert_eq!(watched(&live), Some(4));
    live.act(LiveAction::FollowRiskiest);
    assert_eq!(watched(&live), Some(3));
    told(&mut live, [0, 60, 90, 0]);
    assert_eq!(watched(&live), Some(2));
    let mut row = row(4, Running);
    row.risk = Score::MAX;
    live.renew(&row);
    assert_eq!(watched(&live), Some(4), "as soon as it is told");
    live.act(LiveAction::Move(1));
    told(&mut live, [0, 60, 90, 0]);
    assert_eq!(watched(&live), Some(3), "not any more: another one was chosen by hand");
}

#[test]
fn what_needs_an_eye_comes_first_when_that_is_wanted() {
    let order =
        |live: &Live| live.sessions().rows().iter().map(|row| row.tsid.seq()).collect::<Vec<_>>();
    let mut live = live(&[]);
    told(&mut live, [10, 60, 10, 0]);
    live.act(LiveAction::Reorder);
    assert_eq!((order(&live), live.sessions().order()), (vec![1, 3, 4, 2], Order::Attention));
    told(&mut live, [10, 60, 90, 0]);
    assert_eq!(order(&live), [1, 2, 3, 4]);
    live.act(LiveAction::Reorder);
    assert_eq!(order(&live), [4, 3, 2, 1]);
}
