//! `live`: running sessions, as they happen.

use std::time::{SystemTime, UNIX_EPOCH};

use sudolog_core::time::Timestamp;

use super::{Asked, Failure, runtime};
use crate::app::{App, Route};
use crate::cli;
use crate::config::ServerChoice;
use crate::exit::Exit;
use crate::runtime::World;
use crate::screens::live::Live;
use crate::source::server::{Client, Feed};
use crate::terminal::Terminal;

pub(super) fn run(asked: &Asked, arguments: cli::Live) -> Result<Exit, Failure> {
    if !Terminal::is_there() {
        let text = "live needs a terminal; in a script use `sudolog-tui list --json`";
        return Err(Failure::Usage(text.to_owned()));
    }
    let (theme, depth) = asked.look()?;
    let address = ServerChoice::from(arguments.server).address(&asked.config)?;
    runtime()?.block_on(async {
        let client = Client::connect(address).await?;
        let live = Live::new(client.link().borrow().clone());
        let feed = Feed::start(&client, live.wanted());
        let app = App::new(Route::Live(Box::new(live)), theme, depth, wall_clock());
        let world = World { feed: Some(feed) };
        let ended = crate::runtime::run(app, world).await;
        ended.map_err(|source| Failure::Io { what: "the terminal failed".to_owned(), source })
    })
}

fn wall_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}
