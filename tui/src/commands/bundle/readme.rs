//! `README.txt`: what this is and how to check it, for somebody who has never heard of Sudolog.

use std::fmt::Write as _;

use sudolog_core::time::Timestamp;

use super::manifest::instant;
use super::{Facts, KEY, MANIFEST, RECORDING, SUMS};
use crate::commands::verify::write_sentence;
use crate::widgets::wrap;

pub(super) fn text(facts: &Facts<'_>) -> String {
    let about = facts.about;
    let mut text = String::from("Evidence bundle of a recorded sudo session\n\n");
    // Writing to a String cannot fail.
    let mut fact = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<11}{value}");
    };
    if let Some(id) = about.session_id {
        fact("Session", &id.to_string());
    }
    let (user, host) = (about.user.escaped(), about.host.escaped());
    fact("Who", &format!("{user}@{host} as {}", about.run_user.escaped()));
    fact("Command", &about.command.escaped().to_string());
    fact("Started", &instant(about.start));
    let end = match (&about.signal, about.exit_value) {
        (Some(signal), _) => format!("ended by SIG{}", signal.escaped()),
        (None, Some(value)) => format!("exit {value}"),
        (None, None) => "not recorded".to_owned(),
    };
    fact("End", &end);
    if let Some(proven) = facts.proven {
        fact("Events", &proven.events.to_string());
        fact("Chain head", &proven.head.to_string());
        if let Some(ack) = proven.proof.acks.last() {
            let at = instant(Timestamp::from_nanos(ack.timestamp_ns));
            fact("Signed", &format!("{at}, with the key {}", ack.key_id));
        }
    }
    text.push_str("\nFound when this bundle was made:\n\n");
    wrap(&sentence(facts), COLUMNS, usize::MAX).iter().for_each(|line| {
        let _ = writeln!(text, "    {line}");
    });
    text.push_str(&how_to_check());
    text
}

fn sentence(facts: &Facts<'_>) -> String {
    let mut sentence = Vec::new();
    // Writing to a Vec cannot fail.
    let _ = write_sentence(&mut sentence, facts.verification);
    String::from_utf8_lossy(&sentence).trim_end().to_owned()
}

fn how_to_check() -> String {
    format!(
        "
How to check it yourself

1.  Is every file as it was bundled?

        sha256sum -c {SUMS}

2.  Is the recording what the log server acknowledged while it ran?

        sudolog-tui verify ./{RECORDING} --key {KEY}

    The key in this bundle proves nothing by itself: whoever changes a recording
    can put another key beside it. Compare it with the {KEY} that the
    server's administrator gives you.

3.  What happened?

        sudolog-tui replay ./{RECORDING}
        sudolog-tui export ./{RECORDING} --format txt
        sudoreplay -d . {RECORDING}            sudo's own player

Without sudolog-tui: docs/protocol.md of Sudolog says how the chain is computed
(SHA-256 over the start, every event and the end) and what each line of
{RECORDING}/acks signs (ed25519). {MANIFEST} has the same facts for programs.
"
    )
}

const COLUMNS: usize = 74;
