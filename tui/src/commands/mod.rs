//! What each command does. Output goes to standard output, complaints to standard error.

mod alerts;
mod browse;
mod bundle;
mod config;
mod events;
pub(crate) mod export;
mod failure;
mod json;
mod list;
mod live;
mod manual;
mod opening;
mod replay;
mod row;
mod screen;
mod search;
mod triage;
mod verify;
mod views;

use std::cell::OnceCell;
use std::io::{self, Write as _};
use std::time::{SystemTime, UNIX_EPOCH};

use sudolog_core::time::Timestamp;

use crate::app::{App, Notice};
use crate::cli::{Cli, Command};
use crate::config::Config;
use crate::exit::Exit;
use crate::theme::{Borders, Depth, Glyphs, Shelf, Theme};

pub use failure::Failure;

/// Carries out a command.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn run(cli: Cli) -> Result<Exit, Failure> {
    // What describes the program depends on no configuration, not even on a broken one.
    match &cli.command {
        Command::Completions(arguments) => return manual::completions(arguments),
        Command::Man(arguments) => return manual::man(arguments),
        _ => {}
    }
    let config = Config::load(cli.general.config.as_deref())?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let asked = Asked { general: cli.general, config, shelf: OnceCell::new() };
    match cli.command {
        Command::Live(arguments) => live::run(&asked, arguments),
        Command::Replay(arguments) => replay::run(&asked, arguments),
        Command::Browse(arguments) => browse::run(&asked, arguments),
        Command::List(arguments) => list::run(&asked, arguments),
        Command::Triage(arguments) => triage::run(&asked, arguments),
        Command::Search(arguments) => search::run(&asked, arguments),
        Command::Export(arguments) => export::run(&asked, arguments),
        Command::Screen(arguments) => screen::run(&asked, arguments),
        Command::Verify(arguments) => verify::run(&asked, arguments),
        Command::Views(arguments) => views::run(&asked, arguments),
        Command::Events(arguments) => events::run(&asked, arguments),
        Command::Alerts(arguments) => alerts::run(&asked, arguments),
        Command::Config(arguments) => config::run(&asked, &arguments),
        Command::Completions(_) | Command::Man(_) => Ok(Exit::Done),
    }
}

/// What every command is given.
struct Asked {
    general: crate::cli::General,
    config: Config,
    shelf: OnceCell<Shelf>,
}

impl Asked {
    /// How the screens look.
    fn look(&self) -> Result<(Theme, Depth), Failure> {
        let theme = match &self.general.theme {
            Some(name) => self.shelf().theme(name)?,
            None => self.configured_theme()?,
        };
        let depth = Depth::choose(self.general.color, |name| std::env::var(name).ok());
        // crossterm has its own idea of NO_COLOR; the decision was made here.
        crossterm::style::force_color_output(depth != Depth::Mono);
        Ok((theme, depth))
    }

    /// Which signs are drawn and printed.
    fn glyphs(&self) -> Glyphs {
        let borders = if self.general.ascii { Borders::Ascii } else { self.config.borders };
        Glyphs::choose(borders, |name| std::env::var(name).ok())
    }

    /// What the configuration says of a console beside how it looks first: its keys, the themes that it
    /// offers, and that something is wrong with the file.
    fn equip(&self, app: &mut App) {
        app.glyphs = self.glyphs();
        app.keymap = match app.glyphs {
            Glyphs::Unicode => self.config.keymap.clone(),
            Glyphs::Ascii => self.config.keymap.clone().spelt(),
        };
        app.mouse = self.config.mouse.unwrap_or(true);
        app.bell = self.config.bell.unwrap_or(true);
        let mute =
            || std::env::var_os("TERM").is_some_and(|term| term == "linux" || term == "dumb");
        app.copies_to_file = self.config.copy_to_file.unwrap_or_else(mute);
        app.me = self.config.operator.clone();
        app.saved_filters = self.config.filters.clone();
        app.low_bandwidth = self.general.low_bandwidth;
        app.themes = self.shelf().themes().to_vec();
        if let Some((first, more)) = self.faults().split_first() {
            // The name of the file is enough here.
            let first = first.split_once(", line").map_or(first.as_str(), |(file, _)| {
                let name = file.rfind('/').map_or(0, |at| at + 1);
                first.get(name..).unwrap_or(first)
            });
            let more = match more.len() {
                0 => String::new(),
                count => format!(" and {count} more"),
            };
            app.notice = Some(Notice::Trouble(format!("`config check`{more}: {first}")));
        }
    }

    fn shelf(&self) -> &Shelf {
        self.shelf
            .get_or_init(|| Shelf::with_directory(crate::config::theme_directory().as_deref()))
    }

    /// What is wrong with the configuration and passed over, each thing once: what is seen at once first.
    fn faults(&self) -> Vec<String> {
        let theme = self.theme_fault();
        let told = |fault: &&String| theme.as_ref().is_some_and(|theme| theme.ends_with(*fault));
        let shelf = self.shelf().faults().iter().filter(|fault| !told(fault)).cloned();
        let warnings = self.config.warnings.iter().cloned();
        theme.iter().cloned().chain(warnings).chain(shelf).collect()
    }

    /// The theme of the configuration file; the default one, where that cannot be had.
    fn configured_theme(&self) -> Result<Theme, Failure> {
        match self.shelf().theme(self.theme_name()) {
            Ok(theme) => Ok(theme),
            Err(_) => Ok(Theme::named(Theme::DEFAULT)?),
        }
    }

    /// Why the theme of the configuration file is not in force, and where that stands; safe to show.
    fn theme_fault(&self) -> Option<String> {
        let name = self.config.theme.as_deref().filter(|_| self.general.theme.is_none())?;
        let error = self.shelf().theme(name).err()?;
        Some(format!("{}: {error}", self.config.theme_place))
    }

    fn theme_name(&self) -> &str {
        let name = self.general.theme.as_deref().or(self.config.theme.as_deref());
        name.unwrap_or(Theme::DEFAULT)
    }
}

/// Runs the asynchronous part of a command: all on this thread but what blocks. What still blocks
/// at the end, on a server that does not answer, is not waited for.
fn run_to_end<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|source| Failure::Io { what: "cannot start".to_owned(), source })?;
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    result
}

fn wall_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

/// Says something to the operator beside the output.
fn complain(text: &str) {
    // Nobody is left to be told when stderr is closed.
    let _ = writeln!(io::stderr(), "sudolog-tui: {text}");
}

/// How a command ends whose output was written, or not. A reader that has enough, such as
/// `head`, is no failure.
fn written(result: io::Result<()>) -> Result<Exit, Failure> {
    match result {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Io { what: "cannot write".to_owned(), source })
        }
        _ => Ok(Exit::Done),
    }
}
