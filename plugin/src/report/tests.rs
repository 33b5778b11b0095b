//! Calls of sudo, from its lists to entries.

use super::*;

const NOW: Timestamp = Timestamp { seconds: 5, nanoseconds: 0 };

fn words(words: &[&str]) -> Vec<Untrusted> {
    words.iter().map(|word| Untrusted::from(*word)).collect()
}

fn call(argv: &[&str], optind: usize, env: &[Vec<u8>]) -> Call {
    let open = OpenCall {
        settings: Pairs::new(words(&["runas_user=bob"])),
        user_info: Pairs::new(words(&["user=alice", "uid=1000", "tty=/dev/pts/1", "cwd=/home/a"])),
        submit_argv: words(argv),
        submit_optind: optind,
        submit_env: words(&["FOO=secret", "LANG=C", "FOOT=2"]),
    };
    Call::begin(SessionId::from_bytes([7; 16]), &open, env, NOW)
}

fn detail<'a>(entry: &'a Entry, name: &str) -> Option<&'a [u8]> {
    let found = entry.details.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_bytes())
}

#[test]
fn a_request_has_the_command_without_the_options_of_sudo() {
    let call = call(&["sudo", "-n", "-u", "bob", "SECRET=1", "id", "-u"], 5, &[]);
    let [start, request] = call.waiting() else { panic!("two") };
    assert_eq!((start.kind, request.kind), (Kind::Start, Kind::Request));
    assert_eq!(start.text, "alice (uid 1000) calls sudo".into());
    assert_eq!(detail(start, "cwd"), Some(b"/home/a".as_slice()));
    assert!(start.argv.is_empty());
    assert_eq!(request.argv, words(&["id", "-u"]));
    assert_eq!(detail(request, "options"), Some(b"-n -u bob".as_slice()));
    assert_eq!((&request.run_user, request.uid), (&"bob".into(), Some(1000)));
    assert_eq!(request.id.to_string(), format!("{}.2", SessionId::from_bytes([7; 16])));
    call.waiting().iter().for_each(|entry| entry.check().unwrap());
}

#[test]
fn the_environment_stays_here_but_for_what_is_allowed() {
    let told = |env: &[Vec<u8>]| {
        let call = call(&["sudo", "id"], 1, env);
        let start = call.waiting()[0].clone();
        start.details.into_iter().filter(|(name, _)| name.starts_with("env.")).collect::<Vec<_>>()
    };
    assert_eq!(told(&[]), []);
    assert_eq!(told(&[b"FOO".to_vec()]), [("env.FOO".to_owned(), "secret".into())]);
}

#[test]
fn each_says_who_accepts_and_what_runs_in_the_end() {
    let mut call = call(&["sudo", "ls"], 1, &[]);
    let info = Pairs::new(words(&["command=/bin/ls", "runas_user=root"]));
    let word = |plugin: &str, plugin_type| Word {
        plugin: plugin.into(),
        plugin_type,
        command_info: info.clone(),
        run_argv: words(&["ls", "-l"]),
        ..Word::default()
    };
    call.accept(&word("sudoers_policy", 1), false, NOW);
    call.accept(&word("sudo", 0), false, NOW);
    let sub = Word { run_argv: words(&["/bin/sh"]), ..word("sudo", 0) };
    call.accept(&sub, true, NOW);
    call.end(WAIT_STATUS, 2 << 8, NOW);
    let told = &call.waiting()[2..];
    assert_eq!(told[0].text, "accepted by sudoers_policy (policy)".into());
    assert_eq!((&told[0].by, &told[0].run_user), (&"sudoers_policy".into(), &"root".into()));
    assert_eq!(detail(&told[1], "plugin_type"), Some(b"front end".as_slice()));
    assert_eq!(told[1].argv, words(&["ls", "-l"]));
    assert_eq!(
        (detail(&told[2], "subcommand").is_some(), &told[2].argv),
        (true, &words(&["/bin/sh"]))
    );
    assert_eq!(told[3].argv, words(&["ls", "-l"]), "the end is of the command itself");
}

#[test]
fn sudo_ends_in_five_ways_and_an_unknown_one_is_an_error() {
    for (kind, status, want, how, text) in [
        (0, 0, Kind::Exit, "not_executed", "nothing was executed"),
        (1, 2 << 8, Kind::Exit, "exit", "exited with 2"),
        (1, 9, Kind::Exit, "signal", "killed by signal KILL"),
        (2, 8, Kind::Exit, "exec_error", "could not be executed: Exec format error (os error 8)"),
        (3, 12, Kind::Exit, "sudo_error", "sudo failed: Cannot allocate memory (os error 12)"),
        (7, 1, Kind::Error, "unknown", "sudo ended in a way that is not known: 7, 1"),
    ] {
        let mut call = call(&["sudo", "id"], 1, &[]);
        call.end(kind, status, NOW);
        let end = call.waiting().last().unwrap();
        assert_eq!((end.kind, end.text.clone()), (want, text.into()));
        assert_eq!(detail(end, "how"), Some(how.as_bytes()));
    }
}

#[test]
fn however_long_a_command_line_is_its_entries_can_be_sent_and_say_so() {
    for word in ["x".repeat(70_000), "\u{1}".repeat(70_000), "ü".repeat(40_000)] {
        let mut call = call(&["sudo", "echo", &word, "tail"], 1, &[]);
        let reason = Word { message: word.as_str().into(), plugin: "p".into(), ..Word::default() };
        call.reject(&reason, NOW);
        for entry in &call.waiting()[1..] {
            entry.check().unwrap();
            assert_eq!(entry.argv[0], "echo".into());
            assert!(entry.argv[1].len() > 1000, "{}", entry.argv[1].len());
            assert!(std::str::from_utf8(entry.argv[1].as_bytes()).is_ok());
            let cut = String::from_utf8_lossy(detail(entry, "cut").unwrap()).into_owned();
            assert!(cut.contains("3 words"), "{cut}");
            assert!(serde_json_len(entry) < 64 * 1024);
        }
    }
    let many = vec!["a"; 100_000];
    let call = call(&[&["sudo"], many.as_slice()].concat(), 1, &[]);
    call.waiting().iter().for_each(|entry| entry.check().unwrap());
}

#[test]
fn sub_commands_without_end_cost_bounded_memory_and_are_counted() {
    let mut call = call(&["sudo", "make"], 1, &[]);
    (0..10_000).for_each(|_| call.accept(&Word::default(), true, NOW));
    call.end(WAIT_STATUS, 0, NOW);
    let [.., end, lost] = call.waiting() else { panic!("many") };
    assert_eq!((end.kind, lost.kind), (Kind::Exit, Kind::Lost));
    let count = call.waiting().len() - 4;
    assert_eq!(lost.text, format!("{} events of this sudo had no room", 10_000 - count).into());
}

#[test]
fn what_may_not_have_arrived_waits_again_in_its_order_and_within_bounds() {
    let mut call = call(&["sudo", "make"], 1, &[]);
    let count = call.waiting().len();
    call.told();
    call.accept(&Word::default(), true, NOW);
    assert_eq!(call.waiting().len(), 1);
    call.doubt();
    assert_eq!((call.waiting().len(), call.waiting()[0].kind), (count + 1, Kind::Start));
    for _ in 0..1_000 {
        call.told();
        call.accept(&Word::default(), true, NOW);
    }
    call.end(WAIT_STATUS, 0, NOW);
    call.doubt();
    assert!(call.waiting().len() <= AUDIT_CALL_ENTRIES_MAX + 2);
    assert_eq!(call.waiting().last().unwrap().kind, Kind::Exit);
}

fn serde_json_len(entry: &Entry) -> usize {
    use sudolog_core::wire::Message;
    use sudolog_core::wire::message::Audit;
    Message::Audit(Box::new(Audit { number: 0, entry: entry.clone() })).to_bytes(0).len()
}
