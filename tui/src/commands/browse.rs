//! `browse`: all sessions of the server, in a table.

use std::io;

use super::{Asked, Failure, list, run_to_end, wall_clock};
use crate::app::{App, Route};
use crate::cli;
use crate::config::ServerChoice;
use crate::exit::Exit;
use crate::screens::browse::Browse;
use crate::source::server::{Ask, Client, Pager};
use crate::terminal::Terminal;
use crate::world::World;

pub(super) fn run(asked: &Asked, arguments: cli::Browse) -> Result<Exit, Failure> {
    let query = list::query(&arguments.query)?;
    if arguments.no_tui {
        let sessions = list::from_server(asked, arguments.server, query, usize::MAX)?;
        return super::written(list::write_table(&mut io::stdout().lock(), &sessions));
    }
    if !Terminal::is_there() {
        let text =
            "browse needs a terminal; in a script use --no-tui, or `sudolog-tui list --json`";
        return Err(Failure::Usage(text.to_owned()));
    }
    let filter = arguments.query.query.join(" ");
    let address = ServerChoice::from(arguments.server).address(&asked.config)?;
    let (theme, depth) = asked.look()?;
    run_to_end(async {
        let client = Client::connect(address).await?;
        let browse = Browse::new(client.link().borrow().clone(), query, &filter);
        let pager = Pager::start(&client);
        pager.want(browse.wanted().into_iter().map(Ask::List).collect());
        let mut app = App::new(Route::Browse(Box::new(browse)), theme, depth, wall_clock());
        asked.equip(&mut app);
        let mut world = World::of(client, asked.config.verify_key());
        world.pager = Some(pager);
        let ended = crate::runtime::run(app, world).await;
        ended.map_err(|source| Failure::Io { what: "the terminal failed".to_owned(), source })
    })
}
