//! `replay`: one recording, played on the terminal; its lines with `--no-tui`; its raw output where there is
//! no terminal.

mod lines;
mod printout;

use std::io::IsTerminal as _;

use super::export::{self, Form, Hide, Range, Sink};
use super::opening::{Opened, open, with_recording};
use super::{Asked, Failure, run_to_end, wall_clock};
use crate::app::{App, Route};
use crate::cli::{self, ExportFormat};
use crate::deck::Deck;
use crate::exit::Exit;
use crate::screens::replay::{Replay, Start};
use crate::source::archive::Leftovers;
use crate::terminal::Terminal;
use crate::world::World;

pub(super) fn run(asked: &Asked, arguments: cli::Replay) -> Result<Exit, Failure> {
    let place = asked.locate(arguments.recording)?;
    let start = Start {
        speed: Some(arguments.speed),
        max_wait: arguments.max_wait.map(|wait| wait.0),
        from: arguments.from.map(|from| from.0),
        rewind: None,
    };
    if arguments.no_tui {
        return with_recording(place, Leftovers::Show, move |mut recording| {
            lines::run(recording.as_mut(), start)
        });
    }
    if !std::io::stdout().is_terminal() {
        return with_recording(place, Leftovers::Show, |recording| {
            let form = Form::new(ExportFormat::Raw, Range::default(), Hide::default())?;
            export::write(recording, form, Sink::stdout())
        });
    }
    if !Terminal::is_there() {
        let text =
            "replay needs a keyboard: its standard input is not a terminal; --no-tui does without";
        return Err(Failure::Usage(text.to_owned()));
    }
    let (theme, depth) = asked.look()?;
    run_to_end(async {
        let directory = place.directory();
        let Opened { recording, client } = open(place, Leftovers::Show).await?;
        let replay = Replay::new(recording.about().clone(), start);
        let failed = |what: &str, source| Failure::Io { what: what.to_owned(), source };
        let deck = Deck::start(recording).map_err(|error| failed("cannot start", error))?;
        let mut app = App::new(Route::Replay(Box::new(replay)), theme, depth, wall_clock());
        asked.equip(&mut app);
        app.role = client.as_ref().and_then(|client| client.link().borrow().role());
        let verify_key = asked.config.verify_key();
        let world = World { client, deck: Some(deck), directory, verify_key, ..World::default() };
        let ended = crate::runtime::run(app, world).await;
        ended.map_err(|error| failed("the terminal failed", error))
    })
}
