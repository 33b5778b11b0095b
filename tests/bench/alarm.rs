//! From the key that completes a risky line to the alarm at an open console, and how long all that lies
//! in the store takes when the rules change.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use rusqlite::{Connection, OpenFlags};
use sudolog_core::limits::PROTOCOL_VERSION;
use sudolog_core::risk::Rules;
use sudolog_core::session::EventKind;
use sudolog_core::wire::message::{Hello, Request, RequestBody};
use sudolog_core::wire::{Deframer, Message};
use sudolog_tests::figures::{Promise, line, promised, report_promised, time};
use sudolog_tests::sudo::HOST;
use sudolog_tests::{Feeder, Pty, World, wait};

use crate::ingest::keys;

/// A real shell under sudo in which risky lines are entered, one rule after the other.
pub fn key_to_alarm() -> anyhow::Result<()> {
    let mut world = World::prepare()?;
    // A rule for each line: each is an alarm of its own.
    let rules: String = (0..ALARMS)
        .map(|n| {
            format!("- {{id: word-{n}, cat: recon, score: 1, on: typed, re: '\\bword-{n}x'}}\n")
        })
        .collect();
    world.set_rules(&format!("version: 1\nrules:\n{rules}"))?;
    world.start_server()?;
    world.start_shipper()?;
    let mut console = Console::connect(&world)?;
    let mut shell = Pty::spawn(&world.sudo.command(&["bash", "--noprofile", "--norc"]), 24, 80)?;
    shell.expect("# ")?;
    let mut runs = Vec::new();
    for number in 0..ALARMS {
        let typed = format!(": word-{number}x");
        shell.send(typed.as_bytes())?;
        shell.expect(&typed)?;
        let pressed = Instant::now();
        shell.send(b"\r")?;
        console.wait_for(&format!("word-{number}"))?;
        runs.push(pressed.elapsed());
    }
    report_promised("key to the alarm at a console", &mut runs, 250.0);
    shell.send(b"\x04")?;
    Ok(())
}

/// Short sessions in the store, all of them assessed anew when the file of rules changes.
pub fn rescoring() -> anyhow::Result<()> {
    let mut world = World::prepare()?;
    let built_in = String::from_utf8_lossy(Rules::built_in_file()).into_owned();
    world.set_rules(&built_in)?;
    world.start_server()?;
    world.start_shipper()?;
    let keys = keys(&world)?;
    for number in 0..SESSIONS {
        let mut feeder = Feeder::open(&world.socket(), &keys, HOST, number)?;
        for key in "systemctl stop nginx".chars() {
            let key = Bytes::from(key.to_string());
            feeder.feed(EventKind::Ttyin, 50_000_000, key.clone())?;
            feeder.feed(EventKind::Ttyout, 1_000_000, key)?;
        }
        feeder.feed(EventKind::Ttyin, 50_000_000, Bytes::from_static(b"\r"))?;
        feeder.feed(EventKind::Ttyout, 1_000_000, Bytes::from_static(b"\r\n# "))?;
        feeder.close()?;
    }
    assessed(&world, &built_in)?;
    let changed = format!("{built_in}# changed\n");
    let (took, ()) = time(|| {
        world.set_rules(&changed)?;
        assessed(&world, &changed)
    })?;
    let said = format!("{:.1} s for {SESSIONS} short sessions", took.as_secs_f64());
    promised("all assessed anew", &said, took.as_secs_f64(), Promise::Below(60.0), "s");
    let rate = f64::from(u32::try_from(SESSIONS)?) / took.as_secs_f64();
    line("that is", &format!("{rate:.0} a second"));
    Ok(())
}

/// Waits until all sessions are assessed by these rules.
fn assessed(world: &World, rules: &str) -> anyhow::Result<()> {
    let hash = Rules::parse(rules.as_bytes())?.hash().to_owned();
    let index = Connection::open_with_flags(
        world.path("state/index.db"),
        OpenFlags::SQLITE_OPEN_READ_ONLY,
    )?;
    let count = "SELECT count(*) FROM sessions WHERE rules = ?";
    wait::until("all sessions to be assessed", Duration::from_secs(300), || {
        let done: i64 = index.query_row(count, [&hash], |row| row.get(0)).ok()?;
        (done.cast_unsigned() == SESSIONS).then_some(())
    })
}

/// A console that hears of changes and nothing else.
struct Console {
    socket: UnixStream,
    deframer: Deframer,
}

impl Console {
    fn connect(world: &World) -> anyhow::Result<Self> {
        let mut socket = UnixStream::connect(world.path("run/console.sock"))?;
        socket.set_read_timeout(Some(wait::PATIENCE))?;
        let mut out = BytesMut::new();
        Message::Hello(Hello {
            protocol: PROTOCOL_VERSION,
            version: "bench".into(),
            host: None,
            boot_id: None,
            instance: None,
        })
        .encode(0, &mut out);
        let changes = Request { id: 1, body: RequestBody::Changes };
        Message::Request(changes).encode(0, &mut out);
        socket.write_all(&out)?;
        Ok(Self { socket, deframer: Deframer::new() })
    }

    fn wait_for(&mut self, rule: &str) -> anyhow::Result<()> {
        let mut buffer = [0; 16 * 1024];
        loop {
            while let Some(frame) = self.deframer.next_frame()? {
                if let Message::Change(change) = Message::decode(frame)?
                    && change.findings.iter().any(|finding| finding.rule == rule)
                {
                    return Ok(());
                }
            }
            let count = self.socket.read(&mut buffer)?;
            anyhow::ensure!(count > 0, "the server hung up");
            self.deframer.push(buffer.get(..count).unwrap_or_default());
        }
    }
}

const ALARMS: usize = 200;
const SESSIONS: u64 = 10_000;
