//! The program as `auditd` runs it: reader, examiner, what they feed, and what signals ask for.

use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sudolog_core::eventlog::{Entry, Kind, Severity, Source};
use sudolog_core::kaudit::{Rest, Seen, Stream};
use sudolog_core::time::Timestamp;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::Audit;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};

use super::config::Settings;
use super::examiner::{Examiner, Finding};
use super::intake::Intake;
use super::mail::{self, Mailer};
use super::opener::Opener;
use super::outbox::Outbox;
use super::people::People;
use super::syslog::Syslog;
use super::{AudispError, READ_BYTES, facts, hygiene, no_config};

/// What the threads share.
#[derive(Debug, Default)]
struct Wishes {
    /// SIGHUP came.
    reload: AtomicBool,
    /// The reader has come to the end of the stream.
    is_read: AtomicBool,
}

/// Where findings go.
struct Sinks {
    outbox: Option<Outbox>,
    mailer: Mailer,
}

/// Words go to the system's log when `auditd` started this, else to standard error.
pub(super) fn log_to(is_plugin: bool) {
    let builder = tracing_subscriber::fmt().with_ansi(false).without_time().with_target(false);
    // Whoever logs first decides; a second call changes nothing.
    let _ = if is_plugin {
        builder.with_writer(Syslog::open()).with_level(false).try_init()
    } else {
        builder.with_writer(io::stderr).try_init()
    };
}

/// Runs until the stream ends or SIGTERM comes.
pub(super) fn run(
    settings: Settings,
    file: Option<&Path>,
    is_plugin: bool,
) -> Result<(), AudispError> {
    if is_plugin {
        hygiene::settle("sudolog-audisp")?;
    }
    log_to(is_plugin);
    let config = file.unwrap_or_else(|| no_config());
    let socket = settings.socket.clone();
    let opener = match &socket {
        Some(socket) => Some(Arc::new(Opener::start(socket, config).map_err(AudispError::System)?)),
        None => None,
    };
    hygiene::give_up_root(&settings.user, file.is_some(), settings.mail.is_some())?;
    let (intake, wishes) = (Arc::new(Intake::default()), Arc::new(Wishes::default()));
    // It alone keeps the priority that `auditd` gave: what that one has waiting depends on it.
    let reading = (intake.clone(), wishes.clone());
    spawn("reader", move || read_all(&reading.0, &reading.1))?;
    hygiene::return_favour();
    let listening = (intake.clone(), wishes.clone());
    spawn("signals", move || listen(&listening.0, &listening.1))?;
    let start = |opener| Outbox::start(opener, settings.divergence);
    let outbox = opener.clone().map(start).transpose().map_err(AudispError::System)?;
    let mailer = Mailer::start().map_err(AudispError::System)?;
    let examiner = Examiner::new(Instant::now(), settings, People::of("/etc/passwd"));
    info!("reads the audit stream");
    Work { examiner, sinks: Sinks { outbox, mailer }, opener, config: config.into(), wishes }
        .run(&intake);
    Ok(())
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), AudispError> {
    std::thread::Builder::new().name(name.into()).spawn(run).map(drop).map_err(AudispError::System)
}

/// Takes what comes at once, whatever becomes of it.
fn read_all(intake: &Intake, wishes: &Wishes) {
    let (mut stream, mut pieces) = (Stream::default(), Vec::new());
    let (mut stdin, mut buffer) = (io::stdin().lock(), vec![0; READ_BYTES]);
    loop {
        match stdin.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                stream.push(buffer.get(..count).unwrap_or_default(), |piece| pieces.push(piece));
                intake.put(&mut pieces);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                warn!(%error, "the audit stream cannot be read");
                break;
            }
        }
    }
    stream.finish(|piece| pieces.push(piece));
    intake.put(&mut pieces);
    wishes.is_read.store(true, Ordering::Release);
    intake.close();
}

/// SIGHUP and SIGTERM, whatever was inherited about them.
fn listen(intake: &Intake, wishes: &Wishes) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let listening = runtime.and_then(|runtime| {
        runtime.block_on(async {
            let mut reload = signal(SignalKind::hangup())?;
            let mut terminate = signal(SignalKind::terminate())?;
            let mut interrupt = signal(SignalKind::interrupt())?;
            loop {
                tokio::select! {
                    _ = reload.recv() => wishes.reload.store(true, Ordering::Release),
                    _ = terminate.recv() => break,
                    _ = interrupt.recv() => break,
                }
            }
            io::Result::Ok(())
        })
    });
    if let Err(error) = listening {
        return warn!(%error, "signals cannot be heard");
    }
    info!("asked to end: finishing");
    // `auditd` ends the stream right after it has asked for the end: what is in it is read first.
    let until = Instant::now() + FLUSH / 2;
    while !wishes.is_read.load(Ordering::Acquire) && Instant::now() < until {
        std::thread::park_timeout(STREAM_POLL);
    }
    intake.close();
}

/// The thread that looks.
struct Work {
    examiner: Examiner,
    sinks: Sinks,
    opener: Option<Arc<Opener>>,
    config: std::path::PathBuf,
    wishes: Arc<Wishes>,
}

impl Work {
    fn run(mut self, intake: &Intake) {
        let mut found = Vec::new();
        let (mut ticked, mut closed) = (Instant::now(), None);
        loop {
            let batch = intake.take(TICK);
            let now = Instant::now();
            if batch.is_closed {
                closed.get_or_insert(now);
            }
            // Whoever asks for an end does not wait until a flood is over.
            let is_last = batch.is_last || closed.is_some_and(|closed| now >= closed + FLUSH / 2);
            if self.wishes.reload.swap(false, Ordering::AcqRel) {
                self.reload(now, &mut found);
            }
            batch.pieces.iter().for_each(|piece| self.examiner.take(now, piece, &mut found));
            if batch.dropped > 0 {
                warn!(count = batch.dropped, "records were dropped: they come too fast");
                self.examiner.dropped(wall(), batch.dropped, &mut found);
            }
            if now.duration_since(ticked) >= TICK || batch.pieces.is_empty() {
                ticked = now;
                self.examiner.tick(now, &mut found);
                self.tell_lost();
            }
            if is_last {
                self.examiner.close(now, &mut found);
            }
            found.drain(..).for_each(|finding| self.sinks.give(finding, self.examiner.settings()));
            if is_last {
                break;
            }
        }
        let counts = self.examiner.counts;
        info!(
            records = counts.records,
            events = counts.events,
            bad = counts.bad,
            late = counts.toll.late,
            "the end"
        );
        let deadline = Instant::now() + FLUSH;
        if let Some(outbox) = self.sinks.outbox {
            outbox.finish(deadline);
        }
        self.sinks.mailer.finish(deadline);
    }

    /// Takes the configuration anew; a bad one changes nothing.
    fn reload(&mut self, now: Instant, found: &mut Vec<Finding>) {
        let Some(opener) = &self.opener else { return };
        let settings = match opener.config() {
            Ok(text) => Settings::parse(&self.config, &text).map_err(|error| error.to_string()),
            Err(error) => Err(format!("{}: {error}", self.config.display())),
        };
        match settings {
            Ok(mut settings) => {
                // The shipper was told at the beginning what to expect.
                settings.divergence = self.examiner.settings().divergence;
                info!(rules = settings.rules.len(), "read the configuration again");
                self.examiner.reload(now, settings, found);
            }
            Err(error) => warn!(%error, "the configuration stays as it was"),
        }
    }

    fn tell_lost(&self) {
        let Some(outbox) = &self.sinks.outbox else { return };
        let lost = outbox.lost();
        let time = wall();
        let id = format!("unsent.{}.{lost}", time.as_nanos() / 1_000_000).parse();
        if lost > 0
            && let Ok(id) = id
        {
            let mut entry = Entry::new(id, time, Source::Kernel, Kind::Lost);
            entry.severity = Severity::High;
            entry.by = "sudolog-audisp".into();
            entry.text =
                format!("{lost} audit events were lost: the shipper was away for too long").into();
            outbox.put(&audit(entry));
        }
    }
}

impl Sinks {
    fn give(&self, finding: Finding, settings: &Settings) {
        match finding {
            Finding::Entry(entry) => self.ship(&audit(*entry)),
            Finding::Sighting(sighting) => self.ship(&Message::Witness(sighting)),
            Finding::Alert { seen, .. } => self.alert(&seen, settings),
            Finding::Summary(rest) => self.summary(&rest, settings),
        }
    }

    fn ship(&self, message: &Message) {
        if let Some(outbox) = &self.outbox {
            outbox.put(message);
        }
    }

    fn alert(&self, seen: &Seen, settings: &Settings) {
        let who = seen.login_name();
        info!("{}", mail::sentence(&who));
        if let Some(postbox) = &settings.mail {
            self.mailer.send(postbox, mail::alert(&postbox.to, &who, &facts(seen)));
        }
    }

    fn summary(&self, rest: &Rest, settings: &Settings) {
        let rule = settings.rules.get(rest.subject).map_or("", |rule| rule.name.as_str());
        if let Some(postbox) = &settings.mail {
            self.mailer.send(postbox, mail::summary(&postbox.to, rule, rest.count, &rest.names));
        }
    }
}

fn audit(entry: Entry) -> Message {
    Message::Audit(Box::new(Audit { number: 0, entry }))
}

fn wall() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(u64::try_from(now.as_nanos()).unwrap_or(u64::MAX))
}

/// How often it looks what is due.
const TICK: Duration = Duration::from_millis(250);
/// How often it looks whether the stream has ended.
const STREAM_POLL: Duration = Duration::from_millis(5);
/// At the end, for what is on its way.
const FLUSH: Duration = Duration::from_millis(600);
