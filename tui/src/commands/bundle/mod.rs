//! `export --format bundle`: all that somebody needs to check a recording without us, in one place.
//!
//! The recording's files as they are stored, the server's public keys, a manifest with the SHA-256 of every
//! file, and how to check all of it. The same recording always gives the same bytes. What lies in the
//! bundle is verified, not what it was copied from; a recording that does not verify is bundled all the
//! same, because that may be what has to be shown, and says so everywhere.

mod files;
mod manifest;
mod output;
mod readme;
mod tar;

use std::io;
use std::path::Path;

use sudolog_core::ack::{AckVerifiers, Chain};
use sudolog_core::iolog::Verification;
use tempfile::TempDir;

use self::manifest::Manifest;
use self::output::Output;
use super::export::each_event;
use super::opening::{Found, blocking, find};
use super::verify::{exit, verify, write_sentence};
use super::{Asked, Failure, run_to_end};
use crate::cli;
use crate::exit::Exit;
use crate::runtime::Signals;
use crate::source::archive::{Archive, Leftovers};
use crate::source::{About, Proof, Recording};
use crate::verification::VerifyKeys;

pub(super) fn run(asked: &Asked, arguments: cli::Export) -> Result<Exit, Failure> {
    let (Some(key), Some(path)) = (arguments.key, arguments.output) else {
        return Err(Failure::Usage("a bundle needs --key and -o".to_owned()));
    };
    let VerifyKeys { text: key_text, keys } = VerifyKeys::read(&key)?;
    let output = Output::new(path)?;
    let place = asked.locate(arguments.recording)?;
    let found = run_to_end(async {
        let wait = |source| Failure::Io { what: "cannot wait for signals".to_owned(), source };
        let mut signals = Signals::new().map_err(wait)?;
        let stage = output.stage()?;
        let begun = stage.path().to_owned();
        let work = async {
            let found = find(place).await?;
            blocking(found, move |found| write(found, &key_text, &keys, output, stage)).await
        };
        tokio::select! {
            found = work => found.map(Ok),
            exit = signals.next() => {
                // What was begun is half of something; whoever still writes to it is ended with us.
                let _ = std::fs::remove_dir_all(begun);
                Ok(Err(exit))
            }
        }
    })?;
    match found {
        Ok(found) => {
            super::written(write_sentence(&mut io::stdout().lock(), &found))?;
            Ok(exit(&found))
        }
        Err(ended) => Ok(ended),
    }
}

/// Makes the bundle beside its place, checks it, and puts it in its place.
fn write(
    found: Found,
    key_text: &str,
    keys: &AckVerifiers,
    output: Output,
    stage: TempDir,
) -> Result<Verification, Failure> {
    let root = stage.path();
    let recording = root.join(RECORDING);
    make_dir(&recording)?;
    match found {
        Found::Directory(archive) => files::copy(&archive, &recording)?,
        Found::Server(mut remote, _client) => files::write(&mut remote, &recording)?,
    }
    files::put(&root.join(KEY), key_text.as_bytes())?;
    let (about, proven, verification) = check(&recording, keys)?;
    let facts = Facts { about: &about, proven: proven.as_ref(), verification: &verification, keys };
    files::put(&root.join(README), readme::text(&facts).as_bytes())?;
    let mut all = files::hashed(root)?;
    let manifest = Manifest::of(&facts, &all).json();
    files::put(&root.join(MANIFEST), manifest.as_bytes())?;
    files::add_hashed(&mut all, root, MANIFEST)?;
    files::put(&root.join(SUMS), manifest::sums(&all).as_bytes())?;
    let names = all.iter().map(|file| file.path.as_str()).chain([SUMS]);
    output.finish(stage, &about, names)?;
    Ok(verification)
}

/// What README and manifest are made of.
struct Facts<'a> {
    about: &'a About,
    /// Absent for recordings made without Sudolog.
    proven: Option<&'a Proven>,
    verification: &'a Verification,
    keys: &'a AckVerifiers,
}

/// What a recording says for its own verification, and where its chain ends.
struct Proven {
    proof: Proof,
    /// Events in the chain.
    events: u64,
    head: Chain,
}

/// Verifies what lies in the bundle.
fn check(
    recording: &Path,
    keys: &AckVerifiers,
) -> Result<(About, Option<Proven>, Verification), Failure> {
    let open = || Ok::<_, Failure>(Archive::open(recording, RECORDING)?);
    let mut archive = open()?.with_leftovers(Leftovers::Ignore);
    let verification = verify(&mut archive, keys)?;
    let about = archive.about().clone();
    let Some(proof) = archive.proof()? else { return Ok((about, None, verification)) };
    let (mut head, mut events) = (Chain::start(&proof.start), 0);
    each_event(&mut archive, |event, _| {
        (head, events) = (head.event(event), event.seq());
        true
    })?;
    if let Some(end) = &proof.end {
        head = head.end(end);
    }
    Ok((about, Some(Proven { proof, events, head }), verification))
}

/// A directory for its owner only, as recordings are.
fn make_dir(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().mode(0o700).create(path).map_err(|source| cannot_write(path, source))
}

fn cannot_write(path: &Path, source: io::Error) -> Failure {
    Failure::Io { what: format!("cannot write {}", super::opening::shown(path)), source }
}

/// The recording's own directory.
const RECORDING: &str = "recording";
const KEY: &str = "ack-verify.pub";
const README: &str = "README.txt";
const MANIFEST: &str = "MANIFEST.json";
/// As `sha256sum` writes it.
const SUMS: &str = "SHA256SUMS";
