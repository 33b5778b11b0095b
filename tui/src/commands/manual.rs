//! `completions` and `man`: what a package needs beside the program, made from the same definition as the
//! command line itself, and the keys from the same registry as the help.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use clap::CommandFactory as _;
use clap_mangen::roff::{Roff, bold, roman};

use super::opening::shown;
use super::{Failure, written};
use crate::cli::{self, Cli};
use crate::exit::Exit;
use crate::keymap::{Keymap, REGISTRY, Scope};

/// To standard output.
pub(super) fn completions(arguments: &cli::Completions) -> Result<Exit, Failure> {
    let mut out = Vec::new();
    let mut command = Cli::command();
    clap_complete::generate(arguments.shell, &mut command, NAME, &mut out);
    if arguments.shell == clap_complete::Shell::Bash {
        out = of_one_name(&out);
    }
    written(io::stdout().lock().write_all(&out))
}

/// The generator writes the program's name, which has a hyphen, in two ways: where a subcommand is found
/// and where it is looked up. Only the first is right.
fn of_one_name(script: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(script).replace("sudolog__subcmd__tui", "sudolog__tui").into_bytes()
}

/// One page a command, as git has them, and one for the keys.
pub(super) fn man(arguments: &cli::Man) -> Result<Exit, Failure> {
    let directory = arguments.directory.as_path();
    let failed =
        |source| Failure::Io { what: format!("cannot write {}", shown(directory)), source };
    fs::create_dir_all(directory).map_err(failed)?;
    let pages = clap_mangen::generate_to(Cli::command(), directory);
    pages.and_then(|()| keys(directory)).map_err(failed)?;
    Ok(Exit::Done)
}

/// What can be done by key, and by which names a configuration file knows it.
fn keys(directory: &Path) -> io::Result<()> {
    let name = format!("{NAME}-keys");
    let keymap = Keymap::default();
    let mut page = Roff::new();
    page.control("TH", [name.as_str(), "7", "", "Sudolog", ""]);
    page.control("SH", ["NAME"]);
    page.text([roman(format!("{name} - keys of the console, and how to change them"))]);
    page.control("SH", ["DESCRIPTION"]);
    page.text([roman(
        "Each line is an action as [keys] in tui.toml names it, its keys, and what it does. \
         [keys.SCOPE] in the configuration file gives an action other keys; an empty list takes them \
         away. `sudolog-tui config check` says what does not fit together, `sudolog-tui config dump` \
         prints what is in force.",
    )]);
    for scope in Scope::ALL {
        page.control("SH", [format!("[keys.{}]", scope.name()).as_str()]);
        for entry in REGISTRY.iter().filter(|entry| entry.scope == scope) {
            page.control("TP", []);
            let keys = keymap.keys_written(entry).join(", ");
            page.text([bold(entry.name), roman("  "), roman(keys)]);
            page.text([roman(entry.title)]);
        }
    }
    fs::write(directory.join(format!("{name}.7")), page.render())
}

const NAME: &str = "sudolog-tui";
