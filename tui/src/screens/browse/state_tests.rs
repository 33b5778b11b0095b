//! What keys and news do to the table.

use sudolog_core::filter::SortBy;
use sudolog_core::limits::{BROWSE_PAGE_ROWS, BROWSE_PAGES_MAX};
use sudolog_core::session::SessionState;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{Listing, Query};

use super::{Browse, BrowseAction};
use crate::screens::live::sample::row;
use crate::screens::{FilterAction, Step};
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
    let link =
        LinkState::Up { server_id: "logs.test".to_owned(), role: None, warning: String::new() };
    let mut browse = Browse::new(link, Query::default(), "");
    answer(&mut browse, total);
    browse
}

fn go(browse: &mut Browse, step: Step) {
    browse.step(step, 20);
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
    go(&mut browse, Step::Rows(50));
    assert_eq!(offsets(&browse), [0, 100]);
    go(&mut browse, Step::Rows(isize::MAX));
    assert_eq!((browse.pages().at(), chosen(&browse)), (99_999, None), "not here yet");
    assert_eq!(offsets(&browse), [99_900]);
    answer(&mut browse, 100_000);
    assert_eq!(chosen(&browse), Some(1));
    for _ in 0..100 {
        go(&mut browse, Step::Halves(-8));
        answer(&mut browse, 100_000);
    }
    let kept = browse.pages().rows().count();
    assert!(kept <= BROWSE_PAGES_MAX * BROWSE_PAGE_ROWS as usize, "{kept}");
    assert_eq!(browse.pages().at(), 99_999 - 100 * 80);
    assert_eq!(browse.act(BrowseAction::Replay), Some(row(8001, SessionState::Live).tsid));
}

#[test]
fn the_chosen_row_is_followed_when_others_come_before_it() {
    let mut browse = table(1000);
    go(&mut browse, Step::Rows(95));
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
    go(&mut browse, Step::Rows(29));
    answer(&mut browse, 10);
    assert_eq!((chosen(&browse), browse.pages().at()), (Some(1), 9), "it is there, elsewhere");
    let query = browse.wanted()[0].clone();
    let rows = vec![row(7, SessionState::Complete), row(6, SessionState::Complete)];
    browse.learn(PageNews::Page(query.clone(), Listing { total: 2, rows }));
    assert_eq!((chosen(&browse), browse.pages().at()), (Some(6), 1));
    browse.learn(PageNews::Page(query, Listing::default()));
    assert_eq!((chosen(&browse), browse.pages().at()), (None, 0));
    assert_eq!(browse.act(BrowseAction::Replay), None);
}

#[test]
fn columns_are_gone_through_and_reversed() {
    let mut browse = table(3);
    let old = browse.wanted()[0].clone();
    browse.act(BrowseAction::Sort(1));
    browse.act(BrowseAction::Reverse);
    assert_eq!(browse.order(), (SortBy::Risk, true));
    assert_eq!((browse.pages().total(), chosen(&browse)), (Some(3), None));
    let rows = vec![row(9, SessionState::Live)];
    browse.learn(PageNews::Page(old, Listing { total: 1, rows }));
    assert_eq!(chosen(&browse), None, "an answer to an older question");
    let query = browse.wanted()[0].clone();
    assert!(query.reverse && query.sort == SortBy::Risk);
    browse.act(BrowseAction::Sort(-2));
    assert_eq!(browse.order().0, SortBy::Tty);
}

#[test]
fn a_filter_is_typed_and_told_what_is_wrong_with_it() {
    let mut browse = table(3);
    browse.filter_by(FilterAction::Ask, NOW);
    browse.filter_mut().edit(NOW, |input| input.paste("usr:alice"));
    assert!(browse.filter().fault().unwrap().starts_with("character 1: there is no field usr"));
    browse.filter_by(FilterAction::Apply, NOW);
    assert!(browse.filter().input().is_some(), "it stays until it is right");
    browse.filter_mut().edit(NOW, |input| input.edit(Edit::DeleteToStart));
    browse.filter_mut().edit(NOW, |input| input.paste("user:alice vim"));
    assert_eq!(browse.filter().fault(), None);
    browse.filter_by(FilterAction::Apply, NOW);
    let query = browse.wanted()[0].clone();
    assert_eq!((query.text.as_str(), query.conditions.len(), query.offset), ("vim", 1, 0));
    assert_eq!((browse.filter().text(), browse.pages().total()), ("user:alice vim", None));
    browse.filter_by(FilterAction::Ask, NOW);
    browse.filter_mut().edit(NOW, |input| input.edit(Edit::DeleteToStart));
    browse.filter_by(FilterAction::Cancel, NOW);
    assert_eq!(browse.filter().text(), "user:alice vim");
}
