//! What is wrong with this server and stays so until somebody mends it, said wherever an operator may
//! look: in the server's log, in the event log (and so to whom alerts tell), and above the sessions in
//! every console.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use sudolog_core::eventlog::Severity;

use crate::eventlog::Reporter;

/// What stands; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Warnings {
    standing: Arc<Mutex<BTreeMap<&'static str, String>>>,
    reporter: Reporter,
}

impl Warnings {
    /// Nothing yet; what comes is said to that one too.
    pub fn to(reporter: Reporter) -> Self {
        Self { standing: Arc::default(), reporter }
    }

    /// Something is wrong: said now, and shown until it is over. About one thing there is one warning.
    pub fn raise(&self, about: &'static str, text: String) {
        tracing::error!("ALARM: {text}");
        self.reporter.trouble(Severity::High, text.clone());
        self.standing().insert(about, text);
    }

    /// It is over, if it ever was.
    pub fn clear(&self, about: &'static str) {
        self.standing().remove(about);
    }

    /// All that is wrong, in a line; empty when nothing is.
    pub fn text(&self) -> String {
        self.standing().values().map(String::as_str).collect::<Vec<_>>().join("; ")
    }

    fn standing(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, String>> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eventlog::EventLog;

    #[test]
    fn what_is_wrong_is_said_each_time_and_shown_until_it_is_over() {
        let dir = tempfile::tempdir().unwrap();
        let log = EventLog::open(dir.path()).unwrap();
        let warnings = Warnings::to(Reporter::to(log.clone()));
        warnings.raise("rules", "rules: line 1".to_owned());
        warnings.raise("alerts", "alerts: line 2".to_owned());
        warnings.raise("rules", "rules: line 3".to_owned());
        assert_eq!(warnings.clone().text(), "alerts: line 2; rules: line 3");
        warnings.clear("rules");
        warnings.clear("rules");
        assert_eq!(warnings.text(), "alerts: line 2");
        log.shutdown();
        assert_eq!(log.after(0, 10).unwrap().len(), 3);
    }
}
