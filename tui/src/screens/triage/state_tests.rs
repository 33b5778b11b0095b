//! What keys and news do to the queue.

use std::time::Duration;

use sudolog_core::session::Tsid;
use sudolog_core::time::Timestamp;
use sudolog_core::triage::Verdict;
use sudolog_core::wire::message::{Cause, Failure, Query};

use super::sample::{queue, review};
use super::{Goal, Triage, TriageAction};
use crate::screens::{FilterAction, Step};
use crate::source::About;
use crate::source::server::{Ask, ClientError, LinkState, PageNews, ReviewNews};

const NOW: Timestamp = Timestamp { seconds: 1_763_035_200, nanoseconds: 0 };

fn answer(triage: &mut Triage) {
    for ask in triage.wanted() {
        let Ask::Queue(query) = ask else { panic!("{ask:?}") };
        triage.learn(PageNews::Queue(query, queue()));
    }
}

fn triage() -> Triage {
    let link =
        LinkState::Up { server_id: "logs.test".to_owned(), role: None, warning: String::new() };
    let mut triage = Triage::new(link, Query::default(), "");
    answer(&mut triage);
    triage
}

fn chosen(triage: &Triage) -> u32 {
    triage.reviewed().unwrap().seq()
}

fn goal(triage: &mut Triage) -> Option<Goal> {
    let row = triage.pages().chosen().unwrap().clone();
    let opened = triage.act(TriageAction::Open);
    assert_eq!(opened, Some(row.tsid));
    triage.take_goal(&About::from(row))
}

#[test]
fn a_session_is_opened_where_it_is_riskiest() {
    let mut triage = triage();
    assert_eq!(goal(&mut triage), None, "nothing is known yet: from the start");
    triage.learn_review(ReviewNews::Review(Box::new(review())));
    assert_eq!(goal(&mut triage), Some(Goal::Event(72)));
    triage.act(TriageAction::Switch);
    triage.step(Step::Rows(1), 0);
    assert_eq!(goal(&mut triage), Some(Goal::Event(7)), "at the chosen reason");
    triage.step(Step::Rows(1), 0);
    assert_eq!(goal(&mut triage), Some(Goal::At(Duration::ZERO)), "what the command line says");
    triage.step(Step::Rows(3), 0);
    assert_eq!(goal(&mut triage), Some(Goal::At(Duration::from_secs(65))), "at a note");
    triage.step(Step::Rows(isize::MIN), 0);
    assert_eq!(goal(&mut triage), Some(Goal::Event(72)));
    triage.act(TriageAction::Open);
    triage.act(TriageAction::Switch);
    triage.step(Step::Rows(1), 20);
    assert_eq!(triage.take_goal(&About::from(review().row)), None, "another one is chosen");
}

#[test]
fn a_review_of_another_session_is_not_shown() {
    let mut triage = triage();
    triage.step(Step::Rows(1), 20);
    triage.learn_review(ReviewNews::Review(Box::new(review())));
    assert_eq!(triage.review(), None);
    let failure = Failure { cause: Cause::Forbidden, text: "not\x1b yours".into() };
    let tsid = triage.reviewed().unwrap();
    triage.learn_review(ReviewNews::NoReview(tsid, ClientError::Failed(failure)));
    assert_eq!(triage.review_trouble(), Some(r"not\u{1b} yours"));
    triage.step(Step::Rows(1), 20);
    assert_eq!(triage.review_trouble(), None);
}

#[test]
fn what_nobody_has_settled_is_gone_to_and_back() {
    let mut triage = triage();
    triage.act(TriageAction::NextUnsettled(1));
    assert_eq!(chosen(&triage), 45);
    triage.act(TriageAction::NextUnsettled(1));
    assert_eq!(
        chosen(&triage),
        43,
        "one with its verdict is passed; one that awaits a second is not"
    );
    triage.act(TriageAction::NextUnsettled(-1));
    assert_eq!(chosen(&triage), 45);
    triage.step(Step::Rows(isize::MAX), 20);
    triage.act(TriageAction::NextUnsettled(1));
    assert_eq!(chosen(&triage), 42, "the last one stays");
}

#[test]
fn marks_are_what_an_act_is_about() {
    let seqs = |triage: &Triage| triage.subjects().into_iter().map(Tsid::seq).collect::<Vec<_>>();
    let mut triage = triage();
    assert_eq!(seqs(&triage), [46]);
    triage.act(TriageAction::Mark);
    triage.act(TriageAction::Mark);
    assert_eq!((seqs(&triage), chosen(&triage)), (vec![45, 46], 44));
    triage.step(Step::Rows(-1), 20);
    triage.act(TriageAction::Mark);
    assert_eq!((seqs(&triage), triage.marked()), (vec![46], 1));
    triage.act(TriageAction::MarkAll);
    assert_eq!(triage.marked(), 0);
    triage.act(TriageAction::MarkAll);
    assert_eq!(triage.marked(), 5);
    triage.judged();
    assert_eq!((triage.marked(), seqs(&triage)), (0, vec![44]));
}

#[test]
fn what_somebody_else_has_settled_is_not_marked_any_more() {
    let mut triage = triage();
    triage.act(TriageAction::MarkAll);
    let mut rows = queue().rows;
    triage.renew(&rows[2]);
    assert_eq!(triage.marked(), 5, "it had its verdict when it was marked");
    rows[0].standing.verdict = Some(Verdict::Benign);
    triage.renew(&rows[0]);
    assert!(triage.marked() == 4 && !triage.is_marked(rows[0].tsid));
}

#[test]
fn another_filter_asks_anew_and_forgets_the_marks() {
    let mut triage = triage();
    triage.act(TriageAction::Mark);
    let old = triage.wanted();
    assert!(triage.set_filter("usr:x", NOW).unwrap_err().contains("there is no field usr"));
    assert_eq!((triage.marked(), triage.filter().text()), (1, ""));
    triage.filter_by(FilterAction::Ask, NOW);
    triage.filter_mut().edit(NOW, |input| input.paste("risk:high user:alice"));
    triage.filter_by(FilterAction::Apply, NOW);
    assert_eq!((triage.marked(), triage.pages().total()), (0, None));
    let Some(Ask::Queue(late)) = old.first().cloned() else { panic!() };
    triage.learn(PageNews::Queue(late, queue()));
    assert_eq!(triage.pages().total(), None, "an answer to an older question");
    answer(&mut triage);
    assert_eq!(chosen(&triage), 46);
}
