//! Rules for the pages around the code.

use std::path::PathBuf;

use sudolog_core::wire::message::NAMES;
use sudolog_tests::programs::checkout;

use crate::{read, rust_files, shown};

#[test]
fn the_protocol_page_lists_every_message() {
    let page = read(checkout().join("docs/protocol.md"));
    for (code, name) in NAMES {
        assert!(
            page.contains(&format!("| 0x{code:02x} | {name} |")),
            "docs/protocol.md lacks 0x{code:02x} {name}"
        );
    }
}

#[test]
fn the_protocol_page_names_every_limit() {
    let is_limits = |path: &&PathBuf| shown(path).starts_with("core/src/limits");
    let limits: String = rust_files().iter().filter(is_limits).map(read).collect();
    let page = read(checkout().join("docs/protocol.md"));
    let names = limits.lines().filter_map(|l| l.strip_prefix("pub const ")?.split(':').next());
    assert!(names.clone().count() > 200);
    for name in names {
        assert!(page.contains(&format!("`{name}`")), "docs/protocol.md lacks {name}");
    }
}

#[test]
fn the_architecture_page_is_short_and_names_tests_that_exist() {
    let page = read(checkout().join("ARCHITECTURE.md"));
    let lines = page.lines().count();
    assert!(lines < 250, "ARCHITECTURE.md has {lines} lines");
    let tests: String = rust_files().iter().map(read).collect();
    let named: Vec<&str> = page.split('`').filter_map(|word| word.strip_prefix("test ")).collect();
    assert!(named.len() >= 8, "every invariant names its test as `test NAME`");
    for name in named {
        assert!(
            tests.contains(&format!("fn {name}(")),
            "ARCHITECTURE.md names the test {name}, which is not there"
        );
    }
    for invariant in 1..=8 {
        assert!(
            page.contains(&format!("**I{invariant} ")),
            "ARCHITECTURE.md lacks invariant I{invariant}"
        );
    }
}
