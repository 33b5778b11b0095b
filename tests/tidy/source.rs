//! Rules for Rust files.

use crate::{read, rust_files, shown};

#[test]
fn every_file_begins_by_saying_what_lives_in_it() {
    for path in rust_files() {
        assert!(read(&path).starts_with("//! "), "{} has no //! head", shown(&path));
    }
}

#[test]
fn a_file_is_one_noun() {
    for path in rust_files() {
        let lines = read(&path).lines().count();
        assert!(
            lines <= FILE_LINES_MAX,
            "{} has {lines} lines: does it hold two nouns?",
            shown(&path)
        );
    }
}

#[test]
fn a_function_fits_on_a_screen() {
    for path in rust_files() {
        for (name, lines) in functions(&read(&path)) {
            assert!(lines <= FUNCTION_LINES_MAX, "{}: fn {name} has {lines} lines", shown(&path));
        }
    }
}

#[test]
fn unsafe_lives_in_the_plugins_ffi_only() {
    for path in rust_files() {
        let (text, name) = (read(&path), shown(&path));
        let opts_in = text.contains(concat!("expect(", "unsafe_code"))
            || text.contains(concat!("allow(", "unsafe_code"));
        assert!(!opts_in || UNSAFE_FILES.contains(&name.as_str()), "{name} opts into unsafe code");
    }
}

#[test]
fn nothing_is_called_by_a_name_that_says_nothing() {
    for path in rust_files() {
        for part in shown(&path).split(['/', '.']) {
            assert!(!EMPTY_NAMES.contains(&part), "{} is called {part}", shown(&path));
        }
    }
}

#[test]
fn queues_have_a_number() {
    for path in rust_files() {
        let text = read(&path);
        for word in [
            concat!("unbounded", "_channel"),
            concat!("mpsc::", "channel()"),
            concat!("todo", "!("),
            concat!("unimplemented", "!("),
        ] {
            assert!(!text.contains(word), "{} has {word}", shown(&path));
        }
    }
}

/// Name and length of each function: from its line to the closing brace at the same indent, as
/// rustfmt sets it.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let Some((before, after)) = line.split_once("fn ") else { continue };
        let is_item = before.split_whitespace().all(|w| {
            matches!(w, "pub" | "async" | "const" | "unsafe" | "extern" | "\"C\"")
                || w.starts_with("pub(")
        });
        if !is_item || line.trim_end().ends_with([';', '}']) {
            continue;
        }
        let close = format!("{}}}", " ".repeat(indent));
        if let Some(length) = lines[start..].iter().position(|l| *l == close) {
            let name = after.split(['(', '<']).next().unwrap_or_default();
            found.push((name.to_owned(), length + 1));
        }
    }
    found
}

#[test]
fn the_function_counter_counts() {
    let text = "fn a() {\n    b();\n}\nimpl X {\n    pub(crate) async fn c(\n        d: E,\n    ) {\n    }\n}\n";
    assert_eq!(functions(text), [("a".to_owned(), 3), ("c".to_owned(), 4)]);
}

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;
const EMPTY_NAMES: [&str; 6] = ["utils", "util", "helpers", "common", "misc", "manager"];
/// The whole list of files that may contain `unsafe`.
const UNSAFE_FILES: [&str; 5] = [
    "plugin/src/callbacks.rs",
    "plugin/src/sys.rs",
    "plugin/src/birth.rs",
    "plugin/src/conversation.rs",
    "plugin/src/table.rs",
];
