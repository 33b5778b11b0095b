//! What an event says, in one form for all its kinds.

use std::collections::BTreeMap;

use super::{Ending, Event, Record, Stamp, Value};
use crate::eventlog::{Entry, Kind, Source};
use crate::limits::{ARGV_MAX, KAUDIT_ARGV_BYTES_MAX, KAUDIT_KEYS_MAX};
use crate::untrusted::Untrusted;

/// An event of the stream. What it does not say is `None` or empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Which event.
    pub stamp: Stamp,
    /// Type of its first record.
    pub kind: Box<str>,
    /// The keys of the rule that it matched.
    pub keys: Vec<Untrusted>,
    /// Who logged in; `None` without a login, as for cron and services.
    pub auid: Option<u32>,
    /// The same as `auditd` calls it. For showing only.
    pub login: Option<Untrusted>,
    /// The login's session.
    pub ses: Option<u32>,
    /// Real user.
    pub uid: Option<u32>,
    /// The same as `auditd` calls it. For showing only.
    pub user: Option<Untrusted>,
    /// Effective user.
    pub euid: Option<u32>,
    /// The process.
    pub pid: Option<u32>,
    /// Its parent.
    pub ppid: Option<u32>,
    /// Its program.
    pub exe: Option<Untrusted>,
    /// Its arguments, or the command that sudo wrote down.
    pub argv: Vec<Untrusted>,
    /// Some arguments are missing.
    pub is_cut: bool,
    /// Its terminal.
    pub tty: Option<Untrusted>,
    /// Whether it succeeded.
    pub success: Option<bool>,
    /// A program was started.
    pub is_exec: bool,
    /// Whether the program's file makes root of whoever starts it; `None` when the event does not say.
    pub is_setuid_root: Option<bool>,
}

impl Seen {
    /// Reads an event; `None` when it has no record.
    pub fn of(event: &Event) -> Option<Self> {
        let first = event.records.first()?;
        let mut seen = Self::empty(event.stamp.clone(), first.kind.clone());
        let broken = event.ending != Ending::Whole || event.left_out > 0;
        let main = event.records.iter().find(|record| &*record.kind == "SYSCALL").unwrap_or(first);
        seen.who(main);
        seen.program(main);
        let (argv, whole) = argv(&event.records);
        if !argv.is_empty() {
            seen.argv = argv;
        }
        seen.is_exec = event.records.iter().any(|record| &*record.kind == "EXECVE");
        seen.is_setuid_root = event.records.iter().find_map(setuid_root);
        seen.is_cut = (broken && seen.is_exec) || !whole;
        Some(seen)
    }

    fn empty(stamp: Stamp, kind: Box<str>) -> Self {
        Self {
            stamp,
            kind,
            keys: Vec::new(),
            auid: None,
            login: None,
            ses: None,
            uid: None,
            user: None,
            euid: None,
            pid: None,
            ppid: None,
            exe: None,
            argv: Vec::new(),
            is_cut: false,
            tty: None,
            success: None,
            is_exec: false,
            is_setuid_root: None,
        }
    }

    fn who(&mut self, record: &Record) {
        let fields = record.fields();
        self.auid = fields.id("auid");
        self.login = record.enriched().text("AUID").filter(|_| self.auid.is_some());
        self.ses = fields.id("ses");
        self.uid = fields.id("uid");
        self.user = record.enriched().text("UID").filter(|_| self.uid.is_some());
        self.euid = fields.id("euid");
        self.pid = fields.number("pid");
        self.ppid = fields.number("ppid");
        if &*record.kind == "SYSCALL" {
            let keys = fields.text("key").unwrap_or_default();
            let keys =
                keys.as_bytes().split(|byte| *byte == KEY_SEPARATOR).filter(|key| !key.is_empty());
            self.keys = keys.take(KAUDIT_KEYS_MAX).map(Untrusted::new).collect();
        }
    }

    fn program(&mut self, record: &Record) {
        let (fields, inner) = (record.fields(), record.inner());
        self.exe = fields.text("exe").or_else(|| inner.text("exe"));
        let word = |name| fields.get(name).or_else(|| inner.get(name));
        self.tty = ["tty", "terminal"].into_iter().find_map(word).and_then(Value::word);
        let is = |value: Value<'_>, yes: &[u8], no: &[u8]| match value {
            Value::Bare(word) if word == yes => Some(true),
            Value::Bare(word) if word == no => Some(false),
            _ => None,
        };
        let success = fields.get("success").and_then(|value| is(value, b"yes", b"no"));
        let result = || {
            fields
                .get("res")
                .and_then(|value| is(value, b"1", b"0").or(is(value, b"success", b"failed")))
        };
        let inner_result = || inner.get("res").and_then(|value| is(value, b"success", b"failed"));
        self.success = success.or_else(result).or_else(inner_result);
        self.argv = inner.text("cmd").into_iter().collect();
    }

    /// Who it was, to show: the login's name as far as it is known.
    pub fn login_name(&self) -> Untrusted {
        match (&self.login, self.auid) {
            (Some(name), _) => name.clone(),
            (None, Some(auid)) => auid.to_string().into(),
            (None, None) => "unset".into(),
        }
    }

    /// An entry with all that this says. `about` makes its id.
    pub fn entry(&self, about: &str, kind: Kind) -> Option<Entry> {
        let mut entry =
            Entry::new(self.stamp.entry_id(about)?, self.stamp.time(), Source::Kernel, kind);
        entry.user = self.login_name();
        entry.uid = self.auid;
        entry.argv.clone_from(&self.argv);
        entry.tty = self.tty.clone().unwrap_or_default();
        entry.pid = self.pid;
        let mut add = |name: &str, value: Option<Untrusted>| {
            entry.details.extend(value.map(|value| (name.to_owned(), value)));
        };
        let number = |value: Option<u32>| value.map(|value| value.to_string().into());
        add("event", Some(self.stamp.to_string().into()));
        add("node", Some(Untrusted::new(&*self.stamp.node)).filter(|node| !node.is_empty()));
        add("record", Some((&*self.kind).into()));
        add("exe", self.exe.clone());
        add("ppid", number(self.ppid));
        add("ses", number(self.ses));
        add("uid", number(self.uid));
        add("euid", number(self.euid));
        let result = self.success.map(|success| if success { "success" } else { "failed" });
        add("result", result.map(Into::into));
        add("argv", self.is_cut.then(|| "cut".into()));
        Some(entry)
    }
}

/// The arguments of an execve, which take several records when they are long, and one argument several
/// fields (`a1_len=`, `a1[0]=`, `a1[1]=`). Whether all are there comes with them.
fn argv(records: &[Record]) -> (Vec<Untrusted>, bool) {
    let mut pieces: BTreeMap<(usize, usize), Untrusted> = BTreeMap::new();
    let (mut bytes, mut argc, mut whole) = (0, None, true);
    for record in records.iter().filter(|record| &*record.kind == "EXECVE") {
        whole &= !record.is_cut;
        for (name, value) in record.fields() {
            if name == b"argc" {
                argc = argc.or_else(|| value.number());
                continue;
            }
            let Some(place) = place(name).filter(|(argument, _)| *argument < ARGV_MAX) else {
                continue;
            };
            let text = value.decoded().unwrap_or_default();
            bytes += text.len() + ARGUMENT_BYTES;
            if bytes > KAUDIT_ARGV_BYTES_MAX {
                whole = false;
                break;
            }
            pieces.insert(place, text);
        }
    }
    let mut argv: Vec<Vec<u8>> = Vec::new();
    let mut last = None;
    for ((argument, _), text) in &pieces {
        match argv.last_mut().filter(|_| last == Some(*argument)) {
            Some(begun) => begun.extend_from_slice(text.as_bytes()),
            None => argv.push(text.as_bytes().to_vec()),
        }
        last = Some(*argument);
    }
    whole &= argc.is_none_or(|argc| usize::try_from(argc) == Ok(argv.len()));
    (argv.into_iter().map(Untrusted::new).collect(), whole)
}

/// What the first file of an execve is, which is the program itself.
fn setuid_root(record: &Record) -> Option<bool> {
    if &*record.kind != "PATH" || record.fields().number("item") != Some(0) {
        return None;
    }
    let Value::Bare(mode) = record.fields().get("mode")? else { return None };
    let mode = u32::from_str_radix(std::str::from_utf8(mode).ok()?, 8).ok()?;
    Some(mode & SETUID != 0 && record.fields().number("ouid") == Some(0))
}

/// `a12` is the thirteenth argument, `a12[3]` the fourth piece of it.
fn place(name: &[u8]) -> Option<(usize, usize)> {
    let rest = std::str::from_utf8(name).ok()?.strip_prefix('a')?;
    match rest.split_once('[') {
        None => Some((rest.parse().ok()?, 0)),
        Some((argument, piece)) => {
            Some((argument.parse().ok()?, piece.strip_suffix(']')?.parse().ok()?))
        }
    }
}

/// `inode(7)`.
const SETUID: u32 = 0o4000;
/// Between several keys of one rule.
const KEY_SEPARATOR: u8 = 1;
/// What an argument costs beside its bytes.
const ARGUMENT_BYTES: usize = 32;

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::{Assembler, Stream};
    use super::*;

    fn seen(text: &str) -> Vec<Seen> {
        let (now, mut stream, mut assembler) =
            (Instant::now(), Stream::default(), Assembler::default());
        let (mut records, mut events) = (Vec::new(), Vec::new());
        stream.push(text.as_bytes(), |piece| records.extend(piece.record()));
        records.into_iter().for_each(|record| assembler.push(now, record, &mut events));
        assembler.close(&mut events);
        events.iter().filter_map(Seen::of).collect()
    }

    fn words(argv: &[Untrusted]) -> Vec<String> {
        argv.iter().map(|word| word.escaped().to_string()).collect()
    }

    #[test]
    fn two_keys_in_one_value_are_two_and_the_login_has_a_name() {
        let all = seen(include_str!("fixtures/w-two-keys.enriched.log"));
        let w = all.last().unwrap();
        assert_eq!(w.keys, ["alert".into(), "second_key".into()]);
        assert_eq!((w.auid, w.login_name(), w.tty.clone()), (Some(4001), "alice".into(), None));
        assert_eq!((words(&w.argv), w.is_exec, w.is_cut), (vec!["/usr/bin/w".into()], true, false));
        assert_eq!(all[0].login_name(), "unset".into());
        assert_eq!(all[0].keys, []);
    }

    #[test]
    fn sudos_own_record_is_read_on_its_second_level() {
        let all = seen(include_str!("fixtures/sudo-odd-args.raw.log"));
        let command = all.iter().find(|seen| &*seen.kind == "USER_CMD").unwrap();
        assert_eq!(command.exe, Some("/usr/bin/sudo".into()));
        assert_eq!((command.success, command.ses.is_some()), (Some(true), true));
        assert_eq!(command.login_name(), "4001".into());
        let exec = all
            .iter()
            .find(|seen| seen.exe == Some("/usr/bin/sudo".into()) && seen.is_exec)
            .unwrap();
        assert_eq!((exec.pid, exec.euid, exec.uid), (command.pid, Some(0), Some(4001)));
        let sudo = words(&exec.argv).split_off(2).join(" ");
        assert_eq!(words(&command.argv), [sudo]);
    }

    #[test]
    fn arguments_come_in_several_records_and_pieces() {
        let all = seen(include_str!("fixtures/c06-long-arguments.log"));
        assert_eq!(words(&all[0].argv), ["sh", "-c", "echo  a\\u{1}b", "end"]);
        assert!(!all[0].is_cut);
        assert_eq!(words(&all[1].argv), ["sh", "x"]);
        assert!(all[1].is_cut, "argc says three");
    }

    #[test]
    fn hostile_values_stay_values() {
        for seen in seen(include_str!("fixtures/c05-hostile-values.log")) {
            assert_eq!((seen.keys.len(), seen.auid), (0, Some(4001)), "{seen:?}");
            seen.entry("k", Kind::KeyMatch).unwrap().check().unwrap();
        }
    }

    #[test]
    fn a_flood_of_arguments_is_bounded() {
        let mut text = String::new();
        for record in 0..100 {
            text.push_str("type=EXECVE msg=audit(1.000:1):");
            (0..400).for_each(|n| text.push_str(&format!(" a{}=\"xxxxxxx\"", record * 400 + n)));
            text.push('\n');
        }
        text.push_str(
            "type=EXECVE msg=audit(1.000:1): a18446744073709551615=\"x\" a99999999999999999999=1\n",
        );
        let all = seen(&text);
        assert!(all[0].is_cut);
        all[0].entry("k", Kind::KeyMatch).unwrap().check().unwrap();
    }
}
