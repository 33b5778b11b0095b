//! `config check` and `config dump`: what is wrong with the configuration, and what is in force.

use std::io::{self, Write};
use std::path::Path;

use super::opening::shown;
use super::{Asked, Failure};
use crate::cli;
use crate::exit::Exit;
use crate::keymap::{REGISTRY, Scope};
use crate::verification::VerifyKeys;

pub(super) fn run(asked: &Asked, arguments: &cli::Config) -> Result<Exit, Failure> {
    let mut out = io::stdout().lock();
    match arguments.command {
        cli::ConfigCommand::Check => check(asked, &mut out),
        cli::ConfigCommand::Dump => super::written(dump(asked, &mut out)),
    }
}

/// Everything at once; a file that cannot be used at all has already been refused, with its line.
fn check(asked: &Asked, out: &mut impl Write) -> Result<Exit, Failure> {
    let config = &asked.config;
    let mut wrong = asked.faults();
    let asked_for = asked.general.theme.as_deref().and_then(|name| asked.shelf().theme(name).err());
    wrong.extend(asked_for.map(|error| error.to_string()));
    if config.server.is_some() && config.tls.is_none() {
        wrong.push("`server` needs [tls] with `ca`, `cert` and `key`".to_owned());
    }
    let files = config.tls.iter().flat_map(|tls| [&tls.ca, &tls.cert, &tls.key]);
    let keys = config.verify_key.iter().map(|file| VerifyKeys::read(file).map(drop));
    wrong.extend(keys.filter_map(Result::err).map(|error| error.to_string()));
    wrong.extend(files.filter_map(|file| unreadable(file)));
    let read = config.file.as_deref().map_or("no configuration file".to_owned(), shown);
    let told = (|| {
        writeln!(out, "{read}")?;
        wrong.iter().try_for_each(|text| writeln!(out, "wrong: {text}"))?;
        config.notes.iter().try_for_each(|text| writeln!(out, "note: {text}"))?;
        match wrong.len() {
            0 => writeln!(out, "nothing is wrong"),
            1 => writeln!(out, "1 thing is wrong"),
            count => writeln!(out, "{count} things are wrong"),
        }
    })();
    super::written(told)?;
    Ok(if wrong.is_empty() { Exit::Done } else { Exit::Usage })
}

fn unreadable(file: &Path) -> Option<String> {
    let error = std::fs::File::open(file).err()?;
    Some(format!("cannot read {}: {error}", shown(file)))
}

/// TOML that says the same as the file, the command line and what is built in together.
fn dump(asked: &Asked, out: &mut impl Write) -> io::Result<()> {
    let config = &asked.config;
    match &config.file {
        Some(file) => writeln!(out, "# from {}", shown(file))?,
        None => writeln!(out, "# no configuration file: this is what is built in")?,
    }
    let server = config.server.as_ref().map(ToString::to_string);
    let socket = config.socket.as_deref().map(text);
    let settings = [
        ("server", server),
        ("server_name", config.server_name.clone()),
        ("socket", socket),
        ("theme", Some(asked.theme_name().to_owned())),
        ("verify_key", config.verify_key.as_deref().map(text)),
    ];
    for (key, value) in settings {
        match value {
            Some(value) => writeln!(out, "{key} = {}", quoted(&value))?,
            None => writeln!(out, "# {key} is not set")?,
        }
    }
    writeln!(out, "borders = {}", quoted(config.borders.name()))?;
    writeln!(out, "mouse = {}", config.mouse.unwrap_or(true))?;
    writeln!(out, "bell = {}", config.bell.unwrap_or(true))?;
    match config.copy_to_file {
        Some(always) => writeln!(out, "copy_to_file = {always}")?,
        None => writeln!(out, "# copy_to_file is not set: where the terminal has no clipboard")?,
    }
    if let Some(tls) = &config.tls {
        writeln!(out, "\n[tls]")?;
        for (key, file) in [("ca", &tls.ca), ("cert", &tls.cert), ("key", &tls.key)] {
            writeln!(out, "{key} = {}", quoted(&text(file)))?;
        }
    }
    writeln!(out, "\n[triage]")?;
    match &config.operator {
        Some(name) => writeln!(out, "operator = {}", quoted(name))?,
        None => writeln!(out, "# operator is not set")?,
    }
    writeln!(out, "\n[triage.filters]")?;
    for (name, query) in &config.filters {
        writeln!(out, "{} = {}", quoted(name), quoted(query))?;
    }
    Scope::ALL.into_iter().try_for_each(|scope| dump_keys(asked, scope, out))
}

fn dump_keys(asked: &Asked, scope: Scope, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n[keys.{}]", scope.name())?;
    for entry in REGISTRY.iter().filter(|entry| entry.scope == scope) {
        let keys = asked.config.keymap.keys_written(entry);
        let keys: Vec<String> = keys.iter().map(|key| quoted(key)).collect();
        let line = format!("{} = [{}]", entry.name, keys.join(", "));
        writeln!(out, "{line:<COMMENT_COLUMN$} # {}", entry.title)?;
    }
    Ok(())
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// Where the words begin that say what an action does.
const COMMENT_COLUMN: usize = 40;
