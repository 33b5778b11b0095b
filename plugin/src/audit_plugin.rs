//! The audit half: the last word before a command runs. If the recording half has no session, the
//! command is refused, whatever the reason (it may not even be configured).

use std::sync::{Mutex, PoisonError};

use crate::conversation::Conversation;
use crate::io_plugin;

static CONVERSATION: Mutex<Option<Conversation>> = Mutex::new(None);

/// sudo starts.
pub(crate) fn open(conversation: Conversation) {
    *CONVERSATION.lock().unwrap_or_else(PoisonError::into_inner) = Some(conversation);
}

/// Somebody accepts the command. `final_word`: it was sudo itself, after all plugins; the command
/// runs next (or a sub-command of a running session does).
///
/// # Errors
/// Why the command must not run.
pub(crate) fn accept(final_word: bool) -> Result<(), String> {
    if !final_word || io_plugin::is_recording() {
        return Ok(());
    }
    let conversation = *CONVERSATION.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(conversation) = conversation {
        conversation.error(
            "the command is not run because no recording was opened; sudo.conf needs a line 'Plugin sudolog_io …'",
        );
    }
    Err("no recording was opened".into())
}
