//! How fast a session is scored: typed and shown text through the built-in rules, and through rules
//! that look at shown lines and raw output as well, beside the emulator alone in the same run.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use sudolog_core::risk::{Assessor, Circumstances, Ending, Rules, Who};
use sudolog_core::session::{Event, EventKind};
use sudolog_core::term::SafeScreen;
use sudolog_core::untrusted::Untrusted;

use sudolog_tests::figures::{Promise, line, mb_per_s, percentile, promised, time};

pub fn scoring() -> anyhow::Result<()> {
    let (events, bytes) = session(LINES_PER_EVENT, 0)?;
    let built_in = Arc::new(Rules::built_in());
    let looking = Arc::new(Rules::parse(LOOKING)?);

    let emulator = speed(bytes, || emulate(&events))?;
    line("the emulator alone", &format!("{emulator:.0} MB/s"));
    let scored = speed(bytes, || score(&built_in, &events))?;
    let said = format!("{scored:.0} MB/s, {:.2} of the emulator alone", scored / emulator);
    promised("scored by the built-in rules", &said, scored, Promise::AtLeast(60.0), "MB/s");
    let scored = speed(bytes, || score(&looking, &events))?;
    let said = format!("{scored:.0} MB/s, {:.2} of the emulator alone", scored / emulator);
    line("by rules on shown lines and raw output too", &said);

    // A shell in which a command is entered for every 40 lines of output.
    let (events, bytes) = session(LINES_PER_EVENT, 1)?;
    let emulator = speed(bytes, || emulate(&events))?;
    let scored = speed(bytes, || score(&built_in, &events))?;
    let said = format!("{scored:.0} MB/s, {:.2} of the emulator alone", scored / emulator);
    line("with a line entered for each event of output", &said);

    let (events, bytes) = session(1, 0)?;
    let emulator = speed(bytes, || emulate(&events))?;
    let scored = speed(bytes, || score(&built_in, &events))?;
    let said = format!("{scored:.0} MB/s, {:.2} of the emulator alone", scored / emulator);
    line("with an event for each line of output", &said);
    memory(&built_in, &events)
}

/// What one session costs that has shown something and rests.
fn memory(rules: &Arc<Rules>, events: &[Event]) -> anyhow::Result<()> {
    let mut assessor = assessor(rules);
    events.iter().take(1000).for_each(|event| assessor.push(event));
    let awake = assessor.bytes();
    let (slept, ()) = time(|| {
        assessor.sleep();
        Ok(())
    })?;
    let asleep = assessor.bytes();
    let key = Event::new(1001, 0, EventKind::Ttyin, Bytes::from_static(b"x"))?;
    let (woke, ()) = time(|| {
        assessor.push(&key);
        Ok(())
    })?;
    line(
        "one session in memory",
        &format!("{} KiB awake, {} KiB asleep", awake / 1024, asleep / 1024),
    );
    line(
        "to sleep, and awake again",
        &format!("{} us, {} us", slept.as_micros(), woke.as_micros()),
    );
    Ok(())
}

fn speed(bytes: usize, mut work: impl FnMut()) -> anyhow::Result<f64> {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let run = || {
            work();
            Ok(())
        };
        runs.push(time(run)?.0);
    }
    Ok(mb_per_s(bytes, percentile(&mut runs, 50)))
}

fn emulate(events: &[Event]) {
    let mut screen = SafeScreen::new(50, 120);
    events.iter().for_each(|event| screen.apply(event));
}

fn score(rules: &Arc<Rules>, events: &[Event]) {
    let mut assessor = assessor(rules);
    events.iter().for_each(|event| assessor.push(event));
    assessor.end(Ending::incomplete());
}

fn assessor(rules: &Arc<Rules>) -> Assessor {
    let [user, root, command] = ["alice", "root", "/bin/bash"].map(Untrusted::from);
    let argv = [Untrusted::from("bash")];
    let who = Who {
        user: &user,
        host: b"web1",
        run_user: &root,
        run_uid: Some(0),
        command: &command,
        argv: &argv,
        tty: Some(&root),
        lines: 50,
        columns: 120,
    };
    Assessor::new(Arc::clone(rules), &who, Circumstances::default())
}

/// Colourful output as of `ls`, and before each event of it so many lines that were entered.
fn session(lines: u64, entered: u64) -> anyhow::Result<(Vec<Event>, usize)> {
    let (mut events, mut bytes, mut number) = (Vec::new(), 0, 0_u64);
    let mut seq = 0;
    while bytes < BYTES {
        let mut push = |kind, text: String| -> anyhow::Result<()> {
            seq += 1;
            bytes += text.len();
            events.push(Event::new(seq, 1_000_000, kind, Bytes::from(text))?);
            Ok(())
        };
        for _ in 0..entered {
            let command = format!("ls -l /some/where/{number}");
            push(EventKind::Ttyout, "[root@web1 ~]# ".to_owned())?;
            push(EventKind::Ttyin, format!("{command}\r"))?;
            push(EventKind::Ttyout, format!("{command}\r\n"))?;
        }
        let mut output = String::new();
        for _ in 0..lines {
            number += 1;
            write!(
                output,
                "\x1b[0m\x1b[01;3{}mfile-{number:07}\x1b[0m  {:>9} Jan  1 12:{:02}\r\n",
                number % 8,
                number * 37 % 1_000_003,
                number % 60
            )?;
        }
        push(EventKind::Ttyout, output)?;
    }
    Ok((events, bytes))
}

const BYTES: usize = 30_000_000;
const RUNS: usize = 5;
const LINES_PER_EVENT: u64 = 40;
const LOOKING: &[u8] = br"
version: 1
rules:
  - {id: cards, cat: exfil, score: 20, on: output, re: '\b4[0-9]{3} [0-9]{4} [0-9]{4} [0-9]{4}\b'}
  - {id: keys, cat: credential, score: 40, on: output, any: ['BEGIN OPENSSH PRIVATE KEY', 'BEGIN RSA PRIVATE KEY']}
  - {id: secret, cat: credential, score: 40, on: raw, re: '(?i)password\s*[:=]\s*\S+'}
  - {id: hidden, cat: malware, score: 40, on: raw, re: '\x1b\[8m'}
";
