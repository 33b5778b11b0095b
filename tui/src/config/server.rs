//! Which server a command speaks to: the command line first, then the file, then this machine's
//! own socket.

use std::path::{Path, PathBuf};

use super::Config;
use crate::source::server::{Address, TcpAddress};

/// What the command line says about the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerChoice {
    /// `--server HOST:PORT`.
    pub server: Option<TcpAddress>,
    /// `--socket PATH`.
    pub socket: Option<PathBuf>,
}

/// No server can be chosen.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoServer {
    /// Nobody named one.
    #[error(
        "no server to ask: give --server HOST:PORT or --socket PATH, or set `server` in \
         ~/.config/sudolog/tui.toml"
    )]
    Unnamed,
    /// One is named, but there is no certificate to show it.
    #[error(
        "the server {server} wants a certificate: set `ca`, `cert` and `key` under [tls] in {file}"
    )]
    NoCertificate {
        /// The server.
        server: TcpAddress,
        /// Where to write it.
        file: String,
    },
}

impl ServerChoice {
    /// True when the command line names a server.
    pub fn is_named(&self) -> bool {
        self.server.is_some() || self.socket.is_some()
    }

    /// The address to speak to.
    ///
    /// # Errors
    /// [`NoServer`] with what to write where.
    pub fn address(&self, config: &Config) -> Result<Address, NoServer> {
        self.address_beside(config, Path::new(LOCAL_SOCKET))
    }

    fn address_beside(&self, config: &Config, local: &Path) -> Result<Address, NoServer> {
        match (&self.socket, &self.server) {
            (Some(socket), _) => return Ok(Address::Socket(socket.clone())),
            (None, Some(server)) => return over_tls(server.clone(), config),
            (None, None) => {}
        }
        match (&config.server, &config.socket) {
            (Some(server), _) => over_tls(server.clone(), config),
            (None, Some(socket)) => Ok(Address::Socket(socket.clone())),
            (None, None) if local.exists() => Ok(Address::Socket(local.to_owned())),
            (None, None) => Err(NoServer::Unnamed),
        }
    }
}

fn over_tls(server: TcpAddress, config: &Config) -> Result<Address, NoServer> {
    let Some(files) = config.tls.clone() else {
        let file = config.file.as_ref().map(|file| file.display().to_string());
        let file = file.unwrap_or_else(|| "~/.config/sudolog/tui.toml".to_owned());
        return Err(NoServer::NoCertificate { server, file });
    };
    Ok(Address::Tls { server, server_name: config.server_name.clone(), files })
}

/// Where a server on this machine listens unless its configuration says otherwise.
const LOCAL_SOCKET: &str = "/run/sudolog/console.sock";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::server::TlsFiles;

    fn configured() -> Config {
        let files = TlsFiles { ca: "ca".into(), cert: "cert".into(), key: "key".into() };
        Config { server: "logs:1".parse().ok(), tls: Some(files), ..Config::default() }
    }

    fn choose(choice: &ServerChoice, config: &Config) -> Result<String, NoServer> {
        let local = Path::new("/nonexistent/console.sock");
        choice.address_beside(config, local).map(|address| address.to_string())
    }

    #[test]
    fn the_command_line_comes_before_the_file() {
        let nothing = ServerChoice::default();
        assert_eq!(choose(&nothing, &configured()), Ok("logs:1".to_owned()));
        let server = ServerChoice { server: "other:2".parse().ok(), socket: None };
        assert_eq!(choose(&server, &configured()), Ok("other:2".to_owned()));
        let socket = ServerChoice { socket: Some("/run/s".into()), ..server };
        assert_eq!(choose(&socket, &configured()), Ok("/run/s".to_owned()));
    }

    #[test]
    fn this_machines_socket_is_the_last_resort() {
        let directory = tempfile::tempdir().unwrap();
        let choice = ServerChoice::default();
        let address = choice.address_beside(&Config::default(), directory.path());
        assert_eq!(address, Ok(Address::Socket(directory.path().to_owned())));
        assert_eq!(choose(&choice, &Config::default()), Err(NoServer::Unnamed));
    }

    #[test]
    fn a_missing_certificate_is_told_with_the_file_to_write() {
        let file = Some("/etc/sudolog/tui.toml".into());
        let config = Config { tls: None, file, ..configured() };
        let error = choose(&ServerChoice::default(), &config).unwrap_err().to_string();
        assert!(error.contains("logs:1") && error.ends_with("in /etc/sudolog/tui.toml"), "{error}");
    }
}
