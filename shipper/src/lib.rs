//! Host daemon of Sudolog: carries recordings to the server and holds commands to their proof.
//!
//! Plugins call on a unix socket (`local`); one warm TLS connection carries all their sessions
//! (`upstream`); pure machines say what happens ([`machine`]); cgroups make it so (`freezer`); what the
//! kernel's audit saw is compared with the sessions ([`witness`]), and [`audisp`] is a second program that tells.
//! [`Shipper::start`] runs one inside another program, [`run`] is the program itself.

pub mod audisp;
pub mod config;
pub mod daemon;
mod freezer;
mod local;
pub mod machine;
mod upstream;
pub mod witness;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;
use tracing_subscriber::EnvFilter;

pub use config::{ConfigError, FreezeMode, Options};
pub use daemon::{Shipper, ShipperHandle, StartError};
pub use freezer::FreezerError;
pub use local::socket::SocketError;
#[doc(hidden)]
pub use upstream::exchange;
pub use upstream::tls::{Pem, TlsError, TlsMaterial};

/// Carries the recordings of this host's sudo commands to the log server.
#[derive(Debug, Parser)]
#[command(name = "sudolog-shipper", version)]
struct Arguments {
    /// Configuration (shipper.toml).
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Log server, instead of the one in the configuration.
    #[arg(long, value_name = "HOST:9876")]
    server: Option<String>,
}

/// Runs the program: parses the command line, starts, and stops at SIGTERM or SIGINT.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_env("SUDOLOG_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match serve(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(arguments: Arguments) -> anyhow::Result<()> {
    let options = Options::load(&arguments.config, arguments.server)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let shipper = Shipper::start(options)?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = terminate.recv() => info!("SIGTERM: stopping"),
            _ = interrupt.recv() => info!("SIGINT: stopping"),
        }
        shipper.shutdown().await;
        anyhow::Ok(())
    })
}
