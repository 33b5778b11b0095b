//! The commands of a recording: lines that the user entered, and what told of itself.

use std::time::Duration;

use sudolog_core::term::MarkKind;
use sudolog_core::time::Position;

use super::Replay;
use super::marks::is_command;
use crate::screens::chooser::{Item, Pick};

impl Replay {
    /// The lines that the user entered and the commands that sudo told of, as far as the recording was
    /// read.
    pub fn lines(&self) -> Vec<Item> {
        let item = |text: String, at: Duration, also| Item {
            label: text,
            detail: Position(at).to_string(),
            also,
            pick: Pick::Seek(at),
        };
        let entered = self.typing.lines().iter();
        let entered = entered.map(|line| (line.elapsed, item(line.text.clone(), line.elapsed, "")));
        let told = self.marks.all().iter().filter_map(|mark| match &mark.kind {
            MarkKind::SubCommand(command) => {
                let text = command.escaped().to_string();
                Some((mark.elapsed, item(text, mark.elapsed, "run by it")))
            }
            _ => None,
        });
        let mut lines: Vec<(Duration, Item)> = entered.chain(told).collect();
        lines.sort_by_key(|(at, _)| *at);
        lines.into_iter().map(|(_, item)| item).collect()
    }

    /// When commands began, in order: lines that were entered, and what told of itself.
    pub(super) fn commands(&self) -> Vec<Duration> {
        let entered = self.typing.lines().iter().map(|line| line.elapsed);
        let begun = self.marks.all().iter().filter(|mark| is_command(&mark.kind));
        let mut commands: Vec<Duration> = entered.chain(begun.map(|mark| mark.elapsed)).collect();
        commands.sort();
        commands
    }
}
