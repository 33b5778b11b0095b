//! Whether there is a connection, for whoever shows it.

use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::Role;

use super::connection::Connection;

/// Whether the server can be asked now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Connected.
    Up {
        /// The server's name for itself, escaped.
        server_id: String,
        /// What the operator may do there, where the server says so.
        role: Option<Role>,
        /// What is wrong with it and every operator should know, escaped; empty when nothing is.
        warning: String,
    },
    /// Not connected; being dialled again.
    Down {
        /// Why, for the operator.
        reason: String,
    },
}

impl LinkState {
    /// The state of a link that stands.
    pub(super) fn up(connection: &Connection) -> Self {
        let server_id = Untrusted::from(connection.welcome.server_id.as_str());
        Self::Up {
            server_id: server_id.escaped().to_string(),
            role: connection.welcome.role,
            warning: String::new(),
        }
    }

    /// Takes in what the server says is wrong with it; true when that is news.
    pub(super) fn warn(&mut self, said: &Untrusted) -> bool {
        let Self::Up { warning, .. } = self else { return false };
        let said = said.escaped().to_string();
        let is_news = *warning != said;
        *warning = said;
        is_news
    }

    /// What is wrong with a server that can be asked; empty when nothing is.
    pub fn warning(&self) -> &str {
        match self {
            Self::Up { warning, .. } => warning,
            Self::Down { .. } => "",
        }
    }

    /// What the operator may do on the server, where that is known.
    pub fn role(&self) -> Option<Role> {
        match self {
            Self::Up { role, .. } => *role,
            Self::Down { .. } => None,
        }
    }
}
