//! What keys and news do to the table.

use sudolog_core::filter::SortBy;
use sudolog_core::limits::{BROWSE_PAGE_ROWS, BROWSE_PAGES_MAX};
use sudolog_core::session::SessionState;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{Listing, Query};

use super::{Asked, Browse, BrowseAction};
use crate::screens::live::sample::row;
use crate::source::server::{LinkState, PageNews};
use crate::widgets::Edit;

const NOW: Timestamp = Timestamp { seconds: 1_763_035_200, nanoseconds: 0 };

/// A list of so many sessions, the newest first: number `total` is in place 0.
fn answer(browse: &mut Browse, total: u32) {
    for query in browse.wanted() {
        let places = query.offset..total.min(query.offset + query.limit);
        let rows = places.map(|at| row(total - at, SessionState::Complete)).collect();
        browse.learn(PageNews::Page(query, Listing { total: total.into(), rows }));
    }
}

fn table(total: u32) -> Browse {
    let link = LinkState::Up { server_id: "logs.test".to_owned() };
    let mut browse = Browse::new(link, Query::default(), "");
    answer(&mut browse, total);
    browse
}

fn act(browse: &mut Browse, action: BrowseAction) -> Option<Asked> {
    browse.act(action, 20, NOW)
}

fn chosen(browse: &Browse) -> Option<u32> {
    browse.pages().chosen().map(|row| row.tsid.seq())
}

#[test]
fn only_pages_around_the_chosen_row_are_asked_for_and_kept() {
    let mut browse = table(100_000);
    assert_eq!(chosen(&browse), Some(100_000));
    let offsets = |browse: &Browse| browse.wanted().iter().map(|q| q.offset).collect::<Vec<_>>();
    assert_eq!(offsets(&browse), [0], "the second page is further than the margin");
    act(&mut browse, BrowseAction::Move(50));
    assert_eq!(offsets(&browse), [0, 100]);
    act(&mut browse, BrowseAction::Move(isize::MAX));
    assert_eq!((browse.pages().at(), chosen(&browse)), (99_999, None), "not here yet");
    assert_eq!(offsets(&browse), [99_900]);
    answer(&mut browse, 100_000);
    assert_eq!(chosen(&browse), Some(1));
    for _ in 0..100 {
        act(&mut browse, BrowseAction::Half(-8));
        answer(&mut browse, 100_000);
    }
    let kept = browse.pages().rows().count();
    assert!(kept <= BROWSE_PAGES_MAX * BROWSE_PAGE_ROWS as usize, "{kept}");
    assert_eq!(browse.pages().at(), 99_999 - 100 * 80);
    assert_eq!(
        act(&mut browse, BrowseAction::Replay),
        Some(Asked::Replay(row(8001, SessionState::Live).tsid))
    );
}

#[test]
fn the_chosen_row_is_followed_when_others_come_before_it() {
    let mut browse = table(1000);
    act(&mut browse, BrowseAction::Move(95));
    answer(&mut browse, 1000);
    assert_eq!(chosen(&browse), Some(905));
    answer(&mut browse, 1003);
    assert_eq!((chosen(&browse), browse.pages().at()), (Some(905), 98));
    answer(&mut browse, 1013);
    assert_eq!((chosen(&browse), browse.pages().at()), (Some(905), 108), "over the edge of a page");
}

#[test]
fn a_row_that_is_gone_leaves_its_place_to_another() {
    let mut browse = table(30);
    act(&mut browse, BrowseAction::Move(29));
    answer(&mut browse, 10);
    assert_eq!((chosen(&browse), browse.pages().at()), (Some(1), 9), "it is there, elsewhere");
    let query = browse.wanted()[0].clone();
    let rows = vec![row(7, SessionState::Complete), row(6, SessionState::Complete)];
    browse.learn(PageNews::Page(query.clone(), Listing { total: 2, rows }));
    assert_eq!((chosen(&browse), browse.pages().at()), (Some(6), 1));
    browse.learn(PageNews::Page(query, Listing::default()));
    assert_eq!((chosen(&browse), browse.pages().at()), (None, 0));
    assert_eq!(act(&mut browse, BrowseAction::Replay), None);
}

#[test]
fn columns_are_gone_through_and_reversed() {
    let mut browse = table(3);
    let old = browse.wanted()[0].clone();
    act(&mut browse, BrowseAction::Sort(1));
    act(&mut browse, BrowseAction::Reverse);
    assert_eq!(browse.order(), (SortBy::Risk, true));
    assert_eq!((browse.pages().total(), chosen(&browse)), (Some(3), None));
    let rows = vec![row(9, SessionState::Live)];
    browse.learn(PageNews::Page(old, Listing { total: 1, rows }));
    assert_eq!(chosen(&browse), None, "an answer to an older question");
    let query = browse.wanted()[0].clone();
    assert!(query.reverse && query.sort == SortBy::Risk);
    act(&mut browse, BrowseAction::Sort(-2));
    assert_eq!(browse.order().0, SortBy::Tty);
}

#[test]
fn a_filter_is_typed_and_told_what_is_wrong_with_it() {
    let mut browse = table(3);
    act(&mut browse, BrowseAction::Filter);
    browse.type_filter(NOW, |input| input.paste("usr:alice"));
    assert!(browse.fault().unwrap().starts_with("character 1: there is no field usr"));
    act(&mut browse, BrowseAction::Apply);
    assert!(browse.input().is_some(), "it stays until it is right");
    browse.type_filter(NOW, |input| input.edit(Edit::DeleteToStart));
    browse.type_filter(NOW, |input| input.paste("user:alice vim"));
    assert_eq!(browse.fault(), None);
    act(&mut browse, BrowseAction::Apply);
    let query = browse.wanted()[0].clone();
    assert_eq!((query.text.as_str(), query.conditions.len(), query.offset), ("vim", 1, 0));
    assert_eq!((browse.filter(), browse.pages().total()), ("user:alice vim", None));
    act(&mut browse, BrowseAction::Filter);
    browse.type_filter(NOW, |input| input.edit(Edit::DeleteToStart));
    act(&mut browse, BrowseAction::Cancel);
    assert_eq!(browse.filter(), "user:alice vim");
}
