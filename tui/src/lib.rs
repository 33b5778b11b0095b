//! The operator's console of Sudolog, as a library that the program `sudolog-tui` calls.

pub mod app;
mod calendar;
pub mod cli;
mod clipboard;
pub mod commands;
pub mod config;
pub mod deck;
mod editor;
#[cfg(feature = "embedded")]
pub mod embedded;
pub mod exit;
mod hangup;

mod hunt;
mod kept;
pub mod keymap;
mod log;
mod nearest;
mod own;
mod pace;
mod query_line;
pub mod runtime;
pub mod screens;
mod seen;
pub mod source;
pub mod terminal;
pub mod theme;
pub mod verification;
pub mod widgets;
mod world;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::cli::Cli;
use crate::exit::Exit;

/// Runs the program with these arguments, its own name first.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    #[cfg(feature = "embedded")]
    if let Some(exit) = embedded::take_over(&args) {
        return exit;
    }
    let cli = match Cli::understand(args) {
        Ok(cli) => cli,
        Err(answer) => return say(&answer),
    };
    if !cli.is_first_look() {
        log::start();
    }
    match commands::run(cli) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            // Nobody is left to be told when stderr is closed.
            let _ = writeln!(io::stderr(), "sudolog-tui: {failure}");
            failure.exit().into()
        }
    }
}

/// What clap has to say: help and version are answers, anything else is a usage error.
fn say(answer: &clap::Error) -> ExitCode {
    let _ = answer.print();
    if answer.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
}
