//! Speed, beside the peer or the physical limit in the same run. `just bench [NAME…]`.
//!
//! Build everything with `--release` first, the plugin by itself. Needs root. Figures are medians;
//! machines differ, so compare the ratios. asciinema, where it is compared with, is what `ASCIINEMA`
//! names or what is found in `PATH`.

mod acks;
mod afar;
mod alarm;
mod alerts;
mod audit;
mod browse;
mod drain;
mod ingest;
mod line;
mod live;
mod play;
mod player;
mod replay;
mod risk;
mod start;

fn main() -> anyhow::Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    for (name, bench) in BENCHES {
        if wanted.is_empty() || wanted.iter().any(|w| w == name) {
            sudolog_tests::figures::title(name);
            bench()?;
        }
    }
    Ok(())
}

type Bench = fn() -> anyhow::Result<()>;
const BENCHES: [(&str, Bench); 19] = [
    ("start", start::session_start),
    ("short", ingest::short_sessions),
    ("large", ingest::one_large_recording),
    ("parallel", ingest::parallel_sessions),
    ("acks", acks::acknowledgements),
    ("live", live::keystroke_to_screen),
    ("line", line::narrow_lines),
    ("replay", replay::open_and_index),
    ("afar", afar::moments_through_the_server),
    ("alarm", alarm::key_to_alarm),
    ("rescoring", alarm::rescoring),
    ("alerts", alerts::entry_to_webhook),
    ("alerted", alerts::added_to_sudo),
    ("browse", browse::pages_of_many_sessions),
    ("risk", risk::scoring),
    ("audit", audit::added_to_sudo),
    ("events", audit::a_million_events),
    ("kaudit", drain::queue_of_auditd),
    ("pipe", drain::through_a_pipe),
];
