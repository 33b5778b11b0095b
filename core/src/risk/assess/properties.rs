//! What must hold for every session: neither where events are cut nor when an assessor sleeps makes a
//! difference to what is found.

use proptest::prelude::*;

use super::tests::{Session, rules};
use super::*;
use crate::session::EventKind::{Stdin, Stdout, Ttyin, Ttyout, Winsize};

/// Rules that look everywhere and find much.
const LIST: &str = r"  - {id: command, cat: shell, score: 1, on: cmdline, re: '^(rm|id) [a-z]'}
  - {id: plain, cat: shell, score: 1, on: typed, re: '^id$'}
  - {id: many, cat: recon, score: 1, on: typed, re: '[a-z]+', min_distinct: 3}
  - {id: shown, cat: recon, score: 1, on: output, re: 'out[0-9]'}
  - {id: whole, cat: recon, score: 1, on: output, re: '^# id$'}
  - {id: raw, cat: recon, score: 1, on: raw, re: 'ou.*t1'}
  - {id: colour, cat: recon, score: 1, on: raw, re: '\[31m.*red'}";

/// Rules whose findings must not depend on where output is cut. Lines that the screen shows for a part
/// of an event only are seen when it is cut there.
const LIST_UNCUT: &str = r"  - {id: command, cat: shell, score: 1, on: cmdline, re: '^(rm|id) [a-z]'}
  - {id: plain, cat: shell, score: 1, on: typed, re: '^id$'}
  - {id: many, cat: recon, score: 1, on: typed, re: '[a-z]+', min_distinct: 3}
  - {id: raw, cat: recon, score: 1, on: raw, re: 'ou.*t1'}
  - {id: colour, cat: recon, score: 1, on: raw, re: '\[31m.*red'}";

type Piece = (EventKind, &'static str);

fn piece() -> impl Strategy<Value = Piece> {
    let outputs = [
        "# ",
        "id",
        "rm x",
        "\r\n",
        "out1\r\nout2",
        "\x1b[31mred\x1b[m",
        "\x1b[2J\x1b[H",
        "\r",
        "日本",
    ];
    let inputs = ["id", "rm x", "\r", "\x7f", "\x1b[A", "\x03", "id\rrm x\r", "ä"];
    prop_oneof![
        4 => proptest::sample::select(outputs.to_vec()).prop_map(|text| (Ttyout, text)),
        3 => proptest::sample::select(inputs.to_vec()).prop_map(|text| (Ttyin, text)),
        1 => proptest::sample::select(vec!["out3\n", "x"]).prop_map(|text| (Stdout, text)),
        1 => proptest::sample::select(vec!["rm y\n", "id"]).prop_map(|text| (Stdin, text)),
        1 => proptest::sample::select(vec!["\0\x06\0\x14", "\0\x18\0\x50"]).prop_map(|size| (Winsize, size)),
    ]
}

/// What is told of findings, their numbers aside.
fn told(mut session: Session) -> Vec<(String, Source, u64, String)> {
    session.assessor.end(Ending::incomplete());
    let findings = session.assessor.findings().iter();
    let mut told: Vec<_> = findings
        .map(|f| (f.rule.clone(), f.source, f.elapsed_ns, f.text.escaped().to_string()))
        .collect();
    // Shown lines are looked at later than the others.
    told.sort_by_key(|(rule, source, ..)| (rule.clone(), *source));
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn sleeping_makes_no_difference(pieces in proptest::collection::vec((piece(), any::<bool>()), 0..40)) {
        let rules = rules(LIST);
        let (mut awake, mut sleepy) = (Session::new(&rules, &["/bin/sh"]), Session::new(&rules, &["/bin/sh"]));
        for ((kind, text), sleeps) in pieces {
            awake.event(30, kind, text.as_bytes());
            sleepy.event(30, kind, text.as_bytes());
            if sleeps {
                sleepy.assessor.sleep();
            }
        }
        prop_assert_eq!(told(sleepy), told(awake));
    }

    #[test]
    fn cuts_make_no_difference(pieces in proptest::collection::vec((piece(), 1_usize..4), 0..40)) {
        let rules = rules(LIST_UNCUT);
        let (mut whole, mut cut) = (Session::new(&rules, &["/bin/sh"]), Session::new(&rules, &["/bin/sh"]));
        for ((kind, text), length) in pieces {
            whole.event(30, kind, text.as_bytes());
            let length = if kind == Winsize { 4 } else { length };
            for (at, part) in text.as_bytes().chunks(length).enumerate() {
                cut.event(if at == 0 { 30 } else { 0 }, kind, part);
            }
        }
        prop_assert_eq!(told(cut), told(whole));
    }

    #[test]
    fn no_bytes_break_it(pieces in proptest::collection::vec((0_u8..5, proptest::collection::vec(any::<u8>(), 1..100)), 0..30)) {
        let mut session = Session::new(&super::tests::built_in(), &["/bin/sh"]);
        for (kind, bytes) in pieces {
            session.event(1, EventKind::from_code(kind).unwrap(), &bytes);
        }
        told(session);
    }
}
