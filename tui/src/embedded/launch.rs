//! How a scripted program gets its controlling terminal without unsafe code between fork and exec.
//!
//! The console starts itself once more with a hidden subcommand; that process makes a session of
//! its own, takes the terminal on its standard input, and becomes the program.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

/// Carries out the hidden subcommand when that is what the program was started for; then it comes
/// back only if that fails. `arguments` begin with the program's own name.
pub fn take_over(arguments: &[OsString]) -> Option<ExitCode> {
    let (_, [subcommand, words @ ..]) = arguments.split_first()? else { return None };
    (subcommand == SUBCOMMAND).then(|| {
        let Err(error) = on_terminal(words);
        // Standard error is the terminal, so this is recorded.
        let _ = writeln!(io::stderr(), "sudolog-tui: cannot run {words:?} on a terminal: {error}");
        ExitCode::from(CANNOT_RUN)
    })
}

/// The words that start this very executable with the hidden subcommand, also when its file was
/// replaced or deleted since.
pub(super) fn launcher() -> Vec<OsString> {
    vec!["/proc/self/exe".into(), SUBCOMMAND.into()]
}

/// Takes the terminal on standard input and becomes the program that `words` start with.
fn on_terminal(words: &[OsString]) -> io::Result<Infallible> {
    let (program, arguments) =
        words.split_first().ok_or_else(|| io::Error::other("no program is named"))?;
    rustix::process::setsid()?;
    rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?;
    Err(Command::new(program).args(arguments).exec())
}

/// `sudolog-tui SUBCOMMAND PROGRAM [ARGUMENT]…`.
const SUBCOMMAND: &str = "__on-terminal";
/// As a shell says that a command cannot be run.
const CANNOT_RUN: u8 = 126;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_command_lines_are_left_alone() {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert_eq!(take_over(&words("sudolog-tui live --embedded")), None);
        assert_eq!(take_over(&words("sudolog-tui")), None);
        assert_eq!(take_over(&[]), None);
    }
}
