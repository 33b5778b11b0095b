//! A session that the server may have opened, and whose command was never run: the server is told so,
//! over the connection that asked for it or, when that is lost, over a later one. Without this it would
//! wait for a host that knows nothing of the session, and call it incomplete.

use sudolog_core::ack::Chain;
use sudolog_core::limits::RESUME_GRACE;
use sudolog_core::session::{EndReason, SessionEnd, SessionStart};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::Resume;

use crate::machine::link::Link;
use crate::machine::traffic::Outgoing;
use crate::upstream::exchange::Line;

/// Tells the server that the session it was `asked` for over that connection is over, and returns when
/// it knows, or when it has given the session up by itself.
pub(super) async fn say(line: &Line, start: &SessionStart, asked: u64) {
    // Without an answer in that time nobody waits for it any more.
    let _ = tokio::time::timeout(RESUME_GRACE, tell(line, start, asked)).await;
}

async fn tell(line: &Line, start: &SessionStart, asked: u64) {
    let mut over = asked;
    send(line, over, Message::Close(not_run()));
    loop {
        if let Link::Up(connection) = line.link()
            && connection != over
        {
            over = connection;
            let (session_id, chain) = (start.session_id, Chain::start(start));
            send(line, over, Message::Resume(Resume { session_id, first_seq: 1, chain }));
        }
        let mail = line.mail();
        if mail.ack.is_some_and(|ack| ack.seq > 0) {
            return;
        }
        for (connection, message) in mail.messages {
            match message {
                _ if connection != over => {}
                Message::Resumed(resumed) if resumed.next_seq == 1 => {
                    send(line, over, Message::Close(not_run()));
                }
                // It was never opened, or is over.
                Message::Resumed(_) | Message::Denied(_) => return,
                _ => {}
            }
        }
        line.news().await;
    }
}

fn send(line: &Line, connection: u64, message: Message) {
    line.send(connection, &mut vec![Outgoing::control(message)]);
}

fn not_run() -> SessionEnd {
    SessionEnd {
        final_seq: 0,
        run_time_ns: 0,
        exit_value: None,
        signal: None,
        dumped_core: false,
        error: Some("the session could not be opened, so the command was not run".into()),
        reason: EndReason::new(EndReason::EXEC_ERROR).unwrap_or_default(),
    }
}
