//! The command line.

use anyhow::Context as _;

/// What to run, and how often.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Of each fault.
    pub(crate) runs: usize,
    /// Of the server under load.
    pub(crate) kills: usize,
    /// Calls of `sudo true`.
    pub(crate) sudos: usize,
    /// Faults by name; none stands for all.
    faults: Vec<String>,
}

impl Options {
    /// Reads `[RUNS] [--kills N] [--sudos N] [FAULT…]`.
    pub(crate) fn parse(
        words: impl Iterator<Item = String>,
        known: &[&str],
    ) -> anyhow::Result<Self> {
        let mut options = Self { runs: 30, kills: 200, sudos: 500, faults: Vec::new() };
        let mut words = words;
        while let Some(word) = words.next() {
            let mut number = || -> anyhow::Result<usize> {
                let text = words.next().with_context(|| format!("{word} needs a number"))?;
                text.parse().with_context(|| format!("{word} {text}: not a number"))
            };
            match word.as_str() {
                "--kills" => options.kills = number()?,
                "--sudos" => options.sudos = number()?,
                name if known.contains(&name) => options.faults.push(word),
                other => {
                    options.runs = other.parse().with_context(|| {
                        format!("{other}: neither a number of runs nor one of {known:?}")
                    })?;
                }
            }
        }
        Ok(options)
    }

    /// True when this fault is to be run.
    pub(crate) fn wants(&self, fault: &str) -> bool {
        self.faults.is_empty() || self.faults.iter().any(|wanted| wanted == fault)
    }
}
