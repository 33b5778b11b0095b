//! A thread for each target of the plan in force.

use std::collections::HashSet;
use std::sync::Arc;

use sudolog_core::alert::Plan;

use super::local_log::LocalLog;
use super::outbox::Outbox;
use super::worker::Worker;

/// All threads.
#[derive(Debug)]
pub(super) struct Crew {
    outbox: Arc<Outbox>,
    log: LocalLog,
    workers: Vec<Worker>,
}

impl Crew {
    pub(super) fn new(outbox: Arc<Outbox>, log: LocalLog) -> Self {
        Self { outbox, log, workers: Vec::new() }
    }

    /// Ends the threads of targets that are gone or different, and starts those that are missing. What
    /// waits for a target that is gone is given up: an operator sees it.
    pub(super) fn set_plan(&mut self, plan: &Plan) {
        self.workers.retain(|worker| plan.target(&worker.target().name) == Some(worker.target()));
        for target in plan.targets() {
            if self.workers.iter().any(|worker| worker.target().name == target.name) {
                continue;
            }
            match Worker::start(target.clone(), &self.outbox, &self.log) {
                Ok(worker) => self.workers.push(worker),
                Err(error) => {
                    self.log.say(format!("no thread for alerts to {}: {error}", target.name));
                }
            }
        }
        let known: HashSet<&str> = plan.targets().iter().map(|t| t.name.as_str()).collect();
        let abandoned = self.outbox.abandon(&known);
        if abandoned > 0 {
            self.log.say(format!("{abandoned} alerts are given up: their targets are gone"));
        }
    }
}
