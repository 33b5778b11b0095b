//! Any moment of a large recording through the server, and what goes over the line for it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::time::Duration;

use sudolog_core::limits::{LOOK_BYTES, PROTOCOL_VERSION};
use sudolog_core::session::Tsid;
use sudolog_core::term::{Outlined, SafeScreen, Streams};
use sudolog_core::wire::message::{Hello, Outcome, Request, RequestBody};
use sudolog_core::wire::{Deframer, Message};
use sudolog_tests::figures::{line, report, time};
use sudolog_tests::programs::built;
use sudolog_tests::{World, command};

use super::replay::write_recording;

pub fn moments_through_the_server() -> anyhow::Result<()> {
    let mut world = World::prepare()?;
    let tsid = Tsid::from_seq(1).ok_or_else(|| anyhow::anyhow!("no number"))?;
    let directory = tsid.directories().iter().fold(world.log_dir(), |dir, part| dir.join(part));
    fs::create_dir_all(&directory)?;
    let (bytes, _) = write_recording(&directory)?;
    let mut reindex = Command::new(built("sudolog-server")?);
    command::run(reindex.arg("reindex").arg("--config").arg(world.path("server.toml")))?
        .success()?;
    world.start_server()?;
    let mut console = Console::dial(&world)?;

    let (took, outlined) = time(|| console.outline(tsid))?;
    let speed = bytes as f64 / 1e6 / took.as_secs_f64();
    line("outline of 100 MB, first time", &format!("{:.2} s, {speed:.0} MB/s", took.as_secs_f64()));
    let told = console.received;
    line("bytes of it", &format!("{told}: {:.2} % of the recording", share(told, bytes)));
    let (took, _) = time(|| console.outline(tsid))?;
    line("outline again", &format!("{:.0} ms", took.as_secs_f64() * 1e3));

    let last = outlined.known().seq;
    let (mut runs, before) = (Vec::new(), console.received);
    for number in 1..=LOOKS {
        // All over the recording, in no order.
        let seq = number.wrapping_mul(2_654_435_761) % last;
        let (took, ()) = time(|| console.look(tsid, seq))?;
        runs.push(took);
    }
    report("screen at a random place through the server", &mut runs);
    let each = (console.received - before) / LOOKS;
    line("bytes of one look, with the events that follow", &each.to_string());
    Ok(())
}

fn share(part: u64, whole: usize) -> f64 {
    part as f64 * 100.0 / whole as f64
}

/// An operator on the server's own machine.
struct Console {
    socket: UnixStream,
    deframer: Deframer,
    received: u64,
}

impl Console {
    fn dial(world: &World) -> anyhow::Result<Self> {
        let socket = UnixStream::connect(world.path("run/console.sock"))?;
        socket.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut console = Self { socket, deframer: Deframer::new(), received: 0 };
        let hello = Hello {
            protocol: PROTOCOL_VERSION,
            version: "bench".into(),
            host: None,
            boot_id: None,
            instance: None,
        };
        console.socket.write_all(&Message::Hello(hello).to_bytes(0))?;
        match console.receive()? {
            Message::Welcome(_) => Ok(console),
            other => anyhow::bail!("{other:?} in place of a welcome"),
        }
    }

    fn ask(&mut self, body: RequestBody) -> anyhow::Result<()> {
        let request = Message::Request(Request { id: 1, body });
        Ok(self.socket.write_all(&request.to_bytes(0))?)
    }

    fn outline(&mut self, tsid: Tsid) -> anyhow::Result<Outlined> {
        let mut outlined = Outlined::default();
        loop {
            self.ask(RequestBody::Outline { tsid, known: outlined.known() })?;
            let outline = loop {
                match self.receive()? {
                    Message::Moments(moments) => drop(outlined.take_moments(&moments)?),
                    Message::Reply(reply) => match reply.outcome {
                        Outcome::Outline(outline) => break outline,
                        other => anyhow::bail!("{other:?}"),
                    },
                    other => anyhow::bail!("{other:?}"),
                }
            };
            outlined.take(&outline);
            if outline.caught_up {
                return Ok(outlined);
            }
        }
    }

    /// The screen, drawn, and the events behind it.
    fn look(&mut self, tsid: Tsid, seq: u64) -> anyhow::Result<()> {
        let streams = Streams::default().to_wire();
        self.ask(RequestBody::Look { tsid, seq, screen: true, streams, bytes: LOOK_BYTES })?;
        loop {
            match self.receive()? {
                Message::Keyframe(dump) => anyhow::ensure!(
                    dump.seq == seq && !SafeScreen::from_wire(&dump)?.row_text(0).is_empty()
                ),
                Message::Reply(reply) if reply.outcome == Outcome::Done => return Ok(()),
                Message::Event(_) => {}
                other => anyhow::bail!("{other:?}"),
            }
        }
    }

    fn receive(&mut self) -> anyhow::Result<Message> {
        loop {
            if let Some(frame) = self.deframer.next_frame()? {
                return Ok(Message::decode(frame)?);
            }
            let mut block = [0; 64 * 1024];
            let count = self.socket.read(&mut block)?;
            anyhow::ensure!(count > 0, "the server hung up");
            self.received += count as u64;
            self.deframer.push(block.get(..count).unwrap_or_default());
        }
    }
}

const LOOKS: u64 = 400;
