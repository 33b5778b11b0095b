//! A scripted session as data: which program, how large its terminal, and what is typed when.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use super::pty::Size;

/// One scripted session.
#[derive(Clone, Debug)]
pub(super) struct Script {
    /// Full path of the program.
    pub(super) program: PathBuf,
    /// Its arguments, `argv[0]` not among them.
    pub(super) arguments: Vec<String>,
    /// The terminal at the start.
    pub(super) size: Size,
    /// What the person at the terminal does.
    pub(super) steps: Vec<Step>,
}

/// What a person at a terminal does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Looks at the screen.
    Pause(Duration),
    /// Types, key by key.
    Type(&'static str),
    /// Drags the corner of the window.
    Resize(Size),
}

/// Something that happens on the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// A key arrives.
    Key(char),
    /// The window has another size.
    Resize(Size),
    /// The person closes the window if the program is still there.
    HangUp,
}

/// An act and the time since the one before.
pub(super) type Cue = (Duration, Act);

impl Script {
    /// The steps as single acts in time, with the end that every script has.
    pub(super) fn cues(&self) -> VecDeque<Cue> {
        let mut cues = VecDeque::new();
        let mut wait = Duration::ZERO;
        for step in &self.steps {
            match step {
                Step::Pause(pause) => wait += *pause,
                Step::Resize(size) => {
                    cues.push_back((std::mem::take(&mut wait), Act::Resize(*size)))
                }
                Step::Type(text) => {
                    for (index, key) in text.chars().enumerate() {
                        cues.push_back((wait + key_delay(index, key), Act::Key(key)));
                        wait = Duration::ZERO;
                    }
                }
            }
        }
        cues.push_back((wait + HANG_UP_AFTER, Act::HangUp));
        cues
    }
}

/// People are slower at spaces and before Enter, and never quite even.
fn key_delay(index: usize, key: char) -> Duration {
    let uneven = (index * 37 + key as usize * 11) % 60;
    let base = match key {
        '\r' => 260,
        ' ' => 110,
        _ => 55,
    };
    Duration::from_millis(base + uneven as u64)
}

/// A program that does not end by itself after its script is hung up on.
const HANG_UP_AFTER: Duration = Duration::from_secs(8);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_add_up_and_every_script_ends() {
        let size = Size { lines: 24, columns: 80 };
        let second = Step::Pause(Duration::from_secs(1));
        let script = Script {
            program: "/bin/sh".into(),
            arguments: Vec::new(),
            size,
            steps: vec![second, second, Step::Resize(size), Step::Type("ab"), second],
        };
        let cues: Vec<Cue> = script.cues().into();
        assert_eq!(cues[0], (Duration::from_secs(2), Act::Resize(size)));
        assert!(matches!(cues[1..], [(a, Act::Key('a')), (b, Act::Key('b')), _]
            if a < Duration::from_millis(120) && b < Duration::from_millis(120)));
        assert_eq!(cues[3], (Duration::from_secs(9), Act::HangUp));
    }
}
