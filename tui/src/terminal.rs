//! The operator's terminal: taken over for the screens, and given back as it was.
//!
//! It is given back when the guard is dropped and, before the message, when the program panics.
//! Signals end the event loop, which drops the guard.

use std::io::{self, BufWriter, IsTerminal as _, Stdout, stdout};
use std::mem::ManuallyDrop;
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, style};
use ratatui::backend::{Backend as _, CrosstermBackend};
use ratatui::layout::{Rect, Size};
use ratatui::{CompletedFrame, Frame};
use sudolog_core::term::quiet_panic_hook;

use crate::clipboard;

/// The terminal while screens are drawn on it.
pub struct Terminal {
    /// Never dropped: its own way of leaving panics when the terminal is gone, and ours is enough.
    inner: ManuallyDrop<ratatui::Terminal<CrosstermBackend<BufWriter<Stdout>>>>,
    mouse: bool,
}

impl Terminal {
    /// True when both the keyboard and the screen are there.
    pub fn is_there() -> bool {
        io::stdin().is_terminal() && io::stdout().is_terminal()
    }

    /// Takes the terminal over: raw mode, alternate screen, no cursor, pastes in one piece, and with
    /// `mouse` what is done with it. Panics give it back from now on.
    ///
    /// # Errors
    /// When the terminal refuses; it is then as it was.
    pub fn take(mouse: bool) -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(give_back_on_panic);
        let backend = CrosstermBackend::new(BufWriter::with_capacity(OUTPUT_BYTES, stdout()));
        let mut terminal =
            Self { inner: ManuallyDrop::new(ratatui::Terminal::new(backend)?), mouse };
        terminal.enter()?;
        Ok(terminal)
    }

    /// Draws one frame as one synchronized update, so that it never shows half.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        crossterm::queue!(self.inner.backend_mut(), BeginSynchronizedUpdate)?;
        let drawn = self.inner.draw(view).map(|_: CompletedFrame<'_>| ());
        crossterm::queue!(self.inner.backend_mut(), EndSynchronizedUpdate)?;
        io::Write::flush(self.inner.backend_mut())?;
        drawn
    }

    /// Hands text to the operator's clipboard; the terminal does not say whether it took it.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let in_tmux = std::env::var_os("TMUX").is_some();
        let sequences = clipboard::sequences(text, in_tmux);
        io::Write::write_all(self.inner.backend_mut(), sequences.as_bytes())?;
        io::Write::flush(self.inner.backend_mut())
    }

    /// Lets the bell sound, or whatever the terminal does in its place.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn ring(&mut self) -> io::Result<()> {
        io::Write::write_all(self.inner.backend_mut(), b"\x07")?;
        io::Write::flush(self.inner.backend_mut())
    }

    /// Columns and rows.
    ///
    /// # Errors
    /// When the terminal does not say.
    pub fn size(&self) -> io::Result<Size> {
        self.inner.backend().size()
    }

    /// Gives the terminal back until [`enter`](Self::enter), as for a stop by the shell.
    pub fn leave(&mut self) {
        give_back();
    }

    /// Takes it over, again after [`leave`](Self::leave), and draws all of the next frame.
    ///
    /// # Errors
    /// When the terminal refuses.
    pub fn enter(&mut self) -> io::Result<()> {
        TAKEN.store(true, Ordering::SeqCst);
        enable_raw_mode()?;
        execute!(
            self.inner.backend_mut(),
            EnterAlternateScreen,
            EnableBracketedPaste,
            cursor::Hide
        )?;
        if self.mouse {
            execute!(self.inner.backend_mut(), EnableMouseCapture)?;
        }
        self.draw_anew()
    }

    /// Draws all of the next frame, whatever is on the terminal.
    ///
    /// # Errors
    /// When the terminal refuses.
    pub fn draw_anew(&mut self) -> io::Result<()> {
        // Not `clear`: that asks the terminal where its cursor is, and fails where none answers.
        let Size { width, height } = self.size()?;
        self.inner.resize(Rect::new(0, 0, width, height))
    }

    /// Takes what is done with the mouse, or leaves it to the terminal, to select text with.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn give_mouse(&mut self, ours: bool) -> io::Result<()> {
        self.mouse = ours;
        match ours {
            true => execute!(self.inner.backend_mut(), EnableMouseCapture),
            false => execute!(self.inner.backend_mut(), DisableMouseCapture),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

fn give_back_on_panic() {
    let message = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        give_back();
        message(info);
    }));
    // Panics that the emulator's guard catches stay silent and change nothing.
    quiet_panic_hook();
}

fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // Whatever fails here, the rest is still worth doing, and there is nobody to tell.
    let _ = execute!(
        stdout(),
        EndSynchronizedUpdate,
        style::ResetColor,
        DisableBracketedPaste,
        DisableMouseCapture,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
}

/// True while the terminal is ours.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Enough for most frames to leave in one write.
const OUTPUT_BYTES: usize = 32 * 1024;
