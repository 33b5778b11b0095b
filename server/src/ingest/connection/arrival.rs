//! How a session comes to a connection: it starts here, or it is resumed after another connection.
//!
//! A host speaks for its own sessions only, and nobody can start what cannot be stored: whatever says
//! no is asked before the session has a number.

use std::sync::Arc;

use sudolog_core::limits::SESSIONS_PER_HOST_MAX;
use sudolog_core::session::{SessionStart, Tsid};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Denied, DenyCode, Resume, Resumed};

use super::handler::{Handler, denied};
use crate::clock::now_ns;
use crate::ingest::exact::exactly_stored;
use crate::ingest::incidents::{kept, of_clocks, of_fault};
use crate::ingest::queue::Room;
use crate::journal::Record;
use crate::sessions::Session;

impl Handler {
    /// Starts a session; its start is on the way to the journal then.
    ///
    /// # Errors
    /// Why it may not start, for the user.
    pub(super) async fn open(
        &mut self,
        stream: u32,
        start: Box<SessionStart>,
        room: &Room,
    ) -> Result<(), Denied> {
        self.check_origin(stream, &start)?;
        if self.recorder.is_stored(start.session_id).await {
            tracing::warn!("SECURITY: {} uses the id of a recording again", self.host);
            return Err(denied(DenyCode::Session, ID_EXISTS));
        }
        let start = exactly_stored(start).await.ok_or_else(|| {
            let text = "the session cannot be recorded: its start cannot be stored exactly";
            denied(DenyCode::Malformed, text)
        })?;
        let tsid = self.number()?;
        let session = Session::new(tsid, &start);
        session.attach(&self.outlet, stream);
        let session = self.recorder.registry().insert_with(session, |session| {
            let clocks = of_clocks(&start, now_ns()).and_then(|incident| kept(session, incident));
            let mut records = vec![Record::Open { tsid, start }];
            records.extend(clocks.map(Record::Incident));
            room.submit(session, records);
        });
        let session = session.ok_or_else(|| denied(DenyCode::Session, ID_EXISTS))?;
        self.streams.insert(stream, session);
        Ok(())
    }

    /// The start is this host's own, on a stream of its own, beneath a session of its own.
    fn check_origin(&self, stream: u32, start: &SessionStart) -> Result<(), Denied> {
        if start.submit_host != self.host {
            let text = format!(
                "this host says it is {}, its certificate says {}",
                start.submit_host, self.host
            );
            tracing::warn!("SECURITY: {text}");
            return Err(denied(DenyCode::Identity, &text));
        }
        if start.session_id.is_unrecorded() {
            return Err(denied(DenyCode::Malformed, "a session's id is a UUID of version 7"));
        }
        self.check_free(stream)?;
        if let Some(parent) = start.parent.and_then(|id| self.recorder.registry().get(id))
            && parent.start().submit_host != self.host
        {
            tracing::warn!("SECURITY: {} names a session of another host as parent", self.host);
            return Err(denied(DenyCode::Session, "its parent is another host's session"));
        }
        Ok(())
    }

    /// A number for a new session of this host, as long as there is room for its recording.
    fn number(&self) -> Result<Tsid, Denied> {
        let no = |text| denied(DenyCode::Storage, text);
        if let Some(complaint) = self.recorder.complaint() {
            return Err(no(complaint));
        }
        if self.recorder.registry().count(&self.host) >= SESSIONS_PER_HOST_MAX {
            return Err(no("this host has too many sessions open"));
        }
        self.recorder.next_tsid().ok_or_else(|| no("the log server has no session numbers left"))
    }

    fn check_free(&self, stream: u32) -> Result<(), Denied> {
        let is_used =
            stream == 0 || self.streams.contains_key(&stream) || self.lookups.is_busy(stream);
        if is_used {
            return Err(denied(DenyCode::Malformed, "the stream is in use"));
        }
        Ok(())
    }

    /// Goes on with a session in hand, or looks for one that ended before this server started.
    ///
    /// # Errors
    /// Why it cannot be resumed here.
    pub(super) fn resume(&mut self, stream: u32, resume: &Resume) -> Result<(), Denied> {
        self.check_free(stream)?;
        let Some(session) = self.recorder.registry().get(resume.session_id) else {
            return if self.lookups.find(stream, resume.session_id) {
                Ok(())
            } else {
                let text = "this host resumes more sessions than it can have";
                Err(denied(DenyCode::Storage, text))
            };
        };
        if session.start().submit_host != self.host {
            return Err(denied(DenyCode::Session, "this host has no such session"));
        }
        // Locked until the session is here: the connection that had it counts nothing after this.
        let machine = session.machine();
        let next_seq = machine.resume(resume).map_err(|error| {
            tracing::error!("{} of {}: {error}", session.tsid(), self.host);
            let told = of_fault(&error, machine.seq(), now_ns());
            told.into_iter().for_each(|told| self.recorder.happened(&session, told));
            denied(DenyCode::Session, &error.to_string())
        })?;
        let answer = Message::Resumed(Resumed { next_seq });
        session.reattach(&self.outlet, stream, &answer, self.recorder.signer(), now_ns());
        self.streams.insert(stream, Arc::clone(&session));
        drop(machine);
        if session.find() {
            self.recorder.came_back(&session);
        }
        Ok(())
    }
}

const ID_EXISTS: &str = "a session with this id exists";
