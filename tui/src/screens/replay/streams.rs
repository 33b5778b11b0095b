//! Which streams of the recording are on its screen.

use sudolog_core::session::EventKind;
use sudolog_core::term::Streams;

use super::action::ReplayAction;
use super::state::Replay;
use crate::keymap::Intent;
use crate::screens::chooser::{Item, Pick};

impl Replay {
    /// The choice to be made: each stream, and whether it is on.
    pub fn stream_items(&self) -> Vec<Item> {
        let item = |stream: EventKind| Item {
            label: words(stream).to_owned(),
            detail: if self.streams().has(stream) { "on" } else { "off" }.to_owned(),
            also: stream.file_name().unwrap_or_default(),
            pick: Pick::Do(Intent::Replay(ReplayAction::ToggleStream(stream))),
        };
        EventKind::STREAMS.into_iter().map(item).collect()
    }
}

/// How a choice differs from the usual one, for the status line.
pub(super) fn difference(streams: Streams) -> String {
    let usual = Streams::default();
    let mut text = String::new();
    for stream in EventKind::STREAMS {
        let sign = match (usual.has(stream), streams.has(stream)) {
            (false, true) => " +",
            (true, false) => " -",
            _ => continue,
        };
        text.push_str(sign);
        text.push_str(stream.file_name().unwrap_or_default());
    }
    text
}

fn words(stream: EventKind) -> &'static str {
    match stream {
        EventKind::Stdin => "stdin: what came from a pipe or file",
        EventKind::Stdout => "stdout: output to a pipe or file",
        EventKind::Stderr => "stderr: errors to a pipe or file",
        EventKind::Ttyin => "ttyin: what was typed, as it came",
        EventKind::Ttyout => "ttyout: what the terminal showed",
        EventKind::Winsize | EventKind::Suspend => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_said() {
        let usual = Streams::default();
        assert_eq!(difference(usual), "");
        let other = usual.toggled(EventKind::Stderr).toggled(EventKind::Stdin);
        assert_eq!(difference(other), " +stdin -stderr");
    }
}
