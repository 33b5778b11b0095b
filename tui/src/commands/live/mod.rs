//! `live`: running sessions, as they happen.

mod lines;

use std::path::PathBuf;

use tokio::sync::watch;

use super::{Asked, Failure, run_to_end, wall_clock};
use crate::app::{App, Route};
use crate::cli;
use crate::config::ServerChoice;
use crate::exit::Exit;
use crate::screens::live::Live;
use crate::source::server::{Address, Client, Feed};
use crate::terminal::Terminal;
use crate::world::World;

pub(super) fn run(asked: &Asked, arguments: cli::Live) -> Result<Exit, Failure> {
    if !arguments.no_tui && !Terminal::is_there() {
        let text = "live needs a terminal; in a script use --no-tui, or `sudolog-tui list --json`";
        return Err(Failure::Usage(text.to_owned()));
    }
    #[cfg(feature = "embedded")]
    if arguments.embedded {
        return first_look(asked, arguments.wall, arguments.no_tui);
    }
    let address = ServerChoice::from(arguments.server).address(&asked.config)?;
    if arguments.no_tui {
        return print(address);
    }
    show(asked, address, asked.config.verify_key(), None, arguments.wall)
}

/// Everything inside this program; gone when this returns.
#[cfg(feature = "embedded")]
fn first_look(asked: &Asked, wall: bool, no_tui: bool) -> Result<Exit, Failure> {
    let embedded = crate::embedded::Embedded::start()?;
    crate::log::start_in(embedded.data());
    let (address, key) = (embedded.address().clone(), embedded.verify_key());
    if no_tui {
        return print(address);
    }
    show(asked, address, key, Some(embedded.banner()), wall)
}

/// Lines instead of a screen.
fn print(address: Address) -> Result<Exit, Failure> {
    run_to_end(async { lines::run(&Client::connect(address).await?).await })
}

fn show(
    asked: &Asked,
    address: Address,
    verify_key: PathBuf,
    banner: Option<watch::Receiver<String>>,
    wall: bool,
) -> Result<Exit, Failure> {
    let (theme, depth) = asked.look()?;
    run_to_end(async {
        let client = Client::connect(address).await?;
        let live = Live::new(client.link().borrow().clone());
        let live = if wall { live.with_wall() } else { live };
        let feed = Feed::start(&client, live.wanted());
        let mut app = App::new(Route::Live(Box::new(live)), theme, depth, wall_clock());
        asked.equip(&mut app);
        app.banner = banner.as_ref().map(|banner| banner.borrow().clone());
        let mut world = World::of(client, verify_key);
        (world.feed, world.banner) = (Some(feed), banner);
        let ended = crate::runtime::run(app, world).await;
        ended.map_err(|source| Failure::Io { what: "the terminal failed".to_owned(), source })
    })
}
