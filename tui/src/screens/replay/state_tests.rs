//! The player's rules, with a recording and a clock in memory.

use std::time::Duration;

use super::sample::{about, read};
use super::{Replay, ReplayAction, Start};
use crate::deck::News;
use crate::source::Standing;

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn whole(seconds: &[u64]) -> Replay {
    let mut replay = Replay::new(about(), Start::default());
    replay.learn(s(0), read(1, seconds, Some(Standing::Whole)));
    replay
}

#[test]
fn plays_at_once_and_stays_at_the_end() {
    let mut replay = whole(&[1, 2, 10]);
    assert!(replay.is_playing());
    replay.tick(s(2));
    assert_eq!((replay.wanted(), replay.position(s(2))), (2, s(2)));
    replay.tick(s(60));
    assert!(replay.is_over() && !replay.is_playing());
    assert_eq!((replay.wanted(), replay.deadline(s(60))), (3, None));
}

#[test]
fn keys_seek_and_change_speed() {
    let mut replay = whole(&[1, 4, 8, 20]);
    replay.act(s(0), ReplayAction::TogglePlay);
    replay.act(s(0), ReplayAction::Forward);
    assert_eq!((replay.position(s(9)), replay.wanted()), (s(5), 2));
    replay.act(s(0), ReplayAction::Back);
    assert_eq!(replay.wanted(), 0);
    replay.act(s(0), ReplayAction::Tenth(5));
    assert_eq!((replay.position(s(0)), replay.wanted()), (s(10), 3));
    replay.act(s(0), ReplayAction::StepForward);
    assert_eq!(replay.wanted(), 4);
    replay.act(s(0), ReplayAction::Restart);
    assert_eq!(replay.wanted(), 0);
    replay.act(s(0), ReplayAction::Faster);
    assert_eq!(replay.speed().to_string(), "2x");
    replay.act(s(0), ReplayAction::NormalSpeed);
    replay.act(s(0), ReplayAction::Slower);
    assert_eq!(replay.speed().to_string(), "0.5x");
}

#[test]
fn idle_limits_go_round() {
    let mut replay = whole(&[1]);
    let mut seen = Vec::new();
    for _ in 0..4 {
        replay.act(s(0), ReplayAction::IdleLimit);
        seen.push(replay.max_wait().map(|wait| wait.as_secs()));
    }
    assert_eq!(seen, [Some(1), Some(2), Some(5), None]);
}

#[test]
fn a_start_in_the_middle_waits_until_it_is_read() {
    let from = Some(s(30));
    let mut replay = Replay::new(about(), Start { from, ..Start::default() });
    replay.learn(s(0), read(1, &[1, 2], None));
    replay.tick(s(9));
    assert_eq!((replay.wanted(), replay.is_playing()), (0, false));
    replay.learn(s(9), read(3, &[29, 31], None));
    assert_eq!((replay.wanted(), replay.is_playing()), (3, true));
}

#[test]
fn a_tenth_of_what_is_not_read_yet_is_found_later_unless_one_goes_elsewhere() {
    let mut replay = Replay::new(about(), Start::default());
    replay.learn(s(0), read(1, &[1, 2], None));
    replay.act(s(0), ReplayAction::Tenth(9));
    assert_eq!((replay.wanted(), replay.percent_read()), (0, Some(50)));
    replay.learn(s(0), read(3, &[90, 100], Some(Standing::Whole)));
    assert_eq!((replay.wanted(), replay.percent_read()), (3, None));

    let mut replay = Replay::new(about(), Start::default());
    replay.act(s(0), ReplayAction::End);
    replay.act(s(0), ReplayAction::Restart);
    replay.learn(s(0), read(1, &[50, 100], Some(Standing::Whole)));
    assert_eq!(replay.wanted(), 0);
}

#[test]
fn a_recording_that_grows_is_waited_for() {
    let mut replay = Replay::new(about(), Start::default());
    replay.learn(s(0), read(1, &[1, 2], Some(Standing::Growing)));
    replay.tick(s(30));
    assert!(replay.is_playing() && replay.is_growing() && !replay.is_over());
    replay.learn(s(40), read(3, &[35], None));
    assert_eq!(replay.wanted(), 3, "the pause was waited for already");
}

#[test]
fn what_is_wrong_is_said_until_it_is_mended() {
    let mut replay = Replay::new(about(), Start::default());
    replay.learn(s(0), News::Trouble("the disk is gone".to_owned()));
    assert_eq!(replay.warning().unwrap(), "trying again: the disk is gone");
    replay.learn(s(0), read(1, &[1], Some(Standing::Damaged("torn".to_owned()))));
    assert_eq!(replay.warning().unwrap(), "damaged: torn");
}

#[test]
fn a_time_is_gone_to_playing_or_not_as_before() {
    let mut replay = whole(&[1, 100, 300]);
    replay.act(s(0), ReplayAction::Seek(s(200)));
    assert!(replay.is_playing() && replay.position(s(0)) == s(200));
    replay.act(s(0), ReplayAction::BackMinute);
    replay.act(s(0), ReplayAction::TogglePlay);
    replay.act(s(0), ReplayAction::Seek(s(100)));
    assert!(!replay.is_playing() && replay.wanted() == 2);
    replay.act(s(0), ReplayAction::ForwardMinute);
    assert_eq!(replay.position(s(0)), s(160));
}

#[test]
fn a_loop_begins_again() {
    let mut replay = whole(&[1, 2]);
    replay.act(s(0), ReplayAction::ToggleLoop);
    replay.tick(s(2));
    assert!(replay.is_playing() && replay.wanted() == 0);
    replay.act(s(2), ReplayAction::ToggleLoop);
    replay.tick(s(9));
    assert!(replay.is_over() && !replay.is_playing());
}

#[test]
fn the_live_edge_is_followed() {
    let mut replay = Replay::new(about(), Start::default());
    replay.learn(s(0), read(1, &[50, 100], Some(Standing::Growing)));
    replay.act(s(0), ReplayAction::TogglePlay);
    replay.act(s(0), ReplayAction::LiveEdge);
    assert!(replay.is_playing() && replay.wanted() == 2);
}
