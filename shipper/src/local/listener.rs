//! Accepts plugins, checks who they are, and greets them.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sudolog_core::ack::{AckVerifiers, KeyId};
use sudolog_core::eventlog::Source;
use sudolog_core::kaudit::WITNESS_NAME;
use sudolog_core::limits::{LOCAL_CONNECTIONS_MAX, PROTOCOL_VERSION, START_DEADLINE};
use sudolog_core::time::Timestamp;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Audit, Denied, DenyCode, Hello, Welcome};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tracing::{Instrument as _, debug, info_span, warn};

use super::opening;
use super::peer::Peer;
use super::plugin::{Plugin, PluginError};
use crate::freezer::{Root, Watch};
use crate::upstream::exchange::Exchange;
use crate::witness::Bench;

/// What all connections of this host share.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) exchange: Arc<Exchange>,
    /// Where sessions have their cgroups; absent with `freeze = "signal"`.
    pub(crate) root: Option<Arc<Root>>,
    /// Looks for processes that leave them.
    pub(crate) watch: Watch,
    pub(crate) keys: Arc<AckVerifiers>,
    /// Frozen for this long: the session ends. `None` is never.
    pub(crate) freeze_timeout: Option<Duration>,
    /// Processes may outlive sudo for so long. `None` is for ever.
    pub(crate) linger: Option<Duration>,
    /// Where sessions are compared with what the kernel saw.
    pub(crate) bench: Bench,
    /// Whose sudo this is: root's, but in a demonstration.
    pub(crate) allowed_uid: u32,
}

/// Who calls.
#[derive(Clone, Copy, Debug)]
enum Caller {
    /// sudo's plugin.
    Plugin,
    /// `sudolog-audisp`, with what the kernel saw.
    Witness,
}

/// Accepts for ever. Dropped, it ends every session's connection.
pub(crate) async fn run(listener: UnixListener, host: Arc<Host>) {
    let places = Arc::new(Semaphore::new(LOCAL_CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let serving = serve(stream, host.clone());
                    connections.spawn(async move {
                        serving.await;
                        drop(place);
                    });
                }
                Err(error) => {
                    warn!(%error, "cannot accept a plugin");
                    // Out of descriptors, most likely: the next try must not spin.
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: UnixStream, host: Arc<Host>) {
    let peer = match Peer::of(&stream, host.allowed_uid) {
        Ok(peer) => peer,
        Err(error) => return warn!(%error, "SECURITY: refused a caller on the plugin socket"),
    };
    let mut plugin = Plugin::new(stream);
    let greeting = tokio::time::timeout(START_DEADLINE, greet(&mut plugin, &host));
    match greeting.await {
        Ok(Ok(Some(Caller::Plugin))) => {}
        Ok(Ok(Some(Caller::Witness))) => return attend(plugin, &host).await,
        Ok(Ok(None) | Err(PluginError::Gone)) | Err(_) => return,
        Ok(Err(error)) => return warn!(%error, "a plugin does not greet as it should"),
    }
    if let Err(error) = talk(plugin, peer, &host).await {
        match error {
            PluginError::Gone => debug!("a plugin hung up without a session"),
            error => warn!(%error, "a plugin's connection failed"),
        }
    }
}

/// HELLO and WELCOME. `None` when the caller was refused.
async fn greet(plugin: &mut Plugin, host: &Host) -> Result<Option<Caller>, PluginError> {
    let wrong = match plugin.next().await? {
        Message::Hello(Hello { protocol: PROTOCOL_VERSION, version, .. }) => {
            plugin.push(&Message::Welcome(welcome(host.keys.ids().collect())));
            let is_witness = version.starts_with(WITNESS_NAME);
            return Ok(Some(if is_witness { Caller::Witness } else { Caller::Plugin }));
        }
        Message::Hello(hello) => format!(
            "sudolog_plugin.so speaks protocol {}, sudolog-shipper {PROTOCOL_VERSION}: update the \
             older of the two",
            hello.protocol
        ),
        other => format!("{} came where HELLO must come", other.name()),
    };
    warn!(reason = %wrong, "refused a plugin");
    refuse(plugin, &Denied { code: DenyCode::Malformed, text: wrong.into() }).await;
    Ok(None)
}

/// `sudolog-audisp`: entries and sightings, until it hangs up.
async fn attend(mut witness: Plugin, host: &Host) {
    let attendance = host.bench.attend();
    loop {
        match witness.next().await {
            Ok(Message::Audit(event)) => reported(&host.exchange, *event),
            Ok(Message::Witness(sighting)) => {
                attendance.sighted(*sighting, host.root.as_deref()).await;
            }
            Ok(Message::Heartbeat(nonce)) => witness.push(&Message::HeartbeatAck(nonce)),
            Ok(other) => {
                return warn!(message = other.name(), "sudolog-audisp may not send this");
            }
            Err(PluginError::Gone) => return debug!("sudolog-audisp hung up"),
            Err(error) => return warn!(%error, "the connection of sudolog-audisp failed"),
        }
    }
}

/// Audit reports, until a session opens.
async fn talk(mut plugin: Plugin, peer: Peer, host: &Arc<Host>) -> Result<(), PluginError> {
    loop {
        match plugin.next().await? {
            Message::Audit(event) => reported(&host.exchange, *event),
            Message::Heartbeat(nonce) => plugin.push(&Message::HeartbeatAck(nonce)),
            Message::Open(mut start) => {
                let span = info_span!("session", id = %start.session_id);
                if let Err(error) = peer.vouch(&mut start, host.root.as_deref()) {
                    warn!(parent: &span, %error, "SECURITY: refused a session");
                    let text = error.to_string().into();
                    refuse(&mut plugin, &Denied { code: DenyCode::Identity, text }).await;
                    return Ok(());
                }
                opening::run(plugin, *start, host.clone()).instrument(span).await;
                return Ok(());
            }
            other => {
                let text = format!("{} came where OPEN must come", other.name());
                warn!(reason = %text, "refused a plugin");
                let denied = Denied { code: DenyCode::Malformed, text: text.into() };
                refuse(&mut plugin, &denied).await;
                return Ok(());
            }
        }
    }
}

/// Passes on what sudo or the kernel's audit says. Other entries are made by the shipper and the
/// server themselves, and nobody may speak for them.
pub(super) fn reported(exchange: &Exchange, mut event: Audit) {
    let entry = &mut event.entry;
    if !entry.kind.is_of(entry.source) || !matches!(entry.source, Source::Sudo | Source::Kernel) {
        return warn!(
            kind = entry.kind.name(),
            source = entry.source.name(),
            "SECURITY: refused an entry for the event log that does not come from here"
        );
    }
    // Only the server knows it.
    entry.tsid = None;
    exchange.audit(event);
}

/// Sends a refusal, to whom it still reaches within the start deadline.
pub(super) async fn refuse(plugin: &mut Plugin, denied: &Denied) {
    plugin.push(&Message::Denied(denied.clone()));
    let sent = async {
        while plugin.has_output() && plugin.writable().await.is_ok() && plugin.write().is_ok() {}
    };
    let _ = tokio::time::timeout(START_DEADLINE, sent).await;
}

fn welcome(ack_key_ids: Vec<KeyId>) -> Welcome {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Welcome {
        protocol: PROTOCOL_VERSION,
        server_id: format!("sudolog-shipper {}", env!("CARGO_PKG_VERSION")),
        server_time: Timestamp::from_nanos(u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)),
        ack_key_ids,
        role: None,
    }
}

const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
