//! Rules for crates: layering between ours, licences and origins of the others.

use std::process::Command;

use serde_json::Value;

use crate::read;
use sudolog_tests::programs::checkout;

#[test]
fn programs_depend_on_core_only() {
    let metadata = metadata();
    for (program, allowed) in [
        ("sudolog-core", [].as_slice()),
        ("sudolog-plugin", &["sudolog-core"]),
        ("sudolog-shipper", &["sudolog-core"]),
        ("sudolog-server", &["sudolog-core"]),
        // Only behind the feature `embedded`.
        ("sudolog-tui", &["sudolog-core", "sudolog-server", "sudolog-shipper"]),
    ] {
        let package = package(&metadata, program);
        for dependency in package["dependencies"].as_array().unwrap() {
            let name = dependency["name"].as_str().unwrap();
            if !name.starts_with("sudolog-") || dependency["kind"] == "dev" {
                continue;
            }
            assert!(allowed.contains(&name), "{program} depends on {name}");
            let optional = dependency["optional"] == true;
            assert!(
                program != "sudolog-tui" || name == "sudolog-core" || optional,
                "{name} is not optional in {program}"
            );
        }
    }
}

#[test]
fn core_is_pure() {
    let banned = [
        "std::net",
        "std::fs",
        "std::thread",
        "Instant::now",
        "SystemTime::now",
        "std::process",
        "std::env",
    ];
    for path in crate::rust_files() {
        let name = crate::shown(&path);
        let text = read(&path);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let is_test = name.ends_with("/tests.rs") || name.ends_with("/properties.rs");
        for word in banned.iter().filter(|_| name.starts_with("core/src") && !is_test) {
            assert!(!code.contains(word), "{name} uses {word}");
        }
    }
}

#[test]
fn licences_are_permissive() {
    let tree = cargo(&[
        "tree",
        "--workspace",
        "--locked",
        "--all-features",
        "--prefix",
        "none",
        "--format",
        "{p}|{l}",
    ]);
    let crates: std::collections::BTreeSet<&str> =
        tree.lines().map(|l| l.trim_end_matches(" (*)")).filter(|l| !l.is_empty()).collect();
    assert!(crates.len() > 100, "only {} crates", crates.len());
    for line in crates {
        let (name, licence) = line.split_once('|').unwrap();
        // One accepted alternative is enough; every part of an AND must be accepted.
        let accepted = licence.replace('/', " OR ").split(" OR ").any(|choice| {
            let parts = choice.split(" AND ").map(|part| part.trim_matches(['(', ')', ' ']));
            parts.into_iter().all(|part| LICENCES.contains(&part))
        });
        assert!(accepted, "{name} is under {licence}; see deny.toml");
    }
}

#[test]
fn crates_come_from_the_registry_and_are_not_abandoned() {
    let lock = read(checkout().join("Cargo.lock"));
    let sources = lock.lines().filter_map(|l| l.strip_prefix("source = "));
    assert!(sources.clone().count() > 50);
    for source in sources {
        assert_eq!(source, "\"registry+https://github.com/rust-lang/crates.io-index\"");
    }
    for name in ABANDONED {
        assert!(
            !lock.contains(&format!("name = \"{name}\"")),
            "{name} has an advisory; see deny.toml"
        );
    }
}

fn metadata() -> Value {
    let args =
        ["metadata", "--format-version", "1", "--locked", "--all-features", "--filter-platform"];
    serde_json::from_str(&cargo(&[args.as_slice(), &[&platform()]].concat())).unwrap()
}

fn cargo(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(args).current_dir(checkout()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Only what is built here: crates for other systems are not even downloaded.
fn platform() -> String {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

fn package<'a>(metadata: &'a Value, name: &str) -> &'a Value {
    metadata["packages"].as_array().unwrap().iter().find(|p| p["name"] == name).unwrap()
}

const LICENCES: [&str; 12] = [
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "Unlicense",
    "Unicode-3.0",
    "CC0-1.0",
    "MIT-0",
];

/// Crates with a RustSec advisory for being unmaintained or unsound that a change might bring in
/// again. The advisory database itself is checked by `cargo deny check` where it can be reached.
const ABANDONED: [&str; 10] = [
    "serde_yaml",
    "serde_yml",
    "unsafe-libyaml",
    "rustls-pemfile",
    "ansi_term",
    "atty",
    "dotenv",
    "paste",
    "proc-macro-error",
    "yaml-rust",
];
