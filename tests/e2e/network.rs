//! The server on one machine, shipper and sudo on another, and what happens to the cable between
//! them.

use std::time::{Duration, Instant};

use sudolog_tests::command::{Finished, run, run_with_input};
use sudolog_tests::net::{OTHER_ADDRESS, SERVER_ADDRESS};
use sudolog_tests::ticker::{Difference, Manner};
use sudolog_tests::{Cable, End, Ticking, Weather, World, wait};

/// A command that ticks, recorded over a cable.
struct Session {
    world: World,
    ticking: Ticking,
}

impl Session {
    fn start(cable: Cable) -> Self {
        let world = World::start_over(cable).unwrap();
        let ticking = Ticking::start(&world, Duration::from_millis(10), Manner::Polite).unwrap();
        Self { world, ticking }
    }

    fn cable(&self) -> &Cable {
        self.world.cable().unwrap()
    }

    fn stands(&self) {
        self.ticking.cgroup.wait_frozen(true).unwrap();
        self.ticking.terminal.expect(RED).unwrap();
    }

    fn goes_on(&self) {
        let thawed = self.ticking.cgroup.wait_frozen(false);
        thawed.unwrap_or_else(|e| panic!("{e}: {}", self.world.logs()));
        self.ticking.terminal.expect(GREEN).unwrap();
        self.ticking.ticker.expect(5).unwrap();
    }

    /// Ends it; says how often it stood still. What ran is recorded once, whatever happened.
    fn end(mut self) -> usize {
        assert_eq!(self.ticking.finish(&self.world).unwrap(), Difference::default());
        let red = self.ticking.count(RED);
        assert_eq!(red, self.ticking.count(GREEN), "each freeze ends");
        red
    }
}

const RED: &str = "sudolog: FROZEN:";
const GREEN: &str = "sudolog: the recording is proven again";

#[test]
fn a_cable_that_is_pulled_out_stops_the_command_until_it_is_back() {
    for end in [End::Server, End::Host] {
        let session = Session::start(Cable::plug().unwrap());
        session.cable().set_up(end, false).unwrap();
        session.stands();
        session.cable().set_up(end, true).unwrap();
        session.goes_on();
        assert_eq!(session.end(), 1, "{end:?}");
    }
}

#[test]
fn a_network_that_loses_everything_is_no_network() {
    let session = Session::start(Cable::plug_under(Weather::default(), 1).unwrap());
    session.cable().set_weather(Weather { loss_percent: 100, ..Weather::default() });
    session.stands();
    session.cable().set_weather(Weather::default());
    session.goes_on();
    assert_eq!(session.end(), 1);
}

#[test]
fn a_cable_that_carries_one_way_only_is_no_cable() {
    for end in [End::Host, End::Server] {
        let session = Session::start(Cable::plug().unwrap());
        session.cable().deafen(end, true).unwrap();
        session.stands();
        session.cable().deafen(end, false).unwrap();
        session.goes_on();
        assert_eq!(session.end(), 1, "{end:?}");
    }
}

/// A round trip of 100 to 200 ms, and one of fifty lost.
#[test]
fn a_bad_line_is_no_dead_line() {
    let weather = Weather { loss_percent: 1, delay_ms: 50, jitter_ms: 50 };
    let session = Session::start(Cable::plug_under(weather, 7).unwrap());
    let until = Instant::now() + Duration::from_secs(10);
    while Instant::now() < until {
        session.ticking.ticker.expect(20).unwrap();
    }
    // A packet that is lost twice is a silence of 800 ms, and that is a dead line for once.
    let frozen = session.ticking.count(RED);
    assert!(frozen <= 1, "{}", session.world.logs());
    // The way back is as long and as bad.
    session.cable().set_weather(Weather { loss_percent: 100, ..weather });
    session.stands();
    session.cable().set_weather(weather);
    session.goes_on();
    assert_eq!(session.end(), frozen + 1);
}

#[test]
fn a_narrow_line_slows_the_command_down_and_stops_nothing() {
    let mbit = 8;
    let session = Session::start(Cable::plug().unwrap());
    session.cable().narrow(End::Host, mbit).unwrap();
    let copy = session.world.path("copy");
    let script = format!("head -c 6M /dev/urandom | base64 | tee {}", copy.display());
    let mut loud = session.world.sudo.command(&["sh", "-c", &script]);
    let loud = run_with_input(&mut loud, b"").unwrap();
    let sent = std::fs::read(&copy).unwrap();
    assert_eq!((loud.code, loud.stdout.len()), (Some(0), sent.len()), "{}", loud.stderr);
    // What was still on its way when the command ended comes in its own time.
    let stored = wait::until("the recording of the loud one", wait::PATIENCE, || {
        let all = session.world.recordings().ok()?;
        all.into_iter().find(|r| r.is_finished()).map(|r| r.stream("stdout"))
    })
    .unwrap_or_else(|e| panic!("{e}: {}", session.world.logs()));
    assert!(stored == sent, "{mbit} Mbit/s: the recording differs");
    let logs = session.world.logs();
    assert_eq!(logs.matches("freezing").count(), 0, "{mbit} Mbit/s: {logs}");
    assert_eq!(session.end(), 0);
}

#[test]
fn a_server_that_loses_its_address_and_gets_it_back() {
    let session = Session::start(Cable::plug().unwrap());
    session.cable().readdress(SERVER_ADDRESS, OTHER_ADDRESS).unwrap();
    session.stands();
    session.cable().readdress(OTHER_ADDRESS, SERVER_ADDRESS).unwrap();
    session.goes_on();
    assert_eq!(session.end(), 1);
}

#[test]
fn a_server_that_moves_is_found_by_its_name() {
    let session = Session::start(Cable::plug().unwrap());
    session.cable().readdress(SERVER_ADDRESS, OTHER_ADDRESS).unwrap();
    session.stands();
    session.world.rename_server(OTHER_ADDRESS).unwrap();
    session.goes_on();
    assert_eq!(session.end(), 1);
}

#[test]
fn busy_sessions_outlive_servers_that_are_killed() {
    let mut session = Session::start(Cable::plug().unwrap());
    for _ in 0..5 {
        session.world.server.as_mut().unwrap().kill().unwrap();
        session.world.start_server().unwrap();
        session.ticking.ticker.expect(20).unwrap();
    }
    session.end();
}

/// Runs a command that must be refused, in time and with a reason that holds `word`.
fn refused(world: &World, word: &str) {
    let canary = world.path("canary");
    let began = Instant::now();
    let Finished { code, stderr, .. } =
        run(&mut world.sudo.command(&["touch", canary.to_str().unwrap()])).unwrap();
    let took = began.elapsed();
    assert!(!canary.exists(), "the command ran");
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("sudolog:") && stderr.contains(word), "{stderr}");
    // The promise is 5 s; the rest is for a machine that is busy.
    assert!(took < Duration::from_secs(6), "refused only after {took:?}: {stderr}");
}

#[test]
fn a_server_that_takes_calls_and_says_nothing_starts_nothing() {
    let mut world = World::prepare_over(Some(Cable::plug().unwrap())).unwrap();
    world.start_server().unwrap();
    let server = world.server.take().unwrap();
    // The kernel accepts for it.
    server.signal(rustix::process::Signal::STOP).unwrap();
    world.start_shipper().unwrap();
    refused(&world, &world.address());
}

#[test]
fn a_server_that_falls_silent_starts_nothing() {
    let world = World::start_over(Cable::plug().unwrap()).unwrap();
    run(&mut world.sudo.command(&["true"])).unwrap().success().unwrap();
    world.server.as_ref().unwrap().signal(rustix::process::Signal::STOP).unwrap();
    refused(&world, &world.address());
}

#[test]
fn a_hole_in_the_network_starts_nothing() {
    let world = World::start_over(Cable::plug().unwrap()).unwrap();
    run(&mut world.sudo.command(&["true"])).unwrap().success().unwrap();
    world.cable().unwrap().deafen(End::Server, true).unwrap();
    refused(&world, &world.address());
}
