//! `sudolog-server alerts`: a file is looked at, a target is tried, without a running server.

use std::path::Path;

use anyhow::Context as _;
use sudolog_core::alert::{Answer, Plan, Target};

use super::dispatch::test_letter;
use super::outbox::place;
use super::plan_file::PlanFile;
use super::sender;

/// Reads a file of alerts and every secret that it names; sends nothing. A line for each target.
///
/// # Errors
/// When the file or one of its targets cannot be used.
pub fn check(file: &Path, say: &mut dyn FnMut(&str) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let file_plan = PlanFile::load(file)?;
    let plan = file_plan.plan();
    let mut bad = 0;
    for target in plan.targets() {
        let state = match sender::of(target) {
            Ok(_) => "good".to_owned(),
            Err(what) => {
                bad += 1;
                what
            }
        };
        say(&described(plan, target, &state))?;
    }
    anyhow::ensure!(bad == 0, "{}: {bad} targets cannot be used", file.display());
    let routes = plan.routes().len();
    say(&format!("{}: {} targets, {routes} routes", file.display(), plan.targets().len()))
}

/// Sends a test to a target, or to all of them.
///
/// # Errors
/// When one did not take it.
pub fn test(
    file: &Path,
    name: Option<&str>,
    say: &mut dyn FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let file_plan = PlanFile::load(file)?;
    let plan = file_plan.plan();
    let mut targets: Vec<&Target> = plan.targets().iter().collect();
    if let Some(name) = name {
        targets = vec![plan.target(name).with_context(|| format!("there is no target {name:?}"))?];
    }
    let mut bad = 0;
    for target in targets {
        let letter = test_letter(plan, &target.name);
        let answer = sender::of(target).map_or_else(Answer::Failed, |mut s| s.send(&letter));
        let state = match answer {
            Answer::Taken => "taken".to_owned(),
            Answer::Busy(_) => "it asks for a pause; try again later".to_owned(),
            Answer::Failed(what) | Answer::Refused(what) => what,
        };
        bad += usize::from(state != "taken");
        say(&described(plan, target, &state))?;
    }
    anyhow::ensure!(bad == 0, "{bad} targets did not take it");
    Ok(())
}

fn described(plan: &Plan, target: &Target, state: &str) -> String {
    let routes = plan.routes().iter().filter(|route| route.to.contains(&target.name)).count();
    let routed = if routes == 0 { " (no route leads to it)" } else { "" };
    let kind = target.kind.name();
    format!("{} ({kind}, {}): {state}{routed}", target.name, place(&target.kind))
}
