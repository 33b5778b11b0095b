//! Plays one script: a real program on a real terminal, recorded as sudo's plugin records it.

use std::process::ExitStatus;
use std::time::Duration;

use bytes::Bytes;
use sudolog_core::limits::EVENT_DATA_BYTES_MAX;
use sudolog_core::session::{EndReason, Event, EventKind, SessionEnd, Tsid};
use sudolog_core::untrusted::Untrusted;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::player::Player;
use super::pty::{Program, Pty, Running, signal_name};
use super::recorder::{Heard, Recorder, RecorderError};
use super::script::{Act, Script};

/// A session that could not be played to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    /// No terminal, or no program.
    #[error("cannot run {program} on a terminal: {source}")]
    Terminal {
        /// The program.
        program: String,
        /// The system's words.
        source: std::io::Error,
    },
    /// No recording.
    #[error(transparent)]
    Recorder(#[from] RecorderError),
}

/// A session that the shipper has opened and whose program does not run yet.
pub(super) struct Session {
    script: Script,
    pty: Pty,
    program: Program,
    recorder: Recorder,
    frozen: watch::Sender<usize>,
}

impl Session {
    /// Makes the terminal, and asks the shipper for the session.
    pub(super) async fn open(script: Script, player: &Player) -> Result<Self, SessionError> {
        let pty = Pty::open(script.size).map_err(|source| no_terminal(&script, source))?;
        let start = player.session_start(&script, pty.name());
        let recorder = Recorder::open(&player.socket, player.keys.clone(), start).await?;
        let program = player.program(&script);
        Ok(Self { script, pty, program, recorder, frozen: player.frozen.clone() })
    }

    /// Plays the script to its end and gives the number under which it was recorded.
    ///
    /// Dropping the future kills the program.
    pub(super) async fn play(self) -> Result<Tsid, SessionError> {
        let Self { script, pty, program, mut recorder, frozen } = self;
        let terminal = |source| no_terminal(&script, source);
        let tsid = recorder.tsid();
        let mut running = pty.spawn(&program).map_err(terminal)?;
        perform(&script, &running, &mut recorder, Still::of(&frozen)).await?;
        let ended = tokio::time::timeout(EXIT_DEADLINE, running.exited()).await;
        let status = match ended {
            Ok(status) => status,
            Err(_late) => {
                running.kill();
                running.exited().await
            }
        };
        let status = status.map_err(terminal)?;
        recorder.close(|final_seq, run_time_ns| end(status, final_seq, run_time_ns)).await?;
        Ok(tsid)
    }
}

fn no_terminal(script: &Script, source: std::io::Error) -> SessionError {
    SessionError::Terminal { program: script.program.display().to_string(), source }
}

/// Records both directions until nobody has the terminal open.
async fn perform(
    script: &Script,
    running: &Running,
    recorder: &mut Recorder,
    mut still: Still<'_>,
) -> Result<(), SessionError> {
    let mut cues = script.cues();
    let mut due = Instant::now() + cues.front().map_or(Duration::ZERO, |(delay, _)| *delay);
    let mut buffer = vec![0; EVENT_DATA_BYTES_MAX];
    let mut anywhere = still.frozen.subscribe();
    loop {
        let frozen = *anywhere.borrow_and_update() > 0;
        tokio::select! {
            read = running.read(&mut buffer), if !recorder.is_full() => {
                let data = buffer.get(..read.map_err(RecorderError::Socket)?).unwrap_or_default();
                if data.is_empty() {
                    return Ok(());
                }
                recorder.record(EventKind::Ttyout, Bytes::copy_from_slice(data)).await?;
            }
            heard = recorder.listen() => {
                match heard? {
                    Heard::GoOn => {}
                    Heard::Terminate => running.kill(),
                    Heard::Frozen => {
                        running.hold(true);
                        still.set(true);
                    }
                    Heard::Thawed => {
                        running.hold(false);
                        still.set(false);
                    }
                }
            }
            _ = anywhere.changed() => due = due.max(Instant::now() + SURPRISE),
            // Whoever sees that nothing moves any more types nothing.
            () = sleep_until(due), if !cues.is_empty() && !frozen => {
                if let Some((_, act)) = cues.pop_front() {
                    carry_out(act, running, recorder).await?;
                }
                due = Instant::now() + cues.front().map_or(Duration::ZERO, |(delay, _)| *delay);
            }
        }
    }
}

/// Whether this session stands still, counted with all others; one that is gone does not.
struct Still<'a> {
    frozen: &'a watch::Sender<usize>,
    own: bool,
}

impl<'a> Still<'a> {
    fn of(frozen: &'a watch::Sender<usize>) -> Self {
        Self { frozen, own: false }
    }

    fn set(&mut self, own: bool) {
        let was = std::mem::replace(&mut self.own, own);
        match (was, own) {
            (false, true) => self.frozen.send_modify(|count| *count += 1),
            (true, false) => self.frozen.send_modify(|count| *count = count.saturating_sub(1)),
            _ => {}
        }
    }
}

impl Drop for Still<'_> {
    fn drop(&mut self) {
        self.set(false);
    }
}

/// Until a person notices that the terminal answers again.
const SURPRISE: Duration = Duration::from_secs(2);

async fn carry_out(
    act: Act,
    running: &Running,
    recorder: &mut Recorder,
) -> Result<(), RecorderError> {
    match act {
        Act::Key(key) => {
            let keys = key.to_string().into_bytes();
            // Recorded first, as sudo does: what the program answers comes after it.
            recorder.record(EventKind::Ttyin, keys.clone().into()).await?;
            running.type_keys(&keys)?;
        }
        Act::Resize(size) => {
            let data = Event::winsize_data(size.lines, size.columns);
            recorder.record(EventKind::Winsize, data).await?;
            running.resize(size)?;
        }
        Act::HangUp => running.kill(),
    }
    Ok(())
}

fn end(status: ExitStatus, final_seq: u64, run_time_ns: u64) -> SessionEnd {
    use std::os::unix::process::ExitStatusExt;
    SessionEnd {
        final_seq,
        run_time_ns,
        exit_value: status.code(),
        signal: signal_name(status).map(Untrusted::from),
        dumped_core: status.core_dumped(),
        error: None,
        reason: EndReason::default(),
    }
}

/// From the terminal's end to the program's.
const EXIT_DEADLINE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::fake::FakeShipper;
    use super::super::pty::Size;
    use super::super::script::Step;
    use super::*;

    fn script(arguments: &[&str], steps: Vec<Step>) -> Script {
        Script {
            program: "/bin/sh".into(),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            size: Size { lines: 24, columns: 80 },
            steps,
        }
    }

    async fn play(script: Script, player: &Player) -> Result<Tsid, SessionError> {
        Session::open(script, player).await?.play().await
    }

    async fn recorded(script: Script) -> (Vec<Event>, SessionEnd) {
        let shipper = FakeShipper::start();
        let player = shipper.player();
        let played = async { tokio::join!(play(script, &player), shipper.record()) };
        let (played, recorded) =
            tokio::time::timeout(Duration::from_secs(20), played).await.expect("it ends");
        played.unwrap();
        recorded
    }

    fn text(events: &[Event], kind: EventKind) -> String {
        let of_kind = events.iter().filter(|event| event.kind() == kind);
        let bytes: Vec<u8> = of_kind.flat_map(|event| event.data().to_vec()).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[tokio::test]
    async fn a_program_has_a_terminal_of_its_own() {
        let script = script(&["-c", "tty; stty size < /dev/tty; exit 3"], Vec::new());
        let (events, end) = recorded(script).await;
        let output = text(&events, EventKind::Ttyout);
        assert!(output.starts_with("/dev/pts/") && output.ends_with("24 80\r\n"), "{output:?}");
        assert_eq!((end.exit_value, end.signal), (Some(3), None));
        assert_eq!(end.final_seq, events.len() as u64);
    }

    #[tokio::test]
    async fn keys_and_sizes_are_recorded_and_reach_the_program() {
        let size = Size { lines: 30, columns: 100 };
        let steps = vec![Step::Resize(size), Step::Type("hello\r")];
        let (events, end) = recorded(script(&["-c", "read a; stty size; echo $a"], steps)).await;
        assert_eq!(text(&events, EventKind::Ttyin), "hello\r");
        let output = text(&events, EventKind::Ttyout);
        assert!(output.ends_with("hello\r\n30 100\r\nhello\r\n"), "{output:?}");
        assert!(events.iter().any(|event| event.winsize() == Some((30, 100))));
        assert_eq!(end.exit_value, Some(0));
    }

    #[tokio::test]
    async fn ctrl_c_ends_a_program_by_signal() {
        let steps = vec![Step::Pause(Duration::from_millis(100)), Step::Type("\x03")];
        let (_, end) = recorded(script(&["-c", "echo go; exec sleep 1000"], steps)).await;
        assert_eq!((end.exit_value, end.signal), (None, Some("INT".into())));
    }

    #[tokio::test]
    async fn background_jobs_do_not_outlive_a_dropped_session() {
        let shipper = FakeShipper::start();
        let player = shipper.player();
        let pid_file = player.home.join("pid");
        let line = "trap '' HUP; sleep 1000 & echo $! > pid.new; mv pid.new pid; wait";
        let script = script(&["-c", line], Vec::new());
        let background = async {
            loop {
                match tokio::fs::read_to_string(&pid_file).await {
                    Ok(pid) => return pid.trim().to_owned(),
                    Err(_) => tokio::task::yield_now().await,
                }
            }
        };
        let pid = tokio::select! {
            _ = play(script, &player) => unreachable!("it waits"),
            _ = shipper.record() => unreachable!("it waits"),
            pid = background => pid,
        };
        // A killed process takes a moment to die.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        loop {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let state = super::super::processes::stat_field(&stat, 3);
            if matches!(state, None | Some("Z" | "X")) {
                break;
            }
            assert!(std::time::Instant::now() < deadline, "{pid} is {state:?}");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        assert!(Path::new("/proc/self").exists());
    }
}
