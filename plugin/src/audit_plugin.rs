//! The audit half: the last word before a command runs, and what the event log is told of it.
//!
//! If the recording half has no session, the command is refused, whatever the reason (it may not even
//! be configured). The event log is told at most twice: of all up to the last acceptance before the
//! command runs, and of the rest at the end; of sub-commands at once. Nobody waits for an answer, and
//! a shipper that is away or stands still changes nothing of what sudo does.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::BytesMut;
use sudolog_core::limits::AUDIT_SEND_DEADLINE;
use sudolog_core::session::SessionId;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::Audit;

use crate::conversation::Conversation;
use crate::facts;
use crate::options::AuditOptions;
use crate::report::{Call, OpenCall, Word};
use crate::{argv, io_plugin, local_log, transport};

struct Plugin {
    conversation: Conversation,
    options: AuditOptions,
    /// Absent when nobody is to be told: no socket, or only the version is asked for.
    call: Option<Call>,
    /// The session that records it. It is over before sudo itself is.
    session: Option<SessionId>,
    /// The command was accepted by all.
    accepted: bool,
}

/// sudo is called once.
static PLUGIN: Mutex<Option<Plugin>> = Mutex::new(None);

fn lock() -> MutexGuard<'static, Option<Plugin>> {
    PLUGIN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// sudo starts. A wrong option is said and changes nothing else: every sudo on the host comes by here,
/// also the one that would correct it.
pub(crate) fn open(
    call: &OpenCall,
    options: &[sudolog_core::untrusted::Untrusted],
    conversation: Conversation,
) {
    let options = AuditOptions::parse(options).unwrap_or_else(|error| {
        conversation.error(&error.to_string());
        AuditOptions::default()
    });
    let words: Vec<&[u8]> = call.submit_argv.iter().map(|word| word.as_bytes()).collect();
    let told = options.socket.is_some() && !argv::wants_version(&words);
    let begin = |id| Call::begin(id, call, &options.env, facts::now());
    let call = told.then(facts::random_id).and_then(Result::ok).map(begin);
    *lock() = Some(Plugin { conversation, options, call, session: None, accepted: false });
}

/// Somebody accepts the command. `final_word`: it was sudo itself, after all plugins; the command
/// runs next (or a sub-command of a running session does).
///
/// # Errors
/// Why the command must not run.
pub(crate) fn accept(word: &Word, final_word: bool) -> Result<(), String> {
    let mut plugin = lock();
    let Some(plugin) = plugin.as_mut() else { return permit(None, final_word) };
    let sub = plugin.accepted;
    if let Some(call) = &mut plugin.call {
        call.accept(word, sub, facts::now());
    }
    if let Err(why) = permit(Some(plugin.conversation), final_word) {
        if let Some(call) = &mut plugin.call {
            let (plugin, message) = ("sudolog_audit".into(), why.as_str().into());
            call.reject(&Word { plugin, plugin_type: 3, message, ..Word::default() }, facts::now());
        }
        return Err(why);
    }
    if final_word {
        (plugin.accepted, plugin.session) = (true, io_plugin::session());
        plugin.tell_by_session();
    }
    Ok(())
}

/// Somebody refuses the command, or one that it runs.
pub(crate) fn reject(word: &Word) {
    note(|call| call.reject(word, facts::now()));
}

/// Something fails.
pub(crate) fn error(word: &Word) {
    note(|call| call.error(word, facts::now()));
}

/// sudo ends.
pub(crate) fn close(kind: i32, status: i32) {
    let Some(mut plugin) = lock().take() else { return };
    let Some(call) = &mut plugin.call else { return };
    call.end(kind, status, facts::now());
    // Told by a session that broke, it may lie unread in the socket of a shipper that is no more. What
    // the server has it does not keep twice.
    if !io_plugin::is_proven() {
        call.doubt();
    }
    if let Some(session) = plugin.session {
        call.is_recorded_as(session);
    }
    let Some(socket) = &plugin.options.socket else { return };
    // Whoever is not there cannot be told, and sudo itself has done its work.
    if let Err(error) = transport::tell(socket, &frames(call), AUDIT_SEND_DEADLINE) {
        let why = format!("{}: {error}", socket.display());
        local_log::say_untold(&plugin.options.log, call.waiting(), &why);
    }
}

/// Answers `sudo -V`.
pub(crate) fn show_version() {
    if let Some(plugin) = lock().as_ref() {
        let text = concat!("Sudolog audit plugin version ", env!("CARGO_PKG_VERSION"));
        plugin.conversation.info(text);
    }
}

fn note(work: impl FnOnce(&mut Call)) {
    let mut plugin = lock();
    let Some(plugin) = plugin.as_mut() else { return };
    if let Some(call) = &mut plugin.call {
        work(call);
    }
    if plugin.accepted {
        plugin.tell_by_session();
    }
}

fn permit(conversation: Option<Conversation>, final_word: bool) -> Result<(), String> {
    if !final_word || io_plugin::session().is_some() {
        return Ok(());
    }
    if let Some(conversation) = conversation {
        conversation.error(
            "the command is not run because no recording was opened; sudo.conf needs a line 'Plugin sudolog_io …'",
        );
    }
    Err("no recording was opened".into())
}

impl Plugin {
    /// Tells what waits over the session's own connection, while there is one; what does not go now is
    /// told at the end.
    fn tell_by_session(&mut self) {
        let Some(call) = &mut self.call else { return };
        if let Some(session) = self.session {
            call.is_recorded_as(session);
        }
        if io_plugin::tell(&frames(call)) {
            call.told();
        }
    }
}

fn frames(call: &Call) -> BytesMut {
    let mut out = BytesMut::new();
    for entry in call.waiting() {
        let audit = Audit { number: 0, entry: entry.clone() };
        Message::Audit(Box::new(audit)).encode(0, &mut out);
    }
    out
}
