//! What a sudo runs: it makes output while it is let, and types, and ends.

use bytes::Bytes;
use sudolog_core::limits::EVENT_DATA_BYTES_MAX;
use sudolog_core::session::EventKind;

use crate::plugin::{Phase, Plugin};
use crate::random::Random;
use crate::stage::{Actor, Stage};

/// One command.
#[derive(Debug)]
pub struct Command {
    number: usize,
    /// Events until it exits by itself.
    pub left: u64,
    /// Between two of them, bounds in microseconds.
    pace_us: (u64, u64),
    event_bytes: usize,
    /// When SIGTERM does its work; never for a command that ignores it.
    term_at: Option<u64>,
    ignores_term: bool,
}

impl Command {
    pub fn new(number: usize, random: &mut Random) -> Self {
        let (pace_us, event_bytes, left) = match random.index(20) {
            0 => ((500, 8_000), EVENT_DATA_BYTES_MAX, 150),
            1..=4 => ((1_000_000, 4_000_000), 20, 1_000),
            5..=8 => ((5_000, 60_000), 100, 400),
            9 => ((100_000, 800_000), 20, random.between(0, 10)),
            _ => ((50_000, 600_000), 40, 1_000),
        };
        let ignores_term = random.chance(20);
        Self { number, left, pace_us, event_bytes, term_at: None, ignores_term }
    }

    /// All that is due now.
    pub fn turn(&mut self, stage: &mut Stage, plugin: &mut Plugin) {
        if !matches!(plugin.phase, Phase::Running | Phase::GivenUp(_)) {
            return;
        }
        if !stage.groups[self.number].is_populated() {
            return plugin.close(stage, None);
        }
        if plugin.term_sent && self.term_at.is_none() {
            self.term_at = Some(stage.now + stage.random.between(1_000, 1_000_000));
        }
        if stage.groups[self.number].runs(stage.now) {
            let terminated = self.term_at.is_some_and(|at| stage.now >= at) && !self.ignores_term;
            if self.left == 0 || terminated {
                stage.kill_group(self.number);
                return plugin.close(stage, (!terminated).then_some(0));
            }
            self.work(stage, plugin);
        } else if stage.random.chance(5) && plugin.phase == Phase::Running && plugin.has_room() {
            // The user types, and waits in vain for an answer.
            plugin.record(stage, EventKind::Ttyin, Bytes::from_static(b"x"));
        }
        let pause = stage.random.between(self.pace_us.0, self.pace_us.1);
        let pause = if self.term_at.is_some() { pause.min(50_000) } else { pause };
        stage.wake(Actor::Command(self.number), stage.now + pause);
    }

    fn work(&mut self, stage: &mut Stage, plugin: &mut Plugin) {
        // A command whose output nobody takes waits in write(2).
        if plugin.phase == Phase::Running && plugin.has_room() {
            let (shipper, now) = (stage.shipper, stage.now);
            stage.oracle.progress(self.number, now, shipper);
            self.left -= 1;
            let data = Bytes::from_static(&NOISE[..self.event_bytes]);
            plugin.record(stage, EventKind::Ttyout, data);
        }
    }
}

static NOISE: [u8; EVENT_DATA_BYTES_MAX] = [b'x'; EVENT_DATA_BYTES_MAX];
