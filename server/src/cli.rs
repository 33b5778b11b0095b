//! The command line of `sudolog-server`.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use sudolog_core::risk::Rules as RuleSet;
use sudolog_core::wire::message::{RuleTally, RulesTrialRow, SessionRow};

use crate::alert;
use crate::config::Config;
use crate::lock::StateLock;
use crate::pki;
use crate::risk::{self, Sight, Step, Trial};
use crate::store::Index;

/// Log server of Sudolog: stores what sudo runs and proves that it is stored.
#[derive(Debug, Parser)]
#[command(name = "sudolog-server", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take recordings and answer consoles until SIGTERM.
    Serve {
        /// Configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Check the configuration and everything that it names; start nothing.
    Check {
        /// Configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Make keys and certificates.
    #[command(subcommand)]
    Pki(Pki),
    /// Look at a file of alerts and try its targets.
    #[command(subcommand)]
    Alerts(Alerts),
    /// Look at rules and try them.
    #[command(subcommand)]
    Rules(Rules),
    /// Build the index anew from the recordings; the server must not run.
    Reindex {
        /// Configuration file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum Alerts {
    /// Check a file of alerts and every secret that it names; nothing is sent.
    Check {
        /// Configuration file of the server.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Send a message that says that it is a test.
    Test {
        /// Configuration file of the server.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// To this target only; to all without.
        target: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
enum Rules {
    /// Print the rules that are built in, to begin a file of one's own with.
    Show,
    /// Check a file of rules and run each rule's own examples.
    Test {
        /// File of rules.
        file: PathBuf,
    },
    /// Say what a file of rules would change of the recordings in the store; changes nothing.
    Try {
        /// File of rules.
        file: PathBuf,
        /// Configuration file of the server.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Only the newest recordings.
        #[arg(long, value_name = "N", default_value_t = 10_000)]
        newest: u32,
    },
    /// Say how often each rule found something, and what people made of those sessions.
    Tally {
        /// Configuration file of the server.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// An object of JSON a line.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
enum Pki {
    /// The authority, the server's certificate and the acknowledgement keys.
    Init {
        /// Directory to make them in.
        #[arg(long)]
        dir: PathBuf,
        /// The server's name, which hosts and consoles expect in its certificate.
        #[arg(long, value_name = "SERVER_NAME")]
        name: String,
        /// Further names or addresses of the server.
        #[arg(long = "san", value_name = "NAME_OR_IP")]
        sans: Vec<String>,
    },
    /// A host's certificate.
    Host {
        /// Directory with the authority.
        #[arg(long)]
        dir: PathBuf,
        /// The host's name, exactly as sudo on it says it.
        name: String,
    },
    /// An operator's certificate.
    Operator {
        /// Directory with the authority.
        #[arg(long)]
        dir: PathBuf,
        /// The operator's name, as server.toml lists it.
        name: String,
    },
}

/// Runs the program and gives its exit code: 0 done, 1 failed, 2 wrong usage.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    match carry_out(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "sudolog-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve { config } => {
            crate::daemon::run(Config::load(&config)?).with_context(|| in_file(&config))
        }
        Command::Check { config } => {
            Config::load(&config)?.check().with_context(|| in_file(&config))?;
            say(&format!("{} is good", config.display()))
        }
        Command::Reindex { config } => {
            let config = Config::load(&config)?;
            let _lock = StateLock::take(&config.state_dir)
                .with_context(|| config.state_dir.display().to_string())?;
            let sessions = reindex(&config)?;
            say(&format!("{sessions} recordings indexed"))
        }
        Command::Alerts(Alerts::Check { config }) => alert::check(&alerts_file(&config)?, &mut say),
        Command::Alerts(Alerts::Test { config, target }) => {
            alert::test(&alerts_file(&config)?, target.as_deref(), &mut say)
        }
        Command::Rules(Rules::Show) => show_rules(),
        Command::Rules(Rules::Test { file }) => test_rules(&file),
        Command::Rules(Rules::Tally { config, json }) => tally_rules(&config, json),
        Command::Rules(Rules::Try { file, config, newest }) => try_rules(&file, &config, newest),
        Command::Pki(Pki::Init { dir, name, sans }) => {
            pki::init(&dir, &name, &sans)?;
            say(&format!(
                "made in {}: ca.pem (for all), server.pem server.key ack-sign.key (for the server), \
                 ack-verify.pub (for hosts and auditors), ca.key (keep it off the server)",
                dir.display()
            ))
        }
        Command::Pki(Pki::Host { dir, name }) => {
            pki::host(&dir, &name)?;
            let dir = dir.display();
            say(&format!(
                "made in {dir}: {name}.pem {name}.key (with ca.pem and ack-verify.pub for {name})"
            ))
        }
        Command::Pki(Pki::Operator { dir, name }) => {
            pki::operator(&dir, &name)?;
            let dir = dir.display();
            say(&format!(
                "made in {dir}: {name}.pem {name}.key; name {name} in [operators] of server.toml"
            ))
        }
    }
}

fn alerts_file(config: &Path) -> anyhow::Result<PathBuf> {
    let file = Config::load(config)?.alerts.config;
    file.with_context(|| format!("{}: [alerts] config is missing", config.display()))
}

fn show_rules() -> anyhow::Result<()> {
    Ok(std::io::stdout().write_all(sudolog_core::risk::Rules::built_in_file())?)
}

fn test_rules(file: &Path) -> anyhow::Result<()> {
    let rules = risk::read(file)?;
    let faults = rules.examine();
    for fault in &faults {
        say(&fault.to_string())?;
    }
    anyhow::ensure!(faults.is_empty(), "{}: {} examples fail", file.display(), faults.len());
    say(&format!("{}: {} rules, every example as it says", file.display(), rules.len()))
}

fn try_rules(file: &Path, config: &Path, newest: u32) -> anyhow::Result<()> {
    let rules = Arc::new(risk::read(file)?);
    let config = Config::load(config)?;
    let (mut tried, mut changed) = (0, 0);
    let store = (config.log_dir.as_path(), config.state_dir.as_path());
    let mut trial = Trial::new(rules, store, Sight::everything(), newest)?;
    loop {
        match trial.step()? {
            Step::More => {}
            Step::Done => break,
            Step::Tried(trial) => {
                let RulesTrialRow { row, risk } = *trial;
                tried += 1;
                if risk != row.risk {
                    changed += 1;
                    let SessionRow { tsid, risk: now, user, host, command, .. } = &row;
                    let (user, host, command) = (user.escaped(), host.escaped(), command.escaped());
                    say(&format!("{tsid} {now} -> {risk} {user}@{host} {command}"))?;
                }
            }
        }
    }
    say(&format!("{tried} recordings, {changed} with another risk"))
}

/// A rule for scripts.
#[derive(serde::Serialize)]
struct TallyLine {
    #[serde(flatten)]
    tally: RuleTally,
    judged: u64,
    agreement: Option<u8>,
}

/// All rules in force; one that found nothing as well, because it may be wrong.
fn tally_rules(config: &Path, json: bool) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    let file = config.risk.rules.as_deref();
    let rules = file.map_or_else(|| Ok(RuleSet::built_in()), risk::read)?;
    let tallies = Index::open(&config.state_dir)?.tallies(&[])?;
    if !json {
        say(&format!("{:<24} {:>9} {:>9} {:>6}", "RULE", "SESSIONS", "JUDGED", "AGREED"))?;
    }
    for rule in rules.iter() {
        let known = tallies.iter().find(|tally| tally.rule == rule.id());
        let none = || RuleTally { rule: rule.id().to_owned(), ..RuleTally::default() };
        let tally = known.cloned().unwrap_or_else(none);
        let (judged, agreed) = (tally.judged(), tally.agreement());
        if json {
            let line = TallyLine { tally, judged, agreement: agreed };
            say(&serde_json::to_string(&line)?)?;
        } else {
            let agreed = agreed.map_or_else(|| "-".to_owned(), |percent| format!("{percent} %"));
            say(&format!("{:<24} {:>9} {judged:>9} {agreed:>6}", tally.rule, tally.sessions))?;
        }
    }
    Ok(())
}

fn reindex(config: &Config) -> Result<u64, crate::store::StoreError> {
    crate::store::reindex(&config.log_dir, &config.state_dir, &config.triage.policy())
}

fn in_file(config: &Path) -> String {
    config.display().to_string()
}

fn say(text: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}
