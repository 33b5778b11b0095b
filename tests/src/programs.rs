//! Where the programs under test are: in the build folder that this test was built into.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// The built program of that name, or the plugin's shared object.
///
/// # Errors
/// Says which command builds it when it is missing.
pub fn built(name: &str) -> anyhow::Result<PathBuf> {
    let exe = std::env::current_exe().context("where is this test?")?;
    let profile =
        exe.ancestors().find(|dir| dir.join("deps").is_dir()).context("no build folder")?;
    let path = profile.join(name);
    anyhow::ensure!(
        path.exists(),
        "{} is missing: run ./tests/run, or {}",
        path.display(),
        build_hint(name)
    );
    Ok(path)
}

/// The plugin, as cargo names it.
pub const PLUGIN: &str = "libsudolog_plugin.so";

fn build_hint(name: &str) -> &'static str {
    if name == PLUGIN { "cargo build -p sudolog-plugin" } else { "cargo build --workspace" }
}

/// The checkout's top folder.
pub fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}
