//! `triage`: the sessions that nobody has settled and that somebody should look at.

use std::io::{self, Write as _};

use sudolog_core::filter::Test;
use sudolog_core::risk::Score;

use super::row::write_rows;
use super::{Asked, Failure, list, run_to_end};
use crate::cli;
use crate::config::ServerChoice;
use crate::exit::Exit;
use crate::source::server::Client;

pub(super) fn run(asked: &Asked, arguments: cli::Triage) -> Result<Exit, Failure> {
    let filter = filter(&arguments.query)?;
    let query = list::query_of_words(std::slice::from_ref(&filter))?;
    let query = list::with_risk(query, arguments.min_risk.filter(|least| *least > Score::NONE));
    let address = ServerChoice::from(arguments.server).address(&asked.config)?;
    if !arguments.json {
        let text = "triage in a script is `sudolog-tui triage --json`";
        return Err(Failure::Usage(text.to_owned()));
    }
    let sessions =
        run_to_end(async { Ok(Client::connect(address).await?.queue_all(&query).await?) })?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    super::written(write_rows(&mut out, &sessions).and_then(|()| out.flush()))
}

/// What is typed, of the sessions that nobody has settled; unless it speaks of verdicts itself.
fn filter(words: &[String]) -> Result<String, Failure> {
    let typed = list::query_of_words(words)?;
    let speaks =
        typed.conditions.iter().any(|condition| matches!(condition.test, Test::Verdict { .. }));
    let words = words.join(" ");
    Ok(if speaks { words } else { format!("{UNSETTLED} {words}").trim_end().to_owned() })
}

/// Nobody has judged it, or it awaits a second operator.
const UNSETTLED: &str = "verdict:none,awaiting";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_settled_is_left_out_unless_it_is_asked_for() {
        let filter = |words: &str| {
            let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
            filter(&words).ok()
        };
        assert_eq!(filter("").as_deref(), Some("verdict:none,awaiting"));
        assert_eq!(filter("user:alice vim").unwrap(), "verdict:none,awaiting user:alice vim");
        assert_eq!(filter("verdict:incident a").unwrap(), "verdict:incident a");
        assert_eq!(filter("verdict:guilty"), None);
    }
}
