//! Files of rules: what is read, what is refused, and that every built-in rule finds what it says.

use super::*;
use crate::limits::{RULES_BYTES_MAX, RULES_MAX};
use crate::risk::{Category, Source};

fn refused(file: &str) -> String {
    Rules::parse(file.as_bytes()).map(|_| ()).unwrap_err().to_string()
}

fn with_rule(rule: &str) -> String {
    format!(
        "version: 1\nrules:\n  - {{id: a, cat: recon, score: 5, on: cmdline, re: x}}\n  - {rule}\n"
    )
}

#[test]
fn built_in_rules_find_what_they_say() {
    let rules = Rules::built_in();
    assert_eq!(rules.examine(), []);
    assert_eq!(rules.len(), 73);
    for rule in rules.iter() {
        let is_text = !matches!(rule.on(), On::Meta | On::Event);
        assert_eq!(is_text, !rule.hits().is_empty(), "{}", rule.id());
        assert_eq!(is_text, !rule.misses().is_empty(), "{}", rule.id());
        assert!(!rule.false_positives().is_empty() && !rule.condition().is_empty());
        assert_eq!(rules.get(rule.id()).unwrap().id(), rule.id());
    }
    assert_eq!(rules.hash().len(), 64);
    assert_eq!(rules.rejects_within_s(), 600);
    assert_eq!(rules.business_hours(), &BusinessHours::default());
}

#[test]
fn every_key_is_read() {
    let rules = Rules::parse(
        br#"
version: 1
settings:
  cap: 90
  business_hours: {tz: Europe/Berlin, days: [sat, sun], from: "08:30", to: "24:00", holidays: [2026-12-24]}
rules:
  - id: all-of-it
    cat: shell
    score: 7
    attack: [T1059]
    on: typed
    any: ["a.b", c]
    not: '^x'
    users: [alice, "ops-*"]
    hosts: [web*]
    runas: [root]
    min_distinct: 2
    within_s: 60
    enabled: true
    act: freeze
    fp: many
    hit: [a.b]
    miss: [axb, x a.b]
  - {id: idle, cat: context, score: 1, on: meta, when: {idle_s_gt: 5, tty: true}, enabled: false}
"#,
    )
    .unwrap();
    assert_eq!((rules.cap(), rules.business_hours().zone(), rules.len()), (90, "Europe/Berlin", 2));
    let rule = rules.get("all-of-it").unwrap();
    assert_eq!((rule.category(), rule.points(), rule.act()), (Category::Shell, 7, Act::Freeze));
    assert_eq!(
        (rule.sources(), rule.attack()),
        ([Source::Typed].as_slice(), ["T1059".to_owned()].as_slice())
    );
    assert!(
        rule.holds_for(b"ops-7", b"web1", b"root") && !rule.holds_for(b"bob", b"web1", b"root")
    );
    assert!(
        !rule.holds_for(b"alice", b"db1", b"root") && !rule.holds_for(b"alice", b"web1", b"www")
    );
    assert_eq!(
        rule.condition(),
        "typed contains a.b or c, but not ^x, 2 different ones within 60 s; users alice, ops-*; \
         hosts web*; run users root"
    );
    let idle = rules.get("idle").unwrap();
    assert_eq!(idle.condition(), "input comes after a pause of more than 5 s, with a terminal");
    assert!(!idle.enabled() && !idle.holds_for(b"alice", b"web1", b"root"));
    assert_eq!(rules.examine(), []);
}

#[test]
fn failed_examples_are_told() {
    let file =
        with_rule("{id: b, cat: recon, score: 1, on: raw, re: b+, hit: [bb, c], miss: [abc]}");
    let faults = Rules::parse(file.as_bytes()).unwrap().examine();
    let fault = |text: &str, missed| ExampleFault { rule: "b".into(), text: text.into(), missed };
    assert_eq!(faults, [fault("c", true), fault("abc", false)]);
}

#[test]
fn what_is_wrong_is_told_with_line_and_key() {
    for (rule, expected) in [
        (
            "{id: b, cat: recon, score: 5, on: cmdline, re: '('}",
            "line 4, rules[1].re: unclosed group",
        ),
        (
            "{id: a, cat: recon, score: 5, on: cmdline, re: x}",
            "line 4, rules[1].id: there is a rule \"a\" already",
        ),
        (
            "{id: B, cat: recon, score: 5, on: cmdline, re: x}",
            "line 4, rules[1].id: 1 to 64 of a-z, 0-9 and -, not \"B\"",
        ),
        (
            "{id: b, cat: recon, score: 101, on: cmdline, re: x}",
            "line 4, rules[1].score: 0 to 100, not 101",
        ),
        (
            "{id: b, cat: recon, score: '5', on: cmdline, re: x}",
            "line 4, rules[1].score: a whole number is wanted, not text",
        ),
        (
            "{id: b, cat: recon, score: 1.5, on: cmdline, re: x}",
            "line 4, rules[1].score: a whole number is wanted, not a fraction",
        ),
        ("{id: b, cat: recon, on: cmdline, re: x}", "line 4, rules[1]: `score` is missing"),
        (
            "{id: b, cat: recon, score: 5, on: meta, re: x}",
            "line 4, rules[1].re: a rule on meta has one `when`",
        ),
        (
            "{id: b, cat: recon, score: 5, on: raw, re: x, any: [y]}",
            "line 4, rules[1]: a rule on raw has one `re` or `any`",
        ),
        (
            "{id: b, cat: recon, score: 5, on: raw, any: ['']}",
            "line 4, rules[1].any: one text or more, none of them empty",
        ),
    ] {
        assert_eq!(refused(&with_rule(rule)), expected);
    }
}

#[test]
fn what_fits_no_key_is_told_with_line_and_key() {
    for (rule, expected) in [
        (
            "{id: b, cat: recon, score: 5, on: event, event: rain}",
            "line 4, rules[1].event: one of divergence, cgroup_escape, seq_gap, wrong_ack, unrecorded, policy_replaced, other_root, unwitnessed, audit_tampered, unchecked, hostile_escape, not \"rain\"",
        ),
        (
            "{id: b, cat: recon, score: 5, on: event, event: seq_gap, hit: [x]}",
            "line 4, rules[1].hit: rules on event have no such key",
        ),
        (
            "{id: b, cat: recon, score: 5, on: meta, when: {}}",
            "line 4, rules[1].when: one fact is wanted, not none or several",
        ),
        (
            "{id: b, cat: recon, score: 5, on: meta, when: {end: [rain]}}",
            "line 4, rules[1].when.end[0]: one of incomplete, exited, exec_error, terminated, freeze_timeout, not \"rain\"",
        ),
        (
            "{id: b, cat: recon, score: 5, on: raw, re: x, users: root}",
            "line 4, rules[1].users: a list is wanted, not text",
        ),
        (
            "{id: b, cat: recon, score: 5, on: raw, re: x, hit: [7]}",
            "line 4, rules[1].hit[0]: text is wanted, not a number",
        ),
        (
            "{id: b, cat: recon, score: 5, on: raw, re: 'x{1000}{1000}'}",
            "line 4, rules[1].re: it takes more than 1048576 bytes",
        ),
        (
            "{id: b, cat: recon, score: 5, on: raw, re: x, enabled: yes}",
            "line 4, rules[1].enabled: true or false is wanted, not text",
        ),
        ("text", "line 4, rules[1]: a mapping is wanted, not text"),
    ] {
        assert_eq!(refused(&with_rule(rule)), expected);
    }
    let unknown = refused(&with_rule("{id: b, colour: red}"));
    assert!(
        unknown.starts_with("line 4, rules[1].colour: no such key; there are id, cat,"),
        "{unknown}"
    );
}

#[test]
fn settings_are_checked() {
    let refused =
        |settings: &str| refused(&format!("version: 1\nsettings: {settings}\nrules: []\n"));
    for (settings, expected) in [
        ("{cap: 0}", "line 2, settings.cap: 1 to 100, not 0"),
        ("{combine: sum}", "line 2, settings.combine: one of category_max_then_sum, not \"sum\""),
        (
            "{levels: {high: 60}}",
            "line 2, settings.levels.high: this level begins at 50 everywhere",
        ),
        (
            "{business_hours: {from: \"7\"}}",
            "line 2, settings.business_hours.from: a time of day, as in \"07:30\"",
        ),
        (
            "{business_hours: {from: \"20:00\"}}",
            "line 2, settings.business_hours: `to` is not later than `from`",
        ),
        (
            "{business_hours: {days: [monday]}}",
            "line 2, settings.business_hours.days[0]: one of mon, tue, wed, thu, fri, sat, sun, not \"monday\"",
        ),
        (
            "{business_hours: {holidays: [2026-02-30]}}",
            "line 2, settings.business_hours.holidays[0]: there is no day 2026-02-30",
        ),
        (
            "{business_hours: {tz: 'a b'}}",
            "line 2, settings.business_hours.tz: `local`, or a name as in Europe/Berlin",
        ),
    ] {
        assert_eq!(refused(settings), expected);
    }
}

#[test]
fn a_file_is_refused_before_it_can_do_harm() {
    let huge = " ".repeat(RULES_BYTES_MAX + 1);
    assert_eq!(refused(&huge), "a file of rules has 524288 bytes at most, not 524289");
    assert_eq!(
        Rules::parse(b"version: 1\n\xff").unwrap_err().to_string(),
        "line 2: this is not UTF-8"
    );
    let rule = |at| format!("  - {{id: r{at}, cat: recon, score: 1, on: raw, re: x}}\n");
    let many: String = (0..=RULES_MAX).map(rule).collect();
    assert_eq!(
        refused(&format!("version: 1\nrules:\n{many}")),
        "line 3, rules: 500 rules at most, not 501"
    );
    let deep = format!("version: 1\nrules: {}{}", "[".repeat(10_000), "]".repeat(10_000));
    let alias = "version: 1\nrules: &a []\nsettings: *a\n";
    let merge = "version: 1\nrules: []\n<<: {a: 1}\n";
    for (file, expected) in [
        (deep.as_str(), "line 2: lists and mappings lie in one another more than 8 deep"),
        (alias, "line 2: anchors and aliases are not taken"),
        (merge, "line 3: merge keys are not taken"),
        ("version: 1\nversion: 1\nrules: []\n", "line 2: the key version stands there twice"),
        ("version: 1\nrules: [\n", "line 2: unclosed bracket '['"),
        ("version: 2\nrules: []\n", "line 1, version: this build reads version 1"),
        ("rules: []\n", "line 1: `version` is missing"),
        ("", "line 1: a mapping is wanted, not nothing"),
        ("version: 1\nrules: []\n---\nversion: 1\n", "line 3: one document is wanted, not several"),
    ] {
        let told = refused(file);
        assert!(told.starts_with(expected) && !told.contains('\n'), "{told}");
        assert!(!told.is_empty());
    }
}
