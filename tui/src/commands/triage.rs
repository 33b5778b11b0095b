//! `triage`: the sessions that nobody has settled and that somebody should look at.

use std::io::{self, Write as _};

use sudolog_core::filter::Test;
use sudolog_core::risk::Score;

use sudolog_core::wire::message::Query;

use super::row::write_rows;
use super::{Asked, Failure, list, run_to_end, wall_clock};
use crate::app::{App, Route};
use crate::cli;
use crate::config::ServerChoice;
use crate::exit::Exit;
use crate::screens::triage::{Triage, UNSETTLED};
use crate::source::server::{Address, Client, Pager};
use crate::terminal::Terminal;
use crate::world::World;

pub(super) fn run(asked: &Asked, arguments: cli::Triage) -> Result<Exit, Failure> {
    let mut filter = filter(&arguments.query)?;
    if let Some(least) = arguments.min_risk.filter(|least| *least > Score::NONE) {
        filter.push_str(&format!(" risk:{least}"));
    }
    let query = list::query_of_words(std::slice::from_ref(&filter))?;
    let address = ServerChoice::from(arguments.server).address(&asked.config)?;
    if !arguments.json && !arguments.no_tui {
        return show(asked, address, query, &filter);
    }
    let sessions =
        run_to_end(async { Ok(Client::connect(address).await?.queue_all(&query).await?) })?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = match arguments.json {
        true => write_rows(&mut out, &sessions),
        false => list::write_table(&mut out, &sessions),
    };
    super::written(written.and_then(|()| out.flush()))
}

/// The triage screen.
fn show(asked: &Asked, address: Address, query: Query, filter: &str) -> Result<Exit, Failure> {
    if !Terminal::is_there() {
        let text =
            "triage needs a terminal; in a script use --no-tui, or `sudolog-tui triage --json`";
        return Err(Failure::Usage(text.to_owned()));
    }
    let (theme, depth) = asked.look()?;
    run_to_end(async {
        let client = Client::connect(address).await?;
        let link = client.link().borrow().clone();
        let triage = Triage::new(link, query, filter);
        let pager = Pager::start(&client);
        pager.want(triage.wanted());
        let mut app = App::new(Route::Triage(Box::new(triage)), theme, depth, wall_clock());
        asked.equip(&mut app);
        let mut world = World::of(client, asked.config.verify_key());
        world.pager = Some(pager);
        let ended = crate::runtime::run(app, world).await;
        ended.map_err(|source| Failure::Io { what: "the terminal failed".to_owned(), source })
    })
}

/// What is typed, of the sessions that nobody has settled; unless it speaks of verdicts itself.
fn filter(words: &[String]) -> Result<String, Failure> {
    let typed = list::query_of_words(words)?;
    let speaks =
        typed.conditions.iter().any(|condition| matches!(condition.test, Test::Verdict { .. }));
    let words = words.join(" ");
    Ok(if speaks { words } else { format!("{UNSETTLED} {words}").trim_end().to_owned() })
}

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
