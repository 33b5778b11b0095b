//! The event loop: waits for keys, news, signals and deadlines, carries out effects, and draws when
//! something has changed, never faster than the frame rate. Nothing happening costs nothing.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use crossterm::event::{Event as Input, EventStream, MouseButton, MouseEvent, MouseEventKind};
use futures_core::Stream as _;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::{spawn_blocking, yield_now};
use tokio::time::{Instant, sleep_until};

use crate::app::{Action, App, Effect, Pointing, begin, update};
use crate::deck::News;
use crate::editor;
use crate::exit::Exit;
use crate::hangup::Hangup;
use crate::keymap::Key;
use crate::pace::Pace;
use crate::screens::{self, Hits};
use crate::terminal::Terminal;
use crate::world::World;

/// Runs the console on the operator's terminal to its end.
///
/// # Errors
/// When the terminal fails; it is then as it was.
pub async fn run(app: App, world: World) -> io::Result<Exit> {
    let terminal = Terminal::take(app.mouse)?;
    let mut console = Console::new(app, world, terminal)?;
    let ended = console.run().await;
    // Whatever fails on a terminal that is gone, that is why.
    if console.hangup.is_gone() { Ok(Exit::Signal(SIGHUP)) } else { ended }
}

struct Console {
    app: App,
    world: World,
    terminal: Terminal,
    /// `None` only while it is made anew.
    keys: Option<EventStream>,
    hangup: Hangup,
    signals: Signals,
    clock: Instant,
    pace: Pace,
    /// What came back from the operator's editor.
    written: Option<Result<String, String>>,
}

impl Console {
    fn new(app: App, world: World, terminal: Terminal) -> io::Result<Self> {
        let clock = Instant::now();
        let remote = std::env::var_os("SSH_CONNECTION").is_some();
        let frame = match (app.low_bandwidth, remote) {
            (true, _) => FRAME_LOW_BANDWIDTH,
            (false, true) => FRAME_REMOTE,
            (false, false) => FRAME_LOCAL,
        };
        let (keys, hangup, signals) = (Some(EventStream::new()), Hangup::new()?, Signals::new()?);
        Ok(Self {
            app,
            world,
            terminal,
            keys,
            hangup,
            signals,
            clock,
            pace: Pace::new(frame, clock),
            written: None,
        })
    }

    async fn run(&mut self) -> io::Result<Exit> {
        self.draw()?;
        for effect in begin(&self.app) {
            self.carry_out(effect).await?;
        }
        loop {
            let action = self.next().await?;
            let mut quit = self.take(Action::Tick(self.clock.elapsed())).await?;
            quit = self.take(action).await?.or(quit);
            if let Some(exit) = quit {
                return Ok(exit);
            }
            self.draw_when_due()?;
        }
    }

    /// Waits for what happens next.
    async fn next(&mut self) -> io::Result<Action> {
        if let Some(written) = self.written.take() {
            return Ok(Action::Written(written));
        }
        // Nothing is seen of what happens between two frames.
        let next_frame = self.pace.next_frame();
        let deadline = self.app.deadline().map(|at| (self.clock + at).max(next_frame));
        let wake = self.pace.due().into_iter().chain(deadline).min();
        let asleep = async {
            match wake {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // First: keys of a terminal that is gone must not be asked for.
            biased;
            () = self.hangup.gone() => Ok(Action::Stop(Exit::Signal(SIGHUP))),
            exit = self.signals.next() => Ok(Action::Stop(exit)),
            input = next_input(&mut self.keys, &self.hangup) => Ok(action_of(input?)),
            action = self.world.next() => Ok(action),
            () = asleep => Ok(Action::Tick(self.clock.elapsed())),
        }
    }

    /// Changes the console and carries out what follows from it.
    async fn take(&mut self, action: Action) -> io::Result<Option<Exit>> {
        let idle = matches!(action, Action::Tick(_) | Action::Nothing);
        let asked = !idle || self.is_past_deadline();
        let pictured = match &action {
            Action::Deck(News::Frame(frame)) => Some(frame.seq),
            _ => None,
        };
        let effects = update(&mut self.app, action);
        if asked {
            self.pace.change(Instant::now());
        }
        if let Some(seq) = pictured {
            self.pace.arrive(seq, Instant::now());
        }
        let mut quit = None;
        for effect in effects {
            quit = self.carry_out(effect).await?.or(quit);
        }
        Ok(quit)
    }

    async fn carry_out(&mut self, effect: Effect) -> io::Result<Option<Exit>> {
        match effect {
            Effect::Quit(exit) => return Ok(Some(exit)),
            Effect::Suspend => self.suspend()?,
            Effect::Want(wanted) => {
                if let Some(feed) = &self.world.feed {
                    feed.want(wanted);
                }
            }
            Effect::Settle(ended) => self.world.settle(&ended),
            Effect::Page(wanted) => self.world.page(wanted),
            Effect::Open(tsid) => self.world.open(tsid),
            Effect::Order(request) => self.world.order(request),
            Effect::Review(tsid) => self.world.review(tsid),
            Effect::Glimpse(moment) => self.world.glimpse(moment),
            Effect::Judge(tsids, kind) => self.world.judge(tsids, kind),
            Effect::Alert(act) => self.world.alert(act),
            Effect::Rule(ask) => self.world.rule(ask),
            Effect::EndTrial => self.world.end_trial(),
            Effect::Write(text) => self.write(text).await?,
            Effect::Bell => self.terminal.ring()?,
            Effect::Acknowledge(number) => self.world.acknowledge(number),
            Effect::Show(seq) => {
                if let Some(deck) = &self.world.deck {
                    deck.show(seq);
                    self.pace.wait_for(seq, Instant::now());
                }
            }
            Effect::PutOn(streams) => {
                if let Some(deck) = &self.world.deck {
                    deck.put_on(streams);
                }
            }
            Effect::LookForGone(span) => {
                if let Some(deck) = &self.world.deck {
                    deck.look_for_gone(span);
                }
            }
            Effect::Search(sought) => {
                if let Some(deck) = &self.world.deck {
                    deck.search(sought);
                }
            }
            Effect::Hunt(pattern) => self.world.hunt(pattern),
            Effect::Verify(tsid) => self.world.verify(tsid),
            Effect::Export(request) => self.world.export(request),
            Effect::EndVerify => self.world.inspection = None,
            Effect::Mouse(ours) => self.terminal.give_mouse(ours)?,
            Effect::Redraw => self.terminal.draw_anew()?,
            Effect::Copy(text) => self.terminal.copy(&text)?,
            Effect::Keep { text, name, what } => self.world.keep(text, name, what),
            Effect::Close => self.world.deck = None,
        }
        Ok(None)
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.terminal.leave();
        let ourselves = rustix::process::getpid();
        rustix::process::kill_process(ourselves, rustix::process::Signal::TSTP)?;
        // The shell has continued us.
        self.terminal.enter()
    }

    /// Lends the terminal to the operator's editor; the connection to the server goes on.
    async fn write(&mut self, text: String) -> io::Result<()> {
        // Whoever waits for keys reads them: they are the editor's now. A new stream has its place only
        // when the old one has let go, and reads nothing until it is asked.
        self.keys = None;
        self.keys = Some(EventStream::new());
        self.terminal.leave();
        let written = spawn_blocking(move || editor::write(&text)).await;
        self.terminal.enter()?;
        // What was meant for the editor came here as well, and is told to all before this goes on.
        yield_now().await;
        self.signals.forget_interrupt()?;
        let failed = |_| Err("the editor could not be waited for".to_owned());
        self.written = Some(written.unwrap_or_else(failed));
        Ok(())
    }

    fn is_past_deadline(&self) -> bool {
        self.app.deadline().is_some_and(|deadline| self.clock.elapsed() >= deadline)
    }

    fn draw_when_due(&mut self) -> io::Result<()> {
        match self.pace.due() {
            Some(at) if at <= Instant::now() => self.draw(),
            _ => Ok(()),
        }
    }

    fn draw(&mut self) -> io::Result<()> {
        self.pace.draw(Instant::now());
        let (app, mut hits) = (&self.app, Hits::default());
        self.terminal.draw(|frame| hits = screens::view(app, frame.area(), frame.buffer_mut()))?;
        self.app.hits = hits;
        Ok(())
    }
}

fn action_of(input: Input) -> Action {
    match input {
        Input::Key(event) => Key::of(event).map_or(Action::Resized, Action::Press),
        Input::Paste(text) => Action::Paste(text),
        Input::Mouse(event) => match pointing(event) {
            Some(pointing) => Action::Point(pointing),
            None => Action::Nothing,
        },
        _ => Action::Resized,
    }
}

fn pointing(event: MouseEvent) -> Option<Pointing> {
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => Some(Pointing::Press(event.column, event.row)),
        MouseEventKind::Drag(MouseButton::Left) => Some(Pointing::Drag(event.column, event.row)),
        MouseEventKind::ScrollDown => Some(Pointing::Wheel(WHEEL_STEPS)),
        MouseEventKind::ScrollUp => Some(Pointing::Wheel(-WHEEL_STEPS)),
        _ => None,
    }
}

async fn next_input(keys: &mut Option<EventStream>, hangup: &Hangup) -> io::Result<Input> {
    let input = poll_fn(|context| match keys.as_mut().filter(|_| !hangup.is_gone()) {
        Some(keys) => Pin::new(keys).poll_next(context),
        None => Poll::Pending,
    });
    let input = input.await;
    input.unwrap_or_else(|| Err(io::Error::other("the terminal is gone")))
}

/// The signals that end the console in good order.
pub(crate) struct Signals {
    terminate: Signal,
    hangup: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// An interrupt that came until now was meant for somebody else.
    fn forget_interrupt(&mut self) -> io::Result<()> {
        self.interrupt = signal(SignalKind::interrupt())?;
        Ok(())
    }

    pub(crate) async fn next(&mut self) -> Exit {
        tokio::select! {
            _ = self.terminate.recv() => Exit::Signal(SIGTERM),
            _ = self.hangup.recv() => Exit::Signal(SIGHUP),
            _ = self.interrupt.recv() => Exit::Signal(SIGINT),
        }
    }
}

/// 30 frames a second.
const FRAME_LOCAL: Duration = Duration::from_millis(33);
/// 15 frames a second.
const FRAME_REMOTE: Duration = Duration::from_millis(66);
/// 4 frames a second.
const FRAME_LOW_BANDWIDTH: Duration = Duration::from_millis(250);
const WHEEL_STEPS: isize = 3;
const SIGHUP: u8 = 1;
const SIGINT: u8 = 2;
const SIGTERM: u8 = 15;
