//! Where a server is: a host and port spoken to over TLS, or a unix socket on its own machine.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use sudolog_core::limits::SERVER_PORT;

use super::TlsFiles;

/// A server to speak to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Over mutual TLS.
    Tls {
        /// Where it listens.
        server: TcpAddress,
        /// The name that its certificate must carry; the host of `server` when absent.
        server_name: Option<String>,
        /// Who we are and whom we trust.
        files: TlsFiles,
    },
    /// On this machine; the server maps our uid to a role.
    Socket(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tls { server, .. } => server.fmt(f),
            Self::Socket(path) => path.display().fmt(f),
        }
    }
}

/// `HOST`, `HOST:PORT`, `[IPv6]` or `[IPv6]:PORT`; the port is 9876 unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct TcpAddress {
    host: String,
    port: u16,
}

/// Text that is no server address.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a server is HOST:PORT or [IPv6]:PORT, for example logs.example.net:9876, not {0:?}")]
pub struct AddressError(String);

impl TcpAddress {
    /// Host name or IP address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl FromStr for TcpAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| AddressError(text.chars().take(80).collect()))
    }
}

impl TryFrom<String> for TcpAddress {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for TcpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

fn parse(text: &str) -> Option<TcpAddress> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, after.strip_prefix(':').or_else(|| after.is_empty().then_some(""))?)
        }
        // Without brackets a second colon is ambiguous, so it is refused.
        None => text.split_once(':').unwrap_or((text, "")),
    };
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    let port = match port {
        "" if !text.ends_with(':') => SERVER_PORT,
        digits => digits.parse().ok().filter(|port| *port > 0)?,
    };
    (!host.is_empty() && host.chars().all(legal))
        .then(|| TcpAddress { host: host.to_owned(), port })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_hosts_and_ports() {
        for (text, shown) in [
            ("logs.example.net", "logs.example.net:9876"),
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("[::1]", "[::1]:9876"),
            ("[fe80::1]:65535", "[fe80::1]:65535"),
        ] {
            assert_eq!(text.parse::<TcpAddress>().map(|a| a.to_string()), Ok(shown.to_owned()));
        }
    }

    #[test]
    fn refuses_what_is_ambiguous() {
        for text in
            ["", ":1", "a:", "a:0", "a:65536", "::1", "[::1", "[a]:1", "[::1]x", "a b:1", "a\x1b:1"]
        {
            assert!(text.parse::<TcpAddress>().is_err(), "{text:?}");
        }
    }
}
