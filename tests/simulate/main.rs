//! Plugin, shipper and server in memory under one fake clock, with everything that can go wrong drawn
//! from one seed: connections that break, processes that stop and die, disks that lose power, liars.
//!
//! The machines are the real ones; only what carries words between them is written anew here, and an
//! oracle looks on. `SIMULATE_SEED=7` runs one seed and shows what happened, `SIMULATE_SEEDS=100000`
//! runs more of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in what it calls"
)]

mod bridge;
mod command;
mod disk;
mod faults;
mod group;
mod iolog;
mod net;
mod oracle;
mod plugin;
mod random;
mod server;
mod shipper;
mod stage;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use world::World;

#[test]
fn nothing_proven_is_lost_and_nothing_runs_unproven() {
    if let Some(seed) = number("SIMULATE_SEED") {
        if !holds(seed, true) {
            panic!("seed {seed} fails");
        }
        return;
    }
    let seeds = number("SIMULATE_SEEDS").unwrap_or(SEEDS);
    let next = AtomicU64::new(0);
    let failed = std::sync::Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds || failed.lock().unwrap().len() >= FAILURES_MAX {
                        return;
                    }
                    if !holds(seed, false) {
                        failed.lock().unwrap().push(seed);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    if let Some(seed) = failed.first() {
        panic!(
            "seeds {failed:?} fail; see one with\n  \
             SIMULATE_SEED={seed} cargo test -p sudolog-tests --test simulate -- --nocapture"
        );
    }
}

/// Runs one seed; true when every promise was kept.
fn holds(seed: u64, is_traced: bool) -> bool {
    let mut world = World::new(seed, is_traced);
    let ran = catch_unwind(AssertUnwindSafe(|| world.run()));
    if is_traced {
        for line in world.stage.trace() {
            eprintln!("{line}");
        }
    }
    ran.is_ok()
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

/// Seeds of an ordinary run.
const SEEDS: u64 = 10_000;
/// Failures to look for before giving up.
const FAILURES_MAX: usize = 5;
