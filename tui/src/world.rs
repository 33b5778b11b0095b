//! Where the console's news come from and its effects go: the server, the feed, the deck.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sudolog_core::limits::{CONSOLE_LIST_ROWS_MAX, CONSOLE_ORDER_WAIT};
use sudolog_core::session::Tsid;
use sudolog_core::term::Pattern;
use sudolog_core::triage::RemarkKind;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{AlertAct, Cause, Change, Failure, Judgement, SessionRow};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle, JoinSet, spawn_blocking};
use tokio::time::{sleep, timeout};

use crate::app::Action;
use crate::commands::export;
use crate::deck::{self, Deck};
use crate::hunt::{self, Chase};
use crate::kept;
use crate::screens::export::ExportRequest;
use crate::screens::order::{OrderRequest, Refusal};
use crate::seen::Seen;
use crate::source::Recording as _;
use crate::source::server::{
    self, Ask, Changes, Client, ClientError, Feed, Glimpse, Glimpser, PageNews, Pager,
    RemoteRecording, ReviewNews, Reviewer, RulesAnswer, RulesAsk, Sentinel, Sighting,
};
use crate::verification::{self, Inspection, Subject};

/// Where news come from and effects go.
#[derive(Default)]
pub struct World {
    /// The server whose sessions are shown.
    pub client: Option<Client>,
    /// What the live screen looks at.
    pub feed: Option<Feed>,
    /// Sessions of which is asked how they ended: no more at a time than rows are listed.
    pub settling: JoinSet<Option<SessionRow>>,
    /// What a table looks at, once one is opened.
    pub pager: Option<Pager>,
    /// The review of the session that is looked at, once one was.
    pub reviewer: Option<Reviewer>,
    /// The moment that is shown beside a queue, once one was.
    pub glimpser: Option<Glimpser>,
    /// Every session that stands differently.
    pub changes: Option<Changes>,
    /// What is alarming already, and what belongs to no session.
    pub sentinel: Option<Sentinel>,
    /// What of it the operator has seen.
    pub(crate) seen: Seen,
    /// What was said and the server has not answered yet.
    pub judgements: JoinSet<(Judgement, Result<(), Refusal>)>,
    /// What was to be done about alerts and the server has not answered yet.
    pub alerts: JoinSet<(AlertAct, Result<(), Refusal>)>,
    /// Copied text that is being written into files.
    pub(crate) keeping: JoinSet<Result<String, String>>,
    /// What was asked about the rules and the server has not answered yet.
    pub rulings: JoinSet<RulesAnswer>,
    /// The last question of these what the rules are, and the last trial: nobody waits for older ones.
    pub(crate) last_ruling: [Option<AbortHandle>; 2],
    /// What is said on every screen, as it changes.
    pub banner: Option<watch::Receiver<String>>,
    /// What the replay screen plays.
    pub deck: Option<Deck>,
    /// The search through all sessions.
    pub chase: Option<Chase>,
    /// The check of a recording.
    pub inspection: Option<Inspection>,
    /// The server's public keys, for checks.
    pub verify_key: PathBuf,
    /// The directory that the replay screen plays, when it is one.
    pub directory: Option<Subject>,
    /// A recording that is being opened.
    pub opening: Option<JoinHandle<Result<RemoteRecording, ClientError>>>,
    /// Files that are being written. Each was asked for by hand.
    pub exports: JoinSet<Result<String, String>>,
    /// Orders that the server has not answered yet. Each was typed, and none waits for long.
    pub orders: JoinSet<(OrderRequest, Result<(), Refusal>)>,
}

impl World {
    /// A server, whose changes are heard from now on, and the keys that its recordings are checked with.
    pub fn of(client: Client, verify_key: PathBuf) -> Self {
        let (changes, seen) = (Some(Changes::start(&client)), Seen::of_operator());
        let sentinel = Some(Sentinel::start(&client, seen.up_to(client.server())));
        Self { client: Some(client), changes, sentinel, seen, verify_key, ..Self::default() }
    }

    /// Waits for news; forever when there is nobody to bring any.
    pub(crate) async fn next(&mut self) -> Action {
        tokio::select! {
            Some(news) = next_live(&mut self.feed) => Action::Live(news),
            Some(Ok(Some(row))) = self.settling.join_next() => Action::Settled(Box::new(row)),
            Some(news) = next_page(&mut self.pager) => Action::Paged(news),
            Some(news) = next_of_deck(&mut self.deck) => Action::Deck(news),
            Some(news) = next_of_chase(&mut self.chase) => Action::Hunt(news),
            Some(news) = next_of_inspection(&mut self.inspection) => Action::Verified(news),
            Some(news) = next_review(&mut self.reviewer) => Action::Reviewed(news),
            Some(glimpse) = next_glimpse(&mut self.glimpser) => Action::Glimpsed(glimpse),
            Some(change) = next_change(&mut self.changes) => Action::Changed(change),
            Some(sighting) = next_sighting(&mut self.sentinel) => match sighting {
                Sighting::Running(rows) => Action::Running(rows),
                Sighting::Grave(entries) => Action::Grave(entries),
            },
            Some(Ok((judgement, answer))) = self.judgements.join_next() => {
                Action::Judged(judgement, answer)
            }
            Some(Ok((act, answer))) = self.alerts.join_next() => Action::Alerted(act, answer),
            Some(Ok(written)) = self.keeping.join_next() => Action::Kept(written),
            Some(Ok(exported)) = self.exports.join_next() => Action::Exported(exported),
            Some(answer) = next_ruling(&mut self.rulings) => Action::Ruled(answer),
            Some(text) = next_banner(&mut self.banner) => Action::Banner(text),
            opened = next_opened(&mut self.opening) => self.opened(opened),
            Some(Ok((request, answer))) = self.orders.join_next() => {
                Action::Ordered(request, answer)
            }
        }
    }

    /// Writes copied text into a file, in a thread that may wait for the disk.
    pub(crate) fn keep(&mut self, text: String, name: String, what: String) {
        self.keeping.spawn_blocking(move || match kept::keep(&text, &name) {
            Ok(path) => {
                let path = Untrusted::new(path.as_os_str().as_bytes());
                Ok(format!("{}: {what}", path.escaped()))
            }
            Err(error) => Err(error.to_string()),
        });
    }

    /// Asks how these sessions have ended. One that cannot be asked about stays as it is.
    pub(crate) fn settle(&mut self, ended: &[Tsid]) {
        let Some(client) = &self.client else { return };
        let room = (CONSOLE_LIST_ROWS_MAX as usize).saturating_sub(self.settling.len());
        for tsid in ended.iter().take(room).copied() {
            let client = client.clone();
            self.settling
                .spawn(async move { client.show(tsid).await.ok().map(|detail| detail.row) });
        }
    }

    /// Brings these pages, and no others.
    pub(crate) fn page(&mut self, wanted: Vec<Ask>) {
        let Some(client) = &self.client else { return };
        self.pager.get_or_insert_with(|| Pager::start(client)).want(wanted);
    }

    /// Asks the server for a recording to play.
    pub(crate) fn open(&mut self, tsid: Tsid) {
        let Some(client) = self.client.clone() else { return };
        self.opening = Some(spawn_blocking(move || RemoteRecording::open(client, tsid)));
    }

    /// Brings the review of this session, or of none any more.
    pub(crate) fn review(&mut self, tsid: Option<Tsid>) {
        let Some(client) = &self.client else { return };
        self.reviewer.get_or_insert_with(|| Reviewer::start(client)).want(tsid);
    }

    /// Brings this moment of a recording, or none any more.
    pub(crate) fn glimpse(&mut self, moment: Option<server::Moment>) {
        let Some(client) = &self.client else { return };
        self.glimpser.get_or_insert_with(|| Glimpser::start(client)).want(moment);
    }

    /// Remembers up to where the operator has seen what was grave.
    pub(crate) fn acknowledge(&self, number: u64) {
        let Some(client) = &self.client else { return };
        if let Err(error) = self.seen.remember(client.server(), number) {
            tracing::warn!("what was seen cannot be remembered: {error}");
        }
    }

    /// Says something of sessions. It is said once: what is not answered may have been recorded.
    pub(crate) fn judge(&mut self, tsids: Vec<Tsid>, kind: RemarkKind) {
        let client = self.client.clone();
        // Keyed by the system's random numbers, each time anew.
        let act = RandomState::new().build_hasher().finish();
        self.judgements.spawn(async move {
            let judgement = Judgement { tsids, act, kind };
            let answer = match client {
                Some(client) => answer_of(client.judge(judgement.clone())).await,
                None => Err(Refusal { reason: NO_SERVER.to_owned(), forbidden: false }),
            };
            (judgement, answer)
        });
    }

    /// Does something about alerts. It is asked once: what is not answered may have been recorded.
    pub(crate) fn alert(&mut self, act: AlertAct) {
        let client = self.client.clone();
        self.alerts.spawn(async move {
            let answer = match client {
                Some(client) => answer_of(client.alert(act.clone())).await,
                None => Err(Refusal { reason: NO_SERVER.to_owned(), forbidden: false }),
            };
            (act, answer)
        });
    }

    /// Asks about the rules. Other rules are sent once: what is not answered may be in force.
    pub(crate) fn rule(&mut self, ask: RulesAsk) {
        let kind = match &ask {
            RulesAsk::Look | RulesAsk::LookLater | RulesAsk::LookNowAndThen => Some(0),
            RulesAsk::Try { .. } => Some(1),
            RulesAsk::Set { .. } => None,
        };
        let task = self.rulings.spawn(ruled(self.client.clone(), ask));
        if let Some(last) = kind.and_then(|kind| self.last_ruling.get_mut(kind))
            && let Some(older) = last.replace(task)
        {
            older.abort();
        }
    }

    /// Waits for no trial of rules any more; the server is told with the next thing that it is asked.
    pub(crate) fn end_trial(&mut self) {
        if let Some(trial) = self.last_ruling.last_mut().and_then(Option::take) {
            trial.abort();
        }
    }

    /// Searches all sessions for this, or for nothing any more.
    pub(crate) fn hunt(&mut self, pattern: Option<Arc<Pattern>>) {
        let client = self.client.clone();
        self.chase = client.zip(pattern).map(|(client, pattern)| Chase::start(client, pattern));
    }

    /// Checks this session of the server, or the directory that is played, and nothing else any more.
    pub(crate) fn verify(&mut self, tsid: Option<Tsid>) {
        let subject = self.subject(tsid);
        let start = |subject| Inspection::start(subject, self.verify_key.clone());
        self.inspection = subject.map(start);
    }

    /// Writes a recording to a file, beside everything else.
    pub(crate) fn export(&mut self, request: ExportRequest) {
        let subject = self.subject(request.tsid);
        self.exports.spawn_blocking(move || {
            let subject = subject.ok_or_else(|| NO_SERVER.to_owned())?;
            export::to_file(subject, request).map_err(|error| error.to_string())
        });
    }

    /// This session of the server, or the directory that is played.
    fn subject(&self, tsid: Option<Tsid>) -> Option<Subject> {
        match tsid {
            Some(tsid) => self.client.clone().map(|client| Subject::Session(client, tsid)),
            None => self.directory.clone(),
        }
    }

    /// Asks the server to order something. It is asked once: an order whose answer is lost may have been
    /// recorded, and only the operator can tell whether it shall be given again.
    pub(crate) fn order(&mut self, request: OrderRequest) {
        let client = self.client.clone();
        self.orders.spawn(async move {
            let OrderRequest { tsid, order, why } = request.clone();
            let answer = match client {
                Some(client) => answer_of(client.order(tsid, order.kind(), why)).await,
                None => Err(Refusal { reason: NO_SERVER.to_owned(), forbidden: false }),
            };
            (request, answer)
        });
    }

    fn opened(&mut self, opened: Result<RemoteRecording, ClientError>) -> Action {
        self.opening = None;
        let started = opened.map_err(|error| error.to_string()).and_then(|recording| {
            let about = recording.about().clone();
            let deck = Deck::start(Box::new(recording)).map_err(|error| error.to_string())?;
            Ok((about, deck))
        });
        match started {
            Ok((about, deck)) => {
                self.deck = Some(deck);
                Action::Opened(Box::new(about))
            }
            Err(reason) => Action::NotOpened(reason),
        }
    }
}

async fn ruled(client: Option<Client>, ask: RulesAsk) -> RulesAnswer {
    let none = || NO_SERVER.to_owned();
    match ask {
        RulesAsk::Look | RulesAsk::LookLater | RulesAsk::LookNowAndThen => {
            match ask {
                RulesAsk::LookLater => sleep(LOOK_INTERVAL).await,
                RulesAsk::LookNowAndThen => sleep(LOOK_NOW_AND_THEN).await,
                _ => {}
            }
            RulesAnswer::Rules(match client {
                Some(client) => client.rules().await.map(Box::new).map_err(|e| e.to_string()),
                None => Err(none()),
            })
        }
        RulesAsk::Try { text } => {
            let tried = match client {
                Some(client) => client.try_rules(text.clone()).await.map_err(|e| e.to_string()),
                None => Err(none()),
            };
            RulesAnswer::Tried(text, tried.map(Box::new))
        }
        RulesAsk::Set { base, text, why } => {
            let set = match client {
                Some(client) => answer_of(client.set_rules(base, text.clone(), why)).await,
                None => Err(Refusal { reason: none(), forbidden: false }),
            };
            RulesAnswer::Set(text, set)
        }
    }
}

/// Waits for the answer to something that is asked once: one that is lost may have been recorded.
async fn answer_of(asked: impl Future<Output = Result<(), ClientError>>) -> Result<(), Refusal> {
    let refused = |reason| Err(Refusal { reason, forbidden: false });
    match timeout(CONSOLE_ORDER_WAIT, asked).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(ClientError::Failed(Failure { cause, text }))) => Err(Refusal {
            reason: text.escaped().to_string(),
            forbidden: cause == Cause::Forbidden,
        }),
        Ok(Err(error)) => refused(format!("{error}; {UNKNOWN}")),
        Err(_) => refused(format!("the server has not answered; {UNKNOWN}")),
    }
}

/// What an answer that did not come leaves open.
const UNKNOWN: &str = "it may have recorded it all the same";
/// The server does not read them from the disk for this; it counts how often people agreed.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);
const LOOK_NOW_AND_THEN: Duration = Duration::from_secs(5);
const NO_SERVER: &str = "there is no server to ask";

async fn next_live(feed: &mut Option<Feed>) -> Option<server::News> {
    feed.as_mut()?.next().await
}

async fn next_page(pager: &mut Option<Pager>) -> Option<PageNews> {
    pager.as_mut()?.next().await
}

async fn next_review(reviewer: &mut Option<Reviewer>) -> Option<ReviewNews> {
    reviewer.as_mut()?.next().await
}

async fn next_glimpse(glimpser: &mut Option<Glimpser>) -> Option<Glimpse> {
    glimpser.as_mut()?.next().await
}

async fn next_change(changes: &mut Option<Changes>) -> Option<Box<Change>> {
    changes.as_mut()?.next().await
}

async fn next_sighting(sentinel: &mut Option<Sentinel>) -> Option<Sighting> {
    sentinel.as_mut()?.next().await
}

async fn next_ruling(rulings: &mut JoinSet<RulesAnswer>) -> Option<RulesAnswer> {
    loop {
        // One that nobody waits for any more brings nothing.
        if let Ok(answer) = rulings.join_next().await? {
            return Some(answer);
        }
    }
}

async fn next_of_deck(deck: &mut Option<Deck>) -> Option<deck::News> {
    deck.as_mut()?.next().await
}

async fn next_of_chase(chase: &mut Option<Chase>) -> Option<hunt::News> {
    chase.as_mut()?.next().await
}

async fn next_of_inspection(inspection: &mut Option<Inspection>) -> Option<verification::News> {
    inspection.as_mut()?.next().await
}

async fn next_opened(
    opening: &mut Option<JoinHandle<Result<RemoteRecording, ClientError>>>,
) -> Result<RemoteRecording, ClientError> {
    let Some(task) = opening else { return std::future::pending().await };
    match task.await {
        Ok(opened) => opened,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => std::future::pending().await,
        },
    }
}

async fn next_banner(banner: &mut Option<watch::Receiver<String>>) -> Option<String> {
    let banner = banner.as_mut()?;
    banner.changed().await.ok()?;
    Some(banner.borrow_and_update().clone())
}
