//! What the kernel saw of sudo and of programs that became root: to be compared with sessions.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Seen;
use crate::eventlog::EntryId;
use crate::limits::TEXT_BYTES_MAX;
use crate::session::{LengthError, check_texts};
use crate::time::Timestamp;
use crate::untrusted::Untrusted;

/// How `sudolog-audisp` begins its version in HELLO when it tells of sightings.
pub const WITNESS_NAME: &str = "sudolog-audisp";

/// One sighting. On the wire: WITNESS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// The same however often it is sent.
    pub id: EntryId,
    /// What.
    pub kind: SightingKind,
    /// When, by the kernel's clock.
    pub time: Timestamp,
    /// The process.
    pub pid: u32,
    /// Its parent; 0 when the record does not say.
    #[serde(default)]
    pub ppid: u32,
    /// Who had logged in; absent without a login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auid: Option<u32>,
    /// The same as it is shown.
    #[serde(default, skip_serializing_if = "Untrusted::is_empty")]
    pub login: Untrusted,
    /// Whose process it was before it became root; absent from a host that does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// The same as it is shown; empty where only the number is known.
    #[serde(default, skip_serializing_if = "Untrusted::is_empty")]
    pub user: Untrusted,
    /// The login's session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ses: Option<u32>,
    /// The program.
    #[serde(default, skip_serializing_if = "Untrusted::is_empty")]
    pub exe: Untrusted,
    /// Its arguments, or the command as sudo wrote it down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub argv: Vec<Untrusted>,
    /// The terminal.
    #[serde(default, skip_serializing_if = "Untrusted::is_empty")]
    pub tty: Untrusted,
}

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SightingKind {
    /// sudo says that it runs a command (`USER_CMD`, success).
    Command,
    /// sudo says that it does not (`USER_CMD`, failed).
    Refusal,
    /// sudo was started.
    Sudo,
    /// Another program was started that is root because its file says so.
    Setuid,
    /// A program was started as root.
    Root,
    /// A word that this build does not know.
    #[serde(other)]
    Other,
}

impl Sighting {
    /// What an event is evidence of, if anything. `sudo` are the paths of the known sudo.
    pub fn of(seen: &Seen, sudo: &[String]) -> Option<Self> {
        let exe = seen.exe.as_ref().map(Untrusted::as_bytes).unwrap_or_default();
        let is_known = sudo.iter().any(|path| path.as_bytes() == exe);
        let is_sudo = is_known
            || Path::new(std::ffi::OsStr::from_bytes(exe)).file_name() == Some("sudo".as_ref());
        let kind = match (&*seen.kind, seen.success) {
            ("USER_CMD", Some(true)) if is_sudo => SightingKind::Command,
            ("USER_CMD", Some(false)) if is_sudo => SightingKind::Refusal,
            _ if !seen.is_exec || seen.success != Some(true) || seen.euid != Some(0) => {
                return None;
            }
            _ if is_known => SightingKind::Sudo,
            // Services and cron become root without anybody's login.
            _ if seen.auid.is_none() => return None,
            // A shell that is root by its file's mode starts programs that have no such mode.
            _ if seen.uid != Some(0) && seen.is_setuid_root != Some(false) => SightingKind::Setuid,
            _ => SightingKind::Root,
        };
        let word = match kind {
            SightingKind::Command | SightingKind::Refusal => "cmd",
            _ => "exec",
        };
        Some(Self {
            id: seen.stamp.entry_id(word)?,
            kind,
            time: seen.stamp.time(),
            pid: seen.pid.filter(|pid| *pid > 0)?,
            ppid: seen.ppid.unwrap_or_default(),
            auid: seen.auid,
            login: seen.login_name(),
            uid: seen.uid,
            user: seen.user.clone().unwrap_or_default(),
            ses: seen.ses,
            exe: seen.exe.clone().unwrap_or_default(),
            argv: shortened(&seen.argv),
            tty: seen.tty.clone().unwrap_or_default(),
        })
    }

    /// True for a sudo that was asked to run nothing: it lists, validates, forgets or says its version.
    pub fn runs_nothing(&self) -> bool {
        let mut words = self.argv.iter().skip(1).map(Untrusted::as_bytes);
        let mut forgets = false;
        while let Some(word) = words.next() {
            let (nothing, takes_next) = match (word.strip_prefix(b"--"), word.strip_prefix(b"-")) {
                (Some(b""), _) => return false,
                (Some(long), _) => (LONG_NOTHING.contains(&long), LONG_WITH_VALUE.contains(&long)),
                (None, Some(b"")) => return false,
                // `sudo -k id` forgets and runs; `sudo -k` only forgets.
                (None, Some(letters)) => {
                    forgets |= letters.contains(&b'k');
                    short_options(letters)
                }
                (None, None) if word.contains(&b'=') => (false, false),
                (None, None) => return false,
            };
            if nothing {
                return true;
            }
            if takes_next {
                words.next();
            }
        }
        forgets
    }

    /// Who ran it, as sudo would call him: the real user, or who had logged in where that is root only because
    /// somebody became it.
    pub fn who(&self) -> (Untrusted, Option<u32>) {
        match self.uid.filter(|uid| *uid != 0 || self.auid.is_none()) {
            Some(uid) if self.user.is_empty() => (uid.to_string().into(), Some(uid)),
            Some(uid) => (self.user.clone(), Some(uid)),
            None => (self.login.clone(), self.auid),
        }
    }

    /// What it takes in memory, bytes, about.
    pub fn bytes(&self) -> usize {
        let texts = self.login.len() + self.user.len() + self.exe.len() + self.tty.len();
        size_of::<Self>() + texts + self.argv.iter().map(|word| word.len() + 32).sum::<usize>()
    }

    /// Bounds what comes over the wire.
    ///
    /// # Errors
    /// [`LengthError`] with the length seen.
    pub fn check(&self) -> Result<(), LengthError> {
        check_texts([&self.login, &self.user, &self.exe, &self.tty], &self.argv)
    }
}

/// Whether one of these letters is an option that runs nothing, and whether the last one takes the next
/// word (`sudo(8)`).
fn short_options(letters: &[u8]) -> (bool, bool) {
    for (at, letter) in letters.iter().enumerate() {
        if b"lvVK".contains(letter) {
            return (true, false);
        }
        if b"aCcDghpRrtTUu".contains(letter) {
            return (false, at + 1 == letters.len());
        }
    }
    (false, false)
}

/// The first of them: enough to know the command by.
fn shortened(argv: &[Untrusted]) -> Vec<Untrusted> {
    let mut room = ARGV_BYTES_MAX;
    let fits = |word: &&Untrusted| {
        let bytes = word.len() + 32;
        let fits = bytes <= room;
        room = room.saturating_sub(bytes);
        fits
    };
    argv.iter().take_while(fits).cloned().collect()
}

const LONG_NOTHING: [&[u8]; 5] = [b"list", b"validate", b"version", b"remove-timestamp", b"help"];
const LONG_WITH_VALUE: [&[u8]; 12] = [
    b"user",
    b"group",
    b"host",
    b"prompt",
    b"chroot",
    b"chdir",
    b"close-from",
    b"command-timeout",
    b"role",
    b"type",
    b"other-user",
    b"auth-type",
];
const ARGV_BYTES_MAX: usize = 16 * 1024;
const _: () = assert!(ARGV_BYTES_MAX <= TEXT_BYTES_MAX);

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::{Assembler, Stream};
    use super::*;

    fn sightings(text: &str) -> Vec<Sighting> {
        let (now, mut stream, mut assembler) =
            (Instant::now(), Stream::default(), Assembler::default());
        let (mut records, mut events) = (Vec::new(), Vec::new());
        stream.push(text.as_bytes(), |piece| records.extend(piece.record()));
        records.into_iter().for_each(|record| assembler.push(now, record, &mut events));
        assembler.close(&mut events);
        let sudo = ["/usr/bin/sudo".to_owned()];
        events.iter().filter_map(Seen::of).filter_map(|seen| Sighting::of(&seen, &sudo)).collect()
    }

    fn kinds(text: &str) -> Vec<SightingKind> {
        sightings(text).iter().map(|sighting| sighting.kind).collect()
    }

    #[test]
    fn what_real_runs_look_like() {
        use SightingKind::{Command, Refusal, Root, Sudo};
        // The recording's own `setpriv` becomes alice; it is root before.
        assert_eq!(
            kinds(include_str!("fixtures/sudo-odd-args.raw.log")),
            [Root, Sudo, Command, Root]
        );
        assert_eq!(kinds(include_str!("fixtures/sudo-list.raw.log")), [Root, Sudo]);
        assert_eq!(kinds(include_str!("fixtures/denied.raw.log")), [Sudo, Refusal]);
        assert!(kinds(include_str!("fixtures/sudoedit.raw.log")).contains(&Command));
        let list = sightings(include_str!("fixtures/sudo-list.raw.log"));
        assert!(list[1].runs_nothing() && !list[0].runs_nothing());
    }

    #[test]
    fn who_ran_it_is_who_sudo_says() {
        let mut sighting = sightings(include_str!("fixtures/sudo-odd-args.raw.log")).remove(1);
        assert_eq!(sighting.who(), ("4001".into(), Some(4001)));
        // alice became bob and called sudo: a recording says bob too.
        (sighting.login, sighting.uid, sighting.user) = ("alice".into(), Some(4002), "bob".into());
        assert_eq!(sighting.who(), ("bob".into(), Some(4002)));
        (sighting.uid, sighting.user) = (Some(0), "root".into());
        assert_eq!(sighting.who(), ("alice".into(), Some(4001)));
        // cron has no login.
        (sighting.auid, sighting.login) = (None, "unset".into());
        assert_eq!(sighting.who(), ("root".into(), Some(0)));
        sighting.uid = None;
        assert_eq!(sighting.who(), ("unset".into(), None));
    }

    #[test]
    fn an_option_that_runs_nothing_is_told_from_an_argument_of_the_command() {
        let mut sighting = sightings(include_str!("fixtures/sudo-list.raw.log")).remove(1);
        for (line, want) in [
            ("sudo -l", true),
            ("sudo -nl", true),
            ("sudo --version", true),
            ("sudo -k", true),
            ("sudo -k id", false),
            ("sudo -ulogan id", false),
            ("sudo -u bob -l", true),
            ("sudo --user bob --list", true),
            ("sudo A=-l id", false),
            ("sudo ls -l", false),
            ("sudo -n -- -l", false),
            ("sudo -s", false),
        ] {
            sighting.argv = line.split(' ').map(Untrusted::from).collect();
            assert_eq!(sighting.runs_nothing(), want, "{line}");
        }
        let json = serde_json::to_string(&sighting).unwrap();
        assert_eq!(serde_json::from_str::<Sighting>(&json).unwrap(), sighting);
        sighting.check().unwrap();
    }
}
