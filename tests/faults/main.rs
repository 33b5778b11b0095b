//! How fast and how well each promise holds when something breaks: every fault many times on the real
//! programs, and one table. `just faults [RUNS] [--kills N] [--sudos N] [FAULT…]`.
//!
//! Needs root. A fault that breaks its promise makes the program fail. Machines differ, and one that
//! is busy with other things is slower: the table is of the machine that it was made on.

mod flood;
mod freeze;
mod keys;
mod load;
mod options;
mod shipper;
mod starts;
mod table;

use options::Options;
use table::Table;

fn main() -> anyhow::Result<()> {
    let options = Options::parse(std::env::args().skip(1), &FAULTS.map(|(name, _)| name))?;
    let mut table = Table::default();
    for (name, fault) in FAULTS {
        if options.wants(name) {
            table::say(&format!("{name} …"));
            fault(&options, &mut table)?;
        }
    }
    table.print();
    anyhow::ensure!(table.broken() == 0, "{} promises are broken", table.broken());
    Ok(())
}

type Fault = fn(&Options, &mut Table) -> anyhow::Result<()>;
const FAULTS: [(&str, Fault); 10] = [
    ("server-killed", freeze::server_killed),
    ("server-stopped", freeze::server_stopped),
    ("cable", freeze::cable_pulled),
    ("shipper-killed", shipper::killed),
    ("shipper-stopped", shipper::stopped),
    ("interrupt", keys::interrupt),
    ("foreign-thaw", keys::foreign_thaw),
    ("kills", load::kills),
    ("flood", flood::flood),
    ("starts", starts::starts),
];
