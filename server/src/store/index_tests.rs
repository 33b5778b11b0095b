//! The index against what is right: any rows, any query, the same page as the plain model gives.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use proptest::prelude::*;
use sudolog_core::filter::{Column, Condition, SortBy, Test};
use sudolog_core::risk::{Anomaly, Score};
use sudolog_core::session::{SessionState, Tsid};
use sudolog_core::time::Timestamp;
use sudolog_core::triage::{Standing, Verdict};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{
    PlaceQuery, Query, SessionRow, SummaryBy, SummaryQuery, SummaryRow, SummarySort,
};

use super::Index;

/// What the index is told, and how the session stands by now.
type Told = (SessionRow, Option<(SessionState, f64)>);

fn word() -> impl Strategy<Value = Untrusted> {
    prop_oneof![
        4 => "[abAB]{0,3}".prop_map(Untrusted::from),
        1 => prop::collection::vec(any::<u8>(), 0..3).prop_map(Untrusted::new),
        1 => Just(Untrusted::from("Ä*%_'")),
    ]
}

fn state() -> impl Strategy<Value = SessionState> {
    prop::sample::select(vec![
        SessionState::Live,
        SessionState::Frozen,
        SessionState::Lagging,
        SessionState::Complete,
        SessionState::Incomplete,
    ])
}

fn time() -> impl Strategy<Value = Timestamp> {
    (-2i64..3, 0u32..3).prop_map(|(seconds, nanoseconds)| Timestamp { seconds, nanoseconds })
}

fn told() -> impl Strategy<Value = Told> {
    let tty = prop_oneof![word().prop_map(Some), Just(None), Just(Some("/dev/pts/3".into()))];
    let ends = (prop::option::of(-1i32..3), prop::option::of(word()), 0u8..4);
    let names = (word(), word(), word(), prop_oneof![word(), Just("a".repeat(200).into())]);
    let said = (0u32..100, 0u32..16, standing());
    (names, tty, time(), ends, state(), prop::option::of((state(), 0u8..4)), said).prop_map(
        |((user, host, run_user, command), tty, start, ends, state, now, said)| {
            let row = SessionRow {
                tsid: Tsid::from_seq(1).unwrap(),
                session_id: None,
                state,
                user,
                host,
                run_user,
                command,
                tty,
                start,
                duration_s: ends.2.into(),
                events: 0,
                exit_value: ends.0,
                signal: ends.1,
                risk: Score::capped(said.0),
                anomalies: Anomaly::from_bits(said.1),
                standing: said.2,
            };
            let now = now.filter(|_| state.is_open());
            (row, now.map(|(state, seconds)| (state, f64::from(seconds) / 2.0)))
        },
    )
}

fn standing() -> impl Strategy<Value = Standing> {
    let verdict = prop::option::of(prop::sample::select(Verdict::ALL.to_vec()));
    let tags = prop::sample::subsequence(vec!["a", "ab", "b"], 0..3);
    (verdict, any::<bool>(), prop::option::of(word()), tags).prop_map(
        |(verdict, awaits_second, assignee, tags)| Standing {
            verdict,
            awaits_second,
            assignee,
            tags: tags.into_iter().map(Untrusted::from).collect(),
            ..Standing::default()
        },
    )
}

fn pattern() -> impl Strategy<Value = String> {
    prop_oneof![
        "[abAB*]{0,4}",
        "[ab]{1,2}[*]",
        Just("Ä*".to_owned()),
        Just("/dev/pts/*".to_owned())
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    let column = prop::sample::select(vec![
        Column::User,
        Column::Host,
        Column::RunUser,
        Column::Tty,
        Column::Signal,
        Column::Command,
        Column::Any,
        Column::Tag,
        Column::Assignee,
        Column::Tsid,
        Column::Unknown,
    ]);
    let test = prop_oneof![
        4 => (column, prop::collection::vec(pattern(), 0..3))
            .prop_map(|(column, patterns)| Test::Like { column, patterns }),
        1 => prop::collection::vec(state(), 0..3).prop_map(|states| Test::State { states }),
        1 => (prop::collection::vec(-1i32..3, 0..3), any::<bool>())
            .prop_map(|(values, other)| Test::Exit { values, other }),
        1 => (prop::option::of(time()), prop::option::of(time()))
            .prop_map(|(from, to)| Test::Started { from, to }),
        1 => (0u32..100, 0u32..100).prop_map(|(from, to)| {
            Test::Risk { from: Score::capped(from), to: Score::capped(to) }
        }),
        1 => (0u32..16, any::<bool>()).prop_map(|(bits, any)| {
            Test::Anomaly { anomalies: Anomaly::from_bits(bits), any }
        }),
        1 => (prop::sample::subsequence(Verdict::ALL.to_vec(), 0..3), any::<[bool; 2]>())
            .prop_map(|(verdicts, [none, awaiting])| Test::Verdict { verdicts, none, awaiting }),
    ];
    (any::<bool>(), test).prop_map(|(not, test)| Condition { not, test })
}

fn query() -> impl Strategy<Value = Query> {
    let conditions = prop::collection::vec(condition(), 0..3);
    let sort = prop::sample::select(SortBy::ALL.to_vec());
    let text = prop_oneof![3 => Just(String::new()), 1 => "[abA0_% ]{0,3}"];
    let page = (0u32..12, 1u32..12);
    (text, conditions, sort, any::<bool>(), prop::bool::weighted(0.2), page).prop_map(
        |(text, conditions, sort, reverse, open_only, (offset, limit))| Query {
            text,
            conditions,
            open_only,
            sort,
            reverse,
            offset,
            limit,
        },
    )
}

/// Numbers of all that fit, in order: in memory, by the plain words of `sudolog_core::filter`.
fn right(rows: &[Told], query: &Query, beside: &[Condition]) -> Vec<u32> {
    let stands = |(row, now): &Told| {
        let (state, duration_s) = now.unwrap_or((row.state, row.duration_s));
        SessionRow { state, duration_s, ..row.clone() }
    };
    // That it may still grow is what the index was told.
    let rows = rows.iter().filter(|(row, _)| !query.open_only || row.state.is_open());
    let mut rows: Vec<SessionRow> = rows.map(stands).collect();
    rows.retain(|row| {
        row.subject().fits(&query.text, &query.conditions) && row.subject().fits("", beside)
    });
    rows.sort_by(|a, b| query.sort.compare(&a.subject(), &b.subject()));
    if query.reverse {
        rows.reverse();
    }
    rows.iter().map(|row| row.tsid.seq()).collect()
}

fn numbered(rows: Vec<Told>) -> Vec<Told> {
    let number = |(seq, (row, now)): (u32, Told)| {
        (SessionRow { tsid: Tsid::from_seq(seq).unwrap(), ..row }, now)
    };
    (1..).zip(rows).map(number).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]
    #[test]
    fn every_page_is_the_right_one(
        rows in prop::collection::vec(told(), 0..20),
        queries in prop::collection::vec((query(), prop::collection::vec(condition(), 0..2)), 1..24),
    ) {
        let rows = numbered(rows);
        let dir = tempfile::tempdir().unwrap();
        let mut index = Index::open(dir.path()).unwrap();
        let now: HashMap<Tsid, (SessionState, f64)> =
            rows.iter().filter_map(|(row, now)| Some((row.tsid, (*now)?))).collect();
        index.know_running(Arc::new(move |tsid| now.get(&tsid).copied())).unwrap();
        let told: Vec<SessionRow> = rows.iter().map(|(row, _)| row.clone()).collect();
        index.put(&told).unwrap();
        index.put_risks("", &told).unwrap();
        index.put_standings(&told).unwrap();
        // Written anew, a row keeps what was said of it.
        index.put(&told).unwrap();
        for (query, beside) in queries {
            let all = right(&rows, &query, &beside);
            let (total, page) = index.page(&query, &beside, query.limit).unwrap();
            let page: Vec<u32> = page.into_iter().map(Tsid::seq).collect();
            let (from, length) = (query.offset as usize, query.limit as usize);
            let wanted: Vec<u32> = all.iter().copied().skip(from).take(length).collect();
            prop_assert_eq!((total, page), (all.len() as u64, wanted), "{:?} {:?}", query, beside);
            for tsid in (1..=rows.len() as u32 + 1).filter_map(Tsid::from_seq) {
                let place = PlaceQuery { tsid, list: query.clone() };
                let right = all.iter().position(|seq| *seq == tsid.seq()).map(|at| at as u32);
                prop_assert_eq!(index.place(&place, &beside).unwrap(), right, "{:?}", place);
            }
        }
    }
}

/// The same sums, by the plain words of the protocol.
fn right_sums(
    rows: &[Told],
    query: &SummaryQuery,
    beside: &[Condition],
    now: Timestamp,
) -> Vec<SummaryRow> {
    let mut sums: BTreeMap<&[u8], SummaryRow> = BTreeMap::new();
    for (row, state) in rows {
        let (state, duration_s) = state.unwrap_or((row.state, row.duration_s));
        let stands = SessionRow { state, duration_s, ..row.clone() };
        let subject = stands.subject();
        if !subject.fits(&query.text, &query.conditions) || !subject.fits("", beside) {
            continue;
        }
        let is_odd = !row.anomalies.is_empty() || row.risk.points() > 0;
        if query.queue && !is_odd {
            continue;
        }
        let name = match query.by {
            SummaryBy::Host => row.host.as_bytes(),
            SummaryBy::Command => {
                row.command.as_bytes().split(|byte| *byte == b' ').next().unwrap()
            }
            _ => row.user.as_bytes(),
        };
        let sum = sums.entry(name).or_insert_with(|| SummaryRow {
            name: Untrusted::new(name),
            sessions: 0,
            time_s: 0.0,
            risk: Score::NONE,
            risky: 0,
            unjudged: 0,
            last_seen: row.start,
            trend: vec![0; SummaryRow::TREND_DAYS],
        });
        sum.sessions += 1;
        sum.time_s += stands.duration_s;
        sum.risk = sum.risk.max(row.risk);
        sum.risky += u64::from(row.risk.points() >= 50);
        sum.unjudged += u64::from(is_odd && !row.standing.is_settled());
        sum.last_seen = sum.last_seen.max(row.start);
        for (day, count) in sum.trend.iter_mut().rev().enumerate() {
            let ago =
                |days: usize| Timestamp { seconds: now.seconds - 86_400 * days as i64, ..now };
            *count += u32::from(row.start > ago(day + 1) && row.start <= ago(day));
        }
    }
    let mut sums: Vec<SummaryRow> = sums.into_values().collect();
    // Stable, and they come in the order of their names.
    sums.sort_by(|a, b| match query.sort {
        SummarySort::Risk => (b.risk, b.risky).cmp(&(a.risk, a.risky)),
        SummarySort::Sessions => b.sessions.cmp(&a.sessions),
        SummarySort::Time => b.time_s.total_cmp(&a.time_s),
        SummarySort::LastSeen => b.last_seen.cmp(&a.last_seen),
        SummarySort::Unjudged => b.unjudged.cmp(&a.unjudged),
        SummarySort::Name | SummarySort::Unknown => std::cmp::Ordering::Equal,
    });
    if query.reverse {
        sums.reverse();
    }
    sums
}

fn summary_query() -> impl Strategy<Value = SummaryQuery> {
    let by = prop::sample::select(SummaryBy::ALL.to_vec());
    let sort = prop::sample::select(SummarySort::ALL.to_vec());
    (query(), by, sort, any::<bool>()).prop_map(|(query, by, sort, queue)| {
        let Query { text, conditions, reverse, offset, limit, .. } = query;
        SummaryQuery { by, text, conditions, queue, sort, reverse, offset: offset / 4, limit }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn every_sum_is_the_right_one(
        rows in prop::collection::vec((told(), 0i64..16), 0..20),
        queries in prop::collection::vec(
            (summary_query(), prop::collection::vec(condition(), 0..2), time()), 1..24),
    ) {
        let spread = |((mut row, now), days): (Told, i64)| {
            row.start.seconds -= 86_400 * days;
            (row, now)
        };
        let rows = numbered(rows.into_iter().map(spread).collect());
        let dir = tempfile::tempdir().unwrap();
        let mut index = Index::open(dir.path()).unwrap();
        let now: HashMap<Tsid, (SessionState, f64)> =
            rows.iter().filter_map(|(row, now)| Some((row.tsid, (*now)?))).collect();
        index.know_running(Arc::new(move |tsid| now.get(&tsid).copied())).unwrap();
        let told: Vec<SessionRow> = rows.iter().map(|(row, _)| row.clone()).collect();
        index.put(&told).unwrap();
        index.put_risks("", &told).unwrap();
        index.put_standings(&told).unwrap();
        for (query, beside, now) in queries {
            let all = right_sums(&rows, &query, &beside, now);
            let summary = index.sums(&query, &beside, now).unwrap();
            let (from, length) = (query.offset as usize, query.limit as usize);
            let total = all.len() as u64;
            let wanted: Vec<SummaryRow> = all.into_iter().skip(from).take(length).collect();
            prop_assert_eq!((summary.total, summary.rows), (total, wanted), "{:?} {:?}", query, beside);
        }
    }
}

#[test]
fn an_index_of_an_older_form_is_brought_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    let db = rusqlite::Connection::open(dir.path().join("index.db")).unwrap();
    db.execute_batch(
        "CREATE TABLE sessions (seq INTEGER PRIMARY KEY, session_id BLOB, state TEXT NOT NULL,
             user BLOB NOT NULL, host BLOB NOT NULL, run_user BLOB NOT NULL, command BLOB NOT NULL,
             tty BLOB, start_s INTEGER NOT NULL, start_ns INTEGER NOT NULL, duration REAL NOT NULL,
             events INTEGER NOT NULL, exit_value INTEGER, signal BLOB, haystack TEXT NOT NULL);
         CREATE INDEX by_start ON sessions (start_s DESC, start_ns DESC, seq DESC);
         INSERT INTO sessions VALUES (7, NULL, 'complete', X'61', X'62', X'63', X'64', NULL, 1, 2, 3.0,
             4, 0, NULL, '000007');",
    )
    .unwrap();
    drop(db);
    let index = Index::open(dir.path()).unwrap();
    let (total, page) = index.page(&Query::default(), &[], 10).unwrap();
    assert_eq!((total, page), (1, vec![Tsid::from_seq(7).unwrap()]));
}
