//! What the recorded bytes said beside text: bells, titles, prompt marks. Counted, never shown.

/// Side facts since they were last taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Times the bell was rung.
    pub bells: u32,
    /// Times a window title was set; it is not kept.
    pub titles: u32,
    /// Times something was to be written to the clipboard (OSC 52); it is not.
    pub clipboard_writes: u32,
    /// Strings (OSC, DCS, APC, PM, SOS) that never ended and were cut: text was swallowed.
    pub strings_cut: u32,
    /// The last mark that the shell made around a command (OSC 133).
    pub prompt: Option<Prompt>,
}

/// A mark of semantic prompts: OSC 133, as shells with integration send it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// `A`: the prompt begins.
    Shown,
    /// `B`: the command line begins.
    Ready,
    /// `C`: the command runs.
    Running,
    /// `D`: the command has ended, with its exit value if the shell said it.
    Finished(Option<i32>),
}

impl Facts {
    pub(super) fn note_prompt(&mut self, text: &[u8]) {
        let mut fields = text.split(|b| *b == b';');
        let prompt = match fields.next() {
            Some(b"A") => Prompt::Shown,
            Some(b"B") => Prompt::Ready,
            Some(b"C") => Prompt::Running,
            Some(b"D") => {
                let exit = fields.next().and_then(|digits| std::str::from_utf8(digits).ok());
                Prompt::Finished(exit.and_then(|digits| digits.parse().ok()))
            }
            _ => return,
        };
        self.prompt = Some(prompt);
    }
}
