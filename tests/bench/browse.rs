//! A page of 100,000 sessions, in every order and with every kind of filter, as a console asks for
//! it; beside it `SELECT count(*)` of the same table by SQLite alone.

use rusqlite::Connection;
use sudolog_core::filter::{Filter, SortBy};
use sudolog_core::limits::FIND_ROWS_MAX;
use sudolog_core::risk::{Anomaly, Score};
use sudolog_core::session::{SessionState, Tsid};
use sudolog_core::time::Timestamp;
use sudolog_core::triage::{Standing, Verdict};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{
    Among, Condition, FindQuery, PlaceQuery, Query, SessionRow, SummaryBy, SummaryQuery,
};
use sudolog_server::sessions::Registry;
use sudolog_server::store::{Catalog, Index, Layout};

use sudolog_tests::figures::{line, report, time};

pub fn pages_of_many_sessions() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let (state, log) = (dir.path().join("state"), dir.path().join("log"));
    std::fs::create_dir(&state)?;
    std::fs::create_dir(&log)?;
    let mut index = Index::open(&state)?;
    let rows: Vec<SessionRow> = (1..=SESSIONS).filter_map(row).collect();
    let (took, ()) = time(|| {
        Ok(rows.chunks(500).try_for_each(|rows| {
            index.put(rows)?;
            index.put_risks("", rows)?;
            index.put_standings(rows)
        })?)
    })?;
    line("indexing 100,000 sessions", &format!("{:.1} s", took.as_secs_f64()));
    drop(index);
    let mut plain = Vec::new();
    let db = Connection::open(state.join("index.db"))?;
    for _ in 0..RUNS {
        let count =
            || Ok(db.query_row("SELECT count(*) FROM sessions", [], |r| r.get::<_, i64>(0))?);
        plain.push(time(count)?.0);
    }
    report("SQLite's own count(*)", &mut plain);
    let catalog = Catalog::open(Layout::open(&log)?, &state, Registry::default())?;
    let ask = |what: &str, query: &Query, visible: &[Condition]| {
        let (mut runs, mut total) = (Vec::new(), 0);
        for _ in 0..RUNS {
            let (took, listing) = time(|| Ok(catalog.list(query, visible)?))?;
            runs.push(took);
            total = listing.total;
        }
        report(&format!("{what}: {total}"), &mut runs);
        anyhow::Ok(())
    };
    for sort in SortBy::ALL {
        let query = Query { sort, limit: PAGE, ..Query::default() };
        ask(&format!("sort {sort}"), &query, &[])?;
        ask(
            "  its middle, reversed",
            &Query { reverse: true, offset: SESSIONS / 2, ..query },
            &[],
        )?;
    }
    for text in FILTERS {
        let Filter { text: words, conditions } = Filter::parse(text, &|_| None)?;
        let query = Query { text: words, conditions, limit: PAGE, ..Query::default() };
        ask(text, &query, &[])?;
        ask("  by duration", &Query { sort: SortBy::Duration, ..query }, &[])?;
    }
    let Filter { conditions, .. } = Filter::parse("host:web1*,db*7 user:*3,user1*", &|_| None)?;
    for sort in [SortBy::Start, SortBy::Command, SortBy::Duration] {
        let query = Query { sort, limit: PAGE, ..Query::default() };
        ask(&format!("operator of few hosts and users, sort {sort}"), &query, &conditions)?;
    }
    sums(&catalog, &conditions)?;
    all_of_them(&catalog)
}

/// What is told of all sessions that a filter keeps: what they have in common, which answer a few letters.
fn all_of_them(catalog: &Catalog) -> anyhow::Result<()> {
    for (what, text, queue) in
        [("all", "", false), ("queue", "verdict:none,awaiting", true), ("vim", "vim", false)]
    {
        let Filter { text, conditions } = Filter::parse(text, &|_| None)?;
        let among = Among { text, conditions, queue };
        let mut runs = Vec::new();
        for _ in 0..RUNS {
            runs.push(time(|| Ok(catalog.facets(&among, &[])?))?.0);
        }
        report(&format!("facets of {what}"), &mut runs);
        for letters in ["e", "us7vim", "zebra"] {
            let query = FindQuery {
                letters: letters.to_owned(),
                among: among.clone(),
                limit: FIND_ROWS_MAX,
            };
            let (mut runs, mut total) = (Vec::new(), 0);
            for _ in 0..RUNS {
                let (took, found) = time(|| Ok(catalog.find_near(&query, &[])?))?;
                runs.push(took);
                total = found.total;
            }
            report(&format!("find {letters} in {what}: {total}"), &mut runs);
        }
    }
    let place = PlaceQuery {
        tsid: Tsid::from_seq(SESSIONS / 3).ok_or_else(|| anyhow::anyhow!("no such session"))?,
        list: Query { sort: SortBy::Risk, ..Query::default() },
    };
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        runs.push(time(|| Ok(catalog.place(&place, &[])?))?.0);
    }
    report("place of one by risk", &mut runs);
    Ok(())
}

/// Everything added up, and what an operator of few hosts and users may see of it.
fn sums(catalog: &Catalog, few: &[Condition]) -> anyhow::Result<()> {
    let now = Timestamp { seconds: START_S + i64::from(SESSIONS) * 20, nanoseconds: 0 };
    for by in SummaryBy::ALL {
        for (who, visible) in [("all", &[][..]), ("few", few)] {
            let query = SummaryQuery { by, limit: PAGE, ..SummaryQuery::default() };
            let (mut runs, mut total) = (Vec::new(), 0);
            for _ in 0..RUNS {
                let (took, summary) = time(|| Ok(catalog.summary(&query, visible, now)?))?;
                runs.push(took);
                total = summary.total;
            }
            report(&format!("sums of {who} by {}: {total}", by.name()), &mut runs);
        }
    }
    Ok(())
}

/// Names, commands and ends that differ as they do on a few hundred hosts.
fn row(seq: u32) -> Option<SessionRow> {
    let pick = |salt: u32, of: u32| seq.wrapping_mul(2_654_435_761).rotate_left(salt) % of;
    let command = match pick(3, 4) {
        0 => format!("/usr/bin/vim /etc/service-{}/main.conf", pick(5, 900)),
        1 => format!("/usr/bin/systemctl restart service-{}", pick(5, 900)),
        2 => {
            format!("/usr/bin/apt-get install -y package-{} --no-install-recommends", pick(7, 5000))
        }
        _ => "/usr/bin/bash --noprofile --norc -i".to_owned(),
    };
    let end = pick(11, 20);
    let state = match pick(13, 1000) {
        0 => SessionState::Incomplete,
        1 => SessionState::Live,
        _ => SessionState::Complete,
    };
    Some(SessionRow {
        tsid: Tsid::from_seq(seq)?,
        session_id: None,
        state,
        user: format!("user{}", pick(17, 200)).into(),
        host: format!("{}{}", if seq.is_multiple_of(3) { "db" } else { "web" }, pick(19, 150))
            .into(),
        run_user: if pick(23, 10) == 0 { "postgres" } else { "root" }.into(),
        command: command.into(),
        tty: (pick(29, 5) > 0).then(|| format!("/dev/pts/{}", pick(2, 40)).into()),
        start: Timestamp { seconds: START_S + i64::from(seq) * 20, nanoseconds: pick(9, 999) },
        duration_s: f64::from(pick(1, 100_000)) / 10.0,
        events: 100,
        exit_value: (end > 1).then(|| i32::from(end > 15)),
        signal: (end == 1).then(|| Untrusted::from("INT")),
        risk: Score::capped(pick(31, 101).saturating_sub(20)),
        anomalies: Anomaly::from_bits(pick(37, 16)),
        standing: Standing {
            verdict: (pick(41, 3) == 0).then_some(Verdict::Benign),
            ..Standing::default()
        },
    })
}

const START_S: i64 = 1_763_000_000;
const SESSIONS: u32 = 100_000;
const PAGE: u32 = 200;
const RUNS: usize = 30;
const FILTERS: [&str; 16] = [
    "risk:high",
    "verdict:none risk:medium",
    "anomaly:incomplete",
    "verdict:benign",
    "user:user7",
    "user:*7",
    "host:web1*",
    "run:root",
    "-run:root",
    "state:incomplete,live",
    "exit:!0",
    "signal:INT",
    "tty:pts/3",
    "after:@1764000000 before:@1764100000",
    "command:main.conf",
    "vim service-77",
];
